"""Opening ranges: open time on an agenda, change it, take it back (S01). Appointments already booked are kept (L-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.motif import Modality
from rdvdav.errors import NotFound, Refused
from rdvdav.feeds.change import changing
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.hours.wall_range import WallRange
from rdvdav.ical.uid import new_uid
from rdvdav.planning.offer import Offer, offer_for
from rdvdav.policy.installation import installation
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
    """A range as somebody wants it: wall times, and an RRULE value or None for a single day."""

    name: str
    place_id: int | None
    motif_ids: frozenset[int]
    first_day: date
    opens: time
    closes: time
    recurrence: str | None = None

    def hours(self, zone: str, excluded: frozenset[date] = frozenset()) -> WallRange:
        """Its occurrences on the clocks of *zone*."""
        return WallRange(Series(self.first_day, self.recurrence, excluded), self.opens, self.closes, zone)


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


def create(session: Session, clock: Clock, agent_id: int, agenda_id: int, plan: Plan) -> OpeningRange:
    """Open time on an agenda. The caller commits.

    Raises:
        NoSuchAgenda: *agent_id* may not open this agenda.
        Contradictory: The plan can't be.
    """
    with changing(session, clock, [agenda_id]) as publishing:
        agenda = agenda_to_open(session, agent_id, agenda_id)
        opening = OpeningRange(
            territory_id=agenda.territory_id,
            agenda_id=agenda_id,
            excluded_days=[],
            uid=new_uid(installation(session).uid_host),
            stamped_at=clock.now(),
            created_at=clock.now(),
        )
        _write(opening, plan, offer_for(session, agenda))
        session.add(opening)
        session.flush()
        _trace(session, clock, agent_id, "opening_range.created", opening)
        publishing.publish(opening)
    return opening


def change(session: Session, clock: Clock, agent_id: int, range_id: int, plan: Plan) -> OpeningRange:
    """Make the range what *plan* says, all its dates; days left out stay left out. The caller commits.

    Raises:
        NoSuchOpeningRange, NoSuchAgenda: It does not exist, or not for this agent.
        Contradictory: The plan can't be.
    """
    with changing(session, clock, [opening_range_of(session, agent_id, range_id).agenda_id]) as publishing:
        opening = opening_range_of(session, agent_id, range_id)
        _write(opening, plan, offer_for(session, session.get_one(Agenda, opening.agenda_id), opening))
        session.flush()
        _trace(session, clock, agent_id, "opening_range.changed", opening)
        publishing.publish(opening)
    return opening


def remove(session: Session, clock: Clock, agent_id: int, range_id: int) -> OpeningRange:
    """Close the range for good; its appointments stay. The caller commits.

    Raises:
        NoSuchOpeningRange, NoSuchAgenda: It does not exist, or not for this agent.
    """
    with changing(session, clock, [opening_range_of(session, agent_id, range_id).agenda_id]) as publishing:
        opening = opening_range_of(session, agent_id, range_id)
        _trace(session, clock, agent_id, "opening_range.removed", opening)
        publishing.withdraw(opening.uid)
        session.delete(opening)
    return opening


def opening_range_of(session: Session, agent_id: int, range_id: int) -> OpeningRange:
    """A range of an agenda that *agent_id* may open, with its motifs.

    Raises:
        NoSuchOpeningRange: It does not exist.
        NoSuchAgenda: It does, but not for this agent: doors answer both alike.
    """
    opening = session.get(OpeningRange, range_id, options=[selectinload(OpeningRange.motifs)])
    if opening is None:
        raise NoSuchOpeningRange
    agenda_to_open(session, agent_id, opening.agenda_id)
    return opening


def opening_ranges(session: Session, clock: Clock, agenda: Agenda, *, past: bool) -> Sequence[OpeningRange]:
    """The ranges of *agenda* that are over (*past*), latest first, or the others, soonest first; with motifs."""
    today = local_day(to_minutes(clock.now()), agenda.zone)
    over = OpeningRange.last_day < today
    going_on = or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= today)
    order = OpeningRange.last_day.desc() if past else OpeningRange.first_day
    query = (
        select(OpeningRange)
        .where(OpeningRange.agenda_id == agenda.id, over if past else going_on)
        .options(selectinload(OpeningRange.motifs))
        .order_by(order, OpeningRange.opens, OpeningRange.id)
    )
    return session.scalars(query).all()


def _write(opening: OpeningRange, plan: Plan, offer: Offer) -> None:
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
    if plan.recurrence is None:
        opening.excluded_days = []
    opening.last_day = last_day(opening.series)


def last_day(series: Series) -> date | None:
    """Last day a series can begin on: its UNTIL without walking there, or the last one it has; None is endless."""
    rule = series.rule
    return rule.until if rule is not None and rule.until is not None else series.last()


def _trace(session: Session, clock: Clock, agent_id: int, kind: str, opening: OpeningRange) -> None:
    details: dict[str, Any] = {
        "agenda_id": opening.agenda_id,
        "name": opening.name,
        "place_id": opening.place_id,
        "motif_ids": [motif.id for motif in opening.motifs],
        "first_day": opening.first_day.isoformat(),
        "opens": opening.opens.isoformat("minutes"),
        "closes": opening.closes.isoformat("minutes"),
        "recurrence": opening.recurrence,
    }
    record(session, clock, Actor.agent(agent_id), kind, opening.territory_id, opening.id, **details)
