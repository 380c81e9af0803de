"""Who works where: an agent's role in an organisation, the agent's services, a territory's administrators."""

from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, PrimaryKey, words


class Role(StrEnum):
    """Level of an agent in one organisation; secretariat comes with a service, territory admin with `TerritoryAdmin`."""

    BASIC = "basic"
    ADMIN = "admin"


class Membership(Base):
    """An agent belongs to an organisation."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("agent_id", "organisation_id"),)

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[Role] = mapped_column(words(Role), default=Role.BASIC)
    created_at: Mapped[Instant]


class AgentService(Base):
    """An agent works in a service, in each organisation of that territory the agent belongs to."""

    __tablename__ = "agent_service"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True, index=True)


class TerritoryAdmin(Base):
    """An agent administers a whole territory."""

    __tablename__ = "territory_admin"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), primary_key=True, index=True)
