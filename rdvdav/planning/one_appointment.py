"""What an agent changes on the page of one appointment in sight: its comment, who gets mail, who receives; or removes it for good."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session, aliased

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.hold import Hold
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import NEXT, Status
from rdvdav.audit.record import Actor, record, untold
from rdvdav.citizens.link import Link
from rdvdav.clock import Clock
from rdvdav.directory.membership import AgentService
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.notify.announce import announce_removed
from rdvdav.planning.appointments import NoSuchAppointment, appointment_in_sight
from rdvdav.planning.colleagues import Colleague, free_colleagues
from rdvdav.planning.fates import Choice, ColleagueTaken, Decisions, Fate
from rdvdav.planning.standing import Booking, select_bookings
from rdvdav.planning.unsettled import settle
from rdvdav.policy.right import administered


class NotRemovable(Refused):
    """Only administrators remove an appointment for good."""


class NotForYou(Refused):
    """The comment is of another service."""


def reads_comment(session: Session, agent_id: int, appointment: Appointment) -> bool:
    """Whether the comment is for *agent_id*: who wrote it, and agents of the author's services."""
    author = appointment.comment_author_id
    if author is None or author == agent_id:
        return True
    mine, theirs = aliased(AgentService), aliased(AgentService)
    shared = exists().where(mine.agent_id == agent_id, theirs.agent_id == author, mine.service_id == theirs.service_id)
    return bool(session.scalar(select(shared)))


def comment_on(session: Session, clock: Clock, agent_id: int, reference: str, text: str) -> Appointment:
    """Write the internal comment anew; it is the agent's from then on. The caller commits.

    Raises:
        NoSuchAppointment: It does not exist, or not for this agent.
        NotForYou: There is a comment of another service, which would be lost unread.
    """
    appointment = appointment_in_sight(session, agent_id, reference)
    if not reads_comment(session, agent_id, appointment):
        raise NotForYou
    if (appointment.comment or "") != text.strip():
        appointment.comment = text.strip() or None
        appointment.comment_author_id = agent_id if appointment.comment else None
        _note(session, clock, agent_id, "appointment.commented", appointment)
    return appointment


def switch_notices(session: Session, clock: Clock, agent_id: int, reference: str, told: frozenset[int]) -> Appointment:
    """Choose which seats hear of the appointment by e-mail from now on, by id. The caller commits.

    Raises:
        NoSuchAppointment: It does not exist, or not for this agent.
    """
    appointment = appointment_in_sight(session, agent_id, reference)
    switched = [seat for seat in appointment.seated if seat.by_email is not (seat.id in told)]
    for seat in switched:
        seat.by_email = seat.id in told
    if switched:
        facts = {str(seat.id): seat.by_email for seat in switched}
        _note(session, clock, agent_id, "appointment.notices_changed", appointment, by_email=facts)
    return appointment


def colleagues_of(session: Session, clock: Clock, agent_id: int, appointment: Appointment) -> Sequence[Colleague]:
    """Who could receive instead at the same time and place; nobody where it is over or takes several agendas."""
    booking = _booking(session, appointment)
    return (
        [] if booking is None else free_colleagues(session, clock, agent_id, [booking]).get(booking.appointment_id, [])
    )


def give_to(session: Session, clock: Clock, agent_id: int, reference: str, agenda_id: int, *, tell: bool) -> None:
    """« Réattribuer »: another agent receives at the same time. The caller commits.

    Raises:
        NoSuchAppointment: It does not exist, or not for this agent.
        ColleagueTaken, ListChanged: The colleague is not free then any more, or the appointment has changed.
    """
    appointment = appointment_in_sight(session, agent_id, reference)
    if agenda_id not in {each.agenda_id for each in colleagues_of(session, clock, agent_id, appointment)}:
        raise ColleagueTaken(appointment.id)
    choice = Choice(Fate.REASSIGN, agenda_id)
    settle(session, clock, agent_id, Decisions({(appointment.id, appointment.sequence): choice}, tell=tell))


def may_remove(session: Session, agent_id: int, appointment: Appointment) -> bool:
    """Whether *agent_id* may remove it for good: admins of its organisation and of its territory alone."""
    query = select(Appointment.id).where(Appointment.id == appointment.id, administered(agent_id, Appointment))
    return session.scalar(query) is not None


def remove_for_good(session: Session, clock: Clock, agent_id: int, reference: str, *, tell: bool) -> None:
    """Delete an appointment made by mistake: it leaves all calendars by a tombstone, and the journal keeps that it was. The caller commits.

    Its participants are told that it is cancelled if it was still to come.

    Raises:
        NoSuchAppointment: It does not exist, or not for this agent.
        NotRemovable: The agent is no administrator of its organisation.
        MovedMeanwhile: It was given to another agenda at the same time.
    """
    appointment_id = appointment_in_sight(session, agent_id, reference).id
    agendas = session.scalars(select(Claim.agenda_id).where(Claim.appointment_id == appointment_id)).all()
    with changing(session, clock, agendas) as change:
        appointment = session.get(Appointment, appointment_id)
        if appointment is None:
            raise NoSuchAppointment
        change.require_held(appointment)
        if not may_remove(session, agent_id, appointment):
            raise NotRemovable
        coming = Status.CANCELLED_BY_STAFF in NEXT[appointment.status] and appointment.ends_at > clock.now()
        tell = tell and coming
        facts = {"starts_at": appointment.starts_at.isoformat(), "reference": appointment.reference} | untold(tell=tell)
        _note(session, clock, agent_id, "appointment.removed", appointment, **facts)
        if coming:
            announce_removed(session, clock, appointment, actor=Actor.agent(agent_id), tell=tell)
        change.withdraw(appointment.uid)
        seats = select(Participation.id).where(Participation.appointment_id == appointment_id)
        session.execute(delete(Link).where(Link.participation_id.in_(seats)))
        of_it = or_(Hold.appointment_id == appointment_id, Hold.moves_appointment_id == appointment_id)
        session.execute(delete(Hold).where(of_it))
        session.delete(appointment)
        session.flush()


def _booking(session: Session, appointment: Appointment) -> Booking | None:
    """The time it takes, where it is planned and one agenda's."""
    if appointment.status is not Status.PLANNED:
        return None
    found = list(select_bookings(session, Appointment.id == appointment.id))
    return found[0] if len(found) == 1 else None


def _note(session: Session, clock: Clock, agent_id: int, kind: str, appointment: Appointment, **facts: object) -> None:
    record(session, clock, Actor.agent(agent_id), kind, appointment.territory_id, appointment.id, **facts)
