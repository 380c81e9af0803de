"""« Équipes »: named groups of agents of a territory, to filter by (R08). They give no right."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, PrimaryKey


class Team(Base):
    """A named group of agents."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("territory_id", "name"),)

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    name: Mapped[str]


class TeamMember(Base):
    """An agent is in a team."""

    __tablename__ = "team_member"

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True, index=True)
