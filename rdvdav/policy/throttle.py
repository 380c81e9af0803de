"""Counting attempts in the database, so that every process sees the same count (K-22, O04). Keys are hashed: no address is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.clock import Clock
from rdvdav.database import Base, Digest, Instant
from rdvdav.errors import Refused
from rdvdav.tokens import digest


class ThrottleCounter(Base):
    """Attempts under one key since *started_at*."""

    __tablename__ = "throttle_counter"

    key: Mapped[Digest] = mapped_column(primary_key=True)
    count: Mapped[int]
    started_at: Mapped[Instant]
    ends_at: Mapped[Instant] = mapped_column(index=True)


@dataclass(frozen=True)
class Limit:
    """At most *count* attempts in *within*."""

    name: str
    count: int
    within: timedelta


@dataclass(eq=False)
class TooMany(Refused):
    """Too many attempts; try again at *retry_at*."""

    retry_at: datetime
    seconds: int


def require_room(session: Session, clock: Clock, limit: Limit, who: str) -> None:
    """Raise `TooMany` when *who* has used up *limit*; counts nothing.

    Raises:
        TooMany: The limit is used up.
    """
    now = clock.now()
    row = session.execute(
        select(ThrottleCounter.count, ThrottleCounter.ends_at).where(
            ThrottleCounter.key == _key(limit, who), ThrottleCounter.ends_at > now
        )
    ).one_or_none()
    if row is not None and row[0] >= limit.count:
        raise TooMany(row[1], max(1, int((row[1] - now).total_seconds())))


def take_attempt(session: Session, clock: Clock, limit: Limit, who: str) -> int:
    """Count one attempt of *who*, who must have one left; the number of this one, exact however many come at once. The caller commits.

    Raises:
        TooMany: The limit is used up; rolled back, the attempt counts for nothing.
    """
    count, ends_at = count_attempt(session, clock, limit, who)
    if count > limit.count:
        raise TooMany(ends_at, max(1, int((ends_at - clock.now()).total_seconds())))
    return count


def count_attempt(session: Session, clock: Clock, limit: Limit, who: str, number: int = 1) -> tuple[int, datetime]:
    """Add *number* attempts of *who*; how many there are by now, and when the span ends. A new one starts when the last is over.

    The counter's row stays locked until the transaction ends, so attempts under one key go one after the other.
    """
    now = clock.now()
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    table = ThrottleCounter
    statement = insert(table).values(key=_key(limit, who), count=number, started_at=now, ends_at=now + limit.within)
    over = table.ends_at <= now
    counted = session.execute(
        statement.on_conflict_do_update(
            index_elements=[table.key],
            set_={
                "count": case((over, number), else_=table.count + number),
                "started_at": case((over, statement.excluded.started_at), else_=table.started_at),
                "ends_at": case((over, statement.excluded.ends_at), else_=table.ends_at),
            },
        ).returning(table.__table__.c["count"], table.ends_at)
    ).one()
    return counted[0], counted[1]


def forget_attempts(session: Session, limit: Limit, who: str) -> None:
    """Start afresh, after a success."""
    session.execute(delete(ThrottleCounter).where(ThrottleCounter.key == _key(limit, who)))


def _key(limit: Limit, who: str) -> bytes:
    return digest(f"{limit.name}\n{who}")
