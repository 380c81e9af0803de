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
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.booking.withdraw import give_back
from rdvdav.clock import Clock
from rdvdav.errors import Stale
from rdvdav.feeds.change import changing
from rdvdav.planning.colleagues import Colleague, free_colleagues
from rdvdav.planning.fates import NOTHING_DECIDED, Decisions, Fate, carry_out, involved, moves_alone
from rdvdav.planning.standing import Booking, Shift, load_bookings, load_hours, shifted

T = TypeVar("T")
Edit = Callable[[Session], T]


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
            Fate.NEAREST: moves_alone(self.appointment),
        }
        return [fate for fate in Fate if possible.get(fate, True)]

    @property
    def default(self) -> Fate | None:
        """Openings and absences keep (L-4); of a collective appointment nothing is chosen beforehand (S-7)."""
        return None if self.appointment.motif.collective else Fate.KEEP


class ListChanged(Stale):
    """Other bookings are hit than those that were shown, or one of them has changed: look again, then choose."""


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
    lost: list[Booking] = []
    colleagues: Mapping[int, list[Colleague]] = {}
    with suppress(_Undone), session.begin_nested(), changing(session, clock, agenda_ids):
        lost = _changed(session, clock, agenda_ids, edit)[1].lost
        colleagues = free_colleagues(session, clock, agent_id, lost)  # a holiday closes to them too
        raise _Undone
    return _hits(session, lost, colleagues)


def _hits(session: Session, bookings: list[Booking], colleagues: Mapping[int, list[Colleague]]) -> list[Hit]:
    """The bookings with what is shown of them; no statement where there are none."""
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
    return [
        Hit(booking, shown[booking.appointment_id], colleagues.get(booking.appointment_id, [])) for booking in bookings
    ]


def apply(
    session: Session,
    clock: Clock,
    agent_id: int,
    agenda_ids: Collection[int],
    edit: Edit[T],
    decisions: Decisions = NOTHING_DECIDED,
) -> T:
    """Carry out *edit*, and what was decided for each booking it hits; returns what *edit* does. The caller commits.

    Raises:
        ListChanged, ColleagueTaken, NothingNear: Nothing may be kept of this transaction; show the list anew.
        RdvdavError: As *edit* does.
    """
    with changing(session, clock, {*agenda_ids, *involved(session, agent_id, decisions)}):
        result, shift = _changed(session, clock, agenda_ids, edit)
        if {(each.appointment_id, each.sequence) for each in shift.lost} != decisions.choices.keys():
            raise ListChanged
        for booking in shift.back:
            give_back(session, booking.appointment_id)
        for booking in shift.lost:
            choice = decisions.choices[booking.appointment_id, booking.sequence]
            carry_out(session, clock, agent_id, booking, choice, decisions)
    return result


def _changed(session: Session, clock: Clock, agenda_ids: Collection[int], edit: Edit[T]) -> tuple[T, Shift]:
    """Run *edit*; what it returns, and what it does to the bookings to come."""
    bookings = load_bookings(session, agenda_ids, clock.now())
    before = load_hours(session, agenda_ids, bookings)
    result = edit(session)
    session.flush()
    return result, shifted(bookings, before, load_hours(session, agenda_ids, bookings))
