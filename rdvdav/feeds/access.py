"""Keys to an agenda: app passwords for CalDAV (K-22), secret addresses for webcal (K-40). Only digests are kept."""

from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Digest, Instant, PrimaryKey, words


class Scope(StrEnum):
    """What an app password opens."""

    ALL = "all"
    OWN = "own"


class AppPassword(Base):
    """One device's password; shown once, revoked one by one."""

    __tablename__ = "app_password"

    id: Mapped[PrimaryKey]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    digest: Mapped[Digest] = mapped_column(unique=True)
    label: Mapped[str]
    scope: Mapped[Scope] = mapped_column(words(Scope), default=Scope.ALL)
    created_at: Mapped[Instant]
    last_used_at: Mapped[Instant | None]
    """Written at most once an hour."""
    revoked_at: Mapped[Instant | None]


class FeedAddress(Base):
    """One secret webcal address of one collection; several per agent, named for the program that reads it."""

    __tablename__ = "feed_address"

    id: Mapped[PrimaryKey]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id"), index=True)
    digest: Mapped[Digest] = mapped_column(unique=True)
    label: Mapped[str]
    created_at: Mapped[Instant]
    last_read_at: Mapped[Instant | None]
    """Written at most once an hour."""
    last_reader: Mapped[str | None]
    """Kind of program that read it last, from a fixed list; never the raw User-Agent."""
    revoked_at: Mapped[Instant | None]
