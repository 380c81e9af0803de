"""A VFREEBUSY: when somebody is busy or not there, and nothing of why (RFC 5545 §3.6.4)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from rdvdav.ical.event import utc
from rdvdav.ical.text import END, calendar

Period = tuple[datetime, datetime]
"""Two aware instants, the start and a later end."""

_HEAD = calendar(()).removesuffix(END)


def render_freebusy(
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
    lines = [*_lines("BUSY", busy), *_lines("BUSY-UNAVAILABLE", unavailable)]
    return (
        f"{_HEAD}BEGIN:VFREEBUSY\r\nUID:{uid}\r\nDTSTAMP:{_written(stamp)}\r\n"
        f"DTSTART:{_written(span[0])}\r\nDTEND:{_written(span[1])}\r\n{''.join(lines)}END:VFREEBUSY\r\n{END}"
    )


def _lines(kind: str, periods: Iterable[Period]) -> Iterator[str]:
    return (f"FREEBUSY;FBTYPE={kind}:{_written(start)}/{_written(end)}\r\n" for start, end in periods)


def _written(instant: datetime) -> str:
    return f"{utc(instant):%Y%m%dT%H%M%SZ}"
