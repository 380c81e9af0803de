"""A REPORT's body before Radicale reads it: refused where Radicale would stumble, spared what would cost and change nothing."""

from datetime import datetime
from re import compile as pattern
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from radicale.pathutils import sanitize_path
from radicale.xmlutils import make_clark

from rdvdav_radicale.filters import LONGEST_PARSED, instant
from rdvdav_radicale.properties import REPORTS, distinct
from rdvdav_radicale.refusal import Refusal
from rdvdav_radicale.visit import Visit

MOST_TESTS = 100
"""Elements in the filters of one request: each may be tried on every event."""
MOST_FIGURES = 9
"""Of a limit; there are fewer events than any longer number says."""

FREE_BUSY = make_clark("C:free-busy-query")

_DATA, _EXPAND, _RANGE = make_clark("C:calendar-data"), make_clark("C:expand"), make_clark("C:time-range")
_PLAIN = pattern(r"[A-Za-z0-9._/-]+\.ics")
"""An href with nothing to decode in it."""


def prepared(visit: Visit, body: Element | None, mount: str) -> Element:
    """*body*, checked; what it asks for is noted in *visit*.

    Raises:
        RuntimeError: It is empty or malformed.
        Refusal: There is no such report, or no end to its filters.
    """
    if body is None:
        raise RuntimeError("an empty report")
    if body.tag not in REPORTS:
        raise Refusal("D:supported-report")
    for prop in body.findall(make_clark("D:prop")):
        prop[:] = distinct(prop)
    if sum(1 for filters in body.findall(make_clark("C:filter")) for _ in filters.iter()) > MOST_TESTS:
        raise Refusal("C:supported-filter")
    data = list(body.iter(_DATA))
    visit.texts = bool(data)
    visit.limit = _limit(body)
    for element in data:
        # Done without Radicale, which would parse each event to find out.
        for expand in element.findall(_EXPAND):
            visit.expand = _bounds(expand)
            element.remove(expand)
    for href in body.findall(make_clark("D:href")):
        href.text = _href(href.text, mount)
    if body.tag == FREE_BUSY:
        span_of(body)
    return body


def span_of(body: Element) -> tuple[datetime, datetime]:
    """The time that a free-busy-query is about.

    Raises:
        RuntimeError: It has no start, or no later end.
        Refusal: It is longer than anybody looks ahead.
    """
    start, end = _bounds(body.find(_RANGE))
    if end - start > LONGEST_PARSED:
        raise Refusal("D:number-of-matches-within-limits")
    return start, end


def _bounds(span: Element | None) -> tuple[datetime, datetime]:
    """The two ends of a stretch of time.

    Raises:
        RuntimeError: It has no start, or no later end.
    """
    try:
        start, end = (instant(span.get(side)) for side in ("start", "end")) if span is not None else (None, None)
    except ValueError as error:
        raise RuntimeError("no times") from error
    if start is None or end is None or end <= start:
        raise RuntimeError("a stretch of time needs a start and a later end")
    return start, end


def _limit(body: Element) -> int | None:
    """The most results the client takes (RFC 5323 §5.17)."""
    text = body.findtext(f"{make_clark('D:limit')}/{make_clark('D:nresults')}")
    if text is None:
        return None
    if not text.strip().isascii() or not text.strip().isdigit():
        raise RuntimeError("a limit that is no number")
    figures = text.strip().lstrip("0") or "0"
    return int(figures) if len(figures) <= MOST_FIGURES else None


def _href(text: str | None, mount: str) -> str:
    """The href, trimmed; one that names the mount gets a slash, without which Radicale fails."""
    href = (text or "").strip()
    if _PLAIN.fullmatch(href):
        return href
    try:
        path = urlsplit(href).path
    except ValueError as error:
        raise RuntimeError("an href that is none") from error
    if not href:
        raise RuntimeError("an empty href")
    if not path.endswith(".ics") and sanitize_path(unquote(path)) == mount:
        return f"{mount}/"
    return href
