"""What is published: a collection's row, and one row per thing in it with the iCalendar text that clients read (K-2, K-3)."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    case,
    literal_column,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from rdvdav.database import Base, Instant, PrimaryKey, WideInteger, words
from rdvdav.directory.organisation import DetailLevel


class CollectionKind(StrEnum):
    """What a collection shows of its agenda (K-1)."""

    MAIN = "main"
    ABSENCES = "absences"
    OPENINGS = "openings"


FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""End of what never ends."""


def rank_of(level: InstrumentedAttribute[DetailLevel] | ColumnElement[DetailLevel]) -> ColumnElement[int]:
    """`DetailLevel.rank`, asked in SQL."""
    # Written out: thirty parameters of constants take longer to send than the statement to run.
    ranks: dict[Any, ColumnElement[int]] = {
        literal_column(f"'{each.value}'"): literal_column(str(each.rank), Integer) for each in DetailLevel
    }
    return case(ranks, value=level)


class Collection(Base):
    """One published view of an agenda at one detail level, for the levels in use. Only `feeds.change` writes it."""

    __tablename__ = "collection"
    __table_args__ = (UniqueConstraint("agenda_id", "kind", "level"), UniqueConstraint("slug", "level"))

    id: Mapped[PrimaryKey]
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"))
    kind: Mapped[CollectionKind] = mapped_column(words(CollectionKind), default=CollectionKind.MAIN)
    level: Mapped[DetailLevel] = mapped_column(words(DetailLevel), default=DetailLevel.MOTIF)
    slug: Mapped[str]
    """Opaque `[a-z0-9]` path segment in CalDAV, stable for life: that of the agenda and kind, whatever the level."""
    epoch: Mapped[str]
    """Random; changes on restore, and makes every older sync token foreign (K-25)."""
    version: Mapped[int] = mapped_column(default=0)
    """The agenda's version at the last change in here: ctag, token and ETag use it."""
    floor: Mapped[int] = mapped_column(default=0)
    """Tokens older than this version are refused: tombstones below it are purged."""
    window_start: Mapped[Instant]
    """What ended at or before this instant is not shown (K-42)."""
    changed_at: Mapped[Instant]
    """Time of the change that made *version*: Last-Modified."""
    longest_minutes: Mapped[int] = mapped_column(default=0)
    """No single event in here ever lasted longer: so an index finds those of a week between two bounds."""


class CalendarObject(Base):
    """The stored text of one thing in one collection; without text it is a tombstone (K-2)."""

    __tablename__ = "calendar_object"
    __table_args__ = (
        Index("ix_calendar_object_collection_id_version", "collection_id", "version"),
        Index("ix_calendar_object_collection_id_ends_at", "collection_id", "ends_at"),
        Index("ix_calendar_object_collection_id_starts_at", "collection_id", "starts_at"),
        Index("ix_calendar_object_uid", "uid"),
    )

    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id"), primary_key=True)
    href: Mapped[str] = mapped_column(primary_key=True)
    """The UID's local part + `.ics`."""
    uid: Mapped[str]
    starts_at: Mapped[Instant]
    """Of the first occurrence, where it repeats."""
    ends_at: Mapped[Instant]
    """Of the last occurrence, where it repeats; `FOREVER` when there is none."""
    busy: Mapped[bool]
    """Whether it takes time: it does unless it is transparent, cancelled or to be planned again (L-5)."""
    occurs_until: Mapped[Instant | None]
    """None for a single event; else its `Occurrence` rows are written up to here."""
    sequence: Mapped[int]
    etag: Mapped[str]
    """Quoted strong hash of *text*; empty on a tombstone."""
    version: Mapped[int]
    """The agenda's version this text was published with."""
    modified_at: Mapped[Instant]
    text: Mapped[str | None]
    """A whole VCALENDAR, CRLF line ends, byte for byte what is served; None once deleted."""
    size: Mapped[int]
    """Bytes that its VEVENTs add to a feed (K-42)."""
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="SET NULL"), index=True)
    organisation_id: Mapped[int | None]
    service_id: Mapped[int | None]
    place_id: Mapped[int | None]
    """Of an appointment, as when it was published: which feeds over several agendas show it (K-45), whatever its text says."""

    @property
    def deleted(self) -> bool:
        """Whether it is a tombstone."""
        return self.text is None


class Occurrence(Base):
    """One occurrence of a repeated object, so that SQL can answer when it happens (K-26)."""

    __tablename__ = "occurrence"
    __table_args__ = (
        ForeignKeyConstraint(
            ["collection_id", "href"], ["calendar_object.collection_id", "calendar_object.href"], ondelete="CASCADE"
        ),
        Index("ix_occurrence_collection_id_ends_at", "collection_id", "ends_at"),
    )

    collection_id: Mapped[int] = mapped_column(WideInteger, primary_key=True)
    href: Mapped[str] = mapped_column(primary_key=True)
    original_at: Mapped[Instant] = mapped_column(primary_key=True)
    """When it would start as the others of the series do: its RECURRENCE-ID. The same as *starts_at* unless the date was changed."""
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
