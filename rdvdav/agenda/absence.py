"""When an agenda can't be booked: over hours or days, once or repeated (S03), on the agenda's wall clock (T-1)."""

from datetime import date, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.agenda.repeated import Repeated, changed_dates, rules_of_changed_dates
from rdvdav.database import Base, Personal, PrimaryKey, words
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall_range import WallRange


class AbsenceKind(StrEnum):
    """Why, in one word; internal."""

    LEAVE = "leave"
    TRAINING = "training"
    MEETING = "meeting"
    OTHER = "other"


class Absence(Repeated, Base):
    """« Indisponibilité »: from *starts* on *first_day* to *ends* on *end_day*; whole days when both times are None."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint(
            "first_day < end_day OR (first_day = end_day AND (starts IS NULL OR starts < ends))", name="runs_forward"
        ),
        CheckConstraint("(starts IS NULL) = (ends IS NULL)", name="whole_days_or_hours"),
        *rules_of_changed_dates(),
    )

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), index=True)
    title: Mapped[Personal]
    """Internal: never published at the default level."""
    kind: Mapped[AbsenceKind] = mapped_column(words(AbsenceKind), default=AbsenceKind.OTHER)
    zone: Mapped[str]
    """The agenda's zone when the absence was made."""
    end_day: Mapped[date]
    """Day of its end, included; the same as *first_day* for an absence within a day."""
    starts: Mapped[time | None]
    ends: Mapped[time | None]

    changed: Mapped[list["Absence"]] = changed_dates("Absence")

    @property
    def days_more(self) -> int:
        """How many days after the one it begins on it still touches."""
        return (self.end_day - self.first_day).days

    @property
    def all_day(self) -> bool:
        """Whether it lasts whole local days."""
        return self.starts is None

    @property
    def hours(self) -> WallRange:
        """Its occurrences."""
        return time_away(self.series, self.end_day, self.starts, self.ends, self.zone)


def time_away(series: Series, end_day: date, starts: time | None, ends: time | None, zone: str) -> WallRange:
    """The time on the clocks of *zone* from *starts* on each day of *series* to *ends*, as many days later as *end_day* is after the
    first; whole days when both times are None."""
    nights = (end_day - series.first_day).days
    if starts is None or ends is None:
        return WallRange(series, time(), time(), zone, nights + 1)
    return WallRange(series, starts, ends, zone, nights)
