"""Sync tokens, and what changed since one was given (RFC 6578, K-25).

A token names the state that was sent: which collection at which level and epoch, up to which version, from which day on. Whatever
else comes back as a token is foreign, and the client reads everything again.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from rdvdav.database import is_behind
from rdvdav.errors import Stale
from rdvdav.feeds.read import IN_WINDOW, OBJECTS, Calendar, Shown, columns_of_shown, every_object, shown_by

_NUMBER = "(0|[1-9][0-9]{0,14})"
_TOKEN = re.compile(f"rdvdav:sync/([a-z0-9]+)/([a-z]+)/([A-Za-z0-9]+)/{_NUMBER}/{_NUMBER}")


_IS_THERE, _OVER = OBJECTS.text.is_not(None), OBJECTS.ends_at <= bindparam("window")
_CHANGED = (OBJECTS.collection_id == bindparam("collection")) & or_(
    (OBJECTS.version > bindparam("seen")) & (OBJECTS.version <= bindparam("version")),
    _IS_THERE & (OBJECTS.ends_at > bindparam("seen_window")) & _OVER,
)
"""True of rows written since the version *seen*, and of those the window has left behind since *seen_window*."""
_EVERY_HREF = select(OBJECTS.href).where(IN_WINDOW)
_CHANGED_HREFS = select(OBJECTS.href).where(_CHANGED)


@cache
def _changed_objects(texts: bool) -> Select[Any]:
    return select(_IS_THERE & ~_OVER, *columns_of_shown(texts)).where(_CHANGED)


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


class Delta(NamedTuple):
    """Changes together with what they changed.

    Attributes:
        token: As of `Changes`.
        shown: Members that came or changed.
        gone: Hrefs of those that were removed.
    """

    token: str
    shown: list[Shown]
    gone: list[str]


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
        return Changes(now, _hrefs(session, _EVERY_HREF, shown_by(calendar)))
    since = _read(session, calendar, token)
    if since is None:
        return Changes(token, ())
    return Changes(now, _hrefs(session, _CHANGED_HREFS, since))


def delta_since(session: Session, calendar: Calendar, token: str, *, texts: bool = False) -> Delta:
    """The same, with the members themselves; one statement, or none when nothing changed.

    Raises:
        SyncTokenUnknown: As `changes_since`.
    """
    now = sync_token(calendar)
    if not token:
        return Delta(now, list(every_object(session, calendar, texts=texts)), [])
    since = _read(session, calendar, token)
    if since is None:
        return Delta(token, [], [])
    rows = session.execute(_changed_objects(texts), since).all()
    return Delta(now, [Shown._make(row[1:]) for row in rows if row[0]], [row[1] for row in rows if not row[0]])


def _read(session: Session, calendar: Calendar, token: str) -> dict[str, Any] | None:
    """What *token* names, checked against *calendar*: the parameters of `_CHANGED`.

    None when nothing changed since: it names the present state, or one that a replica has not heard of yet (K-25).
    """
    match = _TOKEN.fullmatch(token)
    if match is None or match.group(1, 2, 3) != (calendar.slug, calendar.level.value, calendar.epoch):
        raise SyncTokenUnknown(token)
    version, window, present = int(match[4]), int(match[5]), int(calendar.window_start.timestamp())
    if (version, window) == (calendar.version, present):
        return None
    ahead = version > calendar.version or window > present
    if ahead and is_behind(session):
        return None
    if ahead or version < calendar.floor:
        raise SyncTokenUnknown(token)
    seen = {"seen": version, "version": calendar.version, "seen_window": datetime.fromtimestamp(window, UTC)}
    return shown_by(calendar) | seen


def _hrefs(session: Session, statement: Select[str], parameters: dict[str, Any]) -> Iterator[str]:
    yield from session.scalars(statement, parameters)
