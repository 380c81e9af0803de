"""An agenda as a calendar: it asks the core and decides nothing. Nothing here parses iCalendar (K-4)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import islice
from re import compile as pattern
from typing import overload
from xml.etree.ElementTree import Element

from radicale.item import Item
from radicale.storage import BaseCollection
from werkzeug.http import http_date

from rdvdav.feeds import read
from rdvdav.feeds.free_busy import free_busy
from rdvdav.feeds.read import COLOUR, KINDS, Calendar, Shown
from rdvdav.feeds.sync import SyncTokenUnknown, changes_since
from rdvdav.feeds.webcal import etag_of, feed_of
from rdvdav.i18n import gettext as _
from rdvdav.ical.text import calendar as vcalendar
from rdvdav.ical.timezone import vtimezone_or_utc
from rdvdav_radicale.filters import wanted
from rdvdav_radicale.refusal import Refusal
from rdvdav_radicale.visit import Visit

HREF = pattern(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
"""What an href of ours looks like; anything else is not even asked for."""


class StoredItem(Item):
    """A stored event. All that Radicale asks of it is known, so that vobject never sees it."""

    def __init__(self, collection: "AgendaCollection", shown: Shown) -> None:
        """Of *collection*. The base class is left out: it only checks paths, at length, and sets these."""
        self.collection = collection
        self.href = shown.href
        self._collection_path = collection.path
        self._etag = shown.etag
        # Radicale serialises what it lists even when only the ETag was asked for; then there is no text, and it is not shown.
        self._text = shown.text or ""
        self._name = "VCALENDAR"
        self._component_name = "VEVENT"
        self._modified_at = shown.modified_at
        self._vobject_item = self._uid = self._time_range = None

    @property
    def last_modified(self) -> str:  # type: ignore[override]
        """Time of its last published change; made only where it is asked for."""
        return http_date(self._modified_at)


class AgendaCollection(BaseCollection):
    """One calendar in the home of who signed in."""

    def __init__(self, visit: Visit, home: str, calendar: Calendar) -> None:
        """*calendar* as listed under *home*, read in the snapshot of *visit*."""
        self._visit = visit
        self._path = f"{home}/{calendar.slug}"
        self._calendar = calendar

    @property
    def path(self) -> str:
        """Where it stands, without slashes at its ends."""
        return self._path

    @property
    def owner(self) -> str:
        """Principal of whose time it shows: not always the one in whose home it stands."""
        return self._calendar.owner or ""

    @property
    def is_principal(self) -> bool:
        """Never."""
        return False

    @property
    def tag(self) -> str:
        """A calendar."""
        return "VCALENDAR"

    @property
    def etag(self) -> str:
        """Also the ctag; from the row alone."""
        return etag_of(self._calendar)

    @property
    def last_modified(self) -> str:
        """Time of the last published change."""
        return http_date(self._calendar.changed_at)

    @overload
    def get_meta(self, key: None = None) -> Mapping[str, str]: ...

    @overload
    def get_meta(self, key: str) -> str | None: ...

    def get_meta(self, key: str | None = None) -> Mapping[str, str] | str | None:
        """Properties that are plain text (K-24), known without SQL: Radicale asks after the snapshot is closed."""
        properties = properties_of(self._calendar)
        return properties if key is None else properties.get(key)

    def sync(self, old_token: str = "") -> tuple[str, Iterable[str]]:
        """Answer a sync-collection report (RFC 6578 §3.2)."""
        try:
            token, hrefs = changes_since(self._visit.session, self._calendar, old_token)
        except SyncTokenUnknown as error:
            raise ValueError("unknown sync token") from error  # Radicale: 403 valid-sync-token
        if self._visit.limit is not None:
            hrefs = list(islice(hrefs, self._visit.limit + 1))
            if len(hrefs) > self._visit.limit:
                raise Refusal("D:number-of-matches-within-limits")
        return token, hrefs

    def get_multi(self, hrefs: Iterable[str]) -> Iterable[tuple[str, Item | None]]:
        """Each of *hrefs* with its event, or None where nothing is shown under it."""
        names = list(hrefs)  # to its end: Radicale notes other things while it yields them
        ours = [name for name in names if HREF.fullmatch(name)]
        found = {
            shown.href: shown
            for shown in self._visit.expanded(
                self._calendar, read.objects_named(self._visit.session, self._calendar, ours, texts=self._visit.texts)
            )
        }
        for name in names:
            yield name, StoredItem(self, found[name]) if name in found else None

    def get_all(self) -> Iterable[Item]:
        """All events."""
        return self._items(read.every_object(self._visit.session, self._calendar, texts=self._visit.texts))

    members = get_all

    def get_filtered(self, filters: Iterable[Element]) -> Iterable[tuple[Item, bool]]:
        """The events SQL finds for *filters*, each with whether nothing is left for Radicale to test (K-26)."""
        want = wanted(filters, repeats=self._calendar.repeats)
        if want.nothing:
            return
        rows = read.objects_matching(
            self._visit.session,
            self._calendar,
            start=want.start,
            end=want.end,
            uid_part=want.uid_part,
            any_case=want.any_case,
            texts=self._visit.texts or not want.exact,
        )
        for item in self._items(rows):
            yield item, want.exact

    def _items(self, rows: Iterable[Shown]) -> Iterator[Item]:
        return (StoredItem(self, shown) for shown in self._visit.expanded(self._calendar, rows))

    def free_busy(self, start: datetime, end: datetime) -> str:
        """When the agenda is busy between the two instants, as a VFREEBUSY."""
        return free_busy(self._visit.session, self._calendar, start, end)

    def has_uid(self, uid: str) -> bool:
        """Whether an event has *uid*."""
        return any(read.objects_matching(self._visit.session, self._calendar, uid_part=uid))

    def serialize(self, vcf_to_ics: bool = False, ShareActions: object = None) -> str:  # noqa: N803
        """The whole calendar as one text."""
        return feed_of(self._visit.session, self._calendar, limit_bytes=None).text


def properties_of(calendar: Calendar) -> Mapping[str, str]:
    """The properties of *calendar* that are plain text, by their names with Radicale's prefixes."""
    return _properties(calendar.title, calendar.zone, KINDS.index(calendar.kind))


@lru_cache(maxsize=1024)
def _properties(title: str, zone: str, rank: int) -> Mapping[str, str]:
    return {
        "D:displayname": title,
        "ICAL:calendar-color": f"{COLOUR.upper()}FF",
        "ICAL:calendar-order": str(rank + 1),
        "C:calendar-description": _("To be read only: all is changed on the web site."),
        "C:calendar-timezone": vcalendar([vtimezone_or_utc(zone)]),
        "C:supported-calendar-component-set": "VEVENT",
    }
