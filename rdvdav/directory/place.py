"""An address where people are received."""

from dataclasses import dataclass

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Kept, PrimaryKey


class Place(Kept, Base):
    """A place of an organisation; a disabled one offers no slot (S-1)."""

    __tablename__ = "place"

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    access: Mapped[str | None]
    """Accessibility and how to come, in words."""
    phone: Mapped[str | None]
    enabled: Mapped[bool] = mapped_column(default=True)

    @property
    def address(self) -> str:
        """The address on one line."""
        return f"{self.street}, {self.postcode} {self.city}"

    @property
    def location(self) -> str:
        """Name and address, as a calendar's LOCATION says them (K-12)."""
        return f"{self.name}, {self.address}"


@dataclass(frozen=True)
class Elsewhere:
    """An address that one appointment alone happens at (A02): it says itself as a place does."""

    address: str
    access: None = None
    phone: None = None

    @property
    def name(self) -> str:
        """It has no name but the address."""
        return self.address

    @property
    def location(self) -> str:
        """As a calendar's LOCATION says it."""
        return self.address
