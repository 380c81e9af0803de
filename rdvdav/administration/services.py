"""The services of a territory: switched on from a list that everybody knows, switched off while nothing hangs on them (R02)."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.membership import AgentService
from rdvdav.directory.motif import Motif
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory
from rdvdav.errors import NotFound, Refused
from rdvdav.i18n import alphabetical
from rdvdav.policy.right import territory_to_administer

# What is stored of a service is shown to citizens as it is: the territories' language.
KNOWN = {
    "accueil": ("Accueil général", "Renseignements et orientation"),
    "etat_civil": ("État civil", "Cartes d’identité, passeports, mariages, PACS, décès"),
    "urbanisme": ("Urbanisme", "Permis de construire, déclarations de travaux, cadastre"),
    "elections": ("Élections", "Inscriptions, procurations"),
    "scolaire": ("Affaires scolaires", "Inscriptions à l’école, à la cantine, aux accueils de loisirs"),
    "petite_enfance": ("Petite enfance", "Crèches, assistantes maternelles, relais"),
    "logement": ("Logement", "Demandes de logement social, habitat indigne"),
    "ccas": ("Centre communal d’action sociale", "Aides, domiciliation, personnes âgées"),
    "social": ("Service social", "Écoute, accès aux droits, accompagnement"),
    "pmi": ("Protection maternelle et infantile", "Grossesse, santé des enfants de 0 à 6 ans"),
    "ase": ("Aide sociale à l’enfance", "Protection des enfants, soutien aux parents"),
    "autonomie": ("Autonomie", "Personnes âgées, personnes handicapées, aidants"),
    "insertion": ("Insertion", "RSA, parcours vers l’emploi"),
    "sante": ("Santé", "Vaccinations, centres de santé, prévention"),
    "numerique": ("Conseil numérique", "Démarches en ligne et prise en main des outils"),
    "france_services": ("France Services", "Aide aux démarches du quotidien"),
    "mediation": ("Médiation", "Conflits de voisinage, accès au droit"),
    "secretariat": ("Secrétariat", "Accueil téléphonique"),
}
"""Key → name and line for citizens."""
SECRETARIAT = "secretariat"
FIRST = "accueil"
"""The one a new territory begins with."""


class NoSuchService(NotFound):
    """No such service, or not for this agent."""


@dataclass(eq=False)
class ServiceInUse(Refused):
    """Motifs or agents belong to the service: it stays on."""

    name: str
    motifs: int
    agents: int


@dataclass(frozen=True)
class ServiceLine:
    """A service of the list, on or off.

    Attributes:
        key: Its name in the list; none for one that is on and not of the list.
        motifs, agents: How many belong to it; 0 while it is off.
    """

    key: str | None
    name: str
    description: str
    service_id: int | None = None
    motifs: int = 0
    agents: int = 0

    @property
    def may_go(self) -> bool:
        """Whether it can be switched off."""
        return self.service_id is not None and not self.motifs and not self.agents


def services_of(session: Session, territory_id: int) -> list[Service]:
    """The services that are on, by name."""
    found = session.scalars(select(Service).where(Service.territory_id == territory_id))
    return sorted(found, key=lambda service: (alphabetical(service.name), service.id))


def service_lines(session: Session, territory_id: int) -> list[ServiceLine]:
    """All services of the list and those that are on besides: those that are on first, each by name; one statement."""
    motifs = select(func.count()).where(Motif.service_id == Service.id).correlate(Service).scalar_subquery()
    agents = select(func.count()).where(AgentService.service_id == Service.id).correlate(Service).scalar_subquery()
    query = select(Service, motifs, agents).where(Service.territory_id == territory_id)
    keys = {name: key for key, (name, _description) in KNOWN.items()}
    on = {
        service.name: ServiceLine(
            keys.get(service.name), service.name, service.description or "", service.id, of_motifs, of_agents
        )
        for service, of_motifs, of_agents in session.execute(query)
    }
    off = [ServiceLine(key, name, words) for key, (name, words) in KNOWN.items() if name not in on]
    return sorted([*on.values(), *off], key=lambda line: (line.service_id is None, alphabetical(line.name)))


def switch_on(session: Session, clock: Clock, agent_id: int, territory_id: int, key: str) -> Service:
    """Switch a service of the list on; twice is harmless. The caller commits.

    Raises:
        NoSuchTerritory: Not this agent's to administer.
        NoSuchService: The list has none under *key*.
    """
    _held(session, agent_id, territory_id)
    if key not in KNOWN:
        raise NoSuchService
    known = session.scalar(select(Service).where(Service.territory_id == territory_id, Service.name == KNOWN[key][0]))
    if known is not None:
        return known
    service = new_service(session, territory_id, key)
    record(session, clock, Actor.agent(agent_id), "service.switched_on", territory_id, service.id, name=service.name)
    return service


def switch_off(session: Session, clock: Clock, agent_id: int, territory_id: int, service_id: int) -> Service:
    """Switch a service off that nothing hangs on. The caller commits.

    Raises:
        NoSuchTerritory, NoSuchService: Not this agent's, or not of this territory.
        ServiceInUse: Motifs, archived ones too, or agents belong to it.
    """
    _held(session, agent_id, territory_id)
    service = session.scalar(select(Service).where(Service.territory_id == territory_id, Service.id == service_id))
    if service is None:
        raise NoSuchService
    motifs = session.scalar(select(func.count()).where(Motif.service_id == service_id)) or 0
    agents = session.scalar(select(func.count()).where(AgentService.service_id == service_id)) or 0
    if motifs or agents:
        raise ServiceInUse(service.name, motifs, agents)
    session.delete(service)
    record(session, clock, Actor.agent(agent_id), "service.switched_off", territory_id, service_id, name=service.name)
    return service


def new_service(session: Session, territory_id: int, key: str) -> Service:
    """The service *key* of the list, written. The caller commits."""
    name, description = KNOWN[key]
    service = Service(territory_id=territory_id, name=name, description=description, is_secretariat=key == SECRETARIAT)
    session.add(service)
    session.flush()
    return service


def _held(session: Session, agent_id: int, territory_id: int) -> Territory:
    """The territory, its row locked: two administrators do not switch the same service on twice."""
    session.scalar(select(Territory.id).where(Territory.id == territory_id).with_for_update())
    session.expire_all()
    return territory_to_administer(session, agent_id, territory_id)
