"""A VFREEBUSY: when somebody is busy or not there, and nothing of why (RFC 5545 §3.6.4)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from rdvdav.ical.text import END, calendar

Period = tuple[str, str]
"""A start and a later end, in UTC and as iCalendar writes them: `20261124T080000Z`. They sort as the instants do."""

_HEAD = calendar(()).removesuffix(END)


def render_free_busy(
    uid: str, stamp: datetime, span: Period, busy: Iterable[Period], unavailable: Iterable[Period] = ()
) -> str:
    """The whole calendar object. The periods of a kind are by start and apart from each other.

    Written out here, for there may be hundreds and nothing in them needs escaping or folding.

    Args:
        uid: At most 70 ASCII letters, figures, dashes, full stops and an @.
        stamp: DTSTAMP: the instant of which this is true.
        span: What was looked at; outside of it nothing is said.
        busy: Taken time.
        unavailable: Time that nobody may ask for.
    """
    lines = "".join([*_lines("BUSY", busy), *_lines("BUSY-UNAVAILABLE", unavailable)])
    return (
        f"{_HEAD}BEGIN:VFREEBUSY\r\nUID:{uid}\r\nDTSTAMP:{in_utc(stamp)}\r\n"
        f"DTSTART:{span[0]}\r\nDTEND:{span[1]}\r\n{lines}END:VFREEBUSY\r\n{END}"
    )


def _lines(kind: str, periods: Iterable[Period]) -> Iterator[str]:
    return (f"FREEBUSY;FBTYPE={kind}:{start}/{end}\r\n" for start, end in periods)


def in_utc(instant: datetime) -> str:
    """*instant*, which is in UTC, as iCalendar writes it (RFC 5545 §3.3.5)."""
    return f"{instant:%Y%m%dT%H%M%SZ}"
