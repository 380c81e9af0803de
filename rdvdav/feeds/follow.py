"""Colleagues' agendas in one's own CalDAV account: those that policy lets one see and that one switched on (K-21, C11)."""

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.agenda.agenda import Agenda
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.database import Base, Instant, insert_or_nothing
from rdvdav.policy.sight import agenda_in_sight, agendas_of_sight


class Following(Base):
    """An agent switched a colleague's agenda on. Policy is asked anew at each reading: this row alone opens nothing."""

    __tablename__ = "following"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), primary_key=True, index=True)
    created_at: Mapped[Instant]


def follow(session: Session, clock: Clock, agent_id: int, agenda_id: int) -> None:
    """Switch a colleague's agenda on; twice is harmless, and so is one's own, which is always there. The caller commits.

    Raises:
        NoSuchAgenda: It does not exist, or not for this agent.
    """
    agenda = agenda_in_sight(session, agent_id, agenda_id)
    if agenda.agent_id == agent_id:
        return
    if insert_or_nothing(session, Following, agent_id=agent_id, agenda_id=agenda_id, created_at=clock.now()):
        record(session, clock, Actor.agent(agent_id), "agenda.followed", agenda.territory_id, agenda_id)


def unfollow(session: Session, clock: Clock, agent_id: int, agenda_id: int) -> None:
    """Switch a colleague's agenda off, whether it is still in sight or not; twice is harmless. The caller commits."""
    mine = (Following.agent_id == agent_id) & (Following.agenda_id == agenda_id)
    row = session.scalar(select(Following).where(mine))
    if row is not None:
        session.delete(row)
        territory_id = session.get_one(Agenda, agenda_id).territory_id
        record(session, clock, Actor.agent(agent_id), "agenda.unfollowed", territory_id, agenda_id)


def followed(session: Session, agent_id: int) -> list[Agenda]:
    """The agendas switched on that the agent may see now and whose agent is still there, by name; one statement."""
    mine = (Following.agenda_id == Agenda.id) & (Following.agent_id == agent_id)
    return list(session.scalars(agendas_of_sight(agent_id).join(Following, mine).where(Agenda.agent_id != agent_id)))
