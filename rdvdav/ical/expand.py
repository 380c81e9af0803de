"""A series written as its single occurrences by cutting lines of its stored text: nothing is rendered (RFC 4791 §9.6.5, K-26)."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rdvdav.hours.wall import instant_of
from rdvdav.ical.text import END

_BEGIN_EVENT, _END_EVENT = "BEGIN:VEVENT\r\n", "END:VEVENT\r\n"
_TIMEZONES = re.compile("BEGIN:VTIMEZONE\r\n.*?END:VTIMEZONE\r\n", re.DOTALL)
_TIMES = re.compile("(?:DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE|RECURRENCE-ID)[;:][^\r]*\r\n(?:[ \t][^\r]*\r\n)*")
"""A property line that says when, with the lines that continue it; as every line, it begins one."""
_ORIGINAL = re.compile(r"(?m)^RECURRENCE-ID(?:;VALUE=DATE|;TZID=([^:]+))?:(\d{8})(T\d{6}Z?)?\r$")


class Span(NamedTuple):
    """One occurrence; `original_at` is when it would start if the date had not been changed. Aware instants."""

    original_at: datetime
    starts_at: datetime
    ends_at: datetime


def expanded(text: str, spans: Iterable[Span], zone: str) -> str:
    """The calendar object *text* of a series with one event for each of *spans*, in UTC, or by local days where it takes whole days.

    Args:
        text: As stored: the series first, then the events in place of occurrences of another length, and of changed dates.
        spans: The occurrences wanted, with their true ends.
        zone: IANA zone whose days an event of whole days covers.
    """
    head, _, rest = text.partition(_BEGIN_EVENT)
    series, *others = (event.partition(_END_EVENT)[0] for event in rest.split(_BEGIN_EVENT))
    instead = {_original(event, zone): event for event in others}
    by_days = _by_days(series)
    words: dict[str, str] = {}
    events = []
    for span in spans:
        event = instead.get(span.original_at, series)
        if event not in words:
            # Each time property begins a line: what looks like one inside a text is preceded by the space of a continued line.
            words[event] = "".join(part for part in re.split(f"(?m)^{_TIMES.pattern}", event) if part)
        whole_days = _by_days(event)
        events.append(
            f"{_BEGIN_EVENT}{_when('RECURRENCE-ID', span.original_at, by_days, zone)}"
            f"{_when('DTSTART', span.starts_at, whole_days, zone)}{_when('DTEND', span.ends_at, whole_days, zone)}"
            f"{words[event]}{_END_EVENT}"
        )
    return _TIMEZONES.sub("", head) + "".join(events) + END


def _by_days(event: str) -> bool:
    """Whether the lines of *event* say whole days."""
    return "\r\nDTSTART;VALUE=DATE:" in f"\r\n{event}"


def _original(event: str, zone: str) -> datetime:
    """The instant that the RECURRENCE-ID of *event* means."""
    found = _ORIGINAL.search(event)
    assert found is not None  # noqa: S101 - every event but the first has one
    told_in, day, hour = found.groups()
    wall = datetime.strptime(day + (hour or "T000000")[:7], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - its zone comes next
    if hour and hour.endswith("Z"):
        return wall.replace(tzinfo=UTC)
    return instant_of(wall.date(), wall.time(), told_in or zone)


def is_series(text: str) -> bool:
    """Whether a stored calendar object repeats. A line that begins so is nothing else: text that continues one begins with a space."""
    return "\r\nRRULE:" in text or "\r\nRDATE:" in text


def _when(name: str, instant: datetime, whole_days: bool, zone: str) -> str:
    if whole_days:
        return f"{name};VALUE=DATE:{instant.astimezone(ZoneInfo(zone)):%Y%m%d}\r\n"
    return f"{name}:{instant:%Y%m%dT%H%M%SZ}\r\n"
