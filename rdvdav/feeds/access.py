"""Keys to an agenda: app passwords for CalDAV (K-22), secret addresses for webcal (K-40). Only digests are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import ForeignKey, Select, bindparam, exists, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.agenda.agenda import Agenda
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.database import Base, Digest, Instant, PrimaryKey, words
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import DetailLevel
from rdvdav.errors import NotFound
from rdvdav.feeds.follow import Following
from rdvdav.feeds.object import Collection
from rdvdav.feeds.read import AGENDAS, AGENTS, CALENDAR, COLLECTIONS, Calendar, calendars_of, in_order
from rdvdav.policy.sight import OWN, own_agenda
from rdvdav.tokens import digest, new_slug

SECRET_LENGTH = 28
"""Characters of 5 bits: 139 bits, and short enough to type once on a telephone."""

USE_NOTED_EVERY = timedelta(hours=1)


class Scope(StrEnum):
    """What an app password opens."""

    ALL = "all"
    OWN = "own"


class AppPassword(Base):
    """One device's password; shown once, revoked one by one."""

    __tablename__ = "app_password"

    id: Mapped[PrimaryKey]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    digest: Mapped[Digest] = mapped_column(unique=True)
    label: Mapped[str]
    scope: Mapped[Scope] = mapped_column(words(Scope), default=Scope.ALL)
    created_at: Mapped[Instant]
    last_used_at: Mapped[Instant | None]
    """Written at most once an hour."""
    revoked_at: Mapped[Instant | None]


class FeedContent(StrEnum):
    """What a secret address shows (K-40, K-43, K-45)."""

    COLLECTION = "collection"
    ORGANISATION = "organisation"
    PLACE = "place"
    SERVICE = "service"
    FREE_BUSY = "free_busy"
    AVAILABILITY = "availability"


class FeedAddress(Base):
    """One secret webcal address; several per agent, named for the program that reads it.

    It shows one collection of the agent's own agenda at that collection's level, or the appointments of an organisation, place or
    service on all agendas that policy lets the agent see, at *level*; or when the agent's own agenda is free, without a word of what.
    """

    __tablename__ = "feed_address"

    id: Mapped[PrimaryKey]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    content: Mapped[FeedContent] = mapped_column(words(FeedContent), default=FeedContent.COLLECTION)
    level: Mapped[DetailLevel] = mapped_column(words(DetailLevel), default=DetailLevel.MOTIF)
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"), index=True)
    digest: Mapped[Digest] = mapped_column(unique=True)
    label: Mapped[str]
    created_at: Mapped[Instant]
    last_read_at: Mapped[Instant | None]
    """Written at most once an hour."""
    last_reader: Mapped[str | None]
    """Kind of program that read it last, from a fixed list; never the raw User-Agent."""
    revoked_at: Mapped[Instant | None]


class NoSuchKey(NotFound):
    """No such app password or address, not this agent's, or revoked: all answer alike."""


@dataclass(frozen=True)
class Reader:
    """Who signed in with an app password, and the calendars that are the agent's own."""

    agent_id: int
    principal: str
    password_id: int
    scope: Scope
    last_used_at: datetime | None
    follows: bool
    """Whether colleagues' agendas were switched on."""
    calendars: tuple[Calendar, ...]


@dataclass(frozen=True)
class Subscription:
    """What a secret address leads to."""

    address_id: int
    last_read_at: datetime | None
    calendar: Calendar


# --- app passwords


def new_app_password(
    session: Session, clock: Clock, agent_id: int, label: str, scope: Scope = Scope.ALL
) -> tuple[AppPassword, str]:
    """Give the agent a password for one device: its row, and the clear text, which nobody can show again.

    Raises:
        NoSuchAgenda: The agent has no agenda to read.
    """
    secret = new_slug(SECRET_LENGTH)
    row = AppPassword(agent_id=agent_id, digest=digest(secret), label=label, scope=scope, created_at=clock.now())
    session.add(row)
    session.flush()
    _trace(session, clock, agent_id, "app_password.created", row.id, label=label)
    return row, "-".join(secret[first : first + 4] for first in range(0, SECRET_LENGTH, 4))


def revoke_app_password(session: Session, clock: Clock, agent_id: int, password_id: int) -> None:
    """Close the password: the device that has it is refused from now on.

    Raises:
        NoSuchKey: It is not a live password of this agent.
    """
    _live(session, AppPassword, agent_id, password_id).revoked_at = clock.now()
    _trace(session, clock, agent_id, "app_password.revoked", password_id)


def app_passwords(session: Session, agent_id: int) -> list[AppPassword]:
    """The agent's live passwords, oldest first."""
    return list(session.scalars(_lives(AppPassword, agent_id).order_by(AppPassword.id)))


def agent_by_app_password(session: Session, login: str, secret: str) -> Reader | None:
    """Who signs in as *login*, an e-mail address or a principal id, with *secret*; one statement.

    Dashes, spaces and capitals in the secret do not count: it may have been typed.
    """
    secret_digest = digest("".join(secret.lower().replace("-", "").split()))
    rows = session.execute(_SIGN_IN, {"digest": secret_digest, "login": login.strip().lower()}).all()
    if not rows:
        return None
    agent_id, principal, password_id, scope, last_used_at, follows = rows[0][:6]
    calendars = in_order(Calendar._make(row[6:]) for row in rows if row[6] is not None)
    return Reader(agent_id, principal, password_id, scope, last_used_at, follows, tuple(calendars))


