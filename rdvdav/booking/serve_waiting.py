"""Serving the waiting list (L-7): where time was freed, those who wait longest are told first; at most one message a day, three in all.

The cost grows with the change: of an agenda that was marked, the motifs it receives for, those who wait for them, and one search for
each motif and place. Any number of workers may serve: a mark is leased, an entry is told under its own lock, each message has its key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased, joinedload

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.freed import Freed
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED
from rdvdav.agenda.waiting_list import MOST_MESSAGES, WaitingListEntry
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.place import Place
from rdvdav.notify.waiting_list import tell_free
from rdvdav.slots.limits import bounds_of
from rdvdav.slots.load import Scope
from rdvdav.slots.search import DayPart
from rdvdav.slots.slot import Slot
from rdvdav.slots.stretches import days

LEASE = timedelta(minutes=5)
PATIENCE = timedelta(minutes=30)
"""How long those who were told have before the next ones are, if the time is still free."""
A_DAY = timedelta(days=1)
AT_ONCE = 50
"""How many are looked at for one mark; who comes after is looked at half an hour later."""


@dataclass(frozen=True)
class Told:
    """Whom to tell of which slot; *messages* as they were counted when it was decided."""

    entry_id: int
    messages: int
    slot: Slot


def serve_due(database: Database, clock: Clock) -> int:
    """Serve one mark that is due, the oldest; how many were served: 0 when none is. Commits as it goes."""
    with database.transaction() as session:
        mark = _lease(session, clock)
    if mark is None:
        return 0
    with database.transaction() as session:
        _end_what_is_over(session, clock, mark.agenda_id)
    with database.reading() as session:
        told = list(_decide(session, clock, mark.agenda_id))
    with database.transaction() as session:
        for each in told:
            _tell(session, clock, each)
        again = update(Freed).where(Freed.id == mark.id).values(due_at=clock.now() + PATIENCE, leased_until=None)
        session.execute(again if told else delete(Freed).where(Freed.id == mark.id))
    return 1


def _lease(session: Session, clock: Clock) -> Freed | None:
    """The oldest mark that is due, leased; others of its agenda that are due go, for it stands for them."""
    now = clock.now()
    due = or_(Freed.due_at.is_(None), Freed.due_at <= now) & or_(
        Freed.leased_until.is_(None), Freed.leased_until <= now
    )
    query = select(Freed).where(due).order_by(Freed.id).with_for_update(skip_locked=True)
    mark = session.scalar(query.limit(1))
    if mark is not None:
        mark.leased_until = now + LEASE
        same = select(Freed.id).where(due, Freed.agenda_id == mark.agenda_id, Freed.id != mark.id)
        ids = session.scalars(same.with_for_update(skip_locked=True)).all()
        session.execute(delete(Freed).where(Freed.id.in_(ids)))
    return mark


def _waiting_for(agenda_id: int) -> ColumnElement[bool]:
    """Holds for live entries whose motif the agenda receives for."""
    carried = select(OpeningRangeMotif.motif_id).join(OpeningRange).where(OpeningRange.agenda_id == agenda_id)
    live = WaitingListEntry.confirmed_at.is_not(None) & WaitingListEntry.ended_at.is_(None)
    return live & WaitingListEntry.motif_id.in_(carried)


def _end_what_is_over(session: Session, clock: Clock, agenda_id: int) -> None:
    """End the entries of those who have what they wished, or for whom nothing can be earlier any more.

    A seat that was given up, moved forward, or has come; for who had none, a seat taken since.
    """
    now, seat, theirs = clock.now(), aliased(Participation), aliased(Citizen)
    mine = select(1).select_from(Participation).join(Appointment, Appointment.id == Participation.appointment_id)
    mine = mine.where(Participation.id == WaitingListEntry.participation_id)
    stands = mine.where(
        Participation.status.not_in(CANCELLED),
        Appointment.starts_at > now,
        Appointment.starts_at >= WaitingListEntry.booked_for,
    )
    booked = (
        exists()
        .where(
            seat.citizen_id == theirs.id,
            or_(theirs.id == WaitingListEntry.citizen_id, theirs.email == WaitingListEntry.email),
            theirs.territory_id == WaitingListEntry.territory_id,
            seat.appointment_id == Appointment.id,
            Appointment.motif_id == WaitingListEntry.motif_id,
            Appointment.ends_at > now,
            seat.status.not_in(CANCELLED),
            seat.created_at > WaitingListEntry.created_at,
        )
        .correlate(WaitingListEntry)
    )
    without = WaitingListEntry.participation_id.is_(None)
    over = or_(without & booked, ~without & ~stands.correlate(WaitingListEntry).exists())
    ended = update(WaitingListEntry).where(_waiting_for(agenda_id), over).values(ended_at=now)
    session.execute(ended, execution_options={"synchronize_session": False})


def _decide(session: Session, clock: Clock, agenda_id: int) -> Iterator[Told]:
    """Who is told of what, the first come first; each start is told to one person at a time."""
    query = (
        select(WaitingListEntry, Appointment.starts_at)
        .outerjoin(Participation, Participation.id == WaitingListEntry.participation_id)
        .outerjoin(Appointment, Appointment.id == Participation.appointment_id)
        .join(Motif, Motif.id == WaitingListEntry.motif_id)
        .where(_waiting_for(agenda_id), _may_be_told(clock.now()))
        .where(Motif.archived_at.is_(None), Motif.bookable_by == BookableBy.EVERYONE)
        .order_by(WaitingListEntry.id)
        .limit(AT_ONCE)
        .options(joinedload(WaitingListEntry.motif), joinedload(WaitingListEntry.organisation))
    )
    searches: dict[tuple[int, int | None, int | None], _Search] = {}
    taken: set[tuple[datetime, int | None]] = set()
    for entry, before in session.execute(query).all():
        motif = entry.motif
        citizen_id = entry.citizen_id if motif.follow_up else None
        key = (motif.id, entry.place_id, citizen_id)
        if key not in searches:
            searches[key] = _Search(session, clock, motif, Scope.one(entry.place_id, citizen_id=citizen_id))
        slot = next((each for each in searches[key] if _suits(entry, each, before, taken)), None)
        if slot is not None:
            taken.add((slot.starts_at, slot.place_id))
            yield Told(entry.id, entry.messages, slot)


def _may_be_told(now: datetime) -> ColumnElement[bool]:
    rested = or_(WaitingListEntry.told_at.is_(None), WaitingListEntry.told_at <= now - A_DAY)
    return rested & (WaitingListEntry.messages < MOST_MESSAGES) & WaitingListEntry.email.is_not(None)


def _suits(
    entry: WaitingListEntry, slot: Slot, before: datetime | None, taken: set[tuple[datetime, int | None]]
) -> bool:
    if before is not None and slot.starts_at >= before:
        return False
    wall = slot.starts_at.astimezone(ZoneInfo(entry.organisation.zone))
    right_day = not entry.weekdays or wall.weekday() in entry.weekdays
    right_part = entry.part == DayPart.ANY or (wall.hour < 12) is (entry.part == DayPart.MORNING)
    return right_day and right_part and (slot.starts_at, slot.place_id) not in taken


class _Search:
    """The free slots of one motif and place in order of time, searched as far as somebody looks, once for all who do."""

    def __init__(self, session: Session, clock: Clock, motif: Motif, scope: Scope) -> None:
        bounds = bounds_of(session, clock, motif)
        self._more: Iterator[Slot] = (slot for day in days(session, clock, motif, bounds, scope) for slot in day.slots)
        self._found: list[Slot] = []

    def __iter__(self) -> Iterator[Slot]:
        yield from self._found
        for slot in self._more:
            self._found.append(slot)
            yield slot


def _tell(session: Session, clock: Clock, told: Told) -> None:
    """Write the message, unless somebody else told this person meanwhile, or they left."""
    still = (WaitingListEntry.messages == told.messages) & WaitingListEntry.ended_at.is_(None)
    query = select(WaitingListEntry).where(WaitingListEntry.id == told.entry_id, still, _may_be_told(clock.now()))
    entry = session.scalar(query.with_for_update())
    if entry is None:
        return
    entry.messages += 1
    entry.told_at = clock.now()
    if entry.messages >= MOST_MESSAGES:
        entry.ended_at = clock.now()
    place = session.get(Place, told.slot.place_id) if told.slot.place_id is not None else None
    tell_free(session, clock, entry, told.slot.starts_at, place.name if place else "")


def tidy(session: Session, clock: Clock, kept: timedelta, unconfirmed: timedelta) -> None:
    """Forget entries that ended *kept* ago, and those nobody confirmed within *unconfirmed*. The caller commits."""
    now = clock.now()
    never = WaitingListEntry.confirmed_at.is_(None) & (WaitingListEntry.created_at < now - unconfirmed)
    session.execute(delete(WaitingListEntry).where(or_(WaitingListEntry.ended_at < now - kept, never)))
