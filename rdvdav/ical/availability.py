"""A VAVAILABILITY: during which hours somebody may be asked, for programs that compute with it (RFC 7953)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import icalendar

from rdvdav.ical.event import utc
from rdvdav.ical.series import SeriesEntry, told
from rdvdav.ical.text import calendar, serialise, text


def render_availability(
    uid: str, stamp: datetime, span: tuple[datetime, datetime], entries: Iterable[SeriesEntry]
) -> str:
    """The whole calendar object: unavailable inside *span*, but for the hours of *entries*, of which nothing else is told.

    Args:
        stamp: DTSTAMP: the instant of which this is true.
        span: Outside of it nothing is said (RFC 7953 §3.1).
    """
    whole = icalendar.Availability()
    whole.add("UID", text(uid))
    whole.add("DTSTAMP", utc(stamp))
    whole.add("DTSTART", utc(span[0]))
    whole.add("DTEND", utc(span[1]))
    whole.add("BUSYTYPE", "BUSY-UNAVAILABLE")
    zones: dict[str, None] = {}
    for entry in entries:
        timezone, parts = told(entry)
        zones[timezone] = None
        for _facts, times in parts:
            whole.add_component(_available(entry.uid, stamp, times))
    return calendar([*filter(None, zones), serialise(whole)])


def _available(uid: str, stamp: datetime, times: Mapping[str, object]) -> icalendar.Available:
    part = icalendar.Available()
    part.add("UID", text(uid))
    part.add("DTSTAMP", utc(stamp))
    for name, value in times.items():
        part.add(name, value)
    return part
