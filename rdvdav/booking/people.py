"""Whom staff book for: found among those they may see, made in place, or attached to their organisation (P-7, P-8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, record
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.citizens.find import Found, find, likely_doubles
from rdvdav.citizens.known import attach, known_by_email
from rdvdav.clock import Clock
from rdvdav.directory.organisation import Organisation
from rdvdav.errors import NotFound, Refused
from rdvdav.policy.right import known_to, people_of
from rdvdav.policy.sight import organisations_of_sight


class NoSuchCitizen(NotFound):
    """No such person, or none this agent may see: both answer alike."""


class EmailKnown(Refused):
    """Somebody has this e-mail already: the record is to be chosen or attached, not made twice (P-7)."""


@dataclass(frozen=True)
class Person:
    """Somebody as an agent describes them; e-mail in lower case, phone in E.164."""

    first_name: str
    last_name: str
    email: str | None = None
    phone: str | None = None
    birth_date: date | None = None


@dataclass(frozen=True)
class Doubles:
    """Who may be the same person.

    Attributes:
        seen: Those the agent may see.
        masked: Who has the very e-mail in the territory, out of this agent's sight: only initials may be shown.
    """

    seen: Sequence[Citizen]
    masked: Citizen | None = None

    def bars(self, email: str | None) -> bool:
        """Whether *email*, the only unique key, is taken by one of them."""
        return email is not None and any(citizen.email == email for citizen in (*self.seen, self.masked) if citizen)


def find_people(session: Session, agent_id: int, text: str) -> Found:
    """The people *agent_id* may see whom *text* describes; one statement."""
    return find(session, people_of(agent_id), text)


def citizen_in_sight(session: Session, agent_id: int, citizen_id: int) -> Citizen:
    """The person, if *agent_id* may see the record.

    Raises:
        NoSuchCitizen: There is none, or not for this agent.
    """
    citizen = session.scalar(select(Citizen).where(Citizen.id == citizen_id, known_to(agent_id)))
    if citizen is None:
        raise NoSuchCitizen
    return citizen


def citizens_in_sight(session: Session, agent_id: int, citizen_ids: Sequence[int]) -> list[Citizen]:
    """The people, in this order; one statement.

    Raises:
        NoSuchCitizen: One of them is none, or not for this agent.
    """
    query = select(Citizen).where(Citizen.id.in_(citizen_ids), known_to(agent_id))
    found = {citizen.id: citizen for citizen in session.scalars(query)} if citizen_ids else {}
    if found.keys() != set(citizen_ids):
        raise NoSuchCitizen
    return [found[id_] for id_ in citizen_ids]


def doubles_of(session: Session, agent_id: int, territory_id: int, person: Person) -> Doubles:
    """Who *person* probably is already."""
    seen = likely_doubles(
        session,
        people_of(agent_id),
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        phone=person.phone,
    )
    if person.email is None or any(citizen.email == person.email for citizen in seen):
        return Doubles(seen)
    holder = select(Citizen).where(
        Citizen.territory_id == territory_id, Citizen.email == person.email, Citizen.merged_into_id.is_(None)
    )
    return Doubles(seen, session.scalar(holder))


def create_citizen(session: Session, clock: Clock, agent_id: int, organisation_id: int, person: Person) -> Citizen:
    """Make a record that belongs to the organisation (P-8). The caller commits.

    Raises:
        NoSuchCitizen: The agent does not work in that organisation.
        EmailKnown: Somebody in the territory has the e-mail.
    """
    organisation = _organisation(session, agent_id, organisation_id)
    now = clock.now()
    citizen = Citizen(
        territory_id=organisation.territory_id,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        phone=person.phone,
        birth_date=person.birth_date,
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(citizen)
    except IntegrityError as error:
        raise EmailKnown from error
    session.add(CitizenOrganisation(citizen_id=citizen.id, organisation_id=organisation_id, created_at=now))
    record(session, clock, Actor.agent(agent_id), "citizen.created", citizen.territory_id, citizen.id)
    return citizen


def attach_citizen(session: Session, clock: Clock, agent_id: int, organisation_id: int, email: str) -> Citizen:
    """« Rattacher »: the organisation knows the person whose e-mail was typed (P-7, P-8). The caller commits.

    Raises:
        NoSuchCitizen: Nobody in the territory has it, or the agent does not work in that organisation.
    """
    organisation = _organisation(session, agent_id, organisation_id)
    citizen = known_by_email(session, organisation.territory_id, email)
    if citizen is None:
        raise NoSuchCitizen
    if attach(session, clock, citizen.id, organisation_id):
        who = Actor.agent(agent_id)
        record(
            session,
            clock,
            who,
            "citizen.attached",
            citizen.territory_id,
            citizen.id,
            organisation_id=organisation_id,
        )
    return citizen


def _organisation(session: Session, agent_id: int, organisation_id: int) -> Organisation:
    found = session.scalar(organisations_of_sight(agent_id).where(Organisation.id == organisation_id))
    if found is None:
        raise NoSuchCitizen
    return found
