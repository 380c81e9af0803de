"""VTIMEZONE components whose rules are RRULEs valid from 1970 (K-10).

icalendar would list RDATEs, which Outlook ignores. The rules are read from the POSIX footer of the zone's TZif file
(RFC 9636 §3.3), always that of the package tzdata: two machines write the same bytes.
"""

import re
import struct
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import icalendar

from rdvdav.ical.text import serialise

_IN_FORCE_BY = datetime(2026, 1, 1, tzinfo=UTC)
"""No calendar shows an older event. A footer speaks of the time after the last change its file lists, so one whose file
lists a later change would be wrong until then."""

_NAME, _HOURS = r"<[^>]+>|[A-Za-z]+", r"[+-]?\d+(?::\d\d){0,2}"
_RULE = rf"M\d+\.\d\.\d(?:/{_HOURS})?"
_FOOTER = re.compile(rf"({_NAME})({_HOURS})(?:({_NAME})({_HOURS})?,({_RULE}),({_RULE}))?")
_CHANGE = re.compile(rf"M(\d+)\.(\d)\.(\d)(?:/({_HOURS}))?")
_HEADER = struct.Struct(">20x6l")
_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_FIRST_YEAR, _FEBRUARY, _LAST_WEEK = 1970, 2, 5


class _Unsayable(ValueError):
    """The clocks change on days that a yearly RRULE cannot name."""


@dataclass(frozen=True)
class _Change:
    """When the clocks change each year, as POSIX says it: Mmonth.week.day/time.

    Attributes:
        week: 1 to 4, or 5 for the last of the month.
        day: Day of the week; 0 is Sunday.
        after: Time on the old clock since the midnight that begins that day; below zero or past 24 h in some zones.
    """

    month: int
    week: int
    day: int
    after: timedelta

    @classmethod
    def read(cls, rule: str) -> "_Change":
        """The change that one *rule* of a footer says."""
        match = _CHANGE.fullmatch(rule)
        if match is None or int(match[1]) == _FEBRUARY:  # whose last days depend on the year
            raise _Unsayable(rule)
        return cls(int(match[1]), int(match[2]), int(match[3]), _length(match[4] or "2"))

    def rrule(self) -> dict[str, object]:
        """The same as the parts of an RRULE.

        Raises:
            _Unsayable: The time moves it to another day, which may lie in another month.
        """
        parts: dict[str, object] = {"FREQ": "YEARLY", "BYMONTH": self.month}
        shift = self.after.days
        if not shift:
            return parts | {"BYDAY": f"{-1 if self.week == _LAST_WEEK else self.week}{_DAYS[self.day]}"}
        days = [day + shift for day in self._candidates()]
        if days[0] < 1 or days[-1] > self._days_in_month():
            raise _Unsayable(self)
        return parts | {"BYDAY": _DAYS[(self.day + shift) % 7], "BYMONTHDAY": days}

    def first(self) -> datetime:
        """The first such moment from 1970 on, as the old clock shows it."""
        days = (date(_FIRST_YEAR, self.month, day) for day in self._candidates())
        return datetime.combine(next(day for day in days if day.isoweekday() % 7 == self.day), time()) + self.after

    def _candidates(self) -> range:
        """The seven days of the month among which the day of that week lies."""
        end = self._days_in_month() if self.week == _LAST_WEEK else 7 * self.week
        return range(end - 6, end + 1)

    def _days_in_month(self) -> int:
        return monthrange(_FIRST_YEAR, self.month)[1]


@cache
def vtimezone(zone: str) -> str | None:
    """The VTIMEZONE of an IANA *zone*, or None where two yearly rules cannot say it (the caller then writes UTC).

    Raises:
        ZoneInfoNotFoundError, ValueError: There is no such zone.
    """
    footer = _FOOTER.fullmatch(_footer(ZoneInfo(zone).key))
    if footer is None:
        return None
    try:
        return serialise(_component(zone, *footer.groups()))
    except _Unsayable:
        return None


def vtimezone_or_utc(zone: str) -> str:
    """The VTIMEZONE of *zone*, or that of UTC: what a calendar without events carries (K-41)."""
    return vtimezone(zone) or serialise(_component("UTC", "UTC", "0"))


def _footer(zone: str) -> str:
    """The POSIX line at the end of *zone*'s TZif file; "" where there is none, or none yet."""
    file = files("tzdata.zoneinfo").joinpath(*zone.split("/"))
    if not file.is_file():
        return ""
    content = file.read_bytes()
    utc, std, leaps, times, types, names = _HEADER.unpack_from(content)
    second = _HEADER.size + 5 * times + 6 * types + names + 8 * leaps + std + utc  # past the block of 32-bit times
    changes = struct.unpack_from(f">{_HEADER.unpack_from(content, second)[3]}q", content, second + _HEADER.size)
    if changes and changes[-1] > _IN_FORCE_BY.timestamp():
        return ""
    return content.rsplit(b"\n", 2)[1].decode()


def _component(
    zone: str, name: str, west: str, summer_name: str = "", summer_west: str = "", start: str = "", end: str = ""
) -> icalendar.Timezone:
    """The parts of a footer as a component; POSIX counts hours west of Greenwich, iCalendar east."""
    component = icalendar.Timezone()
    component.add("TZID", zone)
    offset = -_length(west)
    if not summer_name:
        component.add_component(_observance(name, offset, offset))
        return component
    summer = -_length(summer_west) if summer_west else offset + timedelta(hours=1)
    component.add_component(_observance(summer_name, offset, summer, _Change.read(start)))
    component.add_component(_observance(name, summer, offset, _Change.read(end)))
    return component


def _observance(name: str, before: timedelta, after: timedelta, change: _Change | None = None) -> icalendar.Component:
    """The time from a *change* on; all of the time when there is none."""
    # By its offset, not by the footer's words: Dublin's footer calls winter the exception.
    part = icalendar.TimezoneDaylight() if after > before else icalendar.TimezoneStandard()
    part.add("DTSTART", change.first() if change else datetime.combine(date(_FIRST_YEAR, 1, 1), time()))
    part.add("TZOFFSETFROM", before)
    part.add("TZOFFSETTO", after)
    part.add("TZNAME", name.strip("<>"))
    if change:
        part.add("RRULE", change.rrule())
    return part


def _length(hours: str) -> timedelta:
    """`-1`, `24`, `5:30` or `0:09:21` as a length of time."""
    numbers = [int(number) for number in hours.lstrip("+-").split(":")]
    length = timedelta(**dict(zip(("hours", "minutes", "seconds"), numbers, strict=False)))
    return -length if hours.startswith("-") else length
