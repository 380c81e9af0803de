"""An appointment as staff see it: found by its reference if one may see an agenda it claims; its messages (6.3)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import NEXT, Status
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import NotCancellable, cancel
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.errors import NotFound, Refused
from rdvdav.outbox.message import Message
from rdvdav.policy.right import attended


class NoSuchAppointment(NotFound):
    """No such appointment, or none this agent may see: both answer alike."""


class Settled(Refused):
    """The appointment has an outcome already: there is nothing left to cancel."""


def appointment_in_sight(session: Session, agent_id: int, reference: str) -> Appointment:
    """The appointment *reference*, with motif, place, organisation and participants.

    Raises:
        NoSuchAppointment: It does not exist, or claims no agenda that *agent_id* may see.
    """
    if not (reference.isascii() and reference.isalnum()):
        raise NoSuchAppointment
    query = (
        select(Appointment)
        .where(Appointment.reference == reference, attended(agent_id))
        .options(
            joinedload(Appointment.motif),
            joinedload(Appointment.place),
            joinedload(Appointment.organisation),
            selectinload(Appointment.participations).joinedload(Participation.citizen),
            selectinload(Appointment.participations).selectinload(Participation.answers),
        )
    )
    appointment = session.scalar(query)
    if appointment is None:
        raise NoSuchAppointment
    return appointment


def agendas_of(session: Session, appointment: Appointment) -> Sequence[Agenda]:
    """The agendas whose time it takes, by name."""
    query = select(Agenda).join(Claim).where(Claim.appointment_id == appointment.id).order_by(Agenda.name)
    return session.scalars(query).all()


def messages_of(session: Session, appointment: Appointment) -> Sequence[tuple[Message, str]]:
    """What left or waits to leave about it, oldest first, each with the name of whom it is for; one statement."""
    query = (
        select(Message, Citizen, Agent)
        .outerjoin(Citizen, Citizen.id == Message.citizen_id)
        .outerjoin(Agent, Agent.id == Message.agent_id)
        .where(Message.appointment_id == appointment.id)
        .order_by(Message.id)
    )
    return [
        (message, agent.name if agent else citizen.name if citizen else "")
        for message, citizen, agent in session.execute(query)
    ]


def may_be_cancelled(appointment: Appointment) -> bool:
    """Whether staff may still cancel it: at any time, while it has no outcome (L-1, L-3)."""
    return Status.CANCELLED_BY_STAFF in NEXT[appointment.status]


def appointment_to_cancel(session: Session, agent_id: int, reference: str) -> Appointment:
    """The appointment, as `appointment_in_sight`, if staff may still cancel it.

    Raises:
        NoSuchAppointment: It does not exist, or not for this agent.
        Settled: It was attended, missed or cancelled.
    """
    appointment = appointment_in_sight(session, agent_id, reference)
    if not may_be_cancelled(appointment):
        raise Settled
    return appointment


def cancel_by_staff(
    session: Session,
    clock: Clock,
    agent_id: int,
    reference: str,
    reason: str,
    *,
    wished: bool = False,
    tell: bool = True,
    citizen_id: int | None = None,
) -> Appointment:
    """Cancel an appointment one may see, at any time (L-3), or one person's seat of a shared one. The caller commits.

    Args:
        wished: At the citizen's wish, not by the service.
        tell: Whether participants are told.

    Raises:
        NoSuchAppointment: As `appointment_in_sight`.
        Settled: It was attended or missed; cancelling twice is harmless.
    """
    appointment = appointment_in_sight(session, agent_id, reference)
    try:
        return cancel(
            session,
            clock,
            appointment.id,
            Actor.agent(agent_id),
            reason,
            citizen_id=citizen_id,
            wished=wished,
            tell=tell,
        )
    except NotCancellable as error:
        raise Settled from error
