"""How an agent stops belonging somewhere: refused while anybody is to be received there; with the last one all ends (R03)."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.administration.organisations import organisation_held
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, Membership, TerritoryAdmin
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.directory.team import TeamMember
from rdvdav.directory.workplace import territory_of
from rdvdav.errors import Refused
from rdvdav.feeds import republish
from rdvdav.feeds.access import AppPassword
from rdvdav.feeds.address import FeedAddress
from rdvdav.feeds.change import changing
from rdvdav.planning import opening_ranges
from rdvdav.planning.colleagues import free_colleagues
from rdvdav.planning.consequences import Hit
from rdvdav.planning.standing import select_bookings
from rdvdav.policy.password_link import close_password_links
from rdvdav.policy.session import close_sessions


@dataclass(eq=False)
class StillBooked(Refused):
    """Appointments to come of this agent stand in the organisation: they are settled first."""

    organisation_id: int
    agent_id: int
    count: int


def to_settle(session: Session, clock: Clock, agent_id: int, organisation_id: int, member_id: int) -> list[Hit]:
    """The appointments to come of *member_id* in an organisation, by start, each with who of *agent_id*'s sight could take it."""
    agenda_id = session.scalar(select(Agenda.id).where(Agenda.agent_id == member_id))
    if agenda_id is None:
        return []
    query = (
        select(Appointment)
        .where(_to_come(clock, organisation_id, agenda_id))
        .order_by(Appointment.starts_at, Appointment.id)
        .options(
            joinedload(Appointment.motif),
            joinedload(Appointment.place),
            joinedload(Appointment.organisation),
            selectinload(Appointment.claims),
            selectinload(Appointment.participations).joinedload(Participation.citizen),
        )
    )
    appointments = session.scalars(query).all()
    ids = [appointment.id for appointment in appointments]
    claims = select_bookings(session, Appointment.id.in_(ids), Claim.agenda_id == agenda_id)
    bookings = {booking.appointment_id: booking for booking in claims}
    alone = [bookings[each.id] for each in appointments if each.status is Status.PLANNED and len(each.claims) == 1]
    colleagues = free_colleagues(session, clock, agent_id, alone)
    return [Hit(bookings[each.id], each, colleagues.get(each.id, [])) for each in appointments]


def remove(session: Session, clock: Clock, agent_id: int, organisation_id: int, member_id: int) -> Agent:
    """Take an agent out of an organisation; with the last one everywhere the agent has left. The caller commits.

    The opening ranges there end; past appointments stay.

    Raises:
        NoSuchOrganisation: Not *agent_id*'s to administer.
        StillBooked: Somebody is still to be received there.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    remove_member(session, clock, agent_id, organisation, member_id)
    agent = session.get_one(Agent, member_id)
    leave_if_nowhere(session, clock, agent_id, organisation.territory_id, agent)
    return agent


def remove_member(session: Session, clock: Clock, agent_id: int, organisation: Organisation, member_id: int) -> None:
    """As `remove`, for who is known to administer *organisation*; nobody leaves by it.

    Raises:
        StillBooked: Somebody is still to be received there.
    """
    agenda_id = session.scalar(select(Agenda.id).where(Agenda.agent_id == member_id))
    organisation_id, territory_id = organisation.id, organisation.territory_id
    with changing(session, clock, [] if agenda_id is None else [agenda_id]):
        if agenda_id is not None:
            to_come = select(func.count()).where(_to_come(clock, organisation_id, agenda_id))
            if count := session.scalar(to_come) or 0:
                raise StillBooked(organisation_id, member_id, count)
            for range_id in _ranges(session, organisation_id, agenda_id):
                opening_ranges.remove(session, clock, agent_id, range_id)
        there = (Membership.agent_id == member_id, Membership.organisation_id == organisation_id)
        session.execute(delete(Membership).where(*there))
        session.flush()
    if agenda_id is not None:
        republish.ask(session, clock, [agenda_id])  # another level may be the highest now
    if not _works_in(session, member_id, territory_id):
        of_territory = select(Service.id).where(Service.territory_id == territory_id)
        session.execute(
            delete(AgentService).where(AgentService.agent_id == member_id, AgentService.service_id.in_(of_territory))
        )
    details = {"organisation_id": organisation_id}
    record(session, clock, Actor.agent(agent_id), "agent.removed", territory_id, member_id, **details)
    session.flush()


def leave_if_nowhere(session: Session, clock: Clock, agent_id: int, territory_id: int, agent: Agent) -> None:
    """An agent who belongs nowhere and administers nothing has left: sessions, passwords and links end. The caller commits."""
    if territory_of(session, agent.id) is not None:
        return
    now = clock.now()
    agent.left_at = now
    close_sessions(session, clock, agent.id)
    close_password_links(session, clock, agent.id)
    for key in (AppPassword, FeedAddress):
        session.execute(update(key).where(key.agent_id == agent.id, key.revoked_at.is_(None)).values(revoked_at=now))
    session.execute(delete(TeamMember).where(TeamMember.agent_id == agent.id))
    record(session, clock, Actor.agent(agent_id), "agent.left", territory_id, agent.id)
    session.flush()


def _to_come(clock: Clock, organisation_id: int, agenda_id: int) -> ColumnElement[bool]:
    """True of an appointment there that is not over and has no outcome: with time, or waiting for one."""
    claimed = select(Claim.appointment_id).where(Claim.agenda_id == agenda_id)
    return (
        Appointment.id.in_(claimed)
        & (Appointment.organisation_id == organisation_id)
        & Appointment.status.in_([Status.PLANNED, Status.TO_REPLAN])
        & (Appointment.ends_at > clock.now())
    )


def _ranges(session: Session, organisation_id: int, agenda_id: int) -> list[int]:
    query = select(OpeningRange.id).where(
        OpeningRange.agenda_id == agenda_id,
        OpeningRange.organisation_id == organisation_id,
        OpeningRange.series_id.is_(None),
    )
    return list(session.scalars(query.order_by(OpeningRange.id)))


def _works_in(session: Session, agent_id: int, territory_id: int) -> bool:
    works = select(Membership.id).where(Membership.agent_id == agent_id, Membership.territory_id == territory_id)
    administers = select(TerritoryAdmin.agent_id).where(
        TerritoryAdmin.agent_id == agent_id, TerritoryAdmin.territory_id == territory_id
    )
    return bool(session.scalar(select(works.exists() | administers.exists())))
