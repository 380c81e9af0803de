"""What agents write in a record: who it is and how to reach them, who follows them, who answers for them."""

from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, changed, record
from rdvdav.booking.people import EmailKnown, NoSuchCitizen, Person, citizen_in_sight
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.identity import locked_fields
from rdvdav.citizens.referent import follow, unfollow
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.feeds.holding import holding
from rdvdav.notify.reminder import plan_for
from rdvdav.policy.sight import agendas_of_sight

DESCRIBED = ("first_name", "last_name", "email", "phone", "birth_date")


class NobodysOwn(Refused):
    """Nobody answers for oneself, nor for who answers for them."""


def change_citizen(
    session: Session, clock: Clock, agent_id: int, citizen_id: int, person: Person, notes: str | None
) -> Citizen:
    """Let the record say what *person* says; calendars that name this person follow. The caller commits.

    What a provider vouches for stays as it is, whatever *person* says.

    Raises:
        NoSuchCitizen: It does not exist, or not for this agent.
        EmailKnown: Somebody else in the territory has the e-mail (P-7).
    """
    wanted: dict[str, Any] = {name: getattr(person, name) for name in DESCRIBED} | {"notes": notes or None}
    with holding(session, clock, citizen_id):
        citizen = citizen_in_sight(session, agent_id, citizen_id)
        locked = locked_fields(session, citizen_id)
        free = {name: value for name, value in wanted.items() if name not in locked}
        old = {name: getattr(citizen, name) for name, value in free.items() if getattr(citizen, name) != value}
        if not old:
            return citizen
        try:
            with session.begin_nested():
                for name in old:
                    setattr(citizen, name, wanted[name])
                if "email" in old:
                    citizen.email_proven_at = None
                citizen.updated_at = clock.now()
        except IntegrityError as error:
            raise EmailKnown from error
        if old.keys() & {"email", "phone"}:
            plan_for(session, clock, citizen_id)
        facts = changed({name: _said(old[name]) for name in old}, {name: _said(wanted[name]) for name in old})
        _trace(session, clock, agent_id, citizen, "citizen.changed", **facts)
    return citizen


def referents_to_choose(session: Session, agent_id: int) -> dict[int, str]:
    """Names of those whom *agent_id* may name as « référent », by id: oneself and the colleagues one sees; one statement."""
    agendas = session.scalars(agendas_of_sight(agent_id))
    return {agenda.agent_id: agenda.name for agenda in agendas if agenda.agent_id is not None}


def let_follow(session: Session, clock: Clock, agent_id: int, citizen_id: int, referent_id: int) -> None:
    """Name a colleague, or oneself, as « référent » of the person; twice is harmless. The caller commits.

    Raises:
        NoSuchCitizen: It does not exist, or not for this agent; or no such colleague.
    """
    citizen = citizen_in_sight(session, agent_id, citizen_id)
    if referent_id not in referents_to_choose(session, agent_id):
        raise NoSuchCitizen
    follow(session, clock, citizen_id, referent_id)
    _trace(session, clock, agent_id, citizen, "citizen.followed", referent_id=referent_id)


def let_unfollow(session: Session, clock: Clock, agent_id: int, citizen_id: int, referent_id: int) -> None:
    """Take a « référent » off the record. The caller commits.

    Raises:
        NoSuchCitizen: It does not exist, or not for this agent.
    """
    citizen = citizen_in_sight(session, agent_id, citizen_id)
    unfollow(session, citizen_id, referent_id)
    _trace(session, clock, agent_id, citizen, "citizen.unfollowed", referent_id=referent_id)


def answer_for(session: Session, clock: Clock, agent_id: int, citizen_id: int, responsible_id: int | None) -> Citizen:
    """Say who answers for a person; None for nobody. The caller commits.

    Raises:
        NoSuchCitizen: One of the two does not exist, or not for this agent.
        NobodysOwn: They are one, of two territories, or the responsible person has somebody responsible too.
    """
    citizen = citizen_in_sight(session, agent_id, citizen_id)
    if responsible_id is not None:
        responsible = citizen_in_sight(session, agent_id, responsible_id)
        alone = responsible.responsible_id is None and responsible.territory_id == citizen.territory_id
        if responsible is citizen or not alone:
            raise NobodysOwn
    if citizen.responsible_id != responsible_id:
        citizen.responsible_id = responsible_id
        citizen.updated_at = clock.now()
        session.flush()
        session.expire(citizen, ["responsible"])
        plan_for(session, clock, citizen_id)
        _trace(session, clock, agent_id, citizen, "citizen.responsible_changed", responsible_id=responsible_id)
    return citizen


def _trace(session: Session, clock: Clock, agent_id: int, citizen: Citizen, kind: str, **details: Any) -> None:
    record(session, clock, Actor.agent(agent_id), kind, citizen.territory_id, citizen.id, **details)


def _said(value: Any) -> str:
    return "" if value is None else str(value)
