"""The agents who follow a citizen: follow-up motifs are booked with them alone."""

from sqlalchemy import ForeignKey, Select, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.clock import Clock
from rdvdav.database import Base, Instant, insert_or_nothing


class CitizenReferent(Base):
    """« Référent »: an agent follows a citizen."""

    __tablename__ = "citizen_referent"

    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True, index=True)
    created_at: Mapped[Instant]


def referents_of(citizen_id: int) -> Select[int]:
    """Ids of the agents who follow a citizen, for a larger statement."""
    return select(CitizenReferent.agent_id).where(CitizenReferent.citizen_id == citizen_id)


def follow(session: Session, clock: Clock, citizen_id: int, agent_id: int) -> None:
    """Let an agent follow a citizen; twice is harmless. The caller commits."""
    insert_or_nothing(session, CitizenReferent, citizen_id=citizen_id, agent_id=agent_id, created_at=clock.now())


def unfollow(session: Session, citizen_id: int, agent_id: int) -> None:
    """Let an agent follow a citizen no longer. The caller commits."""
    both = (CitizenReferent.citizen_id == citizen_id) & (CitizenReferent.agent_id == agent_id)
    session.execute(delete(CitizenReferent).where(both))
