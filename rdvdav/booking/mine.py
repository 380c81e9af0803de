"""A citizen's own appointments and those of their relatives: found by ids alone, so that another's answer like none at all."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import Citizen
from rdvdav.errors import NotFound


class NoSuchAppointment(NotFound):
    """No such appointment, or not this person's."""


def appointments_of(session: Session, citizen_id: int) -> Sequence[Appointment]:
    """All appointments the citizen or a relative takes part in, newest first, with motif, place, organisation and seats.

    Three statements.
    """
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


def seated_of(appointment: Appointment, citizen_id: int) -> list[Citizen]:
    """Who has or had a seat there of the citizen and those the citizen answers for; the citizen first."""
    theirs = {seat.citizen_id: seat.citizen for seat in appointment.participations}
    family = [each for each in theirs.values() if citizen_id in (each.id, each.responsible_id)]
    return sorted(family, key=lambda each: each.id != citizen_id)


def _of(citizen_id: int) -> Select[Appointment]:
    relatives = select(Citizen.id).where(Citizen.responsible_id == citizen_id)
    theirs = (Participation.citizen_id == citizen_id) | Participation.citizen_id.in_(relatives)
    return (
        select(Appointment)
        .where(Appointment.participations.any(theirs))
        .options(
            joinedload(Appointment.motif),
            joinedload(Appointment.place),
            joinedload(Appointment.organisation),
            selectinload(Appointment.participations).selectinload(Participation.citizen),
        )
    )
