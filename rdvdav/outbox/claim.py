"""Which message is next: the oldest that is due and may leave, under a lease so that no other worker takes it (M-6)."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.outbox.blocked import blocks
from rdvdav.outbox.circuit import delay
from rdvdav.outbox.message import Channel, Message
from rdvdav.outbox.rate import put_off

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""A message whose worker died is tried again after it; a living one renews it while the sending lasts."""
Compose = Callable[[Session, Clock, Message], bool]
"""Writes the words of a message that is due; False when there is nothing to say any more."""


def nothing_to_say(_session: Session, _clock: Clock, _message: Message) -> bool:
    """Of an outbox in which all words are written already."""
    return False


def claim(
    session: Session, clock: Clock, compose: Compose = nothing_to_say, closed: Collection[Channel] = ()
) -> Message | None:
    """Lease the oldest message that is due and may leave, so that no other worker takes it meanwhile. The caller commits.

    Words that come late are written; what has nothing to say any more, or goes to a blocked address, is given up.
    """
    now = clock.now()
    while (message := session.scalar(_due(now, closed))) is not None:
        if _leaves(session, clock, compose, message):
            message.leased_until = now + LEASE
            message.tries += 1
            message.first_tried_at = message.first_tried_at or now
            return message
        session.flush()
    return None


def _due(now: datetime, closed: Collection[Channel]) -> Select[Message]:
    return (
        select(Message)
        .where(
            undecided(),
            Message.due_at <= now,
            or_(Message.expires_at.is_(None), Message.expires_at > now),
            or_(Message.leased_until.is_(None), Message.leased_until <= now),
            Message.channel.not_in(closed),
        )
        .order_by(Message.due_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _leaves(session: Session, clock: Clock, compose: Compose, message: Message) -> bool:
    """Whether *message* can go now; if not, its row says why or when."""
    if message.to_compose:
        try:
            with session.begin_nested():
                if not compose(session, clock, message):
                    drop(message, clock, "it is no longer true")
                    return False
                message.to_compose, message.created_at = False, clock.now()
        except SQLAlchemyError:
            raise
        except Exception as error:  # words that can't be written must not stop all others
            log.exception("a message can't be composed")
            message.tries += 1
            message.due_at = clock.now() + delay(message.tries, message.key)
            message.last_error = f"it can't be composed ({type(error).__name__})"
            return False
    if found := blocks(session, message.territory_id, [message.recipient]):
        drop(message, clock, found[0].reason)
        return False
    return not put_off(session, message, clock.now())


def undecided() -> ColumnElement[bool]:
    """The condition on `Message` that holds for what has neither left nor been given up."""
    return Message.sent_at.is_(None) & Message.dropped_at.is_(None)


def drop(message: Message, clock: Clock, reason: str) -> None:
    """Give *message* up for a reason."""
    message.dropped_at, message.last_error = clock.now(), reason
