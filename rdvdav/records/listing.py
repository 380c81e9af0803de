"""« Usagers »: whom the page opens on, who is found, and who is known next door, to be attached (A03, ux 8.4; P-8)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED
from rdvdav.audit.record import Actor, record
from rdvdav.booking.people import NoSuchCitizen
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.find import MOST, Found, everybody, find, named, read_signs
from rdvdav.citizens.known import attach
from rdvdav.citizens.words import BORN, EMAIL, PHONE
from rdvdav.clock import Clock
from rdvdav.directory.membership import AgentService
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.policy.right import known_to, people_of
from rdvdav.policy.sight import organisations_of_sight, visible

SHORTEST_WHOLE_PHONE = 9
"""Figures from which on a number can be a whole one."""


def people_of_services(session: Session, agent_id: int, *, after: Citizen | None = None, most: int = MOST) -> Found:
    """Who has an appointment in a service of *agent_id*, in an organisation of one's own, by surname; one statement."""
    mine = select(AgentService.service_id).where(AgentService.agent_id == agent_id)
    coming = (
        select(Participation.citizen_id)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(Motif, Motif.id == Appointment.motif_id)
        .where(Motif.service_id.in_(mine), Appointment.organisation_id.in_(people_of(agent_id)))
        .where(Participation.status.not_in(CANCELLED))
    )
    query = select(Citizen).where(Citizen.id.in_(coming), known_to(agent_id))
    if after is not None:
        later = (Citizen.sorted_as == after.sorted_as) & (Citizen.id > after.id)
        query = query.where((Citizen.sorted_as > after.sorted_as) | later)
    citizens = session.scalars(query.order_by(Citizen.sorted_as, Citizen.id).limit(most + 1)).all()
    return Found(citizens[:most], more=len(citizens) > most)


def people_of_organisation(
    session: Session, agent_id: int, organisation_id: int, *, after: Citizen | None = None
) -> Found:
    """Whom an organisation of *agent_id* knows, by surname; nobody for another one."""
    return everybody(session, people_of(agent_id), organisation_id, after=after)


def search(session: Session, agent_id: int, text: str, *, after: Citizen | None = None) -> Found:
    """Whom *text* describes in all organisations of *agent_id*, by surname."""
    return find(session, people_of(agent_id), text, after=after)


def known_next_door(session: Session, agent_id: int, text: str) -> Sequence[Citizen]:
    """Whom *text* names in the other organisations of the territory: only initials and year of birth may be shown of them.

    A whole first name and surname, a name with its birth date, a whole phone number or e-mail address, so that nobody is spelt out
    letter by letter; one statement.
    """
    signs = read_signs(text)
    if not _names_somebody(signs):
        return []
    territories = organisations_of_sight(agent_id).with_only_columns(Organisation.territory_id).order_by(None)
    among: Select[int] = select(Organisation.id).where(Organisation.territory_id.in_(territories))
    query = select(Citizen).where(Citizen.id.in_(named(among, signs)), ~known_to(agent_id))
    query = query.where(Citizen.merged_into_id.is_(None), Citizen.erased_at.is_(None))
    return session.scalars(query.order_by(Citizen.sorted_as, Citizen.id).limit(MOST)).all()


def attach_found(
    session: Session, clock: Clock, agent_id: int, organisation_id: int, text: str, citizen_id: int
) -> Citizen:
    """« Rattacher »: the organisation knows somebody whom *text* names next door (P-8). The caller commits.

    Raises:
        NoSuchCitizen: *text* does not name that person, or the agent does not work in that organisation.
    """
    if session.scalar(people_of(agent_id).where(Organisation.id == organisation_id)) is None:
        raise NoSuchCitizen
    found = next((each for each in known_next_door(session, agent_id, text) if each.id == citizen_id), None)
    if found is None:
        raise NoSuchCitizen
    organisation = session.get_one(Organisation, organisation_id)
    if organisation.territory_id != found.territory_id:
        raise NoSuchCitizen
    if attach(session, clock, found.id, organisation_id):
        who, details = Actor.agent(agent_id), {"organisation_id": organisation_id}
        record(session, clock, who, "citizen.attached", found.territory_id, found.id, **details)
    return found


def last_appointments(
    session: Session, agent_id: int, citizen_ids: Collection[int]
) -> Mapping[int, tuple[datetime, str]]:
    """Start of the latest appointment of each citizen that *agent_id* may see, and the zone of its organisation; one statement."""
    in_sight = select(Claim.appointment_id).join(Agenda, Agenda.id == Claim.agenda_id).where(visible(agent_id))
    query = (
        select(Participation.citizen_id, func.max(Appointment.starts_at), func.max(Organisation.zone))
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .where(Participation.citizen_id.in_(citizen_ids), Participation.status.not_in(CANCELLED))
        .where(in_sight.where(Claim.appointment_id == Appointment.id).exists())
        .group_by(Participation.citizen_id)
    )
    return {citizen_id: (starts, zone) for citizen_id, starts, zone in session.execute(query)}


def _names_somebody(signs: Sequence[str]) -> bool:
    """Whether *signs* can only come from who knows the person."""
    names = [sign for sign in signs if sign[0] not in (BORN, EMAIL, PHONE)]
    kinds = {sign[0] for sign in signs}
    whole_phone = any(sign[0] == PHONE and len(sign) > SHORTEST_WHOLE_PHONE for sign in signs)
    return len(names) > 1 or EMAIL in kinds or whole_phone or bool(names and BORN in kinds)
