"""The journal of an invented appointment, with the times at which things happened to it."""

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Channel
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, record
from rdvdav.clock import StoppedClock


def trace(session: Session, appointment: Appointment, agent_id: int) -> None:
    """Write that it was booked, and perhaps cancelled, by whom."""
    citizen, agent = Actor.citizen(appointment.participations[0].citizen_id), Actor.agent(agent_id)
    booked_at, cancelled_at = StoppedClock(appointment.created_at), appointment.cancelled_at
    booker = citizen if appointment.channel is Channel.INTERNET else agent
    of_it = appointment.territory_id, appointment.id
    record(session, booked_at, booker, "appointment.booked", *of_it, starts_at=appointment.starts_at.isoformat())
    if cancelled_at is not None:
        by = citizen if appointment.status is Status.CANCELLED_BY_CITIZEN else agent
        reason = appointment.cancel_reason or ""
        record(session, StoppedClock(cancelled_at), by, "appointment.cancelled", *of_it, reason=reason)
