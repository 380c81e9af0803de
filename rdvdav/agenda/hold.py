"""A slot kept for somebody for some minutes (D-5)."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.database import Base, Digest, Instant, PrimaryKey
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place


class Hold(Base):
    """« Pré-réservation »: blocks like an appointment until *expires_at*; a hashed token opens it, an id alone opens nothing."""

    __tablename__ = "hold"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="runs_forward"),)

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    motif_id: Mapped[int] = mapped_column(ForeignKey("motif.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    digest: Mapped[Digest] = mapped_column(index=True)
    """Of the token that opens it; slots taken in one go have one token (B06)."""
    visit_digest: Mapped[Digest] = mapped_column(index=True)
    """Of the visit that made it: at most three live ones each (D-5)."""
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    extensions: Mapped[int] = mapped_column(default=0)
    moves_appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    """Set when the hold is the new time of an appointment that is being moved."""
    proof_id: Mapped[int | None] = mapped_column(ForeignKey("email_proof.id"), index=True)
    """Who said to be the citizen; proven or not."""
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    """Who comes, once known: counts in this person's limit (D-4)."""
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("booking_invitation.id"))
    """Set when it is booked under an invitation, and no other way (B13)."""
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    """What it became: booking twice gives the same appointment."""
    created_at: Mapped[Instant]

    motif: Mapped[Motif] = relationship()
    place: Mapped[Place | None] = relationship()
    claims: Mapped[list["HoldClaim"]] = relationship(cascade="all, delete-orphan", order_by="HoldClaim.agenda_id")


class HoldClaim(Base):
    """The time a hold takes on one agenda; gone when the hold is released or booked."""

    __tablename__ = "hold_claim"
    __table_args__ = (Index("ix_hold_claim_agenda_id_ends_at", "agenda_id", "ends_at"),)

    hold_id: Mapped[int] = mapped_column(ForeignKey("hold.id", ondelete="CASCADE"), primary_key=True)
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), primary_key=True)
    opening_range_id: Mapped[int | None] = mapped_column(
        ForeignKey("opening_range.id", ondelete="SET NULL"), index=True
    )
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    expires_at: Mapped[Instant]
