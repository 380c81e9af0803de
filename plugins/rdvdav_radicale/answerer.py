"""The short path: the requests that make the load, answered from rows to text before Radicale sees them (K-60).

It answers only who signed in, about their own home, what it understands to the last element and what succeeds. All else, and above
all whatever is refused, falls through to Radicale untouched. Radicale is complete without it, and what its answers are compared with.
"""

import re
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote
from wsgiref.types import WSGIEnvironment

from werkzeug.http import http_date, is_resource_modified

from rdvdav.errors import RdvdavError
from rdvdav.feeds.free_busy import free_busy
from rdvdav.feeds.read import Calendar, every_object, objects_named
from rdvdav.feeds.webcal import etag_of, feed_of
from rdvdav_radicale import bodies, told
from rdvdav_radicale.application import HEADERS
from rdvdav_radicale.bodies import Unclear
from rdvdav_radicale.multistatus import multistatus, response, responses
from rdvdav_radicale.properties import Asked
from rdvdav_radicale.refusal import Refusal
from rdvdav_radicale.reports import FREE_BUSY, prepared, span_of
from rdvdav_radicale.short_reports import report
from rdvdav_radicale.visit import Visit

_MOUNT = re.compile(r"(?:/[A-Za-z0-9_-]+)*")
_PATH = re.compile(r"/?|/([a-z0-9]+)(?:/|/([a-z0-9]+)(?:/|/([A-Za-z0-9_-][A-Za-z0-9._-]*))?)?")
"""The root, a home, a calendar or an event, written plainly."""
_LOGIN = re.compile(r"[A-Za-z0-9._+-]+(?:@[A-Za-z0-9.-]+)?")
"""Logins about which Radicale has no misgivings."""

_CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")
_XML, _ICALENDAR = "text/xml; charset=utf-8", "text/calendar; charset=utf-8"


class Answer(NamedTuple):
    """What a WSGI application answers."""

    status: str
    headers: list[tuple[str, str]]
    body: list[bytes]


class Found(NamedTuple):
    """What a request is about.

    Attributes:
        calendar: None for the root and the home.
        href: Of an event in the calendar.
    """

    visit: Visit
    shelf: told.Shelf
    is_root: bool
    calendar: Calendar | None
    href: str | None

    @property
    def shelved(self) -> told.Shelved:
        """The calendar where it stands.

        Raises:
            Unclear: It is about none.
        """
        if self.calendar is None:
            raise Unclear
        return told.Shelved(self.shelf.mount, self.shelf.principal, self.calendar)


def answer(visit: Visit, environ: WSGIEnvironment) -> Answer | None:
    """The answer to a request that `Hardened` let through; None when it is Radicale's."""
    method = _METHODS.get(environ["REQUEST_METHOD"])
    if method is None:
        return None
    try:
        return method(_found(visit, environ), environ)
    # Whatever is wrong with a request is told by Radicale, in the words of `application`.
    except (Unclear, Refusal, RuntimeError, ValueError, RdvdavError):
        return None


def _found(visit: Visit, environ: WSGIEnvironment) -> Found:
    """Who asks for what.

    Raises:
        Unclear: Not plainly written, not signed in, not the reader's own, or not there.
    """
    mount, path = environ.get("SCRIPT_NAME", ""), _PATH.fullmatch(environ.get("PATH_INFO", ""))
    credentials = _credentials(environ.get("HTTP_AUTHORIZATION", ""))
    if path is None or credentials is None or not _MOUNT.fullmatch(mount):
        raise Unclear
    reader = visit.sign_in(*credentials)
    principal, slug, href = path.groups()
    if reader is None or principal not in (None, reader.principal):
        raise Unclear
    calendar = visit.calendar(slug) if slug else None
    if slug and calendar is None:
        raise Unclear
    return Found(visit, told.Shelf(mount, reader.principal), principal is None, calendar, href)


def _credentials(authorization: str) -> tuple[str, str] | None:
    """The login and the password of a Basic header as `Hardened` writes it, if they are plain letters."""
    scheme, _, given = authorization.partition(" ")
    if scheme != "Basic":
        return None
    text = b64decode(given)
    login, colon, password = text.decode("ascii", "replace").partition(":")
    login = unquote(login)
    return (login, password) if text.isascii() and colon and _LOGIN.fullmatch(login) else None


# --- methods


