"""Addresses that nothing is sent to any more, since they refused for good; an administrator can lift that (M-7)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.database import Base, Instant, Personal, PrimaryKey


class BlockedAddress(Base):
    """An e-mail address or phone number of a territory that refused for good."""

    __tablename__ = "blocked_address"
    __table_args__ = (UniqueConstraint("territory_id", "address"),)

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    address: Mapped[Personal]
    """Lower-cased; phone numbers in E.164 form."""
    reason: Mapped[str]
    """As the other side said it, nothing personal."""
    blocked_at: Mapped[Instant]


def block(session: Session, territory_id: int, address: str, reason: str, at: datetime) -> None:
    """Send nothing more to *address*; twice is harmless. The caller commits."""
    known = select(BlockedAddress.id).where(_is(territory_id, address))
    if session.scalar(known) is not None:
        return
    try:
        with session.begin_nested():
            session.add(
                BlockedAddress(territory_id=territory_id, address=address.lower(), reason=reason, blocked_at=at)
            )
    except IntegrityError:
        pass  # another worker was faster


def blocks(session: Session, territory_id: int, addresses: Collection[str]) -> list[BlockedAddress]:
    """Those of *addresses* that are blocked."""
    wanted = [address.lower() for address in addresses]
    query = select(BlockedAddress).where(
        BlockedAddress.territory_id == territory_id, BlockedAddress.address.in_(wanted)
    )
    return list(session.scalars(query.order_by(BlockedAddress.id)))


def _is(territory_id: int, address: str) -> ColumnElement[bool]:
    return (BlockedAddress.territory_id == territory_id) & (BlockedAddress.address == address.lower())