_PASSWORDS = AppPassword.__table__.c
_FOLLOWS = exists().where(Following.__table__.c.agent_id == AGENTS.id)
_SIGN_IN = (
    select(AGENTS.id, AGENTS.principal, _PASSWORDS.id, _PASSWORDS.scope, _PASSWORDS.last_used_at, _FOLLOWS, *CALENDAR)
    .select_from(AppPassword.__table__)
    .join(Agent.__table__, AGENTS.id == _PASSWORDS.agent_id)
    .outerjoin(Agenda.__table__, OWN)
    .outerjoin(
        Collection.__table__, (COLLECTIONS.agenda_id == AGENDAS.id) & (COLLECTIONS.level == AGENDAS.detail_level)
    )
    .where(
        _PASSWORDS.digest == bindparam("digest"),
        _PASSWORDS.revoked_at.is_(None),
        AGENTS.left_at.is_(None),
        or_(AGENTS.email == bindparam("login"), AGENTS.principal == bindparam("login")),
    )
    .order_by(COLLECTIONS.id)
)


# --- secret addresses


def new_feed_address(
    session: Session, clock: Clock, agent_id: int, collection_id: int, label: str
) -> tuple[FeedAddress, str]:
    """Make an address of one of the agent's own collections: its row, and the secret part, shown once.

    Raises:
        NoSuchKey: The collection is none of the agent's.
    """
    if collection_id not in {calendar.id for calendar in calendars_of(session, agent_id)}:
        raise NoSuchKey
    secret = new_slug(SECRET_LENGTH)
    row = FeedAddress(
        agent_id=agent_id, collection_id=collection_id, digest=digest(secret), label=label, created_at=clock.now()
    )
    session.add(row)
    session.flush()
    _trace(session, clock, agent_id, "feed_address.created", row.id, label=label)
    return row, secret


def reset_feed_address(session: Session, clock: Clock, agent_id: int, address_id: int) -> tuple[FeedAddress, str]:
    """Give the address another secret; the old one leads nowhere at once.

    Raises:
        NoSuchKey: It is not a live address of this agent.
    """
    row = _live(session, FeedAddress, agent_id, address_id)
    secret = new_slug(SECRET_LENGTH)
    row.digest, row.last_read_at, row.last_reader = digest(secret), None, None
    _trace(session, clock, agent_id, "feed_address.reset", address_id)
    return row, secret


def revoke_feed_address(session: Session, clock: Clock, agent_id: int, address_id: int) -> None:
    """Close the address: it answers as one that never was.

    Raises:
        NoSuchKey: It is not a live address of this agent.
    """
    _live(session, FeedAddress, agent_id, address_id).revoked_at = clock.now()
    _trace(session, clock, agent_id, "feed_address.revoked", address_id)


def feed_addresses(session: Session, agent_id: int) -> list[FeedAddress]:
    """The agent's live addresses, oldest first."""
    return list(session.scalars(_lives(FeedAddress, agent_id).order_by(FeedAddress.id)))


def feed_by_secret(session: Session, secret: str) -> Subscription | None:
    """What the address with *secret* leads to; one statement.

    Nothing once it is revoked, its agent left, or the agenda is another's.
    """
    row = session.execute(_FEED, {"digest": digest(secret)}).one_or_none()
    return Subscription(row[0], row[1], Calendar._make(row[2:])) if row else None


_FEEDS = FeedAddress.__table__.c
_FEED = (
    select(_FEEDS.id, _FEEDS.last_read_at, *CALENDAR)
    .select_from(FeedAddress.__table__)
    .join(Collection.__table__, COLLECTIONS.id == _FEEDS.collection_id)
    .join(Agenda.__table__, AGENDAS.id == COLLECTIONS.agenda_id)
    .join(Agent.__table__, OWN & (AGENTS.id == _FEEDS.agent_id))
    .where(_FEEDS.digest == bindparam("digest"), _FEEDS.revoked_at.is_(None), AGENTS.left_at.is_(None))
)


# --- last use


def use_is_due(clock: Clock, last: datetime | None) -> bool:
    """Whether a use now is to be noted: one an hour is."""
    return last is None or clock.now() - last >= USE_NOTED_EVERY


def note_sign_in(session: Session, clock: Clock, password_id: int) -> None:
    """Remember that the password was used; after the answer, in a transaction of its own (K-22)."""
    row = session.get(AppPassword, password_id)
    if row is not None and use_is_due(clock, row.last_used_at):
        row.last_used_at = clock.now()


def note_feed_read(session: Session, clock: Clock, address_id: int, reader: str | None) -> None:
    """Remember that *reader*, a name of a fixed list, read the feed; after the answer, in a transaction of its own."""
    row = session.get(FeedAddress, address_id)
    if row is not None and use_is_due(clock, row.last_read_at):
        row.last_read_at, row.last_reader = clock.now(), reader


Key = TypeVar("Key", AppPassword, FeedAddress)


def _lives(kind: type[Key], agent_id: int) -> Select[Key]:
    return select(kind).where(kind.agent_id == agent_id, kind.revoked_at.is_(None))


def _live(session: Session, kind: type[Key], agent_id: int, key_id: int) -> Key:
    row = session.scalar(_lives(kind, agent_id).where(kind.id == key_id))
    if row is None:
        raise NoSuchKey
    return row


def _trace(session: Session, clock: Clock, agent_id: int, kind: str, key_id: int, **details: str) -> None:
    """Write the journal, in the territory of the agent's agenda (L-6)."""
    territory_id = own_agenda(session, agent_id).territory_id
    record(session, clock, Actor.agent(agent_id), kind, territory_id, key_id, **details)
