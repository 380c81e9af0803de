"""An appointment type with all its options: what for, how long, who may book, within which limits."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.database import Base, Instant, Kept, PrimaryKey, WideInteger, words
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.question import Question, Questions
from rdvdav.directory.service import Service

MOST_AT_ONCE = 3
"""Slots of one go: a visit holds no more (D-5)."""


class Modality(StrEnum):
    """Where it happens; only ON_SITE needs a place."""

    ON_SITE = "on_site"
    PHONE = "phone"
    VIDEO = "video"
    HOME = "home"


class BookableBy(StrEnum):
    """Who may book; each value includes those before it."""

    AGENTS = "agents"
    REFERRERS = "agents+referrers"
    EVERYONE = "everyone"


class Visibility(StrEnum):
    """What the citizen sees of an appointment of this motif."""

    NOTIFIED = "visible_and_notified"
    VISIBLE = "visible"
    HIDDEN = "hidden"


class Grid(StrEnum):
    """How starts follow one another: FLOW (S-3), FIXED (S-4)."""

    FLOW = "flow"
    FIXED = "fixed"


class Choice(StrEnum):
    """Which agenda wins when several are free at the same start (S-8)."""

    FIRST_REGISTERED = "first_registered"
    LEAST_LOADED = "least_loaded"
    IN_TURN = "in_turn"


class LimitScope(StrEnum):
    """Which appointments count together in the limit of one person (D-4)."""

    MOTIF = "motif"
    CATEGORY = "category"
    """Of the organisation; a motif without category counts alone."""
    SERVICE = "service"
    """In the organisation."""
    ORGANISATION = "organisation"


class Motif(Kept, Base):
    """An appointment type of one organisation and service.

    Limits are texts read by `hours.limit` ("30 minutes", "3 months", "2 working_days").
    """

    __tablename__ = "motif"
    __table_args__ = (
        CheckConstraint("duration_minutes > 0", name="lasts"),
        CheckConstraint("seats > 0", name="has_a_seat"),
        CheckConstraint("per_citizen_limit > 0", name="lets_one_book"),
        CheckConstraint("slots_at_once BETWEEN 1 AND 3", name="few_at_once"),
        CheckConstraint("agents_needed >= 0 AND rooms_needed >= 0 AND agents_needed + rooms_needed > 0", name="needs"),
        Index(
            "uq_motif_live_name",
            "organisation_id",
            "service_id",
            "modality",
            "name",
            unique=True,
            postgresql_where=text("archived_at IS NULL"),
            sqlite_where=text("archived_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    name: Mapped[str]
    category: Mapped[str | None]
    colour: Mapped[int] = mapped_column(default=1)
    """1 to 12, a class of the palette."""
    duration_minutes: Mapped[int]
    modality: Mapped[Modality] = mapped_column(words(Modality), default=Modality.ON_SITE)
    collective: Mapped[bool] = mapped_column(default=False)
    seats: Mapped[int] = mapped_column(default=1)
    bookable_by: Mapped[BookableBy] = mapped_column(words(BookableBy), default=BookableBy.AGENTS)
    min_notice: Mapped[str] = mapped_column(default="30 minutes")
    max_notice: Mapped[str] = mapped_column(default="3 months")
    may_cancel: Mapped[bool] = mapped_column(default=True)
    cancel_limit: Mapped[str] = mapped_column(default="4 hours")
    may_move: Mapped[bool] = mapped_column(default=True)
    move_limit: Mapped[str] = mapped_column(default="48 hours")
    restriction: Mapped[str | None]
    """Read and accepted before a slot is chosen (B02)."""
    pieces: Mapped[str | None]
    """What to bring, one thing a line."""
    instructions: Mapped[str | None]
    """Shown once booked."""
    cancel_warning: Mapped[str | None]
    visibility: Mapped[Visibility] = mapped_column(words(Visibility), default=Visibility.NOTIFIED)
    open_to_secretariat: Mapped[bool] = mapped_column(default=True)
    follow_up: Mapped[bool] = mapped_column(default=False)
    citizen_chooses_agent: Mapped[bool] = mapped_column(default=False)
    asks_birth_date: Mapped[bool] = mapped_column(default=False)
    sensitive: Mapped[bool] = mapped_column(default=False)
    """Neutral titles outside the house."""
    ignores_holidays: Mapped[bool] = mapped_column(default=False)
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    grid: Mapped[Grid] = mapped_column(words(Grid), default=Grid.FLOW)
    choice: Mapped[Choice] = mapped_column(words(Choice), default=Choice.FIRST_REGISTERED)
    agents_needed: Mapped[int] = mapped_column(default=1)
    """How many agendas that are no room's it takes at once (S16)."""
    rooms_needed: Mapped[int] = mapped_column(default=0)
    """How many agendas of rooms it takes besides."""
    # Nothing is a value here: no limit, not the default.
    per_citizen_limit: Mapped[int | None] = mapped_column(WideInteger.evaluates_none(), default=3)
    """Appointments to come that one person may have (D-4); None: any number."""
    limit_scope: Mapped[LimitScope] = mapped_column(words(LimitScope), default=LimitScope.MOTIF)
    slots_at_once: Mapped[int] = mapped_column(default=1)
    """How many slots a citizen may take in one go (B06)."""
    questions: Mapped[tuple[Question, ...]] = mapped_column(Questions, default=())
    """Asked before the appointment is confirmed."""
    hold_minutes: Mapped[int] = mapped_column(default=15)
    archived_at: Mapped[Instant | None]
    created_at: Mapped[Instant]

    service: Mapped[Service] = relationship()
    organisation: Mapped[Organisation] = relationship()
    """Kept with its motif, since a session forgets what nobody holds and a search asks for it at each step."""

    @property
    def duration(self) -> timedelta:
        """How long an appointment lasts."""
        return timedelta(minutes=self.duration_minutes)

    @property
    def online(self) -> bool:
        """Whether citizens may book it themselves."""
        return self.archived_at is None and self.bookable_by is BookableBy.EVERYONE
