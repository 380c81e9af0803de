"""A site or body that receives people: its public page, its zone, its holidays."""

from datetime import date
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.database import Base, Instant, Kept, PrimaryKey, words
from rdvdav.hours.holiday import Holidays


class DetailLevel(StrEnum):
    """How much of an appointment leaves the house (K-13)."""

    BUSY = "busy"
    MOTIF = "motif"
    FULL = "full"

    @property
    def rank(self) -> int:
        """0 for the least that is shown."""
        return list(DetailLevel).index(self)

    def capped(self, most: "DetailLevel") -> "DetailLevel":
        """This level, but never more than *most*."""
        return min(self, most, key=lambda level: level.rank)


class Organisation(Kept, Base):
    """A site or body of a territory."""

    __tablename__ = "organisation"

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    """Name in the public address `/rdv/<slug>`."""
    phone: Mapped[str | None]
    email: Mapped[str | None]
    website: Mapped[str | None]
    hours: Mapped[str | None]
    """Opening hours in words, for people; slots never read it."""
    address: Mapped[str | None]
    notice: Mapped[str | None]
    zone: Mapped[str] = mapped_column(default="Europe/Paris")
    """IANA zone of all its wall-clock times (T-1)."""
    holiday_calendar: Mapped[str] = mapped_column(default="FR")
    """Code read by `hours.holiday`; empty for none."""
    detail_level: Mapped[DetailLevel] = mapped_column(words(DetailLevel), default=DetailLevel.MOTIF)
    embedders: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """Origins, `https://www.example.fr`, whose pages may show its portal inside them (B15)."""
    created_at: Mapped[Instant]
    set_up_at: Mapped[Instant | None]
    """When all of « Mise en route » was done, or put away; until then its administrators are led there (ux 10.1)."""

    holiday_changes: Mapped[list["HolidayChange"]] = relationship(
        cascade="all, delete-orphan", order_by="HolidayChange.day"
    )

    @property
    def contact(self) -> str:
        """How to reach it, on one line; empty when nothing is known."""
        return " – ".join(filter(None, (self.phone, self.email)))

    @property
    def holidays(self) -> Holidays:
        """The days it is closed to the public all day (S04)."""
        return Holidays(
            self.holiday_calendar,
            added={change.day: change.name for change in self.holiday_changes if change.closed},
            removed=frozenset(change.day for change in self.holiday_changes if not change.closed),
        )


class HolidayChange(Base):
    """A day that an organisation adds to its holiday calendar, or takes out of it (S-2)."""

    __tablename__ = "holiday_change"
    __table_args__ = (UniqueConstraint("organisation_id", "day"),)

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    day: Mapped[date]
    closed: Mapped[bool]
    """True: closed although the calendar says open; False: the reverse."""
    name: Mapped[str]
