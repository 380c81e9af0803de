"""Who asked to be told of changes by HTTP, and what must reach them: the delivery and its log in one row (C15)."""

from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.database import Base, Instant, Personal, PrimaryKey, words


class Kind(StrEnum):
    """What a webhook can follow; the values are subjects of the journal."""

    APPOINTMENT = "appointment"
    OPENING_RANGE = "opening_range"
    ABSENCE = "absence"


class Fault(StrEnum):
    """Why a delivery did not arrive."""

    NO_ADDRESS = "no_address"
    """The name leads to no address."""
    FORBIDDEN = "forbidden"
    """It leads into a private network, which the installation does not allow."""
    UNREACHABLE = "unreachable"
    """Nobody listens there, or the line broke."""
    UNTRUSTED = "untrusted"
    """Its certificate is not to be trusted."""
    TOO_SLOW = "too_slow"
    REDIRECTED = "redirected"
    """It sends elsewhere; nobody follows."""
    REFUSED = "refused"
    """It answered, but not with 2xx."""


class Webhook(Base):
    """An address that a territory, or one of its organisations, wants changes sent to."""

    __tablename__ = "webhook"

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """None: of all organisations."""
    name: Mapped[str]
    url: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(JSON)
    """Values of `Kind`."""
    active: Mapped[bool] = mapped_column(default=True)
    secret: Mapped[str]
    """Signs each delivery; in clear, because both sides need it."""
    old_secret: Mapped[str | None]
    """Signs beside the new one until *old_secret_ends_at*, so that the receiver can be changed in between."""
    old_secret_ends_at: Mapped[Instant | None]
    failures: Mapped[int] = mapped_column(default=0)
    """Failed tries since the last that arrived."""
    paused_until: Mapped[Instant | None]
    """Until then nothing is tried: a receiver that is down is not besieged."""
    created_at: Mapped[Instant]


class Delivery(Base):
    """One change that one webhook is to hear of. What is older on the same object goes first."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index(
            "ix_webhook_delivery_waiting",
            "webhook_id",
            "kind",
            "object_id",
            "id",
            postgresql_where=text("sent_at IS NULL AND dropped_at IS NULL"),
            sqlite_where=text("sent_at IS NULL AND dropped_at IS NULL"),
        ),
        Index("ix_webhook_delivery_webhook_id", "webhook_id", "id"),
    )

    id: Mapped[PrimaryKey]
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    uid: Mapped[str] = mapped_column(unique=True)
    """What the receiver knows it by, the same at every try."""
    event: Mapped[str]
    """What happened, as the journal says it: `appointment.moved`."""
    kind: Mapped[str]
    object_id: Mapped[int]
    body: Mapped[Personal]
    """The JSON text, byte for byte as it is signed and sent; blanked when it is old."""
    created_at: Mapped[Instant]
    asked_at: Mapped[Instant]
    """When it was written or asked for again: days of trying count from here."""
    due_at: Mapped[Instant] = mapped_column(index=True)
    leased_until: Mapped[Instant | None]
    tries: Mapped[int] = mapped_column(default=0)
    fault: Mapped[Fault | None] = mapped_column(words(Fault))
    """Of the last try."""
    status: Mapped[int | None]
    """HTTP status of the last answer."""
    answer: Mapped[Personal | None]
    """Its first signs."""
    sent_at: Mapped[Instant | None]
    dropped_at: Mapped[Instant | None]

    webhook: Mapped[Webhook] = relationship()
