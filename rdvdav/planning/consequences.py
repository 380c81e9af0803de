"""What a change of staff does to bookings, and what becomes of each: the one way to change hours (L-4, I-8).

A change is any use case of `planning` as a function of a session. `preview` runs it, sees which bookings lose their slot, and undoes it;
`apply` runs it and carries out one `Choice` for each of these bookings, all in one transaction that holds every agenda concerned:

    def away(work: Session) -> Absence:
        return absences.create(work, clock, agent_id, agenda_id, plan)

    preview(work, clock, agent_id, [agenda_id], away)            # → who is hit, and who could stand in
    apply(work, clock, agent_id, [agenda_id], away, decisions)   # → what `away` returned

The choices name the bookings as they were shown; if another one is hit by now, or one has changed, `ListChanged` undoes everything and
the door shows the list anew. A booking without choice is thus never dropped.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import cancel
from rdvdav.booking.staff import move_to
from rdvdav.booking.withdraw import give_back, keep_anyway, reassign, withdraw
from rdvdav.clock import Clock
from rdvdav.errors import Stale
from rdvdav.feeds.change import changing
from rdvdav.planning.colleagues import Colleague, free_colleagues
from rdvdav.planning.standing import Booking, given_back, load_bookings, load_hours, withdrawn
from rdvdav.policy.sight import agendas_of_sight
from rdvdav.slots.load import Scope
from rdvdav.slots.near import nearest

T = TypeVar("T")
Edit = Callable[[Session], T]


class Fate(StrEnum):
    """What can become of a booking whose slot goes."""

    KEEP = "keep"
    REASSIGN = "reassign"
    REPLAN = "replan"
    NEAREST = "nearest"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Choice:
    """What becomes of one booking; *agenda_id* is the colleague's, for REASSIGN."""

    fate: Fate
    agenda_id: int | None = None


@dataclass(frozen=True)
class Decisions:
    """A choice for each booking shown, by appointment id and SEQUENCE as it was shown.

    Attributes:
        tell: « Prévenir les usagers ».
        reason: For those who are told.
    """

    choices: Mapping[tuple[int, int], Choice] = field(default_factory=dict)
    tell: bool = True
    reason: str = ""


@dataclass(frozen=True)
class Hit:
    """A booking that loses its slot, and the colleagues free to take it."""

    booking: Booking
    appointment: Appointment
    colleagues: list[Colleague]

    @property
    def fates(self) -> list[Fate]:
        """What can be chosen: a collective appointment is not re-planned (L-2); one of several people or agendas has no nearest slot."""
        possible = {
            Fate.REASSIGN: bool(self.colleagues),
            Fate.REPLAN: self.appointment.status is Status.PLANNED and not self.appointment.motif.collective,
            Fate.NEAREST: _moves_alone(self.appointment),
        }
        return [fate for fate in Fate if possible.get(fate, True)]

    @property
    def default(self) -> Fate | None:
        """Openings and absences keep (L-4); of a collective appointment nothing is chosen beforehand (S-7)."""
        return None if self.appointment.motif.collective else Fate.KEEP


class ListChanged(Stale):
    """Other bookings are hit than those that were shown, or one of them has changed: look again, then choose."""


@dataclass(eq=False)
class ColleagueTaken(Stale):
    """The colleague chosen for a booking is not free any more."""

    appointment_id: int


@dataclass(eq=False)
class NothingNear(Stale):
    """No slot is free to move a booking to."""

    appointment_id: int


class _Undone(Exception):
    """Raised to undo a change that was only looked at."""


def preview(
    session: Session, clock: Clock, agent_id: int, agenda_ids: Collection[int], edit: Edit[object]
) -> list[Hit]:
    """The bookings that *edit* would take the slot of, by start. Nothing is kept; needs a session that may write.

    Args:
        agenda_ids: The agendas whose hours *edit* changes.

    Raises:
        RdvdavError: As *edit* does.
    """
    found: list[Booking] = []
    with suppress(_Undone), session.begin_nested(), changing(session, clock, agenda_ids):
        _result, lost, _back = _changed(session, clock, agenda_ids, edit)
        found += lost
        raise _Undone
    return hits(session, clock, agent_id, found)


def hits(session: Session, clock: Clock, agent_id: int, bookings: list[Booking]) -> list[Hit]:
    """The bookings with what is shown of them and who could stand in."""
    if not bookings:
        return []
    query = (
        select(Appointment)
        .where(Appointment.id.in_([booking.appointment_id for booking in bookings]))
        .options(
            joinedload(Appointment.motif),
            joinedload(Appointment.place),
            joinedload(Appointment.organisation),
            selectinload(Appointment.participations).joinedload(Participation.citizen),
        )
    )
    shown = {appointment.id: appointment for appointment in session.scalars(query)}
    colleagues = free_colleagues(session, clock, agent_id, bookings)
    return [
        Hit(booking, shown[booking.appointment_id], colleagues.get(booking.appointment_id, [])) for booking in bookings
    ]


def apply(
    session: Session,
    clock: Clock,
    agent_id: int,
    agenda_ids: Collection[int],
    edit: Edit[T],
    decisions: Decisions = Decisions(),
) -> T:
    """Carry out *edit*, and what was decided for each booking it hits; returns what *edit* does. The caller commits.

    Raises:
        ListChanged, ColleagueTaken, NothingNear: Nothing may be kept of this transaction; show the list anew.
        RdvdavError: As *edit* does.
    """
    with changing(session, clock, {*agenda_ids, *involved(session, agent_id, decisions)}):
        result, lost, back = _changed(session, clock, agenda_ids, edit)
        if {(each.appointment_id, each.sequence) for each in lost} != decisions.choices.keys():
            raise ListChanged
        for booking in back:
            give_back(session, booking.appointment_id)
        for booking in lost:
            choice = decisions.choices[booking.appointment_id, booking.sequence]
            carry_out(session, clock, agent_id, booking, choice, decisions)
    return result


