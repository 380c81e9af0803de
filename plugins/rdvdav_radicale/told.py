"""What each kind of resource tells of itself (K-24), as XML texts: the same that Radicale makes of collections and items."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from urllib.parse import quote
from xml.sax.saxutils import escape

from radicale.xmlutils import make_clark
from werkzeug.http import http_date

from rdvdav.feeds.read import Calendar
from rdvdav.feeds.sync import sync_token
from rdvdav.feeds.webcal import etag_of
from rdvdav_radicale.collection import properties_of
from rdvdav_radicale.multistatus import ETAG, MODIFIED, TEXT


@dataclass(frozen=True)
class Shelf:
    """The root, or the home of *principal*, who signed in; *mount* is the path of the root without a slash at its end."""

    mount: str
    principal: str

    def path_of(self, principal: str | None) -> str:
        """The home of *principal*, quoted; the root for none."""
        return quote(f"{self.mount}/{principal}/" if principal else f"{self.mount}/")


@dataclass(frozen=True)
class Shelved(Shelf):
    """A calendar in that home."""

    calendar: Calendar

    @cached_property
    def path(self) -> str:
        """Where it stands, quoted."""
        return f"{self.path_of(self.principal)}{self.calendar.slug}/"


Where = TypeVar("Where", bound=Shelf)
Told = Mapping[str, Callable[[Where], str]]
"""What makes the content of each property, by its tag."""


def told(kind: Told[Where], where: Where, tags: Iterable[str]) -> dict[str, str]:
    """The content of those of *tags* that a resource of *kind* has."""
    return {tag: kind[tag](where) for tag in tags if tag in kind}


def _always(text: str) -> Callable[[Shelf], str]:
    return lambda _where: text


def _to_home(where: Shelf) -> str:
    return f"<href>{where.path_of(where.principal)}</href>"


def _to_owner(where: Shelved) -> str:
    return f"<href>{where.path_of(where.calendar.owner)}</href>" if where.calendar.owner else ""


def _plain(name: str) -> Callable[[Shelved], str]:
    return lambda where: escape(properties_of(where.calendar)[name])


def _name(where: Shelved) -> str:
    return escape(where.calendar.title or f"{where.principal}/{where.calendar.slug}")


def _named(**texts: Callable[[Where], str]) -> dict[str, Callable[[Where], str]]:
    """By tag: the first underscore of a name ends its prefix, others stand for dashes."""
    return {make_clark(name.replace("_", ":", 1).replace("_", "-")): text for name, text in texts.items()}


_READ = "<privilege><read /></privilege>"
_OURS = "".join(
    f"<supported-report><report><{name} /></report></supported-report>"
    for name in ("sync-collection", "C:calendar-multiget", "C:calendar-query", "C:free-busy-query")
)

ROOT: Told[Shelf] = _named(
    D_current_user_principal=_to_home,
    D_current_user_privilege_set=_always(_READ),
    D_supported_report_set=_always(""),
    D_resourcetype=_always("<collection />"),
    D_owner=_always(""),
)
HOME: Told[Shelf] = {
    **ROOT,
    **_named(
        D_resourcetype=_always("<principal /><collection />"),
        D_owner=_to_home,
        D_principal_URL=_to_home,
        C_calendar_home_set=_to_home,
        C_calendar_user_address_set=_to_home,
    ),
}
CALENDAR: Told[Shelved] = _named(
    D_current_user_principal=_to_home,
    D_current_user_privilege_set=_always(f"{_READ}<privilege><C:read-free-busy /></privilege>"),
    D_supported_report_set=_always(_OURS),
    D_resourcetype=_always("<C:calendar /><collection />"),
    D_owner=_to_owner,
    D_displayname=_name,
    D_getetag=lambda where: escape(etag_of(where.calendar)),
    CS_getctag=lambda where: escape(etag_of(where.calendar)),
    D_sync_token=lambda where: escape(sync_token(where.calendar)),
    D_getlastmodified=lambda where: http_date(where.calendar.changed_at),
    D_getcontenttype=_always("text/calendar"),
    C_supported_calendar_component_set=_always('<C:comp name="VEVENT" />'),
    C_calendar_description=_plain("C:calendar-description"),
    C_calendar_timezone=_plain("C:calendar-timezone"),
    ICAL_calendar_color=_plain("ICAL:calendar-color"),
    ICAL_calendar_order=_plain("ICAL:calendar-order"),
)
EVENT: Told[Shelved] = _named(
    D_current_user_principal=_to_home,
    D_current_user_privilege_set=_always(_READ),
    D_supported_report_set=_always(""),
    D_resourcetype=_always(""),
    D_owner=_to_owner,
    D_getetag=_always(ETAG),
    D_getlastmodified=_always(MODIFIED),
    D_getcontenttype=_always("text/calendar;charset=utf-8;component=VEVENT"),
)
IN_REPORT: Told[Shelved] = _named(
    D_getetag=EVENT[make_clark("D:getetag")],
    D_getcontenttype=EVENT[make_clark("D:getcontenttype")],
    C_calendar_data=_always(TEXT),
)
"""Of an event, in a report: no more than Radicale tells there."""
