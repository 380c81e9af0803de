"""« Prescripteur »: who books for a person from outside, or from another organisation of the territory (B10, S06)."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, Personal, PrimaryKey


class Referrer(Base):
    """Who booked one seat for somebody else: as they described themselves then. Kept with the seat, no account."""

    __tablename__ = "referrer"

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    first_name: Mapped[Personal]
    last_name: Mapped[Personal]
    structure: Mapped[Personal]
    """Where they work."""
    email: Mapped[Personal]
    phone: Mapped[Personal | None]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    """Set where it is an agent of another organisation."""
    created_at: Mapped[Instant]

    @property
    def name(self) -> str:
        """First name and surname."""
        return f"{self.first_name} {self.last_name}"
