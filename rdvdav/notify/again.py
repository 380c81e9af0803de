"""« Relancer »: a message that did not leave gets links of its own anew, since nobody knows who saw the former ones (M-5)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.citizens.link import Link, new_like
from rdvdav.clock import Clock
from rdvdav.outbox.deliver import retry
from rdvdav.outbox.message import Message
from rdvdav.tokens import digest


def send_again(session: Session, clock: Clock, message: Message) -> None:
    """Let *message*, which has not left, leave now, with new link tokens; former ones stay valid. The caller commits."""
    for number, old in enumerate(list(message.secrets)):
        link = session.scalar(select(Link).where(Link.digest == digest(old)))
        if link is None:
            continue  # a code, or a link to choose a password: these run out by themselves
        new = new_like(session, clock, link)
        message.text = message.text.replace(old, new)
        message.html = message.html.replace(old, new) if message.html else None
        message.secrets = [*message.secrets[:number], new, *message.secrets[number + 1 :]]
    session.flush()
    retry(session, clock, message.id)
    session.expire(message)
