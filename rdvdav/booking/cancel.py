"""Cancel, by either side (L-1, L-3): the time is free at once (S-10)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.limits import until_cancel
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, NEXT, Status
from rdvdav.audit.entry import ActorKind
from rdvdav.audit.record import Actor, record, untold
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.notify.announce import announce
from rdvdav.outbox.event import Event


class NotCancellable(Refused):
    """The motif does not let the citizen cancel, or the appointment is over."""


@dataclass(eq=False)
class TooLateToCancel(Refused):
    """The time to cancel is over (L-3)."""

    until: datetime


def require_cancellable(clock: Clock, appointment: Appointment) -> None:
    """Check that the citizen may still cancel *appointment*; one that is to be re-planned always (L-5).

    Raises:
        NotCancellable: Never, for this motif or status.
        TooLateToCancel: No longer.
    """
    if appointment.status is Status.TO_REPLAN:
        return
    until = until_cancel(appointment)
    if until is None:
        raise NotCancellable
    if clock.now() > until:
        raise TooLateToCancel(until)


def cancel(
    session: Session,
    clock: Clock,
    appointment_id: int,
    actor: Actor,
    reason: str = "",
    *,
    citizen_id: int | None = None,
    wished: bool = False,
    tell: bool = True,
) -> Appointment:
    """Cancel an appointment and tell who must know. The caller commits; cancelling twice is harmless.

    Where several people share it, a citizen gives up one seat, and the others keep theirs; so does staff who names the
    person. The last to leave cancels the appointment, unless it is collective: that one stays as planned (S-7, L-2).

    Args:
        citizen_id: Whose seat is given up; a citizen's own, when None.
        wished: Staff cancels at the citizen's wish: it counts as cancelled by the citizen.
        tell: Whether participants are told; that they are not is recorded.

    Raises:
        NotCancellable, TooLateToCancel: A citizen may not any more, or it has an outcome already.
        MovedMeanwhile: It was given to another agenda at the same time.
    """
    agendas = session.scalars(select(Claim.agenda_id).where(Claim.appointment_id == appointment_id)).all()
    with changing(session, clock, agendas) as change:
        appointment = session.get_one(Appointment, appointment_id)
        by_citizen = actor.kind is ActorKind.CITIZEN
        one = _one_who_leaves(appointment, actor.id if by_citizen and citizen_id is None else citizen_id)
        if appointment.status in CANCELLED or (one is not None and one.status in CANCELLED):
            return appointment
        change.require_held(appointment)
        if by_citizen:
            require_cancellable(clock, appointment)
        status = Status.CANCELLED_BY_CITIZEN if by_citizen or wished else Status.CANCELLED_BY_STAFF
        if status not in NEXT[appointment.status]:
            raise NotCancellable
        leaving = appointment.seated if one is None else [one]
        nobody_stays = one is None or (leaving == appointment.seated and not appointment.motif.collective)
        for seat in leaving:
            seat.status = status
        if nobody_stays:
            appointment.become(status)
            appointment.cancelled_at = clock.now()
            appointment.cancel_reason = reason.strip() or None
        change.publish(appointment)
        subject, told = (appointment.territory_id, appointment.id), untold(tell=tell)
        kind = "appointment.cancelled" if nobody_stays else "appointment.left"
        record(session, clock, actor, kind, *subject, reason=reason.strip(), **told)
        announce(session, clock, Event.APPOINTMENT_CANCELLED, appointment, actor=actor, seats=leaving, tell=tell)
    return appointment


def _one_who_leaves(appointment: Appointment, citizen_id: int | None) -> Participation | None:
    """The seat one person gives up while others may stay; None when the appointment itself is cancelled.

    Raises:
        NotCancellable: This person never had a seat.
    """
    if not appointment.shared or citizen_id is None:
        return None
    seat = appointment.seat_of(citizen_id)
    if seat is None:
        raise NotCancellable
    return seat
