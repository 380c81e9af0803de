"""One event of an agenda as the iCalendar object that is stored, and served as it is (K-2, K-12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

import icalendar

from rdvdav.ical.text import calendar, categories, serialise, text, uri


class EventStatus(StrEnum):
    """What the event's STATUS says (RFC 5545 §3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an event says apart from its times.

    Attributes:
        sequence: Grows with each published change (RFC 5545 §3.8.7.4).
        stamp: Instant of the last change: DTSTAMP and LAST-MODIFIED.
        created: Instant at which the thing was made.
        transparent: The time stays free for others; true of openings.
        description: Free text; the caller puts the link to the details in it and in `url`.
        private: CLASS:PRIVATE, for the level that names citizens (K-13).
        categories: Of the level `full` only.
    """

    uid: str
    sequence: int
    stamp: datetime
    created: datetime
    summary: str
    status: EventStatus = EventStatus.CONFIRMED
    transparent: bool = False
    location: str | None = None
    description: str | None = None
    url: str | None = None
    private: bool = False
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Entry(Facts):
    """A single event; `starts_at` and `ends_at` are aware instants."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        """Refuse what no calendar program can show."""
        if self.ends_at <= self.starts_at:
            raise ValueError(f"the event {self.uid} ends before it starts")


def render(entry: Entry) -> str:
    """The whole calendar object of *entry*, its times in UTC (K-10)."""
    return calendar([serialise(single(entry))])


def etag(rendered: str) -> str:
    """A strong entity tag of the bytes, quoted as HTTP wants it."""
    return f'"{sha256(rendered.encode()).hexdigest()[:32]}"'


def vevent_of(rendered: str) -> str:
    """The VEVENT lines of a stored object, cut out without parsing: what a feed strings together."""
    # Text cannot look like this: a line that continues another begins with a space.
    start = rendered.index("\r\nBEGIN:VEVENT\r\n") + 2
    return rendered[start : rendered.rindex("END:VCALENDAR\r\n")]


def single(entry: Entry) -> icalendar.Event:
    """The component of *entry*."""
    return component(entry, {"DTSTART": utc(entry.starts_at), "DTEND": utc(entry.ends_at)})


def component(facts: Facts, times: Mapping[str, object]) -> icalendar.Event:
    """A VEVENT that says *facts*, with the properties of *times* in their order."""
    event = icalendar.Event()
    event.add("UID", text(facts.uid))
    event.add("DTSTAMP", utc(facts.stamp))
    event.add("CREATED", utc(facts.created))
    event.add("LAST-MODIFIED", utc(facts.stamp))
    event.add("SEQUENCE", facts.sequence)
    for name, value in times.items():
        event.add(name, value)
    event.add("STATUS", facts.status)
    event.add("TRANSP", "TRANSPARENT" if facts.transparent else "OPAQUE")
    _describe(event, facts)
    return event


def _describe(event: icalendar.Event, facts: Facts) -> None:
    """Add what people read."""
    event.add("SUMMARY", text(facts.summary))
    if facts.location:
        event.add("LOCATION", text(facts.location))
    if facts.description:
        event.add("DESCRIPTION", text(facts.description))
    if facts.url:
        event.add("URL", uri(facts.url))
    if facts.categories:
        event.add("CATEGORIES", categories(facts.categories))
    if facts.private:
        event.add("CLASS", "PRIVATE")


def utc(instant: datetime) -> datetime:
    """*instant* in UTC.

    Raises:
        ValueError: It is naive; astimezone would take the machine's zone for it.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} belongs to no zone")
    return instant.astimezone(UTC)
