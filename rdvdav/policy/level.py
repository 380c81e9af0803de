"""What the columns of the roles table stand on, as conditions of SQL: who belongs where, works in what, administers which.

Each may stand at any depth of a statement: it brings its own rows along and correlates all others.
"""

from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from rdvdav.directory.membership import AgentService, Membership, Role, TerritoryAdmin
from rdvdav.directory.service import Service

Key = int | ColumnElement[int]
"""An agent's id, or the column that holds it."""


def belongs(agent_id: Key, organisation_id: Any) -> ColumnElement[bool]:
    """Whether the agent works in the organisation, as whatever."""
    mine = aliased(Membership)
    query = select(1).where(mine.agent_id == agent_id, mine.organisation_id == organisation_id)
    return query.correlate_except(mine).exists()


def works_in(agent_id: Key, service_id: Any) -> ColumnElement[bool]:
    """Whether the service is one of the agent's."""
    mine = aliased(AgentService)
    return select(1).where(mine.agent_id == agent_id, mine.service_id == service_id).correlate_except(mine).exists()


def is_secretary(agent_id: Key, territory_id: Any) -> ColumnElement[bool]:
    """Whether a service of the agent's is a secretariat of the territory."""
    mine, service = aliased(AgentService), aliased(Service)
    query = (
        select(1)
        .select_from(mine)
        .join(service, service.id == mine.service_id)
        .where(mine.agent_id == agent_id, service.territory_id == territory_id, service.is_secretariat)
    )
    return query.correlate_except(mine, service).exists()


def administers(agent_id: Key, organisation_id: Any, territory_id: Any) -> ColumnElement[bool]:
    """Whether the agent is an administrator of the organisation, or of the territory."""
    mine = aliased(Membership)
    as_admin = select(1).where(
        mine.agent_id == agent_id, mine.organisation_id == organisation_id, mine.role == Role.ADMIN
    )
    return or_(as_admin.correlate_except(mine).exists(), administers_territory(agent_id, territory_id))


def administers_territory(agent_id: Key, territory_id: Any) -> ColumnElement[bool]:
    """Whether the agent is an administrator of the territory."""
    mine = aliased(TerritoryAdmin)
    query = select(1).where(mine.agent_id == agent_id, mine.territory_id == territory_id)
    return query.correlate_except(mine).exists()