def _propfind(found: Found, environ: WSGIEnvironment) -> Answer:
    """Named properties, to a depth of 0 or 1."""
    depth = environ.get("HTTP_DEPTH")
    asked = Asked(bodies.read(environ))
    if depth not in ("0", "1") or not asked.by_name or asked.names_only:
        raise Unclear
    return _answer("207 Multi-Status", _XML, multistatus(_responses(found, asked.tags, deep=depth == "1")), environ)


def _responses(found: Found, tags: tuple[str, ...], *, deep: bool) -> Iterator[str]:
    """Of what was found and, if *deep*, of what is in it."""
    visit, shelf = found.visit, found.shelf
    if found.href is not None:
        yield from _events(found, tags)
    elif found.calendar is not None:
        yield _calendar(found.shelved, tags)
        if deep:
            yield from _events(found, tags)
    else:
        principal, kind = (None, told.ROOT) if found.is_root else (shelf.principal, told.HOME)
        yield response(shelf.path_of(principal), tags, told.told(kind, shelf, tags))
        if deep and not found.is_root:
            for calendar in visit.calendars:
                yield _calendar(told.Shelved(shelf.mount, shelf.principal, calendar), tags)


def _calendar(where: told.Shelved, tags: tuple[str, ...]) -> str:
    return response(where.path, tags, told.told(told.CALENDAR, where, tags))


def _events(found: Found, tags: tuple[str, ...]) -> Iterator[str]:
    """All events of the calendar, or the one that was asked for.

    Raises:
        Unclear: That is not there.
    """
    where, session = found.shelved, found.visit.session
    if found.href is None:
        shown = list(every_object(session, where.calendar))
    else:
        shown = list(objects_named(session, where.calendar, [found.href]))
        if not shown:
            raise Unclear
    found.visit.close()
    return responses(where.path, tags, told.told(told.EVENT, where, tags), shown)


def _report(found: Found, environ: WSGIEnvironment) -> Answer:
    """The four reports there are, on calendars."""
    where = found.shelved
    if found.href is not None:
        raise Unclear
    body = prepared(found.visit, bodies.read(environ), where.mount)
    if body.tag == FREE_BUSY:
        text = free_busy(found.visit.session, where.calendar, *span_of(body))
        return _answer("200 OK", _ICALENDAR, text.encode(), environ)
    return _answer("207 Multi-Status", _XML, report(found.visit, where, body), environ)


def _get(found: Found, environ: WSGIEnvironment) -> Answer:
    """An event or a whole calendar; 304 from its row alone (K-29)."""
    calendar, session = found.shelved.calendar, found.visit.session
    if found.href is None:
        etag, modified_at, text = etag_of(calendar), calendar.changed_at, None
    else:
        shown = next(objects_named(session, calendar, [found.href], texts=True), None)
        if shown is None:
            raise Unclear
        _href, etag, modified_at, text = shown
    validators = [("ETag", etag), ("Last-Modified", http_date(modified_at))]
    conditional = any(name in environ for name in _CONDITIONS)
    if conditional and not is_resource_modified(environ, etag, last_modified=modified_at):
        return Answer("304 Not Modified", [*validators, *HEADERS.items()], [])
    if text is None:
        text = feed_of(session, calendar, limit_bytes=None).text
    return _answer("200 OK", _ICALENDAR, text.encode(), environ, validators)


def _head(found: Found, environ: WSGIEnvironment) -> Answer:
    """As GET, without the body."""
    return _get(found, environ)._replace(body=[])


_METHODS: Mapping[str, Callable[[Found, WSGIEnvironment], Answer]] = {
    "PROPFIND": _propfind,
    "REPORT": _report,
    "GET": _get,
    "HEAD": _head,
}


def _answer(
    status: str, kind: str, body: bytes, environ: WSGIEnvironment, headers: list[tuple[str, str]] | None = None
) -> Answer:
    """*body* of the content type *kind*, compressed if the client takes that."""
    sent = [("Content-Type", kind), *(headers or ()), *HEADERS.items()]
    if "gzip" in (each.strip() for each in environ.get("HTTP_ACCEPT_ENCODING", "").split(",")):
        body = zlib.compress(body, wbits=16 + zlib.MAX_WBITS)
        sent.append(("Content-Encoding", "gzip"))
    sent.append(("Content-Length", str(len(body))))
    return Answer(status, sent, [body])
