"""Keys to an agenda: app passwords for CalDAV (K-22), and what they share with secret addresses. Only digests are kept."""

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
from rdvdav.errors import NotFound
from rdvdav.feeds.follow import Following
from rdvdav.feeds.object import Collection
from rdvdav.feeds.read import AGENDAS, AGENTS, CALENDAR, COLLECTIONS, Calendar, in_order
from rdvdav.policy.sight import OWN, own_agenda
from rdvdav.tokens import digest, new_slug

SECRET_LENGTH = 28
"""Characters of 5 bits: 139 bits, and short enough to type once on a telephone."""

USE_NOTED_EVERY = timedelta(hours=1)


class Scope(StrEnum):
    """What an app password opens."""

    ALL = "all"
    OWN = "own"


class Key(Base):
    """What opens something of an agent's to a program: named for it, revoked alone; its secret is kept nowhere."""

    __abstract__ = True

    id: Mapped[PrimaryKey]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    digest: Mapped[Digest] = mapped_column(unique=True)
    label: Mapped[str]
    created_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]


class AppPassword(Key):
    """One device's password; shown once, revoked one by one."""

    __tablename__ = "app_password"

    scope: Mapped[Scope] = mapped_column(words(Scope), default=Scope.ALL)
    last_used_at: Mapped[Instant | None]
    """Written at most once an hour."""


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
    trace(session, clock, agent_id, "app_password.created", row.id, label=label)
    return row, "-".join(secret[first : first + 4] for first in range(0, SECRET_LENGTH, 4))


def revoke_app_password(session: Session, clock: Clock, agent_id: int, password_id: int) -> None:
    """Close the password: the device that has it is refused from now on.

    Raises:
        NoSuchKey: It is not a live password of this agent.
    """
    key_of(session, AppPassword, agent_id, password_id).revoked_at = clock.now()
    trace(session, clock, agent_id, "app_password.revoked", password_id)


def app_passwords(session: Session, agent_id: int) -> list[AppPassword]:
    """The agent's live passwords, oldest first."""
    return list(session.scalars(keys_of(AppPassword, agent_id).order_by(AppPassword.id)))


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


# --- last use


def use_is_due(clock: Clock, last: datetime | None) -> bool:
    """Whether a use now is to be noted: one an hour is."""
    return last is None or clock.now() - last >= USE_NOTED_EVERY


def note_sign_in(session: Session, clock: Clock, password_id: int) -> None:
    """Remember that the password was used; after the answer, in a transaction of its own (K-22)."""
    row = session.get(AppPassword, password_id)
    if row is not None and use_is_due(clock, row.last_used_at):
        row.last_used_at = clock.now()


# --- what app passwords and secret addresses share


AnyKey = TypeVar("AnyKey", bound=Key)


def keys_of(kind: type[AnyKey], agent_id: int) -> Select[AnyKey]:
    """The agent's live keys of *kind*."""
    return select(kind).where(kind.agent_id == agent_id, kind.revoked_at.is_(None))


def key_of(session: Session, kind: type[AnyKey], agent_id: int, key_id: int) -> AnyKey:
    """One live key of the agent.

    Raises:
        NoSuchKey: It is none, or another's.
    """
    row = session.scalar(keys_of(kind, agent_id).where(kind.id == key_id))
    if row is None:
        raise NoSuchKey
    return row


def trace(session: Session, clock: Clock, agent_id: int, kind: str, key_id: int, **details: str) -> None:
    """Write the journal, in the territory of the agent's agenda (L-6)."""
    territory_id = own_agenda(session, agent_id).territory_id
    record(session, clock, Actor.agent(agent_id), kind, territory_id, key_id, **details)
