"""One citizen's seat in an appointment, with a status and a calendar identity of its own (L-2, K-52)."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.agenda.status import Status
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.referrer import Referrer
from rdvdav.database import Base, Instant, Personal, PrimaryKey, words
from rdvdav.i18n import DEFAULT_LOCALE

_LIVE = "status NOT IN ('cancelled_by_citizen', 'cancelled_by_staff')"


class Participation(Base):
    """A citizen takes a seat."""

    __tablename__ = "participation"
    __table_args__ = (
        Index(
            "uq_participation_live",
            "appointment_id",
            "citizen_id",
            unique=True,
            postgresql_where=text(_LIVE),
            sqlite_where=text(_LIVE),
        ),
        Index(
            "uq_participation_sole",
            "citizen_id",
            "sole",
            unique=True,
            postgresql_where=text(_LIVE),
            sqlite_where=text(_LIVE),
        ),
    )

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), index=True)
    status: Mapped[Status] = mapped_column(words(Status), default=Status.PLANNED)
    """For an individual appointment it follows the appointment's."""
    uid: Mapped[str] = mapped_column(unique=True)
    """Of the event in the citizen's own calendar (K-52)."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with each message about it."""
    by_email: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(default=DEFAULT_LOCALE, server_default=DEFAULT_LOCALE)
    """In which messages about it are written, as a BCP 47 tag: that of the visit in which it was booked."""
    sole: Mapped[str | None]
    """Among what it is the person's only appointment to come, where the limit is one (D-4); a person has each but once."""
    by_sms: Mapped[bool] = mapped_column(default=True)
    """SMS about this appointment are agreed to, on the mobile by which the person is reached at the time (M-2).

    Agreed by who books, where a mobile is given for it and the box stays ticked; by staff who book; by the person's switch for all
    appointments. A number given for another appointment agrees to nothing here.
    """
    arrived_at: Mapped[Instant | None]
    referrer_id: Mapped[int | None] = mapped_column(ForeignKey("referrer.id"), index=True)
    """Who booked it for the citizen, where a referrer did."""
    created_at: Mapped[Instant]

    citizen: Mapped[Citizen] = relationship()
    referrer: Mapped[Referrer | None] = relationship()
    answers: Mapped[list["Answer"]] = relationship(cascade="all, delete-orphan", order_by="Answer.position")


class Answer(Base):
    """What was answered to one question of the motif. The question is kept as it was asked."""

    __tablename__ = "answer"

    participation_id: Mapped[int] = mapped_column(ForeignKey("participation.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """From 0."""
    question: Mapped[str]
    answer: Mapped[Personal]
