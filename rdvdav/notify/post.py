"""Laying composed letters into the outbox: who they are for, their key, their thread (M-1, M-6)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.ical.uid import new_uid
from rdvdav.notify.compose import Letter
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import installation


def written(
    session: Session,
    clock: Clock,
    event: Event,
    letter: Letter,
    *,
    recipient: str,
    territory_id: int,
    key: str,
    **columns: Any,
) -> Message:
    """A mail that is due now; `post` lays it into the outbox.

    Args:
        key: What makes it the one message of *event* (M-6): whom it is for, and which time of it.
        columns: More of the row: its calendar part, its thread, secrets.
    """
    now = clock.now()
    return Message(
        territory_id=territory_id,
        key=f"{event}:{key}",
        event=event,
        message_id=f"<{new_uid(installation(session).uid_host)}>",
        recipient=recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        created_at=now,
        due_at=now,
        **columns,
    )


def post(session: Session, messages: Iterable[Message]) -> None:
    """Lay *messages* into the outbox, each after what its recipient got of the same thread; two statements. The caller commits."""
    due = list(messages)
    threads = {message.thread for message in due if message.thread is not None}
    before: dict[tuple[str | None, str], list[str]] = defaultdict(list)
    if threads:
        query = select(Message.thread, Message.recipient, Message.message_id).where(Message.thread.in_(threads))
        for thread, recipient, message_id in session.execute(query.order_by(Message.id)):
            before[thread, recipient].append(message_id)
    for message in due:
        message.follows = before[message.thread, message.recipient] if message.thread is not None else []
    session.add_all(due)
    session.flush()
