"""The four reports on a calendar, from rows to text (K-60)."""

from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote, urlparse
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from radicale.pathutils import sanitize_path
from radicale.xmlutils import make_clark

from rdvdav.feeds.read import Shown, objects_matching, objects_named
from rdvdav.feeds.sync import delta_since
from rdvdav_radicale.bodies import Unclear
from rdvdav_radicale.collection import HREF
from rdvdav_radicale.filters import wanted
from rdvdav_radicale.multistatus import multistatus, not_found, responses
from rdvdav_radicale.told import IN_REPORT, Shelved, told
from rdvdav_radicale.visit import Visit

_PROP, _TOKEN, _NAME = make_clark("D:prop"), make_clark("D:sync-token"), make_clark("D:href")
_FILTER, _ADDRESS_FILTER, _EXPAND = make_clark("C:filter"), make_clark("CR:filter"), make_clark("C:expand")
_ADDRESS_DATA = make_clark("CR:address-data")

Parts = tuple[list[str], list[Shown]]
"""What a multistatus begins with, and the events of which it tells."""


def report(visit: Visit, where: Shelved, body: Element) -> bytes:
    """The multistatus that answers *body*, which is `prepared`, about the calendar *where*.

    Raises:
        Unclear, Refusal, ValueError, SyncTokenUnknown: It is Radicale's to answer or to refuse.
    """
    asked = body.find(_PROP)
    tags = [element.tag for element in asked] if asked is not None else []
    # Asked for nothing, Radicale tells nothing; and it would expand wherever it finds the word.
    if not tags or not all(tag.startswith("{") for tag in tags) or _ADDRESS_DATA in tags or _has(body, _EXPAND):
        raise Unclear
    parts, found = _REPORTS[body.tag](visit, where, body)
    shown = list(visit.expanded(where.calendar, found))
    visit.close()
    return multistatus([*parts, *responses(where.path, tags, told(IN_REPORT, where, tags), shown)])


def _sync(visit: Visit, where: Shelved, body: Element) -> Parts:
    """The token and what is gone, then what there is (RFC 6578 §3.2)."""
    _require_no_filter(body)
    token = (body.findtext(_TOKEN) or "").strip()
    delta = delta_since(visit.session, where.calendar, token, texts=visit.texts)
    if visit.limit is not None and len(delta.shown) + len(delta.gone) > visit.limit:
        raise Unclear
    gone = [not_found(f"{where.path}{quote(href)}") for href in delta.gone]
    return [f"<sync-token>{escape(delta.token)}</sync-token>", *gone], delta.shown


def _multiget(visit: Visit, where: Shelved, body: Element) -> Parts:
    """What is not there, then what is (RFC 4791 §7.9): each once, however often and in whatever way it was named."""
    _require_no_filter(body)
    paths: dict[str, str | None] = {}
    for element in body.iterfind(_NAME):
        href = element.text or ""
        name = href[len(where.path) :] if href.startswith(where.path) else ""
        if HREF.fullmatch(name):
            paths[href] = name
        else:
            paths.update(_read(href, where))
    names = [name for name in paths.values() if name is not None]
    shown = list(objects_named(visit.session, where.calendar, names, texts=visit.texts))
    there = {each.href for each in shown}
    return [not_found(quote(path)) for path, name in paths.items() if name not in there], shown


def _read(href: str, where: Shelved) -> dict[str, str | None]:
    """The path that *href* means, as Radicale reads it, and the name of an event if it can be one; nothing when it is elsewhere.

    Raises:
        Unclear: It is the calendar itself: Radicale lists it then.
    """
    path = sanitize_path(unquote(urlparse(href).path))
    if not f"{path}/".startswith(f"{where.mount}/"):
        return {}
    if f"{path}/" == where.path or path == where.path:
        raise Unclear
    name = path[len(where.path) :] if path.startswith(where.path) else ""
    return {path: name if HREF.fullmatch(name) else None}


def _query(visit: Visit, where: Shelved, body: Element) -> Parts:
    """What matches the filters (RFC 4791 §7.8), where SQL alone can tell."""
    if _has(body, _ADDRESS_FILTER):
        raise Unclear
    want = wanted(body.iterfind(_FILTER), repeats=where.calendar.repeats)
    if not want.exact and not want.nothing:
        raise Unclear
    if want.nothing:
        return [], []
    found = objects_matching(
        visit.session,
        where.calendar,
        start=want.start,
        end=want.end,
        uid_part=want.uid_part,
        any_case=want.any_case,
        texts=visit.texts,
    )
    return [], list(found)


_REPORTS: Mapping[str, Callable[[Visit, Shelved, Element], Parts]] = {
    make_clark("D:sync-collection"): _sync,
    make_clark("C:calendar-multiget"): _multiget,
    make_clark("C:calendar-query"): _query,
}


def _require_no_filter(body: Element) -> None:
    """Leave to Radicale what filters where there is nothing to filter.

    Raises:
        Unclear: It does.
    """
    if _has(body, _FILTER) or _has(body, _ADDRESS_FILTER):
        raise Unclear


def _has(body: Element, tag: str) -> bool:
    return next(body.iter(tag), None) is not None
