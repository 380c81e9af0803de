"""A calendar-query's filter as something SQL can answer (RFC 4791 §9.7, K-26).

Collections hold VEVENTs of a known make, so most filters are decided here: what is never in an event matches nothing. The
few that ask for the text of a property are left to Radicale, which parses each event for it: only within a bounded time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

from radicale.xmlutils import make_clark

from rdvdav_radicale.refusal import Refusal

LONGEST_PARSED = timedelta(days=366)
"""Most time that a filter may cover whose events have to be parsed."""

COMP_FILTER, PROP_FILTER, PARAM_FILTER, TIME_RANGE, TEXT_MATCH, NOT_DEFINED = (
    make_clark(f"C:{name}")
    for name in ("comp-filter", "prop-filter", "param-filter", "time-range", "text-match", "is-not-defined")
)
ALWAYS = frozenset(
    {"UID", "DTSTAMP", "DTSTART", "DTEND", "CREATED", "LAST-MODIFIED", "SEQUENCE", "STATUS", "TRANSP", "SUMMARY"}
)
"""Properties each event has."""
NEVER = frozenset({"ATTENDEE", "ORGANIZER", "ATTACH"})
"""Properties no event has (K-12)."""
OF_SERIES = frozenset({"RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "DURATION"})
"""Properties that single events have not."""


@dataclass
class Wanted:
    """What to look for.

    Attributes:
        start, end: Instants of a half-open stretch; None leaves a side open.
        uid_part: What the UID must contain; in any capitals if *any_case*.
        nothing: No event can match.
        exact: SQL answers it all; otherwise Radicale must test each event.
        repeats: Whether series may be among what is looked through.
    """

    start: datetime | None = None
    end: datetime | None = None
    uid_part: str | None = None
    any_case: bool = True
    nothing: bool = False
    exact: bool = True
    repeats: bool = False

    @property
    def always(self) -> frozenset[str]:
        """Properties each event has."""
        return ALWAYS - {"DTEND"} if self.repeats else ALWAYS

    @property
    def never(self) -> frozenset[str]:
        """Properties no event has."""
        return NEVER if self.repeats else NEVER | OF_SERIES


def wanted(filters: Iterable[Element], *, repeats: bool = False) -> Wanted:
    """Read *filters* about a calendar that holds series if it *repeats*.

    Raises:
        ValueError: They are malformed.
        Refusal: They would have every event parsed.
    """
    want = Wanted(repeats=repeats)
    for filter_ in filters:
        for child in filter_:
            _component(want, child, ("VCALENDAR", "VEVENT"))
    if want.exact or want.nothing:
        return want
    if want.start is None or want.end is None or want.end - want.start > LONGEST_PARSED:
        raise Refusal("C:supported-filter")
    return want


def _component(want: Wanted, element: Element, there: tuple[str, ...]) -> None:
    """Read a comp-filter; *there* names the only component found at each level from here on."""
    if element.tag != COMP_FILTER:
        raise ValueError(f"no comp-filter but {element.tag}")
    found = bool(there) and element.get("name", "").upper() == there[0]
    if any(child.tag == NOT_DEFINED for child in element):
        want.nothing |= found
        return
    if not found:
        want.nothing = True
        return
    for child in element:
        if child.tag == TIME_RANGE:
            _time_range(want, child)
        elif child.tag == PROP_FILTER:
            _property(want, child, in_event=there[0] == "VEVENT")
        else:
            _component(want, child, there[1:])


def _time_range(want: Wanted, element: Element) -> None:
    start, end = instant(element.get("start")), instant(element.get("end"))
    if want.start or want.end or (start is None and end is None) or (start and end and end < start):
        raise ValueError("one time-range with a start, a later end, or both")
    want.start, want.end = start, end


def instant(text: str | None) -> datetime | None:
    """The instant that *text* writes in UTC (RFC 5545 §3.3.5); None for none.

    Raises:
        ValueError: It is written otherwise.
    """
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if text else None


def _property(want: Wanted, element: Element, *, in_event: bool) -> None:
    name = element.get("name", "").upper()
    asked = {child.tag for child in element}
    if asked - {NOT_DEFINED, TEXT_MATCH, PARAM_FILTER}:
        raise Refusal("C:supported-filter")
    absent_wanted = NOT_DEFINED in asked
    if in_event and name in want.never:
        want.nothing |= not absent_wanted
    elif in_event and name in want.always and (absent_wanted or not asked):
        want.nothing |= absent_wanted
    elif in_event and name == "UID" and len(element) == 1 and _is_plain(element[0]) and want.uid_part is None:
        want.uid_part = element[0].text or ""
        want.any_case = element[0].get("collation") != "i;octet"
    else:
        want.exact = False


def _is_plain(match: Element) -> bool:
    return match.tag == TEXT_MATCH and match.get("negate-condition") != "yes"
