"""All a search needs, read in one go: openings that carry a motif, what takes their agendas' time, who comes first.

One statement per table, whatever the number of agendas.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda, AgendaKind
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.citizens.referent import referents_of
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import Grid, Modality, Motif
from rdvdav.directory.place import Place
from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import DAY, local_day
from rdvdav.slots.busy import Taken, whole_days
from rdvdav.slots.capacity import Seating
from rdvdav.slots.choice import Rank, first_registered
from rdvdav.slots.free import chosen_slots, free_slots
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.next_one import first_room, next_slot
from rdvdav.slots.occupied import absent, busy_of, outline_of, seatings_of
from rdvdav.slots.opening import Opening
from rdvdav.slots.ranking import ranking
from rdvdav.slots.slot import Slot


@dataclass(frozen=True)
class Scope:
    """For whom, where and with whom one searches; None is anybody, anywhere.

    Attributes:
        places: Only there; ignored where the motif needs no place.
        agendas: One of these must lead: what a person chooses.
        among: Only these at all: those that are locked.
        citizen_id: Who comes: a follow-up motif is offered with this person's referents alone.
        staff: An agent looks: without a citizen even a follow-up motif is searched, with everybody.
    """

    places: Collection[int] | None = None
    agendas: Collection[int] | None = None
    among: Collection[int] | None = None
    citizen_id: int | None = None
    staff: bool = False

    @classmethod
    def one(
        cls, place_id: int | None, agenda_id: int | None = None, *, citizen_id: int | None = None, staff: bool = False
    ) -> "Scope":
        """One place and one agenda, or any."""
        places, agendas = (None if one is None else frozenset({one}) for one in (place_id, agenda_id))
        return cls(places=places, agendas=agendas, citizen_id=citizen_id, staff=staff)


ANYWHERE = Scope()


@dataclass(frozen=True)
class Loaded:
    """All a search needs."""

    openings: list[Opening]
    taken: dict[int, Taken]
    need: Need
    rank: Rank

    def free(self, bounds: Bounds) -> list[Slot]:
        """All free slots within *bounds*, by start."""
        return free_slots(self.openings, self.taken, self.need, bounds, self.rank)

    def one_per_start(self, bounds: Bounds) -> list[Slot]:
        """The slot S-8 chooses for each start within *bounds*."""
        return chosen_slots(self.openings, self.taken, self.need, bounds, self.rank)

    def first(self, bounds: Bounds) -> Slot | None:
        """The earliest slot within *bounds* (S-9)."""
        return next_slot(self.openings, self.taken, self.need, bounds, self.rank)

    def first_room(self, bounds: Bounds) -> int | None:
        """The first minute within *bounds* at which a slot may start, whatever the grids."""
        return first_room(self.openings, self.taken, self.need, bounds)

    def at(self, place_id: int | None) -> "Loaded":
        """The same at one place."""
        return replace(self, openings=[opening for opening in self.openings if opening.place_id == place_id])


def need_of(motif: Motif, agendas: Collection[int] | None = None) -> Need:
    """What a motif asks of time, led by one of *agendas*."""
    return Need(
        motif.duration_minutes,
        motif.buffer_before_minutes,
        motif.buffer_after_minutes,
        motif.ignores_holidays,
        agents=motif.agents_needed,
        rooms=motif.rooms_needed,
        collective=motif.collective,
        leaders=None if agendas is None else frozenset(agendas),
    )


def load(
    session: Session, motif: Motif, now: datetime, bounds: Bounds, scope: Scope = ANYWHERE, *, outlined: bool = False
) -> Loaded:
    """Read the openings that carry *motif* around *bounds*, and all that takes their agendas' time (S-1, S-2).

    Args:
        now: Holds that expired by then block nothing (I-7).
        outlined: For `first_room` alone: appointments in outline, at a cost that hardly grows with their number.
    """
    organisation = motif.organisation
    zone = organisation.zone
    first, last = (local_day(minute, zone) for minute in bounds.touched)
    need = need_of(motif, scope.agendas)
    openings = [] if motif.collective else carrying(session, motif, first, last, scope)
    places = scope.places if motif.modality is Modality.ON_SITE else None
    seatings = seatings_of(session, motif, openings, now, bounds, places)
    if motif.collective and scope.among is not None:
        seatings = [seating for seating in seatings if set(seating.agendas) <= set(scope.among)]
    agendas = sorted({opening.agenda_id for opening in openings} | {a for each in seatings for a in each.agendas})
    holidays = whole_days(organisation.holidays.between(first, last), zone)
    around = bounds.touched if motif.collective else _around(openings, need, bounds)
    read = outline_of if outlined else busy_of
    busy = {} if motif.collective else read(session, agendas, now, around)
    closed, shared = absent(session, agendas, around), _by_first(seatings)
    taken = {
        agenda: Taken(busy.get(agenda, ()), closed.get(agenda, ()), holidays, shared.get(agenda, ()))
        for agenda in agendas
    }
    rank = first_registered if outlined else ranking(session, motif, agendas, bounds.window, zone)
    return Loaded(openings, taken, need, rank)


def _around(openings: Collection[Opening], need: Need, bounds: Bounds) -> Interval:
    """The time whose busy entries decide on slots within *bounds*, a day more on each side for pauses.

    It begins with the earliest opening that reaches into the bounds: the grid counts from there.
    """
    begun = (next(opening.hours.within(bounds.window), bounds.window) for opening in openings)
    first = min((start for start, _ in begun), default=bounds.earliest)
    return Interval(min(first, bounds.earliest) - DAY, bounds.latest + need.duration + DAY)


def _by_first(seatings: Collection[Seating]) -> dict[int, list[Seating]]:
    found: dict[int, list[Seating]] = defaultdict(list)
    for seating in seatings:
        found[seating.agendas[0]].append(seating)
    return found


def carrying(
    session: Session, motif: Motif, first: date, last: date | None = None, scope: Scope = ANYWHERE
) -> list[Opening]:
    """The openings that may occur from the local day *first* to *last* (None: ever after) and carry *motif*; one statement."""
    query = _in_use(motif).where(or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= first))
    if last is not None:
        query = query.where(OpeningRange.first_day <= last)
    if motif.modality is Modality.ON_SITE and scope.places is not None:
        query = query.where(OpeningRange.place_id.in_(scope.places))
    if scope.agendas is not None and not need_of(motif).several:
        query = query.where(OpeningRange.agenda_id.in_(scope.agendas))
    if scope.among is not None:
        query = query.where(OpeningRange.agenda_id.in_(scope.among))
    if motif.follow_up and not (scope.staff and scope.citizen_id is None):
        followed = Agenda.agent_id.in_(referents_of(scope.citizen_id or 0))
        query = query.where(or_(Agenda.kind == AgendaKind.ROOM, followed))
    return [_opening(row, motif, kind) for row, kind in session.execute(query)]


def _in_use(motif: Motif) -> Select[OpeningRange, AgendaKind]:
    """What S-1 leaves of the openings that carry *motif*."""
    query = (
        select(OpeningRange, Agenda.kind)
        .join(OpeningRangeMotif)
        .join(Agenda)
        .outerjoin(Agent)
        .outerjoin(Place)
        .where(
            OpeningRangeMotif.motif_id == motif.id,
            Agent.left_at.is_(None),
            or_(OpeningRange.place_id.is_(None), Place.enabled),
        )
    )
    return query.where(OpeningRange.place_id.is_not(None)) if motif.modality is Modality.ON_SITE else query


def _opening(row: OpeningRange, motif: Motif, kind: AgendaKind) -> Opening:
    fixed = (row.grid or motif.grid) is Grid.FIXED
    return Opening(
        id=row.id,
        agenda_id=row.agenda_id,
        place_id=row.place_id if motif.modality is Modality.ON_SITE else None,
        hours=row.hours,
        step=(row.step_minutes or motif.duration_minutes) if fixed else None,
        seats=row.seats,
        buffer_before=row.buffer_before_minutes,
        buffer_after=row.buffer_after_minutes,
        room=kind is AgendaKind.ROOM,
    )
