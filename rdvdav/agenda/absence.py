"""When an agenda can't be booked: over hours or days, once or repeated (S03), on the agenda's wall clock (T-1)."""

from datetime import date, time
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, Personal, PrimaryKey, words
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall_range import WallRange


class AbsenceKind(StrEnum):
    """Why, in one word; internal."""

    LEAVE = "leave"
    TRAINING = "training"
    MEETING = "meeting"
    OTHER = "other"


class Absence(Base):
    """« Indisponibilité »: from *starts* on *first_day* to *ends* on *end_day*; whole days when both times are None."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint(
            "first_day < end_day OR (first_day = end_day AND (starts IS NULL OR starts < ends))", name="runs_forward"
        ),
        CheckConstraint("(starts IS NULL) = (ends IS NULL)", name="whole_days_or_hours"),
    )

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), index=True)
    title: Mapped[Personal]
    """Internal: never published at the default level."""
    kind: Mapped[AbsenceKind] = mapped_column(words(AbsenceKind), default=AbsenceKind.OTHER)
    zone: Mapped[str]
    """The agenda's zone when the absence was made."""
    first_day: Mapped[date]
    end_day: Mapped[date]
    """Day of its end, included; the same as *first_day* for an absence within a day."""
    starts: Mapped[time | None]
    ends: Mapped[time | None]
    recurrence: Mapped[str | None]
    """RRULE value on *first_day*; each occurrence lasts as long as the first."""
    excluded_days: Mapped[list[str]] = mapped_column(JSON, default=list)
    last_day: Mapped[date | None]
    """Last day any occurrence can touch; None is endless. Derived, for SQL to filter by."""
    uid: Mapped[str] = mapped_column(unique=True)
    """Of its event in calendars: stable for life (K-12)."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with each published change."""
    stamped_at: Mapped[Instant]
    """Time of the last published change: DTSTAMP and LAST-MODIFIED (K-12)."""
    created_at: Mapped[Instant]

    @property
    def all_day(self) -> bool:
        """Whether it lasts whole local days."""
        return self.starts is None

    @property
    def series(self) -> Series:
        """The days it begins on."""
        excluded = frozenset(date.fromisoformat(day) for day in self.excluded_days)
        return Series(self.first_day, self.recurrence, excluded)

    @property
    def hours(self) -> WallRange:
        """Its occurrences."""
        nights = (self.end_day - self.first_day).days
        if self.starts is None or self.ends is None:
            return WallRange(self.series, time(), time(), self.zone, nights + 1)
        return WallRange(self.series, self.starts, self.ends, self.zone, nights)
