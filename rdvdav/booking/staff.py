"""Booking and moving by staff in one step: the same hold, the same lock, any free slot of the agenda (S-6)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda, AgendaKind
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.audit.record import Actor
from rdvdav.booking.book import book
from rdvdav.booking.hold import keep
from rdvdav.booking.mine import NoSuchAppointment
from rdvdav.booking.move import move
from rdvdav.clock import Clock
from rdvdav.tokens import new_token


def book_for(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    agenda_id: int,
    motif_id: int,
    starts_at: datetime,
    citizen_id: int,
    place_id: int | None = None,
) -> Appointment:
    """Book a free slot of one agenda for a citizen. The caller commits.

    Raises:
        NotBookable, SlotTaken: The motif is no more, or the agenda is not free then.
    """
    token = keep(
        session,
        clock,
        motif_id=motif_id,
        place_id=place_id,
        starts_at=starts_at,
        visit=new_token(),
        address="",
        agenda_id=agenda_id,
        staff=True,
    )
    return book(session, clock, token, citizen_id, actor=actor)


def move_to(session: Session, clock: Clock, actor: Actor, appointment: Appointment, starts_at: datetime) -> Appointment:
    """Move an appointment to a free slot of its own agenda and place, with whom and what it needs besides. The caller commits.

    Raises:
        NotMovable, SlotTaken: It is over or cancelled, or the agenda is not free then.
    """
    token = keep(
        session,
        clock,
        motif_id=appointment.motif_id,
        place_id=appointment.place_id,
        starts_at=starts_at,
        visit=new_token(),
        address="",
        agenda_id=_leader_of(session, appointment),
        moves=appointment.id,
        staff=True,
    )
    return move(session, clock, token, actor)


def _leader_of(session: Session, appointment: Appointment) -> int | None:
    """The agenda it is named after: an agent's before a room's, then by id."""
    query = select(Agenda.id).join(Claim).where(Claim.appointment_id == appointment.id)
    return session.scalar(query.order_by(Agenda.kind == AgendaKind.ROOM, Agenda.id).limit(1))


def appointment_on(session: Session, agenda_id: int, uid: str) -> Appointment:
    """The appointment of an agenda whose event has *uid*.

    Raises:
        NoSuchAppointment: There is none.
    """
    query = select(Appointment).join(Claim).where(Claim.agenda_id == agenda_id, Appointment.uid == uid)
    appointment = session.scalar(query)
    if appointment is None:
        raise NoSuchAppointment
    return appointment
