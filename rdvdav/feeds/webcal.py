"""A collection as one text, for programs that subscribe to an address (K-41, K-42)."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.feeds.read import COLOUR, IN_WINDOW, OBJECTS, Calendar, shown_by
from rdvdav.ical.event import vevent_of
from rdvdav.ical.feed import feed_head, feed_text, head_hash

LIMIT_BYTES = 1_000_000
"""Google reads no feed that is larger."""

_AT_ONCE = 200

_EVENTS = (
    select(OBJECTS.starts_at, OBJECTS.text)
    .where(IN_WINDOW)
    .order_by(OBJECTS.ends_at, OBJECTS.href)  # as an index has them: what is cut is never read
    .execution_options(yield_per=_AT_ONCE)
)


@dataclass(frozen=True)
class Feed:
    """What is served.

    Attributes:
        text: The whole VCALENDAR.
        cut_from: Start of the first event left out because the feed would be too large; None when all is there.
    """

    text: str
    cut_from: datetime | None = None


def etag_of(calendar: Calendar) -> str:
    """A strong entity tag, quoted, from the collection's row alone: epoch, version, window, level, constant lines."""
    window = int(calendar.window_start.timestamp())
    _text, of_head = _head(calendar.title, calendar.zone)
    return f'"{calendar.epoch}-{calendar.version}-{window}-{calendar.level}-{of_head}"'


def feed_of(session: Session, calendar: Calendar, limit_bytes: int | None = LIMIT_BYTES) -> Feed:
    """The stored events of *calendar* strung together, the far future left out beyond *limit_bytes*."""
    head, _hash = _head(calendar.title, calendar.zone)
    size = len(feed_text(head, ()).encode())
    events: list[str] = []
    with session.execute(_EVENTS, shown_by(calendar)) as rows:
        for starts_at, text in rows:
            event = vevent_of(cast(str, text))
            size += len(event.encode())
            if limit_bytes is not None and size > limit_bytes:
                return Feed(feed_text(head, events), cut_from=starts_at)
            events.append(event)
    return Feed(feed_text(head, events))


@lru_cache(maxsize=1024)
def _head(name: str, zone: str) -> tuple[str, str]:
    """The constant first lines and their hash: equal for equal arguments, and slow to make."""
    head = feed_head(name, zone, COLOUR)
    return head, head_hash(head)
