"""Serving the waiting list (L-7): where time was freed, those who wait longest are told first; at most one message a day, three in all.

The cost grows with the change: of a motif that was marked, those who wait for it, and one search for each place. Any number of workers
may serve: a mark is leased, an entry is told under its own lock, each message has its key.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.freed import WAITING, Freed
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED
from rdvdav.agenda.waiting_list import MOST_MESSAGES, WaitingListEntry
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.referent import CitizenReferent
from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.hours.wall import day_bounds, from_minutes, local_day, to_minutes
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
"""How many are told for one mark; who comes after is half an hour later."""


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
        _end_what_is_over(session, clock, mark.motif_id)
    with database.reading() as session:
        told = list(islice(_decide(session, clock, mark.motif_id), AT_ONCE))
    with database.transaction() as session:
        for each in told:
            _tell(session, clock, each)
        again = update(Freed).where(Freed.id == mark.id).values(due_at=clock.now() + PATIENCE, leased_until=None)
        session.execute(again if told else delete(Freed).where(Freed.id == mark.id))
    return 1


def _lease(session: Session, clock: Clock) -> Freed | None:
    """The oldest mark that is due, leased; others of its motif that are due go, for it stands for them."""
    now = clock.now()
    due = or_(Freed.due_at.is_(None), Freed.due_at <= now) & or_(
        Freed.leased_until.is_(None), Freed.leased_until <= now
    )
    query = select(Freed).where(due).order_by(Freed.id).with_for_update(skip_locked=True)
    mark = session.scalar(query.limit(1))
    if mark is not None:
        mark.leased_until = now + LEASE
        same = select(Freed.id).where(due, Freed.motif_id == mark.motif_id, Freed.id != mark.id)
        ids = session.scalars(same.with_for_update(skip_locked=True)).all()
        session.execute(delete(Freed).where(Freed.id.in_(ids)))
    return mark


def _waiting_for(motif_id: int) -> ColumnElement[bool]:
    """Holds for live entries."""
    return WAITING & (WaitingListEntry.motif_id == motif_id)


def _end_what_is_over(session: Session, clock: Clock, motif_id: int) -> None:
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
    ended = update(WaitingListEntry).where(_waiting_for(motif_id), over).values(ended_at=now)
    session.execute(ended, execution_options={"synchronize_session": False})


def _decide(session: Session, clock: Clock, motif_id: int) -> Iterator[Told]:
    """Who is told of what, the first come first; each start is told to one person at a time."""
    motif = session.get_one(Motif, motif_id)
    if not motif.online:
        return
    entries = session.execute(_queue(clock, motif_id)).all()
    referents = _referents(session, [each.citizen_id for each in entries]) if motif.follow_up else {}
    searches: dict[tuple[object, ...], _Search] = {}
    lanes: dict[tuple[object, ...], _Lane] = {}
    taken: set[tuple[datetime, int | None]] = set()
    for entry in entries:
        who = entry.citizen_id if motif.follow_up else None
        found_alike = entry.place_id, referents.get(who)
        if found_alike not in searches:
            searches[found_alike] = _Search(session, clock, motif, Scope.one(entry.place_id, citizen_id=who))
        suits = *found_alike, *entry.weekdays, entry.part
        if suits not in lanes:
            lanes[suits] = _Lane(searches[found_alike], motif.organisation.zone, entry.weekdays, entry.part)
        slot = lanes[suits].first(taken)
        if slot is not None and (entry.starts_at is None or slot.starts_at < entry.starts_at):
            taken.add((slot.starts_at, slot.place_id))
            yield Told(entry.id, entry.messages, slot)


def _queue(clock: Clock, motif_id: int) -> Select[*tuple[Any, ...]]:
    """Those who may be told now, the first come first, each with the start of the seat that an earlier one is wished for."""
    wish = WaitingListEntry
    columns = wish.id, wish.place_id, wish.citizen_id, wish.weekdays, wish.part, wish.messages, Appointment.starts_at
    return (
        select(*columns)
        .outerjoin(Participation, Participation.id == wish.participation_id)
        .outerjoin(Appointment, Appointment.id == Participation.appointment_id)
        .where(_waiting_for(motif_id), _may_be_told(clock.now()))
        .order_by(wish.id)
    )


def _referents(session: Session, citizens: Iterable[int | None]) -> dict[int | None, frozenset[int]]:
    """The agents who follow each of *citizens*: those with the same ones are offered the same."""
    found: dict[int | None, frozenset[int]] = {}
    query = select(CitizenReferent.citizen_id, CitizenReferent.agent_id)
    for citizen_id, agent_id in session.execute(query.where(CitizenReferent.citizen_id.in_(citizens))):
        found[citizen_id] = found.get(citizen_id, frozenset()) | {agent_id}
    return found


def _may_be_told(now: datetime) -> ColumnElement[bool]:
    rested = or_(WaitingListEntry.told_at.is_(None), WaitingListEntry.told_at <= now - A_DAY)
    return rested & (WaitingListEntry.messages < MOST_MESSAGES) & WaitingListEntry.email.is_not(None)


class _Search:
    """The free slots of one motif and place in order of time, searched as far as somebody looks, once for all who do."""

    def __init__(self, session: Session, clock: Clock, motif: Motif, scope: Scope) -> None:
        bounds = bounds_of(session, clock, motif)
        self._more: Iterator[Slot] = (slot for day in days(session, clock, motif, bounds, scope) for slot in day.slots)
        self._found: list[Slot] = []

    def __iter__(self) -> Iterator[Slot]:
        for number in count():
            if number == len(self._found):
                self._found += islice(self._more, 1)
            if number == len(self._found):
                return
            yield self._found[number]


class _Lane:
    """Of a search what suits those who wait for the same days and half-days: looked through once, however many they are."""

    def __init__(self, search: _Search, zone: str, weekdays: Sequence[int], part: str) -> None:
        def suits(slot: Slot) -> bool:
            wall = slot.starts_at.astimezone(ZoneInfo(zone))
            right_part = part == DayPart.ANY or (wall.hour < 12) is (part == DayPart.MORNING)
            return right_part and (not weekdays or wall.weekday() in weekdays)

        self._slots = filter(suits, search)
        self._first = next(self._slots, None)

    def first(self, taken: Collection[tuple[datetime, int | None]]) -> Slot | None:
        """The first that is none of *taken*, which only grows."""
        while self._first is not None and (self._first.starts_at, self._first.place_id) in taken:
            self._first = next(self._slots, None)
        return self._first


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


def look_tomorrow(session: Session, clock: Clock) -> None:
    """Have each motif that somebody waits for looked at when the day begins there: the last day that may be booked is a new one (S-6).

    The caller commits.
    """
    waited_for = select(WaitingListEntry.motif_id).where(WAITING)
    query = select(Motif.id, Organisation.zone).join(Organisation, Organisation.id == Motif.organisation_id)
    unmarked = query.where(Motif.id.in_(waited_for), Motif.id.not_in(select(Freed.motif_id)))
    now = to_minutes(clock.now())
    for motif_id, zone in session.execute(unmarked):
        midnight = day_bounds(local_day(now, zone), zone).end
        session.add(Freed(motif_id=motif_id, due_at=from_minutes(midnight)))
