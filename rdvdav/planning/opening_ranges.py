"""Opening ranges: open time on an agenda, change it, take it back, all dates or some (S01, S02). Appointments booked are kept (L-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, selectinload

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Claim
from rdvdav.agenda.hold import HoldClaim
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.clock import Clock
from rdvdav.directory.motif import Grid, Modality
from rdvdav.errors import NotFound, Refused
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall import day_bounds, from_minutes, local_day, to_minutes
from rdvdav.hours.wall_range import WallRange
from rdvdav.outbox.event import Event
from rdvdav.planning.offer import Offer, offer_for
from rdvdav.planning.repeated import Trade
from rdvdav.policy.right import agenda_to_open


class NoSuchOpeningRange(NotFound):
    """No such range."""


class Contradiction(StrEnum):
    """What can't be saved, unlike a warning."""

    ENDS_BEFORE_START = "ends_before_start"
    NO_MOTIF = "no_motif"
    NO_PLACE = "no_place"
    TWO_ORGANISATIONS = "two_organisations"
    NO_DATE = "no_date"


@dataclass(eq=False)
class Contradictory(Refused):
    """The range as it was typed can't be."""

    found: tuple[Contradiction, ...]


@dataclass(frozen=True)
class Plan:
    """A range as somebody wants it: wall times, and an RRULE value or None for a single day.

    Attributes:
        seats: Appointments it takes at once (S-7).
        grid: None is as each motif says; *step_minutes* is for the fixed one.
        buffer_before, buffer_after: Minutes that replace the motifs' (S-2); None leaves them.
    """

    name: str
    place_id: int | None
    motif_ids: frozenset[int]
    first_day: date
    opens: time
    closes: time
    recurrence: str | None = None
    seats: int = 1
    grid: Grid | None = None
    step_minutes: int | None = None
    buffer_before: int | None = None
    buffer_after: int | None = None

    def hours(self, zone: str, excluded: frozenset[date] = frozenset()) -> WallRange:
        """Its occurrences on the clocks of *zone*."""
        return WallRange(Series(self.first_day, self.recurrence, excluded), self.opens, self.closes, zone)


def plan_of(opening: OpeningRange) -> Plan:
    """The wish that *opening* fulfils as it is."""
    return Plan(
        opening.name,
        opening.place_id,
        frozenset(motif.id for motif in opening.motifs),
        opening.first_day,
        opening.opens,
        opening.closes,
        opening.recurrence,
        opening.seats,
        opening.grid,
        opening.step_minutes,
        opening.buffer_before_minutes,
        opening.buffer_after_minutes,
    )


def contradictions(plan: Plan, offer: Offer) -> list[Contradiction]:
    """What keeps *plan* from being saved, nothing when it can be; for the form and for the use cases alike."""
    motifs, place = offer.motifs_among(plan.motif_ids), offer.place(plan.place_id)
    organisations = {motif.organisation_id for motif in motifs} | ({place.organisation_id} if place else set())
    needs_place = any(motif.modality is Modality.ON_SITE for motif in motifs) or plan.place_id is not None
    said = {
        Contradiction.ENDS_BEFORE_START: plan.closes <= plan.opens,
        Contradiction.NO_MOTIF: not motifs or len(motifs) != len(plan.motif_ids),
        Contradiction.NO_PLACE: needs_place and place is None,
        Contradiction.TWO_ORGANISATIONS: len(organisations) > 1,
        Contradiction.NO_DATE: plan.hours("UTC").series.first() is None,
    }
    return [contradiction for contradiction, holds in said.items() if holds]


def opening_range_of(session: Session, agent_id: int, range_id: int) -> OpeningRange:
    """A range of an agenda that *agent_id* may open, with its motifs and changed dates.

    Raises:
        NoSuchOpeningRange: It does not exist; a changed date is reached by its series.
        NoSuchAgenda: It does, but not for this agent: doors answer both alike.
    """
    opening = session.get(OpeningRange, range_id, options=WITH_DATES)
    if opening is None or opening.series_id is not None:
        raise NoSuchOpeningRange
    agenda_to_open(session, agent_id, opening.agenda_id)
    return opening


def opening_ranges(session: Session, clock: Clock, agenda: Agenda, *, past: bool) -> Sequence[OpeningRange]:
    """The ranges of *agenda* that are over (*past*), latest first, or the others, soonest first; with motifs and changed dates."""
    today = local_day(to_minutes(clock.now()), agenda.zone)
    over = OpeningRange.last_day < today
    going_on = or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= today)
    order = OpeningRange.last_day.desc() if past else OpeningRange.first_day
    query = (
        select(OpeningRange)
        .where(OpeningRange.agenda_id == agenda.id, OpeningRange.series_id.is_(None), over if past else going_on)
        .options(*WITH_DATES)
        .order_by(order, OpeningRange.opens, OpeningRange.id)
    )
    return session.scalars(query).all()


WITH_DATES = (
    selectinload(OpeningRange.motifs),
    selectinload(OpeningRange.changed).selectinload(OpeningRange.motifs),
)


def _write(session: Session, opening: OpeningRange, plan: Plan) -> None:
    offer = offer_for(session, session.get_one(Agenda, opening.agenda_id), opening)
    if found := contradictions(plan, offer):
        raise Contradictory(tuple(found))
    organisation = offer.organisation_of(plan.motif_ids)
    if opening.organisation_id != organisation.id:
        opening.organisation_id, opening.zone = organisation.id, organisation.zone
    opening.motifs = offer.motifs_among(plan.motif_ids)
    opening.name = plan.name
    opening.place_id = plan.place_id
    opening.first_day, opening.opens, opening.closes = plan.first_day, plan.opens, plan.closes
    opening.recurrence = plan.recurrence
    opening.seats, opening.grid, opening.step_minutes = plan.seats, plan.grid, plan.step_minutes
    opening.buffer_before_minutes, opening.buffer_after_minutes = plan.buffer_before, plan.buffer_after


def _blank(agenda: Agenda) -> OpeningRange:
    return OpeningRange(territory_id=agenda.territory_id, agenda_id=agenda.id)


def _hand_over(session: Session, old: OpeningRange, new: OpeningRange, first: date, last: date | None) -> None:
    """Seats and buffers of an appointment are those of the range that names it (S-2, S-7)."""
    for claim in (Claim, HoldClaim):
        mine = [claim.opening_range_id == old.id]
        if first > date.min:
            mine.append(claim.starts_at >= from_minutes(day_bounds(first, old.zone).start))
        if last is not None:
            mine.append(claim.starts_at < from_minutes(day_bounds(last, old.zone).end))
        session.execute(update(claim).where(*mine).values(opening_range_id=new.id))


def _details(opening: OpeningRange) -> dict[str, Any]:
    return {
        "name": opening.name,
        "place_id": opening.place_id,
        "motif_ids": [motif.id for motif in opening.motifs],
        "opens": opening.opens.isoformat("minutes"),
        "closes": opening.closes.isoformat("minutes"),
    }


HEARD = (Event.OPENING_CREATED, Event.OPENING_CHANGED, Event.OPENING_REMOVED)
OPENINGS = Trade("opening_range", HEARD, opening_range_of, _blank, _write, _details, _hand_over)
create, change, remove = OPENINGS.create, OPENINGS.change, OPENINGS.remove
change_one, remove_one, restore = OPENINGS.change_one, OPENINGS.remove_one, OPENINGS.restore
change_from, remove_from = OPENINGS.change_from, OPENINGS.remove_from
"""The use cases, told of in `planning.repeated`."""
