"""What an agent may do: rows of the roles table, a function each."""

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.directory.membership import Membership, Role, TerritoryAdmin
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.policy.sight import agenda_in_sight


def agenda_to_open(session: Session, agent_id: int, agenda_id: int) -> Agenda:
    """The agenda whose opening ranges and absences *agent_id* may change: own and the same colleagues one sees.

    Raises:
        NoSuchAgenda: It does not exist, or not for this agent.
    """
    return agenda_in_sight(session, agent_id, agenda_id)


def organisations_to_administer(agent_id: int) -> Select[Organisation]:
    """The organisations whose settings *agent_id* may change: as their admin, or as that of their territory; by name."""
    is_admin = exists().where(
        Membership.organisation_id == Organisation.id, Membership.agent_id == agent_id, Membership.role == Role.ADMIN
    )
    administers = exists().where(
        TerritoryAdmin.territory_id == Organisation.territory_id, TerritoryAdmin.agent_id == agent_id
    )
    return select(Organisation).where(or_(is_admin, administers)).order_by(Organisation.name, Organisation.id)


def organisation_to_administer(session: Session, agent_id: int, organisation_id: int) -> Organisation:
    """The organisation whose settings *agent_id* may change.

    Raises:
        NoSuchOrganisation: It does not exist, or not for this agent.
    """
    found = session.scalar(organisations_to_administer(agent_id).where(Organisation.id == organisation_id))
    if found is None:
        raise NoSuchOrganisation
    return found
