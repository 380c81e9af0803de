"""One thing that must leave: written in the transaction it happened in, sent later by the worker (M-1, M-6)."""

from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, Personal, PrimaryKey, words


class Channel(StrEnum):
    """By which way it leaves."""

    MAIL = "mail"


class Message(Base):
    """A composed message. The clear tokens of its links stand here only until it is delivered (M-5).

    Times are instants. *due_at* is when it may next be tried; *leased_until* keeps a second worker away meanwhile.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index(
            "ix_outbox_message_waiting",
            "due_at",
            postgresql_where=text("sent_at IS NULL AND dropped_at IS NULL"),
            sqlite_where=text("sent_at IS NULL AND dropped_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    """(event, recipient, channel, sequence): a second writing is refused (M-6)."""
    event: Mapped[str]
    channel: Mapped[Channel] = mapped_column(words(Channel), default=Channel.MAIL)
    message_id: Mapped[str] = mapped_column(unique=True)
    """The Message-ID header: the same at every try."""
    recipient: Mapped[Personal]
    subject: Mapped[Personal]
    text: Mapped[Personal]
    html: Mapped[Personal | None]
    calendar: Mapped[Personal | None]
    """iTIP text of its calendar part (K-50)."""
    method: Mapped[str | None]
    """REQUEST or CANCEL, when there is a calendar part."""
    secrets: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Clear tokens in the bodies; blanked there and here on delivery."""
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="SET NULL"), index=True)
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    """Who it is for, where that is a citizen known by then."""
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    """Who it is for, where that is an agent who hears of the own agenda."""
    thread: Mapped[str | None] = mapped_column(index=True)
    """UID of the calendar event it is about: a mail program shows all mails of one together."""
    follows: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """Message-IDs of what the recipient got of the thread before, oldest first (RFC 5322 §3.6.4)."""
    unsubscribe_url: Mapped[str | None]
    """Where the recipient chooses to hear less (RFC 2369), where one can."""
    created_at: Mapped[Instant]
    due_at: Mapped[Instant]
    expires_at: Mapped[Instant | None]
    """From then on it is of no use, and does not leave any more: a code that is over."""
    leased_until: Mapped[Instant | None]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    sent_at: Mapped[Instant | None]
    dropped_at: Mapped[Instant | None]
    """Given up on, by rule or by an admin."""
