"""Carrying messages out: claim under a lease, send outside any transaction, record (M-6). At least once each, whatever crashes.

A message leaves a second time only if the process died between the receiver's acceptance and our record; its Message-ID is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.outbox.message import Message

LEASE = timedelta(minutes=15)
"""Longer than any send may take; a message whose worker died is tried again after it."""
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=6)
TRIES = 15
"""About two days; then the message waits for an administrator."""
BLANK = "…"


@dataclass(eq=False)
class SendFailed(Exception):
    """A message did not leave.

    Attributes:
        reason: Why, in words without anything personal.
        permanent: Another try would fail as well.
    """

    reason: str
    permanent: bool = False


Send = Callable[[Message], None]
"""Hands one message over, or raises `SendFailed`."""


def deliver_due(
    database: Database, clock: Clock, send: Send, at_once: int = 20, go_on: Callable[[], bool] = lambda: True
) -> int:
    """Try up to *at_once* messages that are due, while *go_on*; how many were. Commits as it goes.

    They are leased one at a time, so that no lease runs out while a message waits behind slow ones.
    """
    with database.transaction() as session:
        message = claim(session, clock)
    tried = 0
    while message is not None:
        failure = _hand_over(send, message)
        tried += 1
        with database.transaction() as session:
            if failure is None:
                _record_sent(session, clock, message.id)
            else:
                _record_failure(session, clock, message.id, failure)
            message = claim(session, clock) if tried < at_once and go_on() else None
    return tried


def _hand_over(send: Send, message: Message) -> SendFailed | None:
    """Why *message* did not leave; None when it did."""
    try:
        send(message)
    except SendFailed as failure:
        return failure
    except Exception as error:  # one message that can't be put on the wire must not stop all others
        return SendFailed(f"it can't be put on the wire ({type(error).__name__})")
    return None


def claim(session: Session, clock: Clock) -> Message | None:
    """Lease the oldest due message, so that no other worker takes it meanwhile; None when none is due. The caller commits."""
    now = clock.now()
    due = (
        select(Message)
        .where(
            Message.sent_at.is_(None),
            Message.dropped_at.is_(None),
            Message.due_at <= now,
            or_(Message.expires_at.is_(None), Message.expires_at > now),
            or_(Message.leased_until.is_(None), Message.leased_until <= now),
        )
        .order_by(Message.due_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    message = session.scalar(due)
    if message is not None:
        message.leased_until = now + LEASE
        message.tries += 1
    return message


def waiting(session: Session) -> int:
    """How many messages have neither left nor been given up."""
    query = select(func.count()).select_from(Message).where(Message.sent_at.is_(None), Message.dropped_at.is_(None))
    return session.scalar(query) or 0


def _record_sent(session: Session, clock: Clock, message_id: int) -> None:
    """Note the delivery, and blank the clear tokens: from now on they stand only in the recipient's mailbox (M-5)."""
    message = session.get_one(Message, message_id)
    message.sent_at = clock.now()
    message.leased_until = None
    message.last_error = None
    _blank(message)


def _blank(message: Message) -> None:
    for secret in message.secrets:
        message.subject = message.subject.replace(secret, BLANK)
        message.text = message.text.replace(secret, BLANK)
        message.html = message.html.replace(secret, BLANK) if message.html else None
    message.secrets = []


def _record_failure(session: Session, clock: Clock, message_id: int, failure: SendFailed) -> None:
    """Note why, and when to try again: after a delay that doubles, or never."""
    message = session.get_one(Message, message_id)
    message.leased_until = None
    message.last_error = failure.reason
    if failure.permanent or message.tries >= TRIES:
        message.dropped_at = clock.now()
    else:
        message.due_at = clock.now() + min(FIRST_DELAY * 2 ** (message.tries - 1), LONGEST_DELAY)


def drop_expired(session: Session, clock: Clock) -> int:
    """Give up what did not leave while it was of use, and blank its secrets; how many. The caller commits."""
    over = select(Message).where(
        Message.sent_at.is_(None), Message.dropped_at.is_(None), Message.expires_at <= clock.now()
    )
    messages = session.scalars(over.limit(1000).with_for_update(skip_locked=True)).all()
    for message in messages:
        message.dropped_at = clock.now()
        message.last_error = message.last_error or "it was over before it could leave"
        _blank(message)
    return len(messages)


def retry(session: Session, clock: Clock, message_id: int) -> None:
    """Let a message that was given up leave after all, now. The caller commits."""
    session.execute(
        update(Message)
        .where(Message.id == message_id, Message.sent_at.is_(None))
        .values(dropped_at=None, due_at=clock.now(), tries=0)
    )
