"""How an agent comes to belong somewhere: an account, a membership, and the own agenda that is made with the first (R03)."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, Membership, Role
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.feeds import republish
from rdvdav.feeds.collecting import open_collection
from rdvdav.tokens import new_slug


def new_agent(session: Session, clock: Clock, email: str, first_name: str, last_name: str) -> Agent:
    """An account without password, which belongs nowhere yet. The caller commits."""
    agent = Agent(
        email=email.strip().lower(),
        first_name=first_name,
        last_name=last_name,
        principal=new_slug(),
        created_at=clock.now(),
    )
    session.add(agent)
    session.flush()
    return agent


def join(session: Session, clock: Clock, agent: Agent, organisation: Organisation, role: Role) -> bool:
    """Let *agent* belong to *organisation*, with an agenda if there is none yet; False if the agent did already. The caller commits."""
    there = select(Membership.id).where(Membership.agent_id == agent.id, Membership.organisation_id == organisation.id)
    if session.scalar(there) is not None:
        return False
    session.add(
        Membership(
            territory_id=organisation.territory_id,
            agent_id=agent.id,
            organisation_id=organisation.id,
            role=role,
            created_at=clock.now(),
        )
    )
    session.flush()
    agenda = session.scalar(select(Agenda).where(Agenda.agent_id == agent.id))
    if agenda is not None:
        republish.ask(session, clock, [agenda.id])  # its calendars show at the highest level of its organisations
        return True
    agenda = Agenda(
        territory_id=organisation.territory_id,
        agent_id=agent.id,
        name=agent.name,
        zone=organisation.zone,
        detail_level=organisation.detail_level,
        created_at=clock.now(),
    )
    session.add(agenda)
    session.flush()
    open_collection(session, clock, agenda.id)
    return True


def set_services(session: Session, agent_id: int, territory_id: int, service_ids: frozenset[int]) -> frozenset[int]:
    """Let the agent work in exactly these services of the territory; what is not of it is left out. The caller commits."""
    of_territory = frozenset(session.scalars(select(Service.id).where(Service.territory_id == territory_id)))
    had = frozenset(
        session.scalars(
            select(AgentService.service_id).where(
                AgentService.agent_id == agent_id, AgentService.service_id.in_(of_territory)
            )
        )
    )
    wanted = service_ids & of_territory
    session.execute(
        delete(AgentService).where(AgentService.agent_id == agent_id, AgentService.service_id.in_(had - wanted))
    )
    session.add_all(AgentService(agent_id=agent_id, service_id=each) for each in sorted(wanted - had))
    session.flush()
    return wanted
