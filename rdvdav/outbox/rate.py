"""Not too many messages to one mailbox or telephone at once: what is more waits its turn."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rdvdav.outbox.message import Channel, Message

MOST = {Channel.MAIL: (20, timedelta(minutes=10)), Channel.SMS: (5, timedelta(hours=1))}
"""How many to one recipient within how long."""


def put_off(session: Session, message: Message, now: datetime) -> bool:
    """Let *message*, and what else is due to the same recipient, wait if this one got as many as may be. The caller commits."""
    most, within = MOST[message.channel]
    theirs = (Message.recipient == message.recipient, Message.channel == message.channel)
    last = select(Message.sent_at).where(*theirs, Message.sent_at > now - within)
    oldest = session.scalar(last.order_by(Message.sent_at.desc()).offset(most - 1).limit(1))
    if oldest is None:
        return False
    waiting = (Message.sent_at.is_(None), Message.dropped_at.is_(None), Message.due_at <= now)
    idle = Message.leased_until.is_(None) | (Message.leased_until <= now)
    session.execute(update(Message).where(*theirs, *waiting, idle).values(due_at=oldest + within))
    session.expire(message)
    return True
