"""Public holidays of France and its territories, in French, and what an organisation adds or takes out (S-2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays

from rdvdav.errors import Refused

NATIONAL = "FR"

CALENDARS: Mapping[str, str | None] = MappingProxyType(
    {
        "": None,
        NATIONAL: None,
        "FR-57": "57",
        "FR-67": "6AE",
        "FR-68": "6AE",
        "GP": "971",
        "MQ": "972",
        "GF": "973",
        "RE": "974",
        "YT": "976",
        "BL": "BL",
        "MF": "MF",
        "NC": "NC",
        "PF": "PF",
        "PM": "PM",
        "WF": "WF",
    }
)
"""Code of each known calendar and the library's subdivision of France; the empty code has no holiday."""


@dataclass(eq=False)
class CalendarUnknown(Refused):
    """No holiday calendar has this code."""

    code: str


@lru_cache(maxsize=1024)
def holidays_of(code: str, year: int) -> Mapping[date, str]:
    """The holidays of one year with their French names, by date.

    Raises:
        CalendarUnknown: No calendar is called *code*.
    """
    if code not in CALENDARS:
        raise CalendarUnknown(code)
    if not code:
        return MappingProxyType({})
    found = holidays.country_holidays(NATIONAL, subdiv=CALENDARS[code], years=year, expand=False, language="fr")
    return MappingProxyType(dict(sorted(found.items())))


@dataclass(frozen=True, slots=True)
class Holidays:
    """The days an organisation is closed to the public all day, for any year; `day in holidays` asks.

    Attributes:
        code: A key of CALENDARS.
        added: Further days, with their names.
        removed: Days of the calendar that are worked.
    """

    code: str = ""
    added: Mapping[date, str] = field(default_factory=dict)
    removed: frozenset[date] = frozenset()

    def name(self, day: date) -> str | None:
        """The holiday's name, or None when the day is none."""
        if day in self.removed:
            return None
        return self.added.get(day) or holidays_of(self.code, day.year).get(day)

    def __contains__(self, day: object) -> bool:
        """Whether the day is a holiday."""
        return isinstance(day, date) and self.name(day) is not None

    def between(self, first: date, last: date) -> dict[date, str]:
        """The holidays from *first* to *last*, both included, in order."""
        days = dict(self.added)
        for year in range(first.year, last.year + 1):
            days = {**holidays_of(self.code, year), **days}
        return {day: days[day] for day in sorted(days) if first <= day <= last and day not in self.removed}


NO_HOLIDAYS = Holidays()
