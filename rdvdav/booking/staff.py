"""Booking and moving by staff in one step: the same hold, the same lock, any free slot of the agenda (S-6)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda, AgendaKind
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.audit.record import Actor
from rdvdav.booking.book import book
from rdvdav.booking.freely import ToAccept
from rdvdav.booking.held import held_under
from rdvdav.booking.hold import keep
from rdvdav.booking.limit import hold_person
from rdvdav.booking.mine import NoSuchAppointment
from rdvdav.booking.move import move
from rdvdav.booking.warning import Wanted, about_people
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
    accepted: frozenset[str] = frozenset(),
) -> Appointment:
    """Book a free slot of one agenda for a citizen. The caller commits.

    Args:
        accepted: Keys of the warnings that were accepted; kept in the journal.

    Raises:
        NotBookable, SlotTaken: The motif is no more, or the agenda is not free then.
        ToAccept: It can be, once it is accepted that the person comes that day already, or as often as one may (D-4).
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
    hold_person(session, citizen_id)
    warnings = about_people(session, clock, Wanted.seat(held_under(session, token), citizen_id))
    if not {warned.key for warned in warnings} <= accepted:
        raise ToAccept(tuple(warnings))
    return book(session, clock, token, citizen_id, actor=actor, accepted=warnings)


def move_to(
    session: Session,
    clock: Clock,
    actor: Actor,
    appointment: Appointment,
    starts_at: datetime,
    *,
    agenda_id: int | None = None,
    tell: bool = True,
) -> Appointment:
    """Move an appointment to a free slot at its place, with whom and what it needs besides. The caller commits.

    Args:
        agenda_id: Who leads it then; its own agenda unless another is named.

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
        agenda_id=agenda_id or _leader_of(session, appointment),
        moves=appointment.id,
        staff=True,
    )
    session.flush()
    return move(session, clock, token, actor, tell=tell)


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
