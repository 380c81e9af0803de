"""Personal links by which an agent chooses a password: an invitation, or « Mot de passe oublié » (R03). Only digests are kept."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.clock import Clock
from rdvdav.database import Base, Digest, Instant, PrimaryKey, words
from rdvdav.directory.agent import Agent
from rdvdav.errors import NotFound
from rdvdav.tokens import digest, new_token


class Purpose(StrEnum):
    """Why the link was sent."""

    INVITED = "invited"
    FORGOTTEN = "forgotten"


LASTS = {Purpose.INVITED: timedelta(days=14), Purpose.FORGOTTEN: timedelta(hours=2)}


class NoSuchPasswordLink(NotFound):
    """No such link, or it was used, replaced or is over, or the agent left: all answer alike."""


class PasswordLink(Base):
    """One link that was sent to an agent."""

    __tablename__ = "password_link"

    id: Mapped[PrimaryKey]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    digest: Mapped[Digest] = mapped_column(unique=True)
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    """When it was used, or replaced by a newer one."""


def new_password_link(session: Session, clock: Clock, agent_id: int, purpose: Purpose) -> str:
    """The clear token of a fresh link; those sent before open nothing any more. The caller commits."""
    close_password_links(session, clock, agent_id)
    token, now = new_token(), clock.now()
    session.add(
        PasswordLink(
            agent_id=agent_id,
            digest=digest(token),
            purpose=purpose,
            created_at=now,
            expires_at=now + LASTS[purpose],
        )
    )
    session.flush()
    return token


def agent_of_link(session: Session, clock: Clock, token: str) -> Agent:
    """Whose link it is; looking uses nothing up, so that mail scanners may.

    Raises:
        NoSuchPasswordLink: It opens nothing.
    """
    query = (
        select(Agent)
        .join(PasswordLink, PasswordLink.agent_id == Agent.id)
        .where(
            PasswordLink.digest == digest(token),
            PasswordLink.used_at.is_(None),
            PasswordLink.expires_at > clock.now(),
            Agent.left_at.is_(None),
        )
    )
    agent = session.scalar(query)
    if agent is None:
        raise NoSuchPasswordLink
    return agent


def close_password_links(session: Session, clock: Clock, agent_id: int) -> None:
    """Let all links of an agent open nothing any more. The caller commits."""
    session.execute(
        update(PasswordLink)
        .where(PasswordLink.agent_id == agent_id, PasswordLink.used_at.is_(None))
        .values(used_at=clock.now())
    )
