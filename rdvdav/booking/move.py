"""Give an appointment another time: claim the new one, then free the old, in one transaction (D-3)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.limits import until_move
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import ActorKind
from rdvdav.audit.record import Actor, record, untold
from rdvdav.booking.book import spend
from rdvdav.booking.hold import NoSuchHold, agendas_of, held_under, require_free, require_live
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.notify.announce import announce
from rdvdav.notify.compose import Before
from rdvdav.outbox.event import Event


class NotMovable(Refused):
    """The motif does not let the citizen move, or the appointment is over or cancelled."""


@dataclass(eq=False)
class TooLateToMove(Refused):
    """The time to move is over (L-3)."""

    until: datetime


def require_movable(clock: Clock, appointment: Appointment) -> None:
    """Check that the citizen may still move *appointment*; one that is to be re-planned always, for the service withdrew it (L-5).

    Raises:
        NotMovable: Never, for this motif or status.
        TooLateToMove: No longer.
    """
    if appointment.status is Status.TO_REPLAN:
        return
    until = until_move(appointment)
    if until is None:
        raise NotMovable
    if clock.now() > until:
        raise TooLateToMove(until)


def move(session: Session, clock: Clock, token: str, actor: Actor, *, tell: bool = True) -> Appointment:
    """Move an appointment to the slot held under *token*. The caller commits; moving twice is harmless.

    Args:
        tell: Whether participants are told; that they are not is recorded.

    Raises:
        NoSuchHold: Nothing is held under it, or not to move an appointment.
        HoldExpired, SlotTaken: As booking; the old time is kept.
        NotMovable, TooLateToMove: A citizen may not any more.
        MovedMeanwhile: It was given to another agenda at the same time.
    """
    with changing(session, clock, agendas_of(session, token)) as change:
        hold = held_under(session, token)
        if hold.moves_appointment_id is None:
            raise NoSuchHold
        appointment = session.get_one(Appointment, hold.moves_appointment_id)
        if hold.appointment_id is not None:
            return appointment
        change.require_held(appointment)
        require_live(hold, clock)
        if actor.kind is ActorKind.CITIZEN:
            require_movable(clock, appointment)
        elif appointment.status not in {Status.PLANNED, Status.TO_REPLAN}:
            raise NotMovable
        require_free(session, clock, hold)
        before = Before.of(appointment)
        appointment.place_id = hold.place_id
        appointment.starts_at, appointment.ends_at = hold.starts_at, hold.ends_at
        appointment.claim({claim.agenda_id: claim.opening_range_id for claim in hold.claims})
        if appointment.status is Status.TO_REPLAN:
            appointment.become(Status.PLANNED)
            for seat in appointment.participations:
                seat.status = Status.PLANNED if seat.status is Status.TO_REPLAN else seat.status
        appointment.withdrawn_at = appointment.withdrawn_reason = None
        spend(hold, appointment)
        session.flush()
        session.expire(appointment, ["place"])
        change.publish(appointment)
        facts = {"old": before.starts_at.isoformat(), "new": appointment.starts_at.isoformat()} | untold(tell=tell)
        record(session, clock, actor, "appointment.moved", appointment.territory_id, appointment.id, **facts)
        announce(session, clock, Event.APPOINTMENT_MOVED, appointment, before=before, tell=tell)
    return appointment
