"""« Liste d'attente »: who wishes to be told of an earlier slot (B12, L-7)."""

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.agenda.participation import Participation
from rdvdav.database import Base, Instant, Personal, PrimaryKey
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place

MOST_MESSAGES = 3
"""In all; the entry ends with the last one."""
_LIVE = "confirmed_at IS NOT NULL AND ended_at IS NULL"


class WaitingListEntry(Base):
    """A wish for a slot of a motif, at a place or at any: earlier than a seat one has, or any for who has none. First come, first told."""

    __tablename__ = "waiting_list_entry"
    __table_args__ = (
        Index(
            "ix_waiting_list_entry_live",
            "motif_id",
            "id",
            postgresql_where=text(_LIVE),
            sqlite_where=text(_LIVE),
        ),
    )

    id: Mapped[PrimaryKey]
    """The order of the list."""
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    motif_id: Mapped[int] = mapped_column(ForeignKey("motif.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    """Where that is known: who was signed in."""
    email: Mapped[Personal | None]
    participation_id: Mapped[int | None] = mapped_column(ForeignKey("participation.id", ondelete="CASCADE"), index=True)
    """The seat that an earlier one is wished for."""
    booked_for: Mapped[Instant | None]
    """When that seat was, as the wish was made: it is fulfilled once it is earlier."""
    weekdays: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Days that suit, 0 being Monday; none: all."""
    part: Mapped[str] = mapped_column(default="")
    """Half of the day that suits, a value of `slots.search.DayPart`."""
    created_at: Mapped[Instant]
    confirmed_at: Mapped[Instant | None]
    """Since when the address is known to be the person's: nobody else is written to."""
    messages: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[Instant | None]
    """When a slot was last told."""
    ended_at: Mapped[Instant | None]
    """Left, booked, past, or told often enough."""

    motif: Mapped[Motif] = relationship()
    place: Mapped[Place | None] = relationship()
    organisation: Mapped[Organisation] = relationship()
    participation: Mapped[Participation | None] = relationship()
