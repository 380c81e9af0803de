"""Secret addresses: a calendar as one text, for programs that subscribe to it (K-40, K-41). No cookie, no redirect, no page."""

import gzip
import logging
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import ETags
from werkzeug.http import quote_etag, unquote_etag

from rdvdav.clock import Clock
from rdvdav.database import is_behind
from rdvdav.feeds.access import use_is_due
from rdvdav.feeds.address import FeedContent, note_feed_read
from rdvdav.feeds.citizen_events import CitizenFeed
from rdvdav.feeds.citizen_feed import citizen_feed, citizen_feed_by_secret, note_citizen_feed_read
from rdvdav.feeds.subscription import Served, feed_by_secret, served
from rdvdav.i18n import gettext as _
from rdvdav.records.subscription import write_feed
from rdvdav_web.transaction import House, clock, house

READABLE = {FeedContent.FREE_BUSY: "libre-occupe", FeedContent.AVAILABILITY: "disponibilites"}
"""What an address says before its secret, « rendez-vous » by default; any other word there does as well."""

READERS = {
    "Google Agenda": "google",
    "Outlook": r"outlook|microsoft|exchange",
    "Apple Calendrier": r"dataaccessd|calendaragent|\bios/|macos|\bios\b",
    "Thunderbird": "thunderbird",
    "DAVx⁵ / ICSx⁵": r"icsx5|davx5",
    "Nextcloud": "nextcloud",
    "Evolution": "evolution",
    "vdirsyncer": "vdirsyncer",
}
"""Programs by name, each with what its User-Agent has in it; the User-Agent itself is kept nowhere."""

GZIP_LEVEL = 6

NoteRead = Callable[[Session, Clock, int, str | None], None]
"""Remembers that a program of that name read the address of that row."""

log = logging.getLogger(__name__)
views = Blueprint("webcal", __name__)


def feed_path(secret: str, content: FeedContent = FeedContent.COLLECTION) -> str:
    """The path of the address with *secret*, below the public address."""
    ending = "ifb" if content is FeedContent.FREE_BUSY else "ics"
    return f"/calendrier/{READABLE.get(content, 'rendez-vous')}-{secret}.{ending}"


@views.get("/calendrier/<name>.ics")
def feed(name: str) -> Response:
    """The calendar behind the secret that ends *name*, or the one 404 for whatever leads nowhere."""
    return _answer(name, free_busy=False)


@views.get("/calendrier/<name>.ifb")
def free_busy(name: str) -> Response:
    """The same for free/busy: its secrets open nothing else, and no other opens it (K-43)."""
    return _answer(name, free_busy=True)


def _answer(name: str, *, free_busy: bool) -> Response:
    secret, database = name.rpartition("-")[2], house().database
    with database.following() as session:
        response, behind = _found(session, secret, free_busy=free_busy), is_behind(session)
    if response is None and behind:  # the address may be a second old
        with database.reading() as session:
            response = _found(session, secret, free_busy=free_busy)
    if response is None:
        response = Response(_("There is no calendar at this address."), 404, mimetype="text/plain")
    return _guarded(response)


def _found(session: Session, secret: str, *, free_busy: bool) -> Response | None:
    """What the address with *secret* answers, read in *session*; None if it leads nowhere."""
    subscription = feed_by_secret(session, secret, free_busy=free_busy)
    own = citizen_feed_by_secret(session, secret) if subscription is None and not free_busy else None
    if own is not None and own.written_at is None:
        return _first_written(own)
    if own is not None:
        return _served(citizen_feed(session, own), own.id, own.last_read_at, note_citizen_feed_read)
    if subscription is None:
        return None
    address = subscription.address
    return _served(served(session, clock(), subscription), address.id, address.last_read_at, note_feed_read)


def _first_written(own: CitizenFeed) -> Response:
    """What an address answers that is older than stored texts: they are written, this once."""
    with house().database.transaction() as session:
        write_feed(session, clock(), own.citizen_id)
        return _served(citizen_feed(session, own), own.id, own.last_read_at, note_citizen_feed_read)


def _served(found: Served, row_id: int, last_read_at: datetime | None, note: NoteRead) -> Response:
    etag, _weak = unquote_etag(found.etag)
    fresh = _is_fresh(etag, found)
    response = Response(status=304) if fresh else Response(found.text(), mimetype="text/calendar")
    _describe(response, etag, found)
    _note_use(response, row_id, last_read_at, note)
    return response


def _is_fresh(etag: str, found: Served) -> bool:
    """Whether the client has it already: by ETag if it names one, plain or gzip, weak or strong; else by date."""
    if "If-None-Match" in request.headers:
        known: ETags = request.if_none_match
        return known.contains_weak(etag) or known.contains_weak(_zipped(etag))
    since = request.if_modified_since
    return since is not None and found.changed_at is not None and found.changed_at.replace(microsecond=0) <= since


def _describe(response: Response, etag: str, found: Served) -> None:
    """Validators, and the gzip body for who takes it."""
    if request.accept_encodings["gzip"]:
        etag = _zipped(etag)
        if response.status_code == 200:
            response.set_data(gzip.compress(response.get_data(), GZIP_LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
    response.headers["ETag"] = quote_etag(etag)
    if found.changed_at is not None:  # Werkzeug would take None for now
        response.last_modified = found.changed_at
    response.headers["Cache-Control"] = "private, no-cache"


def _zipped(etag: str) -> str:
    return f"{etag}-gz"


def _guarded(response: Response) -> Response:
    """What holds for every answer here, found or not."""
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _note_use(response: Response, row_id: int, last_read_at: datetime | None, note: NoteRead) -> None:
    """Remember the reading once the answer is out."""
    here = house()
    if use_is_due(here.clock, last_read_at):
        reader = _reader(request.user_agent.string)
        response.call_on_close(partial(_write_use, here, row_id, reader, note))


def _write_use(here: House, row_id: int, reader: str | None, note: NoteRead) -> None:
    try:
        with here.database.transaction() as session:
            note(session, here.clock, row_id, reader)
    except SQLAlchemyError:  # the answer is out, and the next reading will be noted
        log.warning("The last reading of a feed could not be noted.")


def _reader(user_agent: str) -> str | None:
    """The program's name on our list, if it is there."""
    return next((name for name, mark in READERS.items() if re.search(mark, user_agent, re.IGNORECASE)), None)
