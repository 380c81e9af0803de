"""Who a citizen is to those who vouch for people: one row for each provider, never two people under one (B04, P-7)."""

from collections.abc import Iterable, Mapping

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.database import Base, Instant, Personal, PersonalDay, PrimaryKey

CERTIFIED = ("first_name", "last_name", "birth_date")
"""Fields of a citizen that a provider may vouch for; those it does are its own to change."""


class CitizenIdentity(Base):
    """A citizen is *subject* to *issuer*. What that vouches for stands here too: it is locked in the record."""

    __tablename__ = "citizen_identity"
    __table_args__ = (UniqueConstraint("territory_id", "issuer", "subject"),)

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), index=True)
    issuer: Mapped[str]
    subject: Mapped[Personal]
    label: Mapped[str]
    """What people call the provider, « FranceConnect »."""
    first_name: Mapped[Personal | None]
    last_name: Mapped[Personal | None]
    birth_date: Mapped[PersonalDay | None]
    created_at: Mapped[Instant]
    last_used_at: Mapped[Instant]


def locked_by_citizen(session: Session, citizen_ids: Iterable[int]) -> Mapping[int, Mapping[str, str]]:
    """Of each citizen, the fields a provider vouches for, each with the provider's label; one statement."""
    query = select(CitizenIdentity).where(CitizenIdentity.citizen_id.in_(list(citizen_ids)))
    locked: dict[int, dict[str, str]] = {}
    for row in session.scalars(query.order_by(CitizenIdentity.last_used_at, CitizenIdentity.id)):
        known = {name: row.label for name in CERTIFIED if getattr(row, name) is not None}
        locked.setdefault(row.citizen_id, {}).update(known)
    return locked


def locked_fields(session: Session, citizen_id: int) -> Mapping[str, str]:
    """The fields of one citizen that a provider vouches for, each with its label; one statement."""
    return locked_by_citizen(session, [citizen_id]).get(citizen_id, {})
