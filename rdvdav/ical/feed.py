"""A webcal feed: constant first lines, the VEVENTs as they are stored, a last line (K-41)."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

import icalendar

from rdvdav.ical.text import END, PRODID, opened, text
from rdvdav.ical.timezone import vtimezone_or_utc

_REFRESH = timedelta(hours=1)
_COLOURS = {
    "black": (0, 0, 0),
    "gray": (128, 128, 128),
    "silver": (192, 192, 192),
    "maroon": (128, 0, 0),
    "red": (255, 0, 0),
    "orange": (255, 165, 0),
    "gold": (255, 215, 0),
    "olive": (128, 128, 0),
    "green": (0, 128, 0),
    "lime": (0, 255, 0),
    "teal": (0, 128, 128),
    "aqua": (0, 255, 255),
    "steelblue": (70, 130, 180),
    "blue": (0, 0, 255),
    "navy": (0, 0, 128),
    "purple": (128, 0, 128),
    "hotpink": (255, 105, 180),
}


def feed_head(name: str, zone: str, colour: str) -> str:
    """The first lines of a feed, up to and with a VTIMEZONE, so that an empty feed holds a component too.

    Args:
        name: What the calendar is called in the reader's program.
        zone: The agenda's IANA zone.
        colour: As `#rrggbb`.
    """
    head = icalendar.Calendar()
    head.add("VERSION", "2.0")
    head.add("PRODID", PRODID)
    head.add("CALSCALE", "GREGORIAN")
    head.add("X-WR-CALNAME", text(name))
    head.add("NAME", text(name))
    head.add("X-WR-TIMEZONE", text(zone))
    head.add("X-APPLE-CALENDAR-COLOR", text(colour))
    head.add("COLOR", _named(colour))
    head.add("REFRESH-INTERVAL", _REFRESH, parameters={"VALUE": "DURATION"})
    head.add("X-PUBLISHED-TTL", icalendar.vDuration(_REFRESH))
    return opened(head) + vtimezone_or_utc(zone)


def feed_text(head: str, vevents: Iterable[str]) -> str:
    """The whole feed: *head*, what `vevent_of` cut out of each object, and the end."""
    return head + "".join(vevents) + END


def vtimezone_of(rendered: str) -> str:
    """The VTIMEZONE lines of a stored object, cut out without parsing; empty where all its times are in UTC."""
    start = rendered.find("\r\nBEGIN:VTIMEZONE\r\n")
    return rendered[start + 2 : rendered.index("\r\nBEGIN:VEVENT\r\n") + 2] if start >= 0 else ""


def head_hash(head: str) -> str:
    """Says in the feed's ETag whether the first lines changed (K-41)."""
    return sha256(head.encode()).hexdigest()[:12]


def _named(colour: str) -> str:
    """The name nearest to *colour*: COLOR takes only names of CSS (RFC 7986 §5.9)."""
    wanted = bytes.fromhex(colour.removeprefix("#"))
    return min(_COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(wanted, _COLOURS[name], strict=True)))
