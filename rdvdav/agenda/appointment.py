"""The booked thing: its row, and the time it claims on agendas."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.agenda.claim import Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, HOLDS_TIME, NEXT, OUTCOMES, NoSuchMove, Status
from rdvdav.database import Base, Instant, Personal, PrimaryKey, words
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Elsewhere, Place

__all__ = ["Appointment", "Channel", "Claim"]


class Channel(StrEnum):
    """Who booked it."""

    INTERNET = "internet"
    AGENT = "agent"
    REFERRER = "referrer"


class Appointment(Base):
    """A booked stretch of time on n agendas, for n participants."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="runs_forward"),
        Index("ix_appointment_organisation_id_starts_at", "organisation_id", "starts_at"),
    )

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    motif_id: Mapped[int] = mapped_column(ForeignKey("motif.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    address: Mapped[Personal | None]
    """Where it happens instead, this once: no place of the organisation (A02)."""
    uid: Mapped[str] = mapped_column(unique=True)
    """Of its events in agents' calendars: stable for life (K-12)."""
    reference: Mapped[str] = mapped_column(unique=True)
    """Short and opaque, for people to quote; opens nothing."""
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    status: Mapped[Status] = mapped_column(words(Status), default=Status.PLANNED)
    channel: Mapped[Channel] = mapped_column(words(Channel), default=Channel.INTERNET)
    title: Mapped[str | None]
    """Of a collective appointment."""
    seats: Mapped[int] = mapped_column(default=1)
    comment: Mapped[Personal | None]
    """Internal; never leaves the author's service."""
    comment_author_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    overlap_accepted: Mapped[bool] = mapped_column(default=False)
    """Staff accepted a warning (S-11, D-6)."""
    withdrawn_at: Mapped[Instant | None]
    """When staff took its slot away and it was kept or left to be re-planned (L-4); a new slot, or the old one given back, ends that."""
    withdrawn_reason: Mapped[Personal | None]
    """Why, for the citizen to read."""
    cancelled_at: Mapped[Instant | None] = mapped_column(index=True)
    cancel_reason: Mapped[Personal | None]
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with each published change; the SEQUENCE of RFC 5545 §3.8.7.4."""
    stamped_at: Mapped[Instant]
    """Time of the last published change: DTSTAMP and LAST-MODIFIED (K-12)."""
    created_at: Mapped[Instant]

    organisation: Mapped[Organisation] = relationship()
    motif: Mapped[Motif] = relationship()
    place: Mapped[Place | None] = relationship()
    claims: Mapped[list[Claim]] = relationship(cascade="all, delete-orphan", order_by="Claim.agenda_id")
    participations: Mapped[list[Participation]] = relationship(cascade="all, delete-orphan", order_by=Participation.id)

    @property
    def shared(self) -> bool:
        """Whether people join it one by one, each with a status of their own; a collective one is, even with a single seat (S-7, L-2)."""
        return self.seats > 1 or self.motif.collective

    @property
    def where(self) -> Place | Elsewhere | None:
        """Where people come: a place, or an address of this appointment alone; None where they come nowhere."""
        return Elsewhere(self.address) if self.address else self.place

    @property
    def seated(self) -> list[Participation]:
        """Those who have a seat; of a cancelled appointment, who had one until then (L-2)."""
        return [seat for seat in self.participations if seat.status not in CANCELLED or seat.status is self.status]

    def seat_of(self, citizen_id: int) -> Participation | None:
        """A citizen's seat, else the one this person gave up last; None for who never had any."""
        theirs = [seat for seat in self.participations if seat.citizen_id == citizen_id]
        return next((seat for seat in theirs if seat.status not in CANCELLED), theirs[-1] if theirs else None)

    def status_for(self, citizen_id: int) -> Status:
        """How it stands for one citizen: cancelled where this person gave the seat up, whoever stays."""
        seat = self.seat_of(citizen_id)
        return seat.status if seat is not None and seat.status in CANCELLED else self.status

    def become(self, status: Status) -> None:
        """Change status by the table NEXT; the claims follow what the new status holds (S-10).

        An outcome takes no time that was not held before: what was to be re-planned gets one without (L-1).

        Raises:
            NoSuchMove: L-1 does not allow it, or there is no time to come back to.
        """
        had_time, corrected = self.holds_time, self.status in OUTCOMES
        if status not in NEXT[self.status] or (corrected and status is Status.PLANNED and not had_time):
            raise NoSuchMove(self.status, status)
        self.status = status
        for claim in self.claims:
            claim.holds_time = status in HOLDS_TIME and (had_time or status is Status.PLANNED)

    @property
    def holds_time(self) -> bool:
        """Whether it blocks the agendas it claims (S-10)."""
        return self.status in HOLDS_TIME and all(claim.holds_time for claim in self.claims)

    def reschedule(self, starts_at: datetime, ends_at: datetime) -> None:
        """Take another time on the same agendas."""
        self.starts_at, self.ends_at = starts_at, ends_at
        for claim in self.claims:
            claim.starts_at, claim.ends_at = starts_at, ends_at

    def claim(self, ranges: Mapping[int, int | None]) -> None:
        """Take the time of exactly these agendas, each from an opening range or from none."""
        kept = {claim.agenda_id: claim for claim in self.claims}
        self.claims = [kept.get(agenda_id) or Claim(agenda_id=agenda_id) for agenda_id in sorted(ranges)]
        for claim in self.claims:
            claim.opening_range_id = ranges[claim.agenda_id]
            claim.starts_at, claim.ends_at = self.starts_at, self.ends_at
            claim.holds_time = self.status in HOLDS_TIME


def shared_of(motif: Motif) -> ColumnElement[bool]:
    """The planned appointments of *motif* that people may join, as `Appointment.shared` says of one."""
    planned = and_(Appointment.motif_id == motif.id, Appointment.status == Status.PLANNED)
    return planned if motif.collective else planned & (Appointment.seats > 1)
