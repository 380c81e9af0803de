"""« Supprimer » a record: nothing says any more who the person was; statistics and the journal keep the rest (A03, L-6)."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, record
from rdvdav.booking.people import citizen_in_sight
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.citizens.referent import CitizenReferent
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.outbox.message import Message
from rdvdav.policy.session import WebSession
from rdvdav.privacy.personal_data import OF_CITIZENS, appointments_alone, blank, personal_columns, tables_about_people
from rdvdav.records.holding import holding

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
        now = clock.now()
        merged = select(Citizen.id).where((Citizen.id == citizen_id) | (Citizen.merged_into_id == citizen_id))
        ids = session.scalars(merged).all()
        _blank(session, ids)
        for table in (CitizenOrganisation, CitizenReferent):
            session.execute(delete(table).where(table.citizen_id.in_(ids)))
        session.execute(update(Citizen).where(Citizen.responsible_id.in_(ids)).values(responsible_id=None))
        session.execute(update(WebSession).where(WebSession.citizen_id.in_(ids)).values(revoked_at=now))
        unsent = Message.citizen_id.in_(ids) & Message.sent_at.is_(None)
        session.execute(update(Message).where(unsent).values(dropped_at=now))
        session.execute(update(Message).where(Message.citizen_id.in_(ids)).values(secrets=[]))
        gone = {"erased_at": now, "updated_at": now, "responsible_id": None, "email_proven_at": None}
        session.execute(update(Citizen).where(Citizen.id.in_(ids)).values(**gone))
        session.expire_all()
        record(session, clock, Actor.agent(agent_id), "citizen.erased", citizen.territory_id, citizen_id)


def _blank(session: Session, ids: Sequence[int]) -> None:
    alone = appointments_alone(session, ids)
    tables = {name: table for name, table in tables_about_people().items() if name in OF_CITIZENS}
    for name in sorted(
        tables, key=lambda name: name not in FOUND_BY_WORDS
    ):  # these first, while the record says its words
        table, about = tables[name], OF_CITIZENS[name](ids, alone)
        if name in FOUND_BY_WORDS:
            session.execute(delete(table).where(about))
        else:
            session.execute(update(table).where(about).values({each: blank(each) for each in personal_columns(table)}))
