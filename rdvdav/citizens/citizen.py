"""The person who comes."""

from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.citizens.words import folded
from rdvdav.database import Base, Instant, Personal, PersonalDay, PrimaryKey


def _searched(context: DefaultExecutionContext) -> str:
    """What a new row is found by, from the names it is written with."""
    row: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return folded(row["first_name"], row["last_name"])


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
    words: Mapped[Personal] = mapped_column(default=_searched)
    """Both names as `citizens.words` folds them: what a search looks in. Follows the names by itself."""

    @property
    def name(self) -> str:
        """First name and surname, as screens say it."""
        return f"{self.first_name} {self.last_name}"


@event.listens_for(Citizen, "before_update")
def _follow_the_names(_mapper: object, _connection: object, citizen: Citizen) -> None:
    citizen.words = folded(citizen.first_name, citizen.last_name)


class CitizenOrganisation(Base):
    """A citizen is known to an organisation: where the record was made, or attached later (P-8)."""

    __tablename__ = "citizen_organisation"

    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    created_at: Mapped[Instant]
