"""A territory from nothing: the tenant, one service, and the agent who administers it, invited by mail (R01)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.administration.address import free_address
from rdvdav.administration.hiring import new_agent
from rdvdav.administration.services import FIRST, new_service
from rdvdav.audit.record import SYSTEM, record
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, TerritoryAdmin
from rdvdav.directory.territory import Territory
from rdvdav.directory.workplace import territory_of
from rdvdav.errors import Refused
from rdvdav.notify.agent_mail import tell_invited


class NameTaken(Refused):
    """Another one has this name already."""


class EmailTaken(Refused):
    """Somebody has an account with this address already, in another territory."""


@dataclass(frozen=True)
class Founded:
    """A new territory, its administrator, and the link by which the password is chosen."""

    territory: Territory
    admin: Agent
    link: str


def create_territory(session: Session, clock: Clock, name: str, email: str, first_name: str, last_name: str) -> Founded:
    """Make a territory with one service and an administrator, who is sent an invitation. The caller commits.

    Raises:
        NameTaken: There is a territory of this name.
        EmailTaken: The address belongs to an agent of another territory.
    """
    if session.scalar(select(Territory.id).where(Territory.name == name)) is not None:
        raise NameTaken
    territory = Territory(name=name, slug=free_address(session, Territory, name), created_at=clock.now())
    session.add(territory)
    session.flush()
    service = new_service(session, territory.id, FIRST)
    admin = session.scalar(select(Agent).where(Agent.email == email.strip().lower()))
    if admin is None:
        admin = new_agent(session, clock, email, first_name, last_name)
    elif admin.left_at is None and territory_of(session, admin.id) is not None:
        raise EmailTaken
    admin.left_at = None
    session.add_all(
        [
            TerritoryAdmin(agent_id=admin.id, territory_id=territory.id),
            AgentService(agent_id=admin.id, service_id=service.id),
        ]
    )
    session.flush()
    record(session, clock, SYSTEM, "territory.created", territory.id, territory.id, admin_id=admin.id)
    return Founded(territory, admin, tell_invited(session, clock, admin, territory))
