"""One traced fact: who did what to which row, when. Append-only (A10, L-6)."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, PrimaryKey, words


class ActorKind(StrEnum):
    """Who acted."""

    CITIZEN = "citizen"
    AGENT = "agent"
    SYSTEM = "system"
    REFERRER = "referrer"


class AuditEntry(Base):
    """A line of the journal; *personal* is blanked after a year, the rest stays five (P-6)."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject", "subject_id"),
        Index("ix_audit_entry_territory_id_at", "territory_id", "at"),
        Index("ix_audit_entry_organisation_id_at", "organisation_id", "at"),
    )

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """Whose administrators read it; where it is of none, those of the territory alone do. `record` finds it."""
    at: Mapped[Instant]
    actor: Mapped[ActorKind] = mapped_column(words(ActorKind))
    actor_id: Mapped[int | None]
    kind: Mapped[str]
    """Past tense: `appointment.moved`; those of `audit.kind`."""
    subject: Mapped[str]
    """Table of the row it is about."""
    subject_id: Mapped[int]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    personal: Mapped[dict[str, Any] | None] = mapped_column(JSON, info={"personal": True})
