"""Where people stand in the database: each table with `Personal` columns says which of its rows are about a citizen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, null, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.agenda.participation import Answer, Participation
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.audit.entry import AuditEntry
from rdvdav.citizens.citizen import Citizen, CitizenWord
from rdvdav.citizens.identity import CitizenIdentity
from rdvdav.citizens.link import EmailProof
from rdvdav.citizens.referrer import Referrer
from rdvdav.database import Base
from rdvdav.outbox.blocked import BlockedAddress
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.sign_on import SignOn
from rdvdav.webhooks.webhook import Delivery, Kind

Rows = Callable[[Sequence[int], Sequence[int]], ColumnElement[bool]]
"""From the ids of a person's records, and of the appointments of nobody else, to the rows about this person."""

OF_CITIZENS: Mapping[str, Rows] = {
    "answer": lambda ids, _alone: Answer.participation_id.in_(
        select(Participation.id).where(Participation.citizen_id.in_(ids))
    ),
    "citizen": lambda ids, _alone: Citizen.id.in_(ids),
    "citizen_word": lambda ids, _alone: CitizenWord.citizen_id.in_(ids),
    "citizen_identity": lambda ids, _alone: CitizenIdentity.citizen_id.in_(ids),
    "sign_on": lambda ids, _alone: SignOn.citizen_id.in_(ids),
    "email_proof": lambda ids, _alone: EmailProof.citizen_id.in_(ids),
    "blocked_address": lambda ids, _alone: BlockedAddress.address.in_(
        union_all(*(select(field).where(Citizen.id.in_(ids)) for field in (Citizen.email, Citizen.phone)))
    ),
    "booking_invitation": lambda ids, _alone: BookingInvitation.citizen_id.in_(ids),
    "waiting_list_entry": lambda ids, _alone: WaitingListEntry.citizen_id.in_(ids),
    "outbox_message": lambda ids, _alone: or_(
        Message.citizen_id.in_(ids),
        (Message.channel == Channel.MAIL) & Message.citizen_id.in_(_reached_through(ids, Citizen.email)),
        (Message.channel == Channel.SMS) & Message.citizen_id.in_(_reached_through(ids, Citizen.phone)),
    ),
    "appointment": lambda _ids, alone: Appointment.id.in_(alone),
    "audit_entry": lambda ids, alone: or_(
        (AuditEntry.subject == "citizen") & AuditEntry.subject_id.in_(ids),
        (AuditEntry.subject == "appointment") & AuditEntry.subject_id.in_(alone),
    ),
}

NAMED_IN: Mapping[str, Rows] = {
    "referrer": lambda ids, _alone: Referrer.id.in_(
        select(Participation.referrer_id).where(Participation.citizen_id.in_(ids))
    ),
    # At the level « full » agents' mails name who comes.
    "outbox_message": lambda ids, _alone: (
        Message.agent_id.is_not(None)
        & or_(Message.sent_at.is_not(None), Message.dropped_at.is_not(None))
        & Message.appointment_id.in_(_shared_by(ids))
    ),
    "webhook_delivery": lambda ids, _alone: (
        (Delivery.kind == Kind.APPOINTMENT)
        & or_(Delivery.sent_at.is_not(None), Delivery.dropped_at.is_not(None))
        & Delivery.object_id.in_(_shared_by(ids))
    ),
}
"""The same of who referred this person, and of what was told to others and may name this one too: blanked with the record, never
handed over."""


def _shared_by(ids: Sequence[int]) -> Select[int]:
    """Ids of the appointments in which one of *ids* ever had a seat."""
    return select(Participation.appointment_id).where(Participation.citizen_id.in_(ids))


def _reached_through(ids: Sequence[int], own: InstrumentedAttribute[str | None]) -> Select[int]:
    """Ids of those without an address or number of their *own*: that of one of *ids*, who answers for them, is used (B11)."""
    return select(Citizen.id).where(Citizen.responsible_id.in_(ids), own.is_(None))


def personal_columns(table: Table) -> list[Column[Any]]:
    """The columns of *table* that say something about a person."""
    return [column for column in table.columns if column.info.get("personal")]


def tables_about_people() -> dict[str, Table]:
    """Every table that has such columns, by name."""
    return {name: table for name, table in Base.metadata.tables.items() if personal_columns(table)}


def blank(column: Column[Any]) -> Any:
    """What is left of a value: nothing, or an empty text where there must be one."""
    return null() if column.nullable else ""


def appointments_alone(session: Session, ids: Sequence[int]) -> Sequence[int]:
    """Ids of the appointments that nobody but the person of these records ever had a seat in."""
    theirs = select(Participation.appointment_id).where(Participation.citizen_id.in_(ids))
    others = select(1).where(Participation.appointment_id == Appointment.id, Participation.citizen_id.not_in(ids))
    query = select(Appointment.id).where(Appointment.id.in_(theirs), ~others.exists())
    return session.scalars(query).all()
