"""A series written as its single occurrences by cutting lines of its stored text: nothing is rendered (RFC 4791 §9.6.5, K-26)."""

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rdvdav.ical.text import END

_BEGIN_EVENT, _END_EVENT = "BEGIN:VEVENT\r\n", "END:VEVENT\r\n"
_TIMEZONES = re.compile("BEGIN:VTIMEZONE\r\n.*?END:VTIMEZONE\r\n", re.DOTALL)
_TIMES = re.compile("(?:DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE|RECURRENCE-ID)[;:][^\r]*\r\n(?:[ \t][^\r]*\r\n)*")
"""A property line that says when, with the lines that continue it; as every line, it begins one."""


def expanded(text: str, spans: Iterable[tuple[datetime, datetime]], zone: str) -> str:
    """The calendar object *text* of a series with one event for each of *spans*, in UTC, or by local days where it takes whole days.

    Args:
        text: As stored: the series first, then the events in place of occurrences of another length.
        spans: Aware instants, the occurrences wanted with their true ends; they make those events needless.
        zone: IANA zone whose days an event of whole days covers.
    """
    head, _, rest = text.partition(_BEGIN_EVENT)
    series = rest.partition(_END_EVENT)[0]
    whole_days = "\r\nDTSTART;VALUE=DATE:" in f"\r\n{series}"
    # Each time property begins a line: what looks like one inside a text is preceded by the space of a continued line.
    words = "".join(part for part in re.split(f"(?m)^{_TIMES.pattern}", series) if part)
    events = (
        f"{_BEGIN_EVENT}{_when('RECURRENCE-ID', start, whole_days, zone)}{_when('DTSTART', start, whole_days, zone)}"
        f"{_when('DTEND', end, whole_days, zone)}{words}{_END_EVENT}"
        for start, end in spans
    )
    return _TIMEZONES.sub("", head) + "".join(events) + END


def is_series(text: str) -> bool:
    """Whether a stored calendar object repeats. A line that begins so is nothing else: text that continues one begins with a space."""
    return "\r\nRRULE:" in text or "\r\nRDATE:" in text


def _when(name: str, instant: datetime, whole_days: bool, zone: str) -> str:
    if whole_days:
        return f"{name};VALUE=DATE:{instant.astimezone(ZoneInfo(zone)):%Y%m%d}\r\n"
    return f"{name}:{instant:%Y%m%dT%H%M%SZ}\r\n"
