"""Organisations of a territory: created by its admin, who becomes the first agent; their data, changed by their own admins (R02)."""

from dataclasses import asdict, dataclass
from zoneinfo import available_timezones

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from rdvdav.administration.address import free_address
from rdvdav.administration.hiring import join
from rdvdav.administration.territories import NameTaken
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership, Role
from rdvdav.directory.organisation import DetailLevel, Organisation
from rdvdav.directory.territory import Territory
from rdvdav.errors import Refused
from rdvdav.feeds import republish
from rdvdav.hours.holiday import CALENDARS, CalendarUnknown
from rdvdav.policy.right import organisation_to_administer, territory_to_administer

ZONES = (
    "Europe/Paris",
    "America/Guadeloupe",
    "America/Martinique",
    "America/Cayenne",
    "Indian/Reunion",
    "Indian/Mayotte",
    "America/St_Barthelemy",
    "America/Marigot",
    "America/Miquelon",
    "Pacific/Noumea",
    "Pacific/Tahiti",
    "Pacific/Marquesas",
    "Pacific/Gambier",
    "Pacific/Wallis",
    "Indian/Kerguelen",
)
"""The clocks of France."""


class ZoneUnknown(Refused):
    """No clock is called this."""


class ZoneInUse(Refused):
    """Opening ranges or appointments go by the organisation's clock: it can't be another one any more (T-1)."""


@dataclass(frozen=True)
class Identity:
    """What an organisation says of itself; empty texts for what is not said.

    Attributes:
        hours: Opening hours in words.
        notice: Said on top of its public page.
        zone: IANA zone.
        holiday_calendar: Code read by `hours.holiday`.
    """

    name: str
    phone: str = ""
    email: str = ""
    website: str = ""
    hours: str = ""
    address: str = ""
    notice: str = ""
    zone: str = "Europe/Paris"
    holiday_calendar: str = "FR"


def identity_of(organisation: Organisation) -> Identity:
    """What *organisation* says of itself now."""
    return Identity(**{name: getattr(organisation, name) or "" for name in Identity.__dataclass_fields__})


@dataclass(frozen=True)
class OrganisationLine:
    """An organisation and how many agents belong to it."""

    organisation: Organisation
    agents: int


def organisation_lines(session: Session, territory_id: int) -> list[OrganisationLine]:
    """The organisations of a territory, by name; one statement."""
    agents = select(func.count()).where(Membership.organisation_id == Organisation.id).correlate(Organisation)
    query = (
        select(Organisation, agents.scalar_subquery())
        .where(Organisation.territory_id == territory_id)
        .order_by(Organisation.name, Organisation.id)
    )
    return [OrganisationLine(organisation, count) for organisation, count in session.execute(query)]


def create(session: Session, clock: Clock, agent_id: int, territory_id: int, identity: Identity) -> Organisation:
    """Make an organisation; *agent_id* becomes its first agent, and its admin. The caller commits.

    Raises:
        NoSuchTerritory: Not this agent's to administer.
        NameTaken: The territory has an organisation of this name.
        ZoneUnknown, CalendarUnknown: There is no such clock, no such calendar.
    """
    session.scalar(select(Territory.id).where(Territory.id == territory_id).with_for_update())
    session.expire_all()
    territory_to_administer(session, agent_id, territory_id)
    organisation = Organisation(
        territory_id=territory_id,
        slug=free_address(session, Organisation, identity.name),
        detail_level=DetailLevel.MOTIF,
        created_at=clock.now(),
    )
    _write(session, organisation, identity)
    session.add(organisation)
    session.flush()
    join(session, clock, session.get_one(Agent, agent_id), organisation, Role.ADMIN)
    _trace(session, clock, agent_id, "organisation.created", organisation)
    return organisation


def change(
    session: Session, clock: Clock, agent_id: int, organisation_id: int, identity: Identity, level: DetailLevel
) -> Organisation:
    """Change what an organisation says of itself, and how much its calendars show (K-13). The caller commits.

    Raises:
        NoSuchOrganisation: Not this agent's to administer.
        NameTaken, ZoneUnknown, CalendarUnknown: As `create`.
        ZoneInUse: The clock can't change any more.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    if identity.zone != organisation.zone and clock_in_use(session, organisation_id):
        raise ZoneInUse
    renamed = identity.name != organisation.name
    _write(session, organisation, identity)
    if level is not organisation.detail_level or renamed:
        republish.choose_level(session, clock, organisation_id, level)
    _trace(session, clock, agent_id, "organisation.changed", organisation)
    return organisation


def organisation_held(session: Session, agent_id: int, organisation_id: int) -> Organisation:
    """The organisation that *agent_id* administers, its row locked: settings are changed one after the other.

    Raises:
        NoSuchOrganisation: It does not exist, or not for this agent.
    """
    session.scalar(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())
    session.expire_all()
    return organisation_to_administer(session, agent_id, organisation_id)


def clock_in_use(session: Session, organisation_id: int) -> bool:
    """Whether anything goes by the organisation's clock."""
    opened = select(OpeningRange.id).where(OpeningRange.organisation_id == organisation_id).exists()
    booked = select(Appointment.id).where(Appointment.organisation_id == organisation_id).exists()
    return bool(session.scalar(select(opened | booked)))


def name_taken(session: Session, territory_id: int, name: str, but: int | None = None) -> bool:
    """Whether another organisation of the territory, *but* one, has this name, however it is written."""
    mine: ColumnElement[bool] = func.lower(Organisation.name) == name.lower()
    others = Organisation.id != but if but is not None else Organisation.id.is_not(None)
    return (
        session.scalar(select(Organisation.id).where(Organisation.territory_id == territory_id, mine, others))
        is not None
    )


def _write(session: Session, organisation: Organisation, identity: Identity) -> None:
    if name_taken(session, organisation.territory_id, identity.name, organisation.id):
        raise NameTaken
    if identity.zone not in available_timezones():
        raise ZoneUnknown
    if identity.holiday_calendar not in CALENDARS:
        raise CalendarUnknown(identity.holiday_calendar)
    for name, value in asdict(identity).items():
        kept = value if name in {"name", "zone", "holiday_calendar"} else value or None
        setattr(organisation, name, kept)


def _trace(session: Session, clock: Clock, agent_id: int, kind: str, organisation: Organisation) -> None:
    details = {"name": organisation.name, "zone": organisation.zone, "level": organisation.detail_level}
    record(session, clock, Actor.agent(agent_id), kind, organisation.territory_id, organisation.id, **details)
