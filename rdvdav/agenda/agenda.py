"""A bookable timeline: of an agent, and later of a desk, a campaign team or a room. Its row is the lock and the version (D-1)."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, PrimaryKey, words
from rdvdav.directory.organisation import DetailLevel


class AgendaKind(StrEnum):
    """Whose time it is."""

    AGENT = "agent"
    DESK = "desk"
    CAMPAIGN = "campaign"
    ROOM = "room"


class Agenda(Base):
    """One timeline. Only `feeds.change` locks it and raises its version."""

    __tablename__ = "agenda"
    __table_args__ = (CheckConstraint("kind <> 'agent' OR agent_id IS NOT NULL", name="agent_has_one"),)

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    kind: Mapped[AgendaKind] = mapped_column(words(AgendaKind), default=AgendaKind.AGENT)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), unique=True)
    name: Mapped[str]
    """What screens and calendars call it."""
    zone: Mapped[str]
    """IANA zone, set when it is created: that of its absences and collections (T-1)."""
    detail_level: Mapped[DetailLevel] = mapped_column(words(DetailLevel), default=DetailLevel.MOTIF)
    """Level its calendars show in CalDAV: the highest of its agent's organisations (K-13). `feeds.republish` settles it."""
    version: Mapped[int] = mapped_column(default=0)
    """Rises once per committing transaction that changed a published object (K-3)."""
    created_at: Mapped[Instant]
