"""When an agenda can be booked, for which motifs, where: hours on a wall clock, repeated (T-1)."""

from datetime import time

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.agenda.repeated import Repeated, changed_dates, rules_of_changed_dates
from rdvdav.database import Base, PrimaryKey, words
from rdvdav.directory.motif import Grid, Motif
from rdvdav.directory.place import Place
from rdvdav.hours.wall_range import WallRange


class OpeningRange(Repeated, Base):
    """« Plage d'ouverture ». Nine stays nine when the country changes its clocks."""

    __tablename__ = "opening_range"
    __table_args__ = (CheckConstraint("opens < closes", name="runs_forward"), *rules_of_changed_dates())

    id: Mapped[PrimaryKey]
    """Order of registration, which S-8 decides by."""
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    name: Mapped[str]
    zone: Mapped[str]
    """The organisation's IANA zone when the range was made."""
    opens: Mapped[time]
    closes: Mapped[time]
    seats: Mapped[int] = mapped_column(default=1)
    grid: Mapped[Grid | None] = mapped_column(words(Grid))
    """None: as the motif says."""
    step_minutes: Mapped[int | None]
    buffer_before_minutes: Mapped[int | None]
    """Replaces the motif's buffer when set (S-2)."""
    buffer_after_minutes: Mapped[int | None]

    place: Mapped[Place | None] = relationship()
    motifs: Mapped[list[Motif]] = relationship(secondary="opening_range_motif", order_by=Motif.id)
    changed: Mapped[list["OpeningRange"]] = changed_dates("OpeningRange")

    @property
    def hours(self) -> WallRange:
        """Its occurrences."""
        return WallRange(self.series, self.opens, self.closes, self.zone)


class OpeningRangeMotif(Base):
    """An opening range carries a motif."""

    __tablename__ = "opening_range_motif"

    opening_range_id: Mapped[int] = mapped_column(ForeignKey("opening_range.id", ondelete="CASCADE"), primary_key=True)
    motif_id: Mapped[int] = mapped_column(ForeignKey("motif.id"), primary_key=True, index=True)
