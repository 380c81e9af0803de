"""« Envois »: what left, waits or failed, for administrators; tried again, given up, addresses unblocked (8.11, M-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session, joinedload

from rdvdav.agenda.appointment import Appointment
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.organisation import Organisation
from rdvdav.errors import NotFound, Refused
from rdvdav.notify.again import send_again
from rdvdav.outbox.blocked import BlockedAddress
from rdvdav.outbox.message import Channel, Message, Receipt
from rdvdav.policy.right import organisations_to_administer, sendings_administered, standing_of

ROWS_A_PAGE = 50


class NoSuchSending(NotFound):
    """No such message, or not for this agent: both answer alike."""


class NotSendable(Refused):
    """It has left, or is of no use any more."""


class Standing(StrEnum):
    """How a message is."""

    SENT = "sent"
    WAITING = "waiting"
    FAILED = "failed"
    DROPPED = "dropped"
    PLANNED = "planned"


def _is(standing: Standing) -> ColumnElement[bool]:
    undecided = and_(Message.sent_at.is_(None), Message.dropped_at.is_(None))
    bounced = func.coalesce(Message.receipt == Receipt.FAILED, False)
    match standing:
        case Standing.SENT:
            return Message.sent_at.is_not(None) & not_(bounced)
        case Standing.FAILED:
            return or_(undecided & (Message.tries > 0), bounced)
        case Standing.DROPPED:
            return Message.sent_at.is_(None) & Message.dropped_at.is_not(None)
        case Standing.PLANNED:
            return undecided & Message.to_compose
        case _:
            return undecided & ~Message.to_compose & (Message.tries == 0)


@dataclass(frozen=True)
class Wanted:
    """Which messages; None and empty ask for all, planned ones left out unless asked for.

    Attributes:
        before: Id of a message: only older ones.
    """

    standing: Standing | None = None
    channel: Channel | None = None
    event: str = ""
    organisation_id: int | None = None
    before: int | None = None


@dataclass(frozen=True)
class Sending:
    """A line of the list.

    Attributes:
        appointment: What it is about; None for what is about no appointment.
        blocked: Why nothing is sent to its address any more; empty where it is.
        may_leave: It has not left, and could still be of use.
    """

    message: Message
    appointment: Appointment | None
    blocked: str
    may_leave: bool


@dataclass(frozen=True)
class SendingsPage:
    """Lines, the newest first; *older* is the `before` of the page that follows, None on the last one."""

    lines: list[Sending]
    older: int | None


def sendings(session: Session, clock: Clock, agent_id: int, wanted: Wanted) -> SendingsPage:
    """A page of the messages that *agent_id* may see to; as many statements for one as for all."""
    query = (
        select(Message, Appointment, BlockedAddress.reason)
        .outerjoin(Appointment, Appointment.id == Message.appointment_id)
        .outerjoin(
            BlockedAddress,
            (BlockedAddress.territory_id == Message.territory_id)
            & (BlockedAddress.address == func.lower(Message.recipient)),
        )
        .where(sendings_administered(agent_id), *_conditions(wanted))
        .options(joinedload(Appointment.organisation))
        .order_by(Message.id.desc())
        .limit(ROWS_A_PAGE + 1)
    )
    rows = session.execute(query).all()
    lines = [
        Sending(message, appointment, blocked or "", may_leave(clock, message))
        for message, appointment, blocked in rows[:ROWS_A_PAGE]
    ]
    return SendingsPage(lines, lines[-1].message.id if len(rows) > ROWS_A_PAGE else None)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [_is(wanted.standing)] if wanted.standing else [~(_is(Standing.PLANNED))]
    if wanted.channel is not None:
        conditions.append(Message.channel == wanted.channel)
    if wanted.event:
        conditions.append(Message.event == wanted.event)
    if wanted.organisation_id is not None:
        conditions.append(Appointment.organisation_id == wanted.organisation_id)
    if wanted.before is not None:
        conditions.append(Message.id < wanted.before)
    return conditions


def may_leave(clock: Clock, message: Message) -> bool:
    """Whether *message* has not left, has its words, and is still of use."""
    over = message.expires_at is not None and message.expires_at <= clock.now()
    return message.sent_at is None and not message.to_compose and bool(message.text) and not over


def administers_anything(session: Session, agent_id: int) -> bool:
    """Whether there is anything of « Envois » for *agent_id*; one statement."""
    standing = standing_of(session, agent_id)
    return standing.organisation_admin or standing.territory_admin


def organisations_of(session: Session, agent_id: int) -> Sequence[Organisation]:
    """The organisations whose messages *agent_id* may see to, by name."""
    return session.scalars(organisations_to_administer(agent_id)).all()


def send_sending_again(session: Session, clock: Clock, agent_id: int, message_id: int) -> None:
    """« Relancer »: let a message that did not leave do so now, with a new link (M-5). The caller commits.

    Raises:
        NoSuchSending: It does not exist, or not for this agent.
        NotSendable: It has left, or is of no use any more.
    """
    message = _held(session, agent_id, message_id)
    if not may_leave(clock, message):
        raise NotSendable
    send_again(session, clock, message)
    _trace(session, clock, agent_id, message, "message_retried")


def drop_sending(session: Session, clock: Clock, agent_id: int, message_id: int) -> None:
    """« Abandonner »: do not send a message that has not left; twice is harmless. The caller commits.

    Raises:
        NoSuchSending: It does not exist, or not for this agent.
        NotSendable: It has left.
    """
    message = _held(session, agent_id, message_id)
    if message.sent_at is not None:
        raise NotSendable
    if message.dropped_at is None:
        message.dropped_at = clock.now()
        _trace(session, clock, agent_id, message, "message_dropped")


def unblock(session: Session, clock: Clock, agent_id: int, message_id: int) -> None:
    """Let the address of a message be written to again; twice is harmless. The caller commits.

    Raises:
        NoSuchSending: It does not exist, or not for this agent.
    """
    message = _held(session, agent_id, message_id)
    query = select(BlockedAddress).where(
        BlockedAddress.territory_id == message.territory_id, BlockedAddress.address == message.recipient.lower()
    )
    blocked = session.scalar(query)
    if blocked is not None:
        session.delete(blocked)
        _trace(session, clock, agent_id, message, "address_unblocked")


def _held(session: Session, agent_id: int, message_id: int) -> Message:
    query = select(Message).where(Message.id == message_id, sendings_administered(agent_id))
    message = session.scalar(query.with_for_update(of=Message).execution_options(populate_existing=True))
    if message is None:
        raise NoSuchSending
    return message


def _trace(session: Session, clock: Clock, agent_id: int, message: Message, deed: str) -> None:
    """A line about the appointment the message is about, else about the person, else about the territory."""
    who = Actor.agent(agent_id)
    subject, subject_id = next(
        (name, id_)
        for name, id_ in (
            ("appointment", message.appointment_id),
            ("citizen", message.citizen_id),
            ("territory", message.territory_id),
        )
        if id_ is not None
    )
    record(session, clock, who, f"{subject}.{deed}", message.territory_id, subject_id, event=message.event)
