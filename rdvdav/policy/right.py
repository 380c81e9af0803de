"""What an agent may do, asked by web, CalDAV, exports and commands alike: the rows of the roles table, a function each.

For lists a condition on the table asked about; for one row a function that raises `NotFound`, so that what one may not do anything
with answers as what does not exist. Where the table is silent: the journal, public holidays, removal from an organisation, history and
blocked addresses of people are the administrators'; merging is editing; teams are the territory admin's.

| row | here |
|---|---|
| see and book in agendas; change, cancel, set the outcome of appointments there | `sight.visible`, `attended` |
| opening ranges, absences | `agenda_to_open` |
| search slots, and book what is found | `searchable`; invite to book: `invitable` |
| citizens: see, create, edit, delete, merge | `known_to`, `met_in_services`, `masked_for` |
| history of changes of citizens, blocked addresses | `people_administered` |
| sendings | `sendings_administered` |
| remove an appointment for good | `administered(agent_id, Appointment)` |
| motifs, places, reference weeks; invite agents | `administered(agent_id, Motif)`…, `organisation_to_administer` |
| organisations, services, rights, teams, webhooks | `territory_to_administer` |
| appointment list and its export | `listed` |
| statistics: see / export | `listed` / `administered(agent_id, Appointment)` |
| the journal | `administered(agent_id, AuditEntry)` |
"""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.directory.territory import Territory
from rdvdav.errors import NotFound
from rdvdav.outbox.message import Message
from rdvdav.policy.level import administers, administers_territory, belongs, is_secretary, works_in
from rdvdav.policy.sight import agenda_in_sight, organisations_of_sight, visible


class NoSuchTerritory(NotFound):
    """No such territory, or not for this agent: both answer alike."""


class OfOrganisation(Protocol):
    """A table whose rows belong to an organisation, or where there is none to a territory alone."""

    organisation_id: Any
    territory_id: Any


# --- agendas and appointments


def agenda_to_open(session: Session, agent_id: int, agenda_id: int) -> Agenda:
    """The agenda whose opening ranges and absences *agent_id* may change: own and the same colleagues one sees.

    Raises:
        NoSuchAgenda: It does not exist, or not for this agent.
    """
    return agenda_in_sight(session, agent_id, agenda_id)


