"""The top tenant: a département, a city. Every row of the work carries its id, and no query of the work crosses it."""

from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, PrimaryKey


class Territory(Base):
    """Holds organisations, services and its administrators."""

    __tablename__ = "territory"

    id: Mapped[PrimaryKey]
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Instant]
