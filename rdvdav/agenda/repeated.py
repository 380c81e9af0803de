"""What opening ranges and absences share: days of a wall clock, once or repeated, and dates of a series that differ from it (S02).

A changed date is a row of its own, a single day that names its series; the series leaves that day out. So slots, agendas and overlaps
need to know nothing of it. In calendars the series and its changed dates are one object, under the UID of the series.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from rdvdav.database import Instant
from rdvdav.hours.recurrence import Series


def rules_of_changed_dates() -> tuple[Any, ...]:
    """What a table that repeats holds its changed dates to."""
    single = "(series_id IS NULL) = (original_day IS NULL) AND (series_id IS NULL OR recurrence IS NULL)"
    return UniqueConstraint("series_id", "original_day"), CheckConstraint(single, name="changed_date_is_single")


class Repeated:
    """Columns of what happens on the days of a series."""

    __tablename__: str

    first_day: Mapped[date]
    recurrence: Mapped[str | None]
    """RRULE value (RFC 5545 §3.3.10), naive; None for a single day (T-5)."""
    excluded_days: Mapped[list[str]] = mapped_column(JSON, default=list)
    """ISO dates left out: those removed (EXDATE), and those that a row of their own stands for."""
    last_day: Mapped[date | None]
    """Last day it, or a changed date of it, can touch; None is endless. Derived, for SQL to filter by."""
    original_day: Mapped[date | None]
    """Of a changed date: the day of the series it stands for."""
    uid: Mapped[str] = mapped_column(unique=True)
    """Of its event in calendars: stable for life (K-12). A changed date shows that of its series instead."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with each published change."""
    stamped_at: Mapped[Instant]
    """Time of the last published change: DTSTAMP and LAST-MODIFIED (K-12)."""
    created_at: Mapped[Instant]

    @declared_attr
    @classmethod
    def series_id(cls) -> Mapped[int | None]:
        """Of a changed date: its series."""
        return mapped_column(ForeignKey(f"{cls.__tablename__}.id", ondelete="CASCADE"), index=True)

    @property
    def days_more(self) -> int:
        """How many days after the one it begins on it still touches."""
        return 0

    @property
    def series(self) -> Series:
        """The days it begins on."""
        return Series(self.first_day, self.recurrence, frozenset(self.left_out))

    @property
    def left_out(self) -> set[date]:
        """The days of its recurrence on which it does not happen as usual."""
        return {date.fromisoformat(day) for day in self.excluded_days}

    @left_out.setter
    def left_out(self, days: Iterable[date]) -> None:
        self.excluded_days = [day.isoformat() for day in sorted(days)]


def changed_dates(table: str) -> Any:
    """The relationship to the changed dates of a series in *table*, the class that repeats."""
    return relationship(table, cascade="all, delete-orphan", passive_deletes=True, order_by=f"{table}.original_day")
