"""« Inviter à prendre RDV »: an agent asks a citizen to book (B13)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.citizens.citizen import Citizen
from rdvdav.database import Base, Instant, Personal, PrimaryKey
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.hours.wall import local_day, to_minutes


class InvitationState(StrEnum):
    """How an invitation stands."""

    SENT = "sent"
    OPENED = "opened"
    BOOKED = "booked"
    EXPIRED = "expired"
    REVOKED = "revoked"


class BookingInvitation(Base):
    """One appointment to be booked by one person: of one motif, or of any that a service, or a category in it, offers on line.

    Each message about it has a link of its own; all open until it is used, over or revoked (M-5).
    """

    __tablename__ = "booking_invitation"

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    """Who invites."""
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    category: Mapped[str | None]
    motif_id: Mapped[int | None] = mapped_column(ForeignKey("motif.id"))
    message: Mapped[Personal | None]
    """Why, for the citizen to read."""
    expires_at: Mapped[Instant]
    """Nothing is booked under it from then on: the midnight that ends its last day in the organisation's zone."""
    created_at: Mapped[Instant]
    sent_at: Mapped[Instant]
    """When a message about it was last written."""
    sendings: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[Instant | None]
    booked_at: Mapped[Instant | None]
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="SET NULL"), index=True)
    revoked_at: Mapped[Instant | None]

    organisation: Mapped[Organisation] = relationship()
    citizen: Mapped[Citizen] = relationship()
    agent: Mapped[Agent] = relationship()
    service: Mapped[Service] = relationship()
    motif: Mapped[Motif | None] = relationship()

    @property
    def last_day(self) -> date:
        """The last local day on which one may book under it."""
        return local_day(to_minutes(self.expires_at) - 1, self.organisation.zone)

    def state(self, now: datetime) -> InvitationState:
        """How it stands at *now*."""
        if self.booked_at is not None:
            return InvitationState.BOOKED
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        if self.expires_at <= now:
            return InvitationState.EXPIRED
        return InvitationState.OPENED if self.opened_at is not None else InvitationState.SENT

    def is_open(self, now: datetime) -> bool:
        """Whether an appointment can be booked under it at *now*."""
        return self.state(now) in {InvitationState.SENT, InvitationState.OPENED}
