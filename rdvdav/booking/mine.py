"""A citizen's own appointments: found by the citizen's id alone, so that another's answer like none at all."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.errors import NotFound


class NoSuchAppointment(NotFound):
    """No such appointment, or not this person's."""


def appointments_of(session: Session, citizen_id: int) -> Sequence[Appointment]:
    """All appointments the citizen takes part in, newest first, with motif, place, organisation and seats; two statements."""
    return session.scalars(_of(citizen_id).order_by(Appointment.starts_at.desc())).all()


def appointment_of(session: Session, citizen_id: int, reference: str) -> Appointment:
    """One of the citizen's appointments.

    Raises:
        NoSuchAppointment: It does not exist, or is somebody else's.
    """
    appointment = session.scalar(_of(citizen_id).where(Appointment.reference == reference))
    if appointment is None:
        raise NoSuchAppointment
    return appointment


def appointment_numbered(session: Session, citizen_id: int, appointment_id: int | None) -> Appointment:
    """As `appointment_of`, by id: what the citizen's hold became, or is to move.

    Raises:
        NoSuchAppointment: It does not exist, or is somebody else's.
    """
    appointment = session.scalar(_of(citizen_id).where(Appointment.id == appointment_id))
    if appointment is None:
        raise NoSuchAppointment
    return appointment


def _of(citizen_id: int) -> Select[Appointment]:
    return (
        select(Appointment)
        .where(Appointment.participations.any(Participation.citizen_id == citizen_id))
        .options(
            joinedload(Appointment.motif),
            joinedload(Appointment.place),
            joinedload(Appointment.organisation),
            selectinload(Appointment.participations),
        )
    )
