"""Sync tokens, and what changed since one was given (RFC 6578, K-25).

A token names the state that was sent: which collection at which level and epoch, up to which version, from which day on. Whatever
else comes back as a token is foreign, and the client reads everything again.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from rdvdav.errors import Stale
from rdvdav.feeds.object import CalendarObject
from rdvdav.feeds.read import Calendar, in_window

_NUMBER = "(0|[1-9][0-9]{0,14})"
_TOKEN = re.compile(f"rdvdav:sync/([a-z0-9]+)/([a-z]+)/([A-Za-z0-9]+)/{_NUMBER}/{_NUMBER}")


@dataclass(eq=False)
class SyncTokenUnknown(Stale):
    """No state we sent, or one whose later deletions are forgotten: the client starts again."""

    token: str


class Changes(NamedTuple):
    """What a client must look at again.

    Attributes:
        token: Names the state after these changes.
        hrefs: Members to fetch; one that is not there any more was removed. Read from the database when iterated, once.
    """

    token: str
    hrefs: Iterable[str]


def sync_token(calendar: Calendar) -> str:
    """The token of *calendar* as it is now: a URI, made from its row alone."""
    window = int(calendar.window_start.timestamp())
    return f"rdvdav:sync/{calendar.slug}/{calendar.level}/{calendar.epoch}/{calendar.version}/{window}"


def changes_since(session: Session, calendar: Calendar, token: str) -> Changes:
    """What changed in *calendar* since *token*; everything it shows, and nothing removed, when *token* is empty.

    Raises:
        SyncTokenUnknown: Malformed, of another collection, level or epoch, from the future, or below the floor.
    """
    now = sync_token(calendar)
    if not token:
        return Changes(now, _hrefs(session, in_window(calendar)))
    version, window = _read(calendar, token)
    if token == now:
        return Changes(now, ())
    return Changes(now, _hrefs(session, _changed(calendar, version, window)))


def _read(calendar: Calendar, token: str) -> tuple[int, datetime]:
    """The version and first day that *token* names, checked against *calendar*."""
    match = _TOKEN.fullmatch(token)
    if match is None or match.group(1, 2, 3) != (calendar.slug, calendar.level.value, calendar.epoch):
        raise SyncTokenUnknown(token)
    version, window = int(match[4]), int(match[5])
    if not calendar.floor <= version <= calendar.version or window > int(calendar.window_start.timestamp()):
        raise SyncTokenUnknown(token)
    return version, datetime.fromtimestamp(window, UTC)


def _changed(calendar: Calendar, version: int, window: datetime) -> ColumnElement[bool]:
    """True of rows written since *version*, and of those the window has left behind since *window*."""
    left = (
        CalendarObject.text.is_not(None)
        & (CalendarObject.ends_at > window)
        & (CalendarObject.ends_at <= calendar.window_start)
    )
    return (CalendarObject.collection_id == calendar.id) & or_(
        (CalendarObject.version > version) & (CalendarObject.version <= calendar.version), left
    )


def _hrefs(session: Session, condition: ColumnElement[bool]) -> Iterator[str]:
    yield from session.scalars(select(CalendarObject.href).where(condition))
