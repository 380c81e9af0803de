"""The directory's rows: territory, organisations, services, places, motifs, and agents with their agendas."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.database import Base
from rdvdav.demo.catalogue import AGENTS, ORGANISATIONS, PLACES, SERVICES, TERRITORY, TERRITORY_ADMIN, Staff
from rdvdav.demo.motifs import MOTIFS
from rdvdav.demo.names import email_of
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, Membership, Role, TerritoryAdmin
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory
from rdvdav.feeds.change import open_collection
from rdvdav.tokens import new_slug

ZONE = "Europe/Paris"
OLD = timedelta(days=3 * 365)
"""How long the territory has been at it."""


@dataclass(frozen=True)
class Directory:
    """Ids by the keys of the catalogue; agendas by their agent's key."""

    territory_id: int
    organisations: dict[str, int]
    services: dict[str, int]
    places: dict[str, int]
    motifs: dict[str, int]
    agents: dict[str, int]
    agendas: dict[str, int]


def settle_in(session: Session, clock: Clock, password_hash: str) -> Directory:
    """Write the directory; all agents sign in with one password. The caller commits."""
    return _Founder(session, clock).found(password_hash)


class _Founder:
    """Writes rows that are *OLD*, except what calendars go by: they open now."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock
        self._long_ago = clock.now() - OLD

    def found(self, password_hash: str) -> Directory:
        territory = self._add(Territory(**TERRITORY, created_at=self._long_ago))
        common = {"territory_id": territory}
        old = {**common, "created_at": self._long_ago}
        organisations = {key: self._add(Organisation(**old, **columns)) for key, columns in ORGANISATIONS.items()}
        services = {key: self._add(Service(**common, **columns)) for key, columns in SERVICES.items()}
        places = {
            key: self._add(Place(**common, organisation_id=organisations[where], **columns))
            for key, (where, columns) in PLACES.items()
        }
        motifs = {
            key: self._add(
                Motif(**old, organisation_id=organisations[where], service_id=services[service], **columns)
            )
            for key, (where, service, columns) in MOTIFS.items()
        }
        agents = {key: self._add(self._agent(staff, password_hash)) for key, staff in AGENTS.items()}
        directory = Directory(territory, organisations, services, places, motifs, agents, {})
        for key, staff in AGENTS.items():
            self._employ(directory, agents[key], staff)
            directory.agendas[key] = self._open_agenda(territory, agents[key], staff)
        self._session.add(TerritoryAdmin(agent_id=agents[TERRITORY_ADMIN], territory_id=territory))
        self._session.flush()
        return directory

    def _agent(self, staff: Staff, password_hash: str) -> Agent:
        return Agent(
            email=email_of(staff.first_name, staff.last_name, "trois-rivieres.example.fr"),
            first_name=staff.first_name,
            last_name=staff.last_name,
            password_hash=password_hash,
            principal=new_slug(),
            created_at=self._long_ago,
        )

    def _employ(self, directory: Directory, agent_id: int, staff: Staff) -> None:
        for organisation in staff.organisations:
            self._add(
                Membership(
                    territory_id=directory.territory_id,
                    agent_id=agent_id,
                    organisation_id=directory.organisations[organisation],
                    role=Role.ADMIN if staff.admin else Role.BASIC,
                    created_at=self._long_ago,
                )
            )
        for service in staff.services:
            self._session.add(AgentService(agent_id=agent_id, service_id=directory.services[service]))

    def _open_agenda(self, territory_id: int, agent_id: int, staff: Staff) -> int:
        agenda_id = self._add(
            Agenda(
                territory_id=territory_id,
                agent_id=agent_id,
                name=f"{staff.first_name} {staff.last_name}",
                zone=ZONE,
                created_at=self._long_ago,
            )
        )
        open_collection(self._session, self._clock, agenda_id)
        return agenda_id

    def _add(self, row: Base) -> int:
        """Write *row* now, so that ids follow the catalogue's order; its id."""
        self._session.add(row)
        self._session.flush()
        found: Any = row
        return int(found.id)
