"""What the personal link in a message opens: a seat in an appointment, for whoever has the link (M-5)."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.citizens.link import Link
from rdvdav.clock import Clock
from rdvdav.errors import NotFound
from rdvdav.tokens import digest


class NoSuchLink(NotFound):
    """No such link, or one that was revoked or has had its time: all answer alike."""


def linked_seat(session: Session, clock: Clock, token: str, organisation_id: int) -> tuple[Appointment, Participation]:
    """The appointment of *organisation_id* that the link *token* was sent about, and the seat of who got it.

    It opens until the appointment is over; one that is to be re-planned, until it has another time (L-5).

    Raises:
        NoSuchLink: Nothing is open under *token*.
    """
    query = (
        select(Appointment, Participation)
        .join(Participation, Participation.appointment_id == Appointment.id)
        .join(Link, Link.participation_id == Participation.id)
        .where(Link.digest == digest(token), Link.revoked_at.is_(None), Appointment.organisation_id == organisation_id)
        .options(joinedload(Appointment.motif), joinedload(Appointment.place), joinedload(Appointment.organisation))
    )
    found = session.execute(query).first()
    if found is None:
        raise NoSuchLink
    appointment, seat = found
    if appointment.ends_at <= clock.now() and appointment.status is not Status.TO_REPLAN:
        raise NoSuchLink
    return appointment, seat