def attended(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Appointment` that holds for what *agent_id* may see, change and cancel: where an agenda in sight is claimed."""
    return _claims(visible(agent_id))


def listed(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Appointment` that holds for what *agent_id*'s list, its export and statistics contain.

    basic: the own services in the own organisations, and what one is assigned to; secretariat: the organisation; admins: all.
    """
    motif = aliased(Motif)
    of_service = select(1).where(motif.id == Appointment.motif_id, works_in(agent_id, motif.service_id))
    at_home = or_(is_secretary(agent_id, Appointment.territory_id), of_service.correlate_except(motif).exists())
    return or_(
        _claims(Agenda.agent_id == agent_id),
        belongs(agent_id, Appointment.organisation_id) & at_home,
        administered(agent_id, Appointment),
    )


def _claims(agenda: ColumnElement[bool]) -> ColumnElement[bool]:
    query = select(1).select_from(Claim).join(Agenda, Agenda.id == Claim.agenda_id)
    return query.where(Claim.appointment_id == Appointment.id, agenda).correlate(Appointment).exists()


# --- administrators


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


def administered(agent_id: int, table: type[OfOrganisation]) -> ColumnElement[bool]:
    """The condition on the rows of *table* that *agent_id* administers: as admin of their organisation, or of their territory."""
    return administers(agent_id, table.organisation_id, table.territory_id)


def organisations_to_administer(agent_id: int) -> Select[Organisation]:
    """The organisations whose settings *agent_id* may change: as their admin, or as that of their territory; by name."""
    mine = administers(agent_id, Organisation.id, Organisation.territory_id)
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
    """The territories *agent_id* administers: organisations, services, rights, teams, webhooks; by name."""
    mine = administers_territory(agent_id, Territory.id)
    return select(Territory).where(mine).order_by(Territory.name, Territory.id)


def territory_to_administer(session: Session, agent_id: int, territory_id: int) -> Territory:
    """The territory *agent_id* administers.

    Raises:
        NoSuchTerritory: It does not exist, or not for this agent.
    """
    found = session.scalar(territories_to_administer(agent_id).where(Territory.id == territory_id))
    if found is None:
        raise NoSuchTerritory
    return found


# --- slots


def searchable(agent_id: int, *, widened: bool = False) -> ColumnElement[bool]:
    """The condition on `Motif` that holds for what *agent_id* may search slots of, and book where one is found.

    basic: the own services in the own organisations; secretariat: all of the organisation that is open to it; organisation
    admin: all of the organisation; territory admin: all of the territory.

    Args:
        widened: Every service of the own organisations too, and the motifs open to referrers in the territory's others.
    """
    at_home, in_secretariat = belongs(agent_id, Motif.organisation_id), is_secretary(agent_id, Motif.territory_id)
    of_mine = or_(works_in(agent_id, Motif.service_id), in_secretariat & Motif.open_to_secretariat)
    live, mine = Motif.archived_at.is_(None), or_(at_home & of_mine, administered(agent_id, Motif))
    if not widened:
        return live & mine
    home = aliased(Organisation)
    in_territory = select(1).where(home.territory_id == Motif.territory_id, belongs(agent_id, home.id))
    # Otherwise a secretariat would widen its way to what is closed to it.
    not_closed = or_(Motif.open_to_secretariat, ~in_secretariat)
    to_referrers = in_territory.correlate_except(home).exists() & (Motif.bookable_by != BookableBy.AGENTS)
    return live & or_(mine, at_home & not_closed, to_referrers)


def invitable(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Motif` that holds for what *agent_id* may invite people to book (B13): what one may search, and what is on line.

    Only one's own organisations, and no collective motif: those have dates, not slots.
    """
    mine = belongs(agent_id, Motif.organisation_id) | administered(agent_id, Motif)
    online = mine & (Motif.bookable_by == BookableBy.EVERYONE) & Motif.archived_at.is_(None)
    return or_(searchable(agent_id), online) & ~Motif.collective


# --- people


def known_to(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Citizen` that holds for those *agent_id* may see: of the own organisations, of a territory administered."""
    return _known_in(organisations_of_sight(agent_id))


def people_administered(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Citizen` that holds for those whose history *agent_id* may read, and whose address unblock (M-7)."""
    return _known_in(organisations_to_administer(agent_id))


def sendings_administered(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Message` that holds for what *agent_id* sees to among the sendings (M-6, M-7).

    Organisation admin: about appointments of the organisation, or else to people of it; territory admin: all of the territory.
    """
    about = select(1).where(Appointment.id == Message.appointment_id, administered(agent_id, Appointment))
    person = select(1).where(Citizen.id == Message.citizen_id, people_administered(agent_id))
    return or_(
        administers_territory(agent_id, Message.territory_id),
        about.correlate(Message).exists(),
        Message.appointment_id.is_(None) & person.correlate(Message).exists(),
    )


def met_in_services(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Citizen` that holds for whom « Usagers » opens on: who had an appointment in an own service, where one works."""
    motif = aliased(Motif)
    query = (
        select(1)
        .select_from(Participation)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(motif, motif.id == Appointment.motif_id)
        .where(
            Participation.citizen_id == Citizen.id,
            belongs(agent_id, Appointment.organisation_id),
            works_in(agent_id, motif.service_id),
        )
    )
    return known_to(agent_id) & query.correlate(Citizen).exists()


def masked_for(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Citizen` that holds for those of whom *agent_id* may see initials: of the territory, known elsewhere (P-8)."""
    territories = organisations_of_sight(agent_id).with_only_columns(Organisation.territory_id).order_by(None)
    return and_(_LIVE, Citizen.territory_id.in_(territories), ~known_to(agent_id))


def people_of(agent_id: int) -> Select[int]:
    """Ids of the organisations whose people *agent_id* may see and look for."""
    return organisations_of_sight(agent_id).with_only_columns(Organisation.id).order_by(None)


_LIVE = Citizen.merged_into_id.is_(None) & Citizen.erased_at.is_(None)


def _known_in(organisations: Select[Organisation]) -> ColumnElement[bool]:
    ids = organisations.with_only_columns(Organisation.id).order_by(None)
    known = exists().where(CitizenOrganisation.citizen_id == Citizen.id, CitizenOrganisation.organisation_id.in_(ids))
    return _LIVE & known
