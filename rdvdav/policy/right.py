"""What an agent may do: open agendas, administer, search slots, and whom one may book for. Rows of the roles table, a function each."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.directory.membership import AgentService, Membership, Role, TerritoryAdmin
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory
from rdvdav.errors import NotFound
from rdvdav.policy.sight import agenda_in_sight, organisations_of_sight


class NoSuchTerritory(NotFound):
    """No such territory, or not for this agent: both answer alike."""


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
    mine = or_(is_admin, administers_territory(agent_id))
    return select(Organisation).where(mine).order_by(Organisation.name, Organisation.id)


def organisation_to_administer(session: Session, agent_id: int, organisation_id: int) -> Organisation:
    """The organisation whose settings *agent_id* may change.

    Raises:
        NoSuchOrganisation: It does not exist, or not for this agent.
    """
    found = session.scalar(organisations_to_administer(agent_id).where(Organisation.id == organisation_id))
    if found is None:
        raise NoSuchOrganisation
    return found


def territories_to_administer(agent_id: int) -> Select[Territory]:
    """The territories whose organisations, services, agents and teams *agent_id* may change, by name."""
    mine = exists().where(TerritoryAdmin.territory_id == Territory.id, TerritoryAdmin.agent_id == agent_id)
    return select(Territory).where(mine).order_by(Territory.name, Territory.id)


def territory_to_administer(session: Session, agent_id: int, territory_id: int) -> Territory:
    """The territory that *agent_id* administers.

    Raises:
        NoSuchTerritory: It does not exist, or not for this agent.
    """
    found = session.scalar(territories_to_administer(agent_id).where(Territory.id == territory_id))
    if found is None:
        raise NoSuchTerritory
    return found


def administers_territory(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Organisation` that holds where *agent_id* is admin of its territory, and so may change rights."""
    return exists().where(TerritoryAdmin.territory_id == Organisation.territory_id, TerritoryAdmin.agent_id == agent_id)


@dataclass(frozen=True)
class Standing:
    """Whether an agent administers an organisation, or a territory: what its menu leads to."""

    organisation_admin: bool
    territory_admin: bool


def standing_of(session: Session, agent_id: int) -> Standing:
    """What *agent_id* administers; one statement."""
    organisation = organisations_to_administer(agent_id).order_by(None).with_only_columns(Organisation.id)
    territory = territories_to_administer(agent_id).order_by(None).with_only_columns(Territory.id)
    return Standing(*session.execute(select(organisation.exists(), territory.exists())).one())


def searchable(agent_id: int, *, widened: bool = False) -> ColumnElement[bool]:
    """The condition on `Motif` that holds for what *agent_id* may search slots of, and book where one is found.

    basic: the own services in the own organisations; secretariat: all of the organisation that is open to it; organisation
    admin: all of the organisation; territory admin: all of the territory.

    Args:
        widened: Every service of the own organisations too, and the motifs open to referrers in the territory's others.
    """
    belongs = select(1).where(Membership.agent_id == agent_id, Membership.organisation_id == Motif.organisation_id)
    administers = exists().where(TerritoryAdmin.agent_id == agent_id, TerritoryAdmin.territory_id == Motif.territory_id)
    has_service = (
        exists().where(AgentService.agent_id == agent_id, AgentService.service_id == Motif.service_id).correlate(Motif)
    )
    in_secretariat = (
        select(1)
        .select_from(AgentService)
        .join(Service, Service.id == AgentService.service_id)
        .where(AgentService.agent_id == agent_id, Service.territory_id == Motif.territory_id, Service.is_secretariat)
        .correlate(Motif)
        .exists()
    )
    mine = or_(
        belongs.where(
            or_(Membership.role == Role.ADMIN, has_service, in_secretariat & Motif.open_to_secretariat)
        ).exists(),
        administers,
    )
    live = Motif.archived_at.is_(None)
    if not widened:
        return live & mine
    in_territory = exists().where(Membership.agent_id == agent_id, Membership.territory_id == Motif.territory_id)
    # Otherwise a secretariat would widen its way to what is closed to it.
    not_closed = or_(Motif.open_to_secretariat, ~in_secretariat)
    return live & or_(mine, belongs.exists() & not_closed, in_territory & (Motif.bookable_by != BookableBy.AGENTS))


def known_to(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Citizen` that holds for those *agent_id* may see: of the own organisations, of a territory administered."""
    organisations = organisations_of_sight(agent_id).with_only_columns(Organisation.id).order_by(None)
    known = exists().where(
        CitizenOrganisation.citizen_id == Citizen.id, CitizenOrganisation.organisation_id.in_(organisations)
    )
    return Citizen.merged_into_id.is_(None) & known
