"""The twenty agents in their teams, each with an agenda and its calendar."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.demo.chance import slug
from rdvdav.demo.house import House
from rdvdav.demo.people import plain
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, Membership, Role, TerritoryAdmin
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.team import Team as DirectoryTeam
from rdvdav.directory.team import TeamMember
from rdvdav.feeds.collecting import open_collection

MAIL_HOST = "val-de-lorme.example"
PRINCIPAL_LENGTH = 16


@dataclass(frozen=True)
class Team:
    """Colleagues of one service, who share motifs and places; names by the keys of the directory."""

    organisation: str
    service: str
    places: tuple[str, ...]
    motifs: tuple[str, ...]
    agents: tuple[str, ...]


TEAMS = (
    Team(
        "mairie",
        "etat_civil",
        ("hotel_de_ville", "tilleuls"),
        ("carte", "retrait", "union"),
        ("Claire Martin", "Hélène Robert", "Karim Bensaïd", "Lucie Marchetti", "Pierre Vannier"),
    ),
    Team(
        "mairie",
        "urbanisme",
        ("hotel_de_ville",),
        ("permis",),
        ("Antoine Lemoine", "Sylvie Granger", "Tristan Guillou"),
    ),
    Team(
        "solidarites",
        "social",
        ("mds",),
        ("accueil", "suivi", "ecoute"),
        ("Nathalie Bertrand", "Ousmane Sow", "Delphine Arnaud", "Marc Ferreira"),
    ),
    Team(
        "solidarites",
        "pmi",
        ("pmi", "mds"),
        ("nourrisson", "allaitement", "visite"),
        ("Sophie Delattre", "Élise Kermarrec", "Naïma Cherif", "Vincent Oudin"),
    ),
    Team("solidarites", "secretariat", ("mds",), ("suivi",), ("Martine Roussel",)),
    Team(
        "france_services",
        "numerique",
        ("gare", "mediatheque"),
        ("demarche", "ordinateur"),
        ("Jules Carpentier", "Sonia Marques", "Thomas Legendre"),
    ),
)
ORGANISATION_ADMINS = ("Hélène Robert", "Sonia Marques")
IN_TWO = {"Hélène Robert": "france_services"}
"""Who belongs to a second organisation too, and chooses in the top bar which one counts."""
TERRITORY_ADMIN = "Nathalie Bertrand"
GROUPS = {"Accueil de l’hôtel de ville": "hotel_de_ville", "Maison des solidarités": "mds"}
AWAY_FOR_LONG = ("Tristan Guillou",)
"""Agents who have not signed in for more than a month."""
SECRETARY = "Martine Roussel"
FIRST_SEEN = "Claire Martin"
"""Whose calendar the demonstration opens on."""


@dataclass(frozen=True)
class Colleague:
    """An agent of a team, with the agenda."""

    team: Team
    rank: int
    """Place in the team, from 0."""
    agent: Agent
    agenda: Agenda


def hire(session: Session, clock: Clock, chance: Random, house: House, password_hash: str) -> list[Colleague]:
    """Write all agents in the order of their teams; they share one password."""
    at = clock.now()
    colleagues = [
        _hire(session, clock, house, team, rank, _agent(name, chance, password_hash, at))
        for team in TEAMS
        for rank, name in enumerate(team.agents)
    ]
    _group(session, house, colleagues)
    return colleagues


def _group(session: Session, house: House, colleagues: list[Colleague]) -> None:
    """The teams that searches can be filtered by: who works at one place."""
    for name, place in GROUPS.items():
        group = DirectoryTeam(territory_id=house.territory.id, name=name)
        session.add(group)
        session.flush()
        session.add_all(
            TeamMember(team_id=group.id, agent_id=each.agent.id) for each in colleagues if place in each.team.places
        )
    session.flush()


def address_of(name: str) -> str:
    """The e-mail address an agent signs in with."""
    first, _, last = name.partition(" ")
    return f"{plain(first)}.{plain(last)}@{MAIL_HOST}"


def _agent(name: str, chance: Random, password_hash: str, at: datetime) -> Agent:
    first, _, last = name.partition(" ")
    return Agent(
        email=address_of(name),
        first_name=first,
        last_name=last,
        password_hash=password_hash,
        principal=slug(chance, PRINCIPAL_LENGTH),
        created_at=at,
        last_sign_in_at=at - timedelta(days=47 if name in AWAY_FOR_LONG else 1),
    )


def _hire(session: Session, clock: Clock, house: House, team: Team, rank: int, agent: Agent) -> Colleague:
    session.add(agent)
    session.flush()
    organisation, at = house.organisations[team.organisation], clock.now()
    role = Role.ADMIN if agent.name in ORGANISATION_ADMINS else Role.BASIC
    _join(session, agent, organisation, role, at)
    if agent.name in IN_TWO:
        _join(session, agent, house.organisations[IN_TWO[agent.name]], Role.BASIC, at)
    session.add(AgentService(agent_id=agent.id, service_id=house.services[team.service].id))
    if agent.name == TERRITORY_ADMIN:
        session.add(TerritoryAdmin(agent_id=agent.id, territory_id=house.territory.id))
    agenda = Agenda(
        territory_id=house.territory.id, agent_id=agent.id, name=agent.name, zone=organisation.zone, created_at=at
    )
    session.add(agenda)
    session.flush()
    open_collection(session, clock, agenda.id)
    return Colleague(team, rank, agent, agenda)


def _join(session: Session, agent: Agent, organisation: Organisation, role: Role, at: datetime) -> None:
    session.add(
        Membership(
            territory_id=organisation.territory_id,
            agent_id=agent.id,
            organisation_id=organisation.id,
            role=role,
            created_at=at,
        )
    )
    session.flush()
