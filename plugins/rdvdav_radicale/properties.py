"""What PROPFIND tells (K-24): Radicale makes the properties, and what is not ours is taken out again."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from radicale.xmlutils import make_clark

OFFERED = tuple(
    make_clark(name)
    for name in (
        "D:resourcetype",
        "D:displayname",
        "D:current-user-principal",
        "D:principal-URL",
        "D:owner",
        "D:current-user-privilege-set",
        "D:supported-report-set",
        "D:getetag",
        "D:getlastmodified",
        "D:getcontenttype",
        "D:sync-token",
        "CS:getctag",
        "C:calendar-home-set",
        "C:calendar-user-address-set",
        "C:calendar-description",
        "C:calendar-timezone",
        "C:supported-calendar-component-set",
        "ICAL:calendar-color",
        "ICAL:calendar-order",
    )
)
"""All there are; what `allprop` gives where it applies."""

WITHHELD = frozenset(
    make_clark(name)
    for name in (
        "D:getcontentlength",  # would have every event read
        "D:principal-collection-set",  # the root lists nobody
        "C:max-resource-size",  # nothing is uploaded
        "CR:addressbook-home-set",
        "CR:supported-address-data",
        "CS:source",
        "RADICALE:version",
        "RADICALE:displayname",
        "RADICALE:getcontentcount",
    )
)
"""Properties Radicale knows and we do not have; it is not asked for them."""

REPORTS = frozenset(
    make_clark(name) for name in ("D:sync-collection", "C:calendar-multiget", "C:calendar-query", "C:free-busy-query")
)
"""The reports there are (K-23)."""

MOST_PROPERTIES = 100
"""Names in one request: each is answered once for every event. Calendar programs ask for some twenty."""

_REPORT_SET = make_clark("D:supported-report-set")
_PROP, _PROPSTAT, _STATUS = make_clark("D:prop"), make_clark("D:propstat"), make_clark("D:status")
_FOUND, _MISSING = "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"


class Asked:
    """A PROPFIND's body: made explicit, and the answer to it made fit.

    Attributes:
        tags: The properties asked for, each once.
        by_name: Whether the client named them.
        names_only: Whether it wants no values.
    """

    def __init__(self, body: Element | None) -> None:
        """Read *body*; none means allprop (RFC 4918 §9.1).

        Raises:
            RuntimeError: It is no PROPFIND; Radicale's word for 400.
        """
        if body is not None and (body.tag != make_clark("D:propfind") or not len(body)):
            raise RuntimeError("no propfind")
        prop = None if body is None else body.find(_PROP)
        self.by_name = prop is not None
        self.names_only = body is not None and body.find(make_clark("D:propname")) is not None
        self.tags = OFFERED if prop is None else tuple(each.tag for each in distinct(prop))
        if not all(tag.startswith("{") for tag in self.tags):
            raise RuntimeError("a property without a namespace")
        self._withheld = [tag for tag in self.tags if tag in WITHHELD]
        self._fit_to_send = self.by_name and not self._withheld and _REPORT_SET not in self.tags
        self.body = Element(make_clark("D:propfind"))
        asked = SubElement(self.body, _PROP)
        asked.extend(Element(tag) for tag in self.tags if tag not in WITHHELD)

    def fit(self, multistatus: Element) -> None:
        """Take out of Radicale's answer what is not ours."""
        if self._fit_to_send:
            return
        for response in multistatus.iter(make_clark("D:response")):
            found, missing = _props(response, _FOUND), _props(response, _MISSING)
            missing.extend(Element(tag) for tag in self._withheld)
            for reports in found.iter(_REPORT_SET):
                _only_ours(reports)
            if self.names_only:
                found[:] = [Element(element.tag) for element in found]
            _keep_filled(response, drop_missing=not self.by_name)


def distinct(prop: Element) -> list[Element]:
    """What stands in *prop*, the first of each name.

    Raises:
        RuntimeError: They are too many to be meant.
    """
    found: dict[str, Element] = {}
    for element in prop:
        found.setdefault(element.tag, element)
    if len(found) > MOST_PROPERTIES:
        raise RuntimeError("too many properties")
    return list(found.values())


def _props(response: Element, status: str) -> Element:
    """The prop element of the propstat with *status*, made if there is none."""
    for propstat in response.iter(_PROPSTAT):
        if propstat.findtext(_STATUS) == status:
            return next(propstat.iter(_PROP))
    propstat = SubElement(response, _PROPSTAT)
    prop = SubElement(propstat, _PROP)
    SubElement(propstat, _STATUS).text = status
    return prop


def _only_ours(reports: Element) -> None:
    for report in list(reports):
        if not any(element.tag in REPORTS for element in report.iter()):
            reports.remove(report)


def _keep_filled(response: Element, *, drop_missing: bool) -> None:
    """Remove propstats that hold nothing, but leave one; and the 404 when nobody asked for those by name."""
    for propstat in _propstats(response):
        missing = propstat.findtext(_STATUS) == _MISSING
        empty = not len(next(propstat.iter(_PROP)))
        if (missing and drop_missing) or (empty and sum(1 for _ in _propstats(response)) > 1):
            response.remove(propstat)


def _propstats(response: Element) -> Iterator[Element]:
    yield from response.findall(_PROPSTAT)


def multistatus_of_refused(body: Element | None, href: str) -> Element:
    """The answer to a PROPPATCH that changes nothing: every property in it is protected.

    Raises:
        RuntimeError: *body* is no PROPPATCH.
    """
    if body is None or body.tag != make_clark("D:propertyupdate"):
        raise RuntimeError("no propertyupdate")
    actions = [*body.findall(make_clark("D:set")), *body.findall(make_clark("D:remove"))]
    tags = {element.tag: None for action in actions for prop in action.findall(_PROP) for element in prop}
    if not tags or not all(tag.startswith("{") for tag in tags):
        raise RuntimeError("no property to change")
    multistatus = Element(make_clark("D:multistatus"))
    response = SubElement(multistatus, make_clark("D:response"))
    SubElement(response, make_clark("D:href")).text = href
    propstat = SubElement(response, _PROPSTAT)
    SubElement(propstat, _PROP).extend(Element(tag) for tag in tags)
    SubElement(propstat, _STATUS).text = "HTTP/1.1 403 Forbidden"
    SubElement(SubElement(propstat, make_clark("D:error")), make_clark("D:cannot-modify-protected-property"))
    return multistatus
