"""The person who comes."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, Personal, PersonalDay, PrimaryKey


class Citizen(Base):
    """A person known to a territory. E-mail, lower-cased, is the only unique key (P-7)."""

    __tablename__ = "citizen"
    __table_args__ = (UniqueConstraint("territory_id", "email"),)

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    first_name: Mapped[Personal]
    last_name: Mapped[Personal]
    email: Mapped[Personal | None]
    phone: Mapped[Personal | None]
    birth_date: Mapped[PersonalDay | None]
    email_proven_at: Mapped[Instant | None]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"))

    @property
    def name(self) -> str:
        """First name and surname, as screens say it."""
        return f"{self.first_name} {self.last_name}"


class CitizenOrganisation(Base):
    """A citizen is known to an organisation: where the record was made, or attached later (P-8)."""

    __tablename__ = "citizen_organisation"

    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    created_at: Mapped[Instant]
