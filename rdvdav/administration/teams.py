"""« Équipes » of a territory: named groups of agents, made by its admin, a filter for all (R08)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from rdvdav.administration.territories import NameTaken
from rdvdav.agenda.agenda import Agenda
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership
from rdvdav.directory.team import Team, TeamMember
from rdvdav.directory.territory import Territory
from rdvdav.errors import NotFound
from rdvdav.policy.right import territory_to_administer
from rdvdav.policy.sight import organisations_of_sight


class NoSuchTeam(NotFound):
    """No such team in this territory."""


@dataclass(frozen=True)
class TeamLine:
    """A team and how many are in it."""

    team: Team
    members: int


def team_lines(session: Session, territory_id: int) -> list[TeamLine]:
    """The teams of a territory, by name; one statement."""
    members = select(func.count()).where(TeamMember.team_id == Team.id).correlate(Team).scalar_subquery()
    query = select(Team, members).where(Team.territory_id == territory_id).order_by(Team.name, Team.id)
    return [TeamLine(team, count) for team, count in session.execute(query)]


def team_of(session: Session, territory_id: int, team_id: int) -> Team:
    """A team of a territory.

    Raises:
        NoSuchTeam: It has none with this id.
    """
    team = session.scalar(select(Team).where(Team.territory_id == territory_id, Team.id == team_id))
    if team is None:
        raise NoSuchTeam
    return team


def members_of(session: Session, team_id: int) -> frozenset[int]:
    """Ids of the agents of a team."""
    return frozenset(session.scalars(select(TeamMember.agent_id).where(TeamMember.team_id == team_id)))


def candidates(session: Session, territory_id: int) -> Sequence[Agent]:
    """Who can be in a team: all who work in the territory, by surname."""
    works = select(Membership.agent_id).where(Membership.territory_id == territory_id)
    query = select(Agent).where(Agent.id.in_(works), Agent.left_at.is_(None))
    return session.scalars(query.order_by(Agent.last_name, Agent.first_name, Agent.id)).all()


def teams_in_sight(session: Session, agent_id: int) -> Sequence[Team]:
    """The teams of the territories *agent_id* works in or administers, by name: what a search may be filtered by."""
    seen = organisations_of_sight(agent_id).subquery()
    query = select(Team).where(Team.territory_id.in_(select(seen.c.territory_id)))
    return session.scalars(query.order_by(Team.name, Team.id)).all()


def agendas_of_team(session: Session, agent_id: int, team_id: int) -> frozenset[int]:
    """Ids of the agendas of a team that *agent_id* may filter by; none for a team out of sight.

    A filter of what the caller may show anyway: whether each agenda is in sight is not asked here.
    """
    if team_id not in {team.id for team in teams_in_sight(session, agent_id)}:
        return frozenset()
    members = select(TeamMember.agent_id).where(TeamMember.team_id == team_id)
    query = select(Agenda.id).join(Agent, Agent.id == Agenda.agent_id)
    return frozenset(session.scalars(query.where(Agenda.agent_id.in_(members), Agent.left_at.is_(None))))


def create(
    session: Session, clock: Clock, agent_id: int, territory_id: int, name: str, agent_ids: frozenset[int]
) -> Team:
    """Make a team. The caller commits.

    Raises:
        NoSuchTerritory: Not this agent's to administer.
        NameTaken: The territory has a team of this name.
    """
    _hold(session, agent_id, territory_id)
    team = Team(territory_id=territory_id)
    _write(session, team, name, agent_ids)
    _trace(session, clock, agent_id, "team.created", team)
    return team


def change(
    session: Session,
    clock: Clock,
    agent_id: int,
    territory_id: int,
    team_id: int,
    name: str,
    agent_ids: frozenset[int],
) -> Team:
    """Name a team otherwise, or change who is in it; who does not work in the territory is left out. The caller commits.

    Raises:
        NoSuchTerritory, NoSuchTeam: Not this agent's to administer, or not there.
        NameTaken: The territory has another team of this name.
    """
    _hold(session, agent_id, territory_id)
    team = team_of(session, territory_id, team_id)
    _write(session, team, name, agent_ids)
    _trace(session, clock, agent_id, "team.changed", team)
    return team


def remove(session: Session, clock: Clock, agent_id: int, territory_id: int, team_id: int) -> Team:
    """Remove a team; its agents stay. The caller commits.

    Raises:
        NoSuchTerritory, NoSuchTeam: Not this agent's to administer, or not there.
    """
    _hold(session, agent_id, territory_id)
    team = team_of(session, territory_id, team_id)
    _trace(session, clock, agent_id, "team.removed", team)
    session.execute(delete(TeamMember).where(TeamMember.team_id == team_id))
    session.delete(team)
    session.flush()
    return team


def team_name_taken(session: Session, territory_id: int, name: str, but: int | None = None) -> bool:
    """Whether another team of the territory, *but* one, has this name, however it is written."""
    query = select(Team.id).where(Team.territory_id == territory_id, func.lower(Team.name) == name.lower())
    return any(found != but for found in session.scalars(query))


def _hold(session: Session, agent_id: int, territory_id: int) -> None:
    """Lock the territory: two administrators do not use the same name at once."""
    session.scalar(select(Territory.id).where(Territory.id == territory_id).with_for_update())
    session.expire_all()
    territory_to_administer(session, agent_id, territory_id)


def _write(session: Session, team: Team, name: str, agent_ids: frozenset[int]) -> None:
    if team_name_taken(session, team.territory_id, name, team.id):
        raise NameTaken
    team.name = name
    session.add(team)
    session.flush()
    wanted = agent_ids & {agent.id for agent in candidates(session, team.territory_id)}
    had = members_of(session, team.id)
    session.execute(delete(TeamMember).where(TeamMember.team_id == team.id, TeamMember.agent_id.in_(had - wanted)))
    session.add_all(TeamMember(team_id=team.id, agent_id=each) for each in sorted(wanted - had))
    session.flush()


def _trace(session: Session, clock: Clock, agent_id: int, kind: str, team: Team) -> None:
    details = {"name": team.name, "agent_ids": sorted(members_of(session, team.id))}
    record(session, clock, Actor.agent(agent_id), kind, team.territory_id, team.id, **details)
