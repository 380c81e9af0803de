"""A professional service: PMI, état civil; one may be a secretariat, which sees everything of its organisations."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Kept, PrimaryKey


class Service(Kept, Base):
    """A service switched on in a territory."""

    __tablename__ = "service"
    __table_args__ = (UniqueConstraint("territory_id", "name"),)

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    name: Mapped[str]
    description: Mapped[str | None]
    """One line, shown to citizens under the name."""
    is_secretariat: Mapped[bool] = mapped_column(default=False)
