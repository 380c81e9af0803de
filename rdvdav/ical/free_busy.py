"""A VFREEBUSY: when somebody is busy, and nothing of why (RFC 5545 §3.6.4)."""

from collections.abc import Iterable
from datetime import datetime

from rdvdav.ical.text import END, calendar

Period = tuple[str, str]
"""A start and a later end, in UTC and as iCalendar writes them: `20261124T080000Z`. They sort as the instants do."""

_HEAD = calendar(()).removesuffix(END)


def render_free_busy(uid: str, stamp: datetime, span: Period, busy: Iterable[Period]) -> str:
    """The whole calendar object: *span* is what was looked at, *busy* the periods in it, by start and apart from each other.

    Written out here, for there may be hundreds and nothing in them needs escaping or folding.

    Args:
        uid: At most 70 ASCII letters, figures and dashes.
        stamp: Instant of the last change of what was looked at: DTSTAMP.
    """
    lines = "".join([f"FREEBUSY;FBTYPE=BUSY:{start}/{end}\r\n" for start, end in busy])
    return (
        f"{_HEAD}BEGIN:VFREEBUSY\r\nUID:{uid}\r\nDTSTAMP:{in_utc(stamp)}\r\n"
        f"DTSTART:{span[0]}\r\nDTEND:{span[1]}\r\n{lines}END:VFREEBUSY\r\n{END}"
    )


def in_utc(instant: datetime) -> str:
    """*instant*, which is in UTC, as iCalendar writes it (RFC 5545 §3.3.5)."""
    return f"{instant:%Y%m%dT%H%M%SZ}"
