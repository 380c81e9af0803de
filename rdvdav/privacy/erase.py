"""« Supprimer » a record: nothing says any more who the person was; statistics and the journal keep the rest (A03, L-6)."""

from collections.abc import Sequence

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, record
from rdvdav.booking.people import citizen_in_sight
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.citizens.identity import CitizenIdentity
from rdvdav.citizens.referent import CitizenReferent
from rdvdav.citizens.relative import relative_of, relatives_of
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.feeds.citizen_events import CitizenEvent, CitizenFeed
from rdvdav.feeds.holding import holding
from rdvdav.outbox.message import Message
from rdvdav.policy.session import WebSession
from rdvdav.privacy.personal_data import (
    NAMED_IN,
    OF_CITIZENS,
    appointments_alone,
    blank,
    personal_columns,
    tables_about_people,
)

FOUND_BY_WORDS = ("citizen_word", "blocked_address")
"""Tables whose rows are nothing but words of a person: they go."""
LIVE = (Status.PLANNED, Status.TO_REPLAN)


class StillComing(Refused):
    """The person has an appointment to come."""


def is_expected(session: Session, clock: Clock, citizen_id: int) -> bool:
    """Whether the person has an appointment to come, wherever it is; one statement."""
    coming = (
        select(Participation.id)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .where(Participation.citizen_id == citizen_id, Appointment.ends_at > clock.now())
        .where(Appointment.status.in_(LIVE), Participation.status.in_(LIVE))
    )
    return session.scalar(coming.limit(1)) is not None


def erase(session: Session, clock: Clock, agent_id: int, citizen_id: int) -> None:
    """Blank each `Personal` column about a person, and let nobody find the record again. The caller commits.

    Raises:
        NoSuchCitizen: It does not exist, or not for this agent.
        StillComing: An appointment of this person is to come.
    """
    with holding(session, clock, citizen_id):
        citizen = citizen_in_sight(session, agent_id, citizen_id)
        if is_expected(session, clock, citizen_id):
            raise StillComing
        _forget(session, clock, citizen, Actor.agent(agent_id))


def erase_own(session: Session, clock: Clock, citizen_id: int) -> None:
    """« Supprimer mon compte »: as `erase`, by the person; relatives whom nobody else knows go along (B17). The caller commits.

    Raises:
        StillComing: An appointment of this person, or of a relative, is to come.
    """
    relatives = [each.id for each in relatives_of(session, citizen_id)]
    with holding(session, clock, citizen_id, *relatives):
        if any(is_expected(session, clock, each) for each in (citizen_id, *relatives)):
            raise StillComing
        who = Actor.citizen(citizen_id)
        for relative in relatives_of(session, citizen_id):
            if _is_nobody_elses(session, relative):
                _forget(session, clock, relative, who)
        _forget(session, clock, session.get_one(Citizen, citizen_id), who)


def let_go(session: Session, clock: Clock, citizen_id: int, relative_id: int) -> None:
    """The citizen no longer answers for a relative; a record that nobody else knows is erased (B11). The caller commits.

    Raises:
        NoSuchRelative: It is none of theirs.
        StillComing: An appointment of the relative is to come.
    """
    with holding(session, clock, relative_id):
        relative = relative_of(session, citizen_id, relative_id)
        if is_expected(session, clock, relative_id):
            raise StillComing
        who = Actor.citizen(citizen_id)
        if _is_nobody_elses(session, relative):
            _forget(session, clock, relative, who)
        else:
            relative.responsible_id = None
            relative.updated_at = clock.now()
            subject = relative.territory_id, relative_id
            record(session, clock, who, "citizen.responsible_changed", *subject, responsible_id=None)


def _is_nobody_elses(session: Session, citizen: Citizen) -> bool:
    """Whether only who answers for the person has to do with the record: no organisation, no appointment, no address."""
    known = select(CitizenOrganisation.citizen_id).where(CitizenOrganisation.citizen_id == citizen.id)
    came = select(Participation.id).where(Participation.citizen_id == citizen.id)
    return citizen.email is None and not session.scalar(select(or_(known.exists(), came.exists())))


def _forget(session: Session, clock: Clock, citizen: Citizen, actor: Actor) -> None:
    """Blank and close *citizen* and the records merged into it; it is held, and nothing is to come."""
    now = clock.now()
    merged = select(Citizen.id).where((Citizen.id == citizen.id) | (Citizen.merged_into_id == citizen.id))
    ids = session.scalars(merged).all()
    _blank(session, ids)
    for table in (CitizenOrganisation, CitizenReferent, CitizenIdentity, CitizenFeed):
        session.execute(delete(table).where(table.citizen_id.in_(ids)))
    seats = select(Participation.id).where(Participation.citizen_id.in_(ids))
    session.execute(delete(CitizenEvent).where(CitizenEvent.participation_id.in_(seats)))
    session.execute(update(Citizen).where(Citizen.responsible_id.in_(ids)).values(responsible_id=None))
    session.execute(update(WebSession).where(WebSession.citizen_id.in_(ids)).values(revoked_at=now))
    unsent = Message.citizen_id.in_(ids) & Message.sent_at.is_(None)
    session.execute(update(Message).where(unsent).values(dropped_at=now))
    session.execute(update(Message).where(Message.citizen_id.in_(ids)).values(secrets=[]))
    gone = {"erased_at": now, "updated_at": now, "responsible_id": None, "email_proven_at": None}
    session.execute(update(Citizen).where(Citizen.id.in_(ids)).values(**gone))
    session.expire_all()
    record(session, clock, actor, "citizen.erased", citizen.territory_id, citizen.id)


def _blank(session: Session, ids: Sequence[int]) -> None:
    alone = appointments_alone(session, ids)
    tables = tables_about_people()
    rows_about = sorted([*OF_CITIZENS.items(), *NAMED_IN.items()], key=lambda item: item[0] not in FOUND_BY_WORDS)
    for name, rows in rows_about:  # those found by words first, while the record says its words
        table, about = tables[name], rows(ids, alone)
        if name in FOUND_BY_WORDS:
            session.execute(delete(table).where(about))
        else:
            session.execute(update(table).where(about).values({each: blank(each) for each in personal_columns(table)}))
