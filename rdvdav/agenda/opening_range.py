"""When an agenda can be booked, for which motifs, where: hours on a wall clock, repeated (T-1)."""

from datetime import date, time

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.database import Base, Instant, PrimaryKey, words
from rdvdav.directory.motif import Grid, Motif
from rdvdav.directory.place import Place
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall_range import WallRange


class OpeningRange(Base):
    """« Plage d'ouverture ». Nine stays nine when the country changes its clocks."""

    __tablename__ = "opening_range"
    __table_args__ = (CheckConstraint("opens < closes", name="runs_forward"),)

    id: Mapped[PrimaryKey]
    """Order of registration, which S-8 decides by."""
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    name: Mapped[str]
    zone: Mapped[str]
    """The organisation's IANA zone when the range was made."""
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    """Last day it can occur on, both included; None is endless. Derived from *recurrence*, for SQL to filter by."""
    opens: Mapped[time]
    closes: Mapped[time]
    recurrence: Mapped[str | None]
    """RRULE value (RFC 5545 §3.3.10), naive; None for a single day (T-5)."""
    excluded_days: Mapped[list[str]] = mapped_column(JSON, default=list)
    """ISO dates left out (EXDATE)."""
    seats: Mapped[int] = mapped_column(default=1)
    grid: Mapped[Grid | None] = mapped_column(words(Grid))
    """None: as the motif says."""
    step_minutes: Mapped[int | None]
    buffer_before_minutes: Mapped[int | None]
    """Replaces the motif's buffer when set (S-2)."""
    buffer_after_minutes: Mapped[int | None]
    uid: Mapped[str] = mapped_column(unique=True)
    """Of its event in calendars: stable for life (K-12)."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with each published change."""
    stamped_at: Mapped[Instant]
    """Time of the last published change: DTSTAMP and LAST-MODIFIED (K-12)."""
    created_at: Mapped[Instant]

    place: Mapped[Place | None] = relationship()
    motifs: Mapped[list[Motif]] = relationship(secondary="opening_range_motif", order_by=Motif.id)

    @property
    def series(self) -> Series:
        """The days it is open on."""
        excluded = frozenset(date.fromisoformat(day) for day in self.excluded_days)
        return Series(self.first_day, self.recurrence, excluded)

    @property
    def hours(self) -> WallRange:
        """Its occurrences."""
        return WallRange(self.series, self.opens, self.closes, self.zone)


class OpeningRangeMotif(Base):
    """An opening range carries a motif."""

    __tablename__ = "opening_range_motif"

    opening_range_id: Mapped[int] = mapped_column(ForeignKey("opening_range.id", ondelete="CASCADE"), primary_key=True)
    motif_id: Mapped[int] = mapped_column(ForeignKey("motif.id"), primary_key=True, index=True)