def carry_out(
    session: Session, clock: Clock, agent_id: int, booking: Booking, choice: Choice, decisions: Decisions
) -> None:
    """Do with one booking what was chosen; all agendas concerned are held.

    Raises:
        ColleagueTaken, NothingNear: It cannot be done any more.
    """
    actor, appointment_id = Actor.agent(agent_id), booking.appointment_id
    match choice.fate:
        case Fate.KEEP:
            keep_anyway(session, clock, appointment_id, actor)
        case Fate.REPLAN:
            withdraw(session, clock, appointment_id, actor, decisions.reason, tell=decisions.tell)
        case Fate.CANCEL:
            cancel(session, clock, appointment_id, actor, decisions.reason, tell=decisions.tell)
        case Fate.REASSIGN:
            _reassign(session, clock, agent_id, booking, choice.agenda_id, tell=decisions.tell)
        case Fate.NEAREST:
            _move(session, clock, agent_id, booking, tell=decisions.tell)


def _changed(
    session: Session, clock: Clock, agenda_ids: Collection[int], edit: Edit[T]
) -> tuple[T, list[Booking], list[Booking]]:
    """Run *edit*; what it returns, the bookings that lose their slot by it, each once, and those that stand well again."""
    bookings = load_bookings(session, agenda_ids, clock.now())
    first = min((booking.start for booking in bookings), default=0)
    last = max((booking.end for booking in bookings), default=0)
    before = load_hours(session, agenda_ids, first, last) if bookings else {}
    result = edit(session)
    session.flush()
    after = load_hours(session, agenda_ids, first, last) if bookings else {}
    lost: dict[int, Booking] = {}
    for each in withdrawn(bookings, before, after):
        lost.setdefault(each.appointment_id, each)
    return result, list(lost.values()), given_back(bookings, before, after)


def _reassign(
    session: Session, clock: Clock, agent_id: int, booking: Booking, agenda_id: int | None, *, tell: bool
) -> None:
    free = free_colleagues(session, clock, agent_id, [booking]).get(booking.appointment_id, [])
    chosen = next((each for each in free if each.agenda_id == agenda_id), None)
    if chosen is None:
        raise ColleagueTaken(booking.appointment_id)
    reassign(
        session,
        clock,
        booking.appointment_id,
        Actor.agent(agent_id),
        leaves=booking.agenda_id,
        to=chosen.agenda_id,
        opening_id=chosen.opening_id,
        tell=tell,
    )


def _move(session: Session, clock: Clock, agent_id: int, booking: Booking, *, tell: bool) -> None:
    """To the nearest slot a citizen could book at the same place, of whichever agenda in sight S-8 prefers."""
    appointment = session.get_one(Appointment, booking.appointment_id)
    among = _offering(session, agent_id, [appointment.motif_id])
    citizen_id = next((seat.citizen_id for seat in appointment.seated), None)
    scope = replace(Scope.one(booking.place_id, citizen_id=citizen_id), among=among)
    near = nearest(session, clock, appointment.motif, appointment.starts_at, scope, 1)
    if not near or not _moves_alone(appointment):
        raise NothingNear(appointment.id)
    move_to(
        session,
        clock,
        Actor.agent(agent_id),
        appointment,
        near[0].starts_at,
        agenda_id=near[0].agenda_id,
        tell=tell,
    )


def _moves_alone(appointment: Appointment) -> bool:
    """Whether it is one person's, with one agenda."""
    motif = appointment.motif
    return appointment.seats == 1 and not motif.collective and motif.agents_needed + motif.rooms_needed == 1


def involved(session: Session, agent_id: int, decisions: Decisions) -> set[int]:
    """The agendas that carrying out *decisions* may touch: all are locked at once, in order (D-1)."""
    ids = [appointment_id for appointment_id, _sequence in decisions.choices]
    involved = {choice.agenda_id for choice in decisions.choices.values() if choice.agenda_id is not None}
    in_sight = set(session.scalars(agendas_of_sight(agent_id).with_only_columns(Agenda.id))) if involved else set()
    involved &= in_sight
    involved |= set(session.scalars(select(Claim.agenda_id).where(Claim.appointment_id.in_(ids))))
    moved = [id_ for (id_, _sequence), choice in decisions.choices.items() if choice.fate is Fate.NEAREST]
    if moved:
        motifs = session.scalars(select(Appointment.motif_id).where(Appointment.id.in_(moved)).distinct()).all()
        involved |= _offering(session, agent_id, motifs)
    return involved


def _offering(session: Session, agent_id: int, motif_ids: Collection[int]) -> set[int]:
    """The agendas in sight that open for one of these motifs."""
    query = (
        agendas_of_sight(agent_id)
        .with_only_columns(Agenda.id)
        .join(OpeningRange, OpeningRange.agenda_id == Agenda.id)
        .join(OpeningRangeMotif, OpeningRangeMotif.opening_range_id == OpeningRange.id)
        .where(OpeningRangeMotif.motif_id.in_(motif_ids))
    )
    return set(session.scalars(query))
