"""Which agendas an agent may see and book in: the first row of the roles table. Asked by web and CalDAV alike.

basic: the own agenda, and those of colleagues who share a service *and* an organisation; secretariat and organisation admin: all of
their organisations; territory admin: all of the territory.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from rdvdav.agenda.agenda import Agenda
from rdvdav.directory.agent import Agent, Favourite
from rdvdav.directory.membership import AgentService, Membership, Role
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.errors import NotFound
from rdvdav.policy.level import administers_territory, belongs, is_secretary


class NoSuchAgenda(NotFound):
    """No such agenda, or not for this agent: both answer alike."""


OWN: ColumnElement[bool] = Agenda.__table__.c.agent_id == Agent.__table__.c.id
"""Joins an agent to the agenda that is the agent's own: what a CalDAV home lists, and feeds lead to."""


def visible(agent_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    """The condition on `Agenda` that holds for what *agent_id* may see."""
    mine, theirs = aliased(Membership), aliased(Membership)
    my_service, their_service = aliased(AgentService), aliased(AgentService)
    shared_organisation = (
        select(1)
        .select_from(mine)
        .join(theirs, theirs.organisation_id == mine.organisation_id)
        .where(mine.agent_id == agent_id, theirs.agent_id == Agenda.agent_id)
        .correlate(Agenda)
    )
    shares_service = exists(
        select(1)
        .select_from(my_service)
        .join(their_service, their_service.service_id == my_service.service_id)
        .join(Service, (Service.id == my_service.service_id) & (Service.territory_id == mine.territory_id))
        .where(my_service.agent_id == agent_id, their_service.agent_id == Agenda.agent_id)
        .correlate(Agenda, mine)
    )
    may = or_(mine.role == Role.ADMIN, shares_service, is_secretary(agent_id, mine.territory_id))
    return or_(
        Agenda.agent_id == agent_id,
        shared_organisation.where(may).exists(),
        administers_territory(agent_id, Agenda.territory_id),
    )


def agendas_of_sight(agent_id: int) -> Select[Agenda]:
    """The agendas *agent_id* may see whose agent is still there: the own one, those of favourite colleagues, the others by name."""
    return (
        select(Agenda)
        .outerjoin(Agent, Agent.id == Agenda.agent_id)
        .where(visible(agent_id), Agent.left_at.is_(None))
        .order_by(*_by_nearness(agent_id))
    )


def _by_nearness(agent_id: int) -> tuple[Any, ...]:
    """The order of agendas wherever one is picked (ux 6.2)."""
    favourite = exists().where(Favourite.agent_id == agent_id, Favourite.colleague_id == Agenda.agent_id)
    return (Agenda.agent_id == agent_id).desc(), favourite.desc(), Agenda.name, Agenda.id


def favourites_of(session: Session, agent_id: int) -> frozenset[int]:
    """Ids of the agents whose agendas *agent_id* wants to find first."""
    return frozenset(session.scalars(select(Favourite.colleague_id).where(Favourite.agent_id == agent_id)))


def organisations_of_sight(agent_id: int) -> Select[Organisation]:
    """The organisations *agent_id* belongs to, and those of territories administered, by name."""
    works_there = belongs(agent_id, Organisation.id)
    mine = or_(works_there, administers_territory(agent_id, Organisation.territory_id))
    return select(Organisation).where(mine).order_by(Organisation.name, Organisation.id)


def visible_agendas(session: Session, agent_id: int) -> frozenset[int]:
    """Ids of the agendas *agent_id* may see; one statement."""
    return frozenset(session.scalars(select(Agenda.id).where(visible(agent_id))))


def agenda_in_sight(session: Session, agent_id: int, agenda_id: int) -> Agenda:
    """The agenda, if *agent_id* may see it.

    Raises:
        NoSuchAgenda: It does not exist, or not for this agent.
    """
    agenda = session.scalar(select(Agenda).where(Agenda.id == agenda_id, visible(agent_id)))
    if agenda is None:
        raise NoSuchAgenda
    return agenda


def agendas_in_sight(session: Session, agent_id: int, agenda_ids: Collection[int]) -> list[Agenda]:
    """The agendas, if *agent_id* may see all of them, in the order of `agendas_of_sight`; one statement.

    Raises:
        NoSuchAgenda: One of them does not exist, or not for this agent.
    """
    query = select(Agenda).where(Agenda.id.in_(agenda_ids), visible(agent_id))
    found = list(session.scalars(query.order_by(*_by_nearness(agent_id))))
    if len(found) < len(set(agenda_ids)):
        raise NoSuchAgenda
    return found


def own_agenda(session: Session, agent_id: int) -> Agenda:
    """The agent's own agenda.

    Raises:
        NoSuchAgenda: The agent has none.
    """
    agenda = session.scalar(select(Agenda).where(Agenda.agent_id == agent_id))
    if agenda is None:
        raise NoSuchAgenda
    return agenda
