"""Stored events as one text, for programs that subscribe to an address (K-41, K-42)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from rdvdav.feeds.address import Address
from rdvdav.feeds.object import CalendarObject
from rdvdav.feeds.read import COLOUR, Calendar
from rdvdav.feeds.several import Part, events_of, hash_of
from rdvdav.ical.event import vevent_of
from rdvdav.ical.feed import feed_head, feed_text, head_hash, vtimezone_of

LIMIT_BYTES = 1_000_000
"""Google reads no feed that is larger."""

_AT_ONCE = 500


@dataclass(frozen=True)
class Feed:
    """What is served.

    Attributes:
        text: The whole VCALENDAR.
        cut_from: Start of the first event left out because the feed would be too large; None when all is there.
    """

    text: str
    cut_from: datetime | None = None


def of_calendar(calendar: Calendar) -> Select[Any]:
    """Selects the rows that *calendar* shows."""
    return (
        select()
        .select_from(CalendarObject)
        .where(
            CalendarObject.collection_id == calendar.id,
            CalendarObject.text.is_not(None),
            CalendarObject.ends_at > calendar.window_start,
        )
        .order_by(CalendarObject.ends_at, CalendarObject.href)  # as an index has them: what is cut is never read
    )


def etag_of(calendar: Calendar) -> str:
    """A strong entity tag, quoted, from the collection's row alone: epoch, version, window, level, constant lines."""
    window = int(calendar.window_start.timestamp())
    _text, of_head = head_of(calendar.title, calendar.zone)
    return f'"{calendar.epoch}-{calendar.version}-{window}-{calendar.level}-{of_head}"'


def etag_of_several(address: Address, parts: Sequence[Part], name: str, zone: str) -> str:
    """The same of a feed over several agendas: what is shown of which, and the state of each (K-45)."""
    subject = address.organisation_id or address.place_id or address.service_id
    _text, of_head = head_of(name, zone)
    return f'"{hash_of(parts)}-{address.content}-{subject}-{address.level}-{of_head}"'


def feed_of(session: Session, calendar: Calendar, limit_bytes: int | None = LIMIT_BYTES) -> Feed:
    """The stored events of *calendar* strung together, the far future left out beyond *limit_bytes*."""
    head, _hash = head_of(calendar.title, calendar.zone)
    return _strung(session, head, of_calendar(calendar), limit_bytes)


def feed_of_several(
    session: Session,
    address: Address,
    parts: Sequence[Part],
    name: str,
    zone: str,
    limit_bytes: int | None = LIMIT_BYTES,
) -> Feed:
    """The same of what *address* shows of several agendas; one statement, however many."""
    head, _hash = head_of(name, zone)
    return _strung(session, head, events_of(address, parts), limit_bytes)


def room_for_events(name: str, zone: str, limit_bytes: int = LIMIT_BYTES) -> int:
    """Bytes that the events of a feed may take."""
    return max(limit_bytes - len(feed_text(head_of(name, zone)[0], ()).encode()), 0)


def _strung(session: Session, head: str, query: Select[Any], limit_bytes: int | None) -> Feed:
    """The rows of *query*, whose doubles follow each other, up to the limit; before them the zones that *head* does not tell."""
    size, last, cut_from = len(feed_text(head, ()).encode()), "", None
    zones: dict[str, None] = {}
    events: list[str] = []
    columns = CalendarObject.href, CalendarObject.starts_at, CalendarObject.size, CalendarObject.text
    with session.execute(query.add_columns(*columns).execution_options(yield_per=_AT_ONCE)) as rows:
        for href, starts_at, its_size, text in rows:
            if href == last:
                continue
            last = href
            size += its_size
            if limit_bytes is not None and size > limit_bytes:
                cut_from = starts_at
                break
            events.append(vevent_of(text))
            zones[vtimezone_of(text)] = None
    return Feed(feed_text(head, [*(zone for zone in zones if zone not in head), *events]), cut_from)


@lru_cache(maxsize=1024)
def head_of(name: str, zone: str) -> tuple[str, str]:
    """The constant first lines and their hash: equal for equal arguments, and slow to make."""
    head = feed_head(name, zone, COLOUR)
    return head, head_hash(head)
