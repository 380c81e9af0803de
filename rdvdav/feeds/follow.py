"""Colleagues' agendas in one's own CalDAV account: those that policy lets one see and that one switched on (K-21, C11)."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant


class Following(Base):
    """An agent switched a colleague's agenda on. Policy is asked anew at each reading: this row alone opens nothing."""

    __tablename__ = "following"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), primary_key=True, index=True)
    created_at: Mapped[Instant]
