"""Where an agent works: the organisations, and in each territory the services."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from rdvdav.directory.membership import AgentService, Membership, TerritoryAdmin
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory
from rdvdav.hours.holiday import NO_HOLIDAYS, Holidays


def organisations_of(session: Session, agent_id: int) -> list[Organisation]:
    """The organisations the agent belongs to, the first joined first."""
    query = (
        select(Organisation)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.agent_id == agent_id)
        .order_by(Membership.id)
    )
    return list(session.scalars(query))


def territory_of(session: Session, agent_id: int) -> Territory | None:
    """The territory the agent works in or administers, the first joined first; none for who belongs nowhere."""
    works = select(Membership.territory_id).where(Membership.agent_id == agent_id).order_by(Membership.id).limit(1)
    administers = select(TerritoryAdmin.territory_id).where(TerritoryAdmin.agent_id == agent_id)
    found = session.scalar(works) or session.scalar(administers.order_by(TerritoryAdmin.territory_id).limit(1))
    return session.get(Territory, found) if found is not None else None


def holidays_of(session: Session, agent_id: int | None) -> Holidays:
    """The holidays that the agent's agenda shows: those of the organisation joined first."""
    return holidays_of_all(session, [agent_id])[agent_id]


def holidays_of_all(session: Session, agent_ids: Collection[int | None]) -> dict[int | None, Holidays]:
    """The same for several agents; a room, which is nobody's, has none. Two statements."""
    query = (
        select(Membership.agent_id, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.agent_id.in_([agent_id for agent_id in agent_ids if agent_id is not None]))
        .options(selectinload(Organisation.holiday_changes))
        .order_by(Membership.id.desc())
    )
    found: dict[int | None, Holidays] = {
        agent_id: organisation.holidays for agent_id, organisation in session.execute(query)
    }
    return {agent_id: found.get(agent_id, NO_HOLIDAYS) for agent_id in agent_ids}


def motifs_of(session: Session, agent_id: int) -> list[tuple[Motif, Service, Organisation]]:
    """The live motifs of the agent's services in the agent's organisations, by organisation, service and name."""
    query = (
        select(Motif, Service, Organisation)
        .join(Service, Service.id == Motif.service_id)
        .join(Organisation, Organisation.id == Motif.organisation_id)
        .join(Membership, (Membership.organisation_id == Motif.organisation_id) & (Membership.agent_id == agent_id))
        .join(AgentService, (AgentService.service_id == Motif.service_id) & (AgentService.agent_id == agent_id))
        .where(Motif.archived_at.is_(None))
        .order_by(Organisation.name, Service.name, Motif.name, Motif.id)
    )
    return [(motif, service, organisation) for motif, service, organisation in session.execute(query)]


def places_of(session: Session, agent_id: int) -> list[Place]:
    """The enabled places of the agent's organisations, by name."""
    query = (
        select(Place)
        .join(Membership, (Membership.organisation_id == Place.organisation_id) & (Membership.agent_id == agent_id))
        .where(Place.enabled)
        .order_by(Place.name, Place.id)
    )
    return list(session.scalars(query))
