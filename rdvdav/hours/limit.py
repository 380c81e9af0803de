"""Policy values `{n, unit}` and the instants they mean: notice, maximum delay, last moment to cancel or move (L-3)."""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from rdvdav.errors import Refused
from rdvdav.hours.wall import instant_of

ONE_DAY = timedelta(days=1)
SUNDAY = 6
MOST_MINUTES = 10 * 366 * 1440
"""No limit reaches further than ten years."""


class Unit(StrEnum):
    """What a limit counts. Minutes and hours elapse; days and months are the organisation's own."""

    MINUTES = "minutes"
    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


_ROUGH_MINUTES = {
    Unit.MINUTES: 1,
    Unit.HOURS: 60,
    Unit.CALENDAR_DAYS: 1440,
    Unit.WORKING_DAYS: 1440,
    Unit.MONTHS: 30 * 1440,
}
_TEXT = re.compile(rf"(?P<n>[0-9]{{1,7}}) (?P<unit>{'|'.join(Unit)})")


@dataclass(eq=False)
class LimitUnreadable(Refused):
    """A text is no limit, such as "48 hours", or reaches beyond ten years."""

    text: str


@dataclass(frozen=True, slots=True)
class Limit:
    """So many minutes, hours, days or months; stored as text, "48 hours".

    The methods take the organisation's IANA zone and its holidays: a working day is neither Sunday nor holiday. Days
    count from local midnights; months keep the local time of day, or the month's last day where it has no such day.
    """

    n: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> "Limit":
        """Read "48 hours".

        Raises:
            LimitUnreadable: The text is not a whole number and a unit, or it is too far.
        """
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise LimitUnreadable(text)
        limit = cls(int(found["n"]), Unit(found["unit"]))
        if limit.rough_minutes > MOST_MINUTES:
            raise LimitUnreadable(text)
        return limit

    def __str__(self) -> str:
        """The text it is stored as."""
        return f"{self.n} {self.unit}"

    @property
    def rough_minutes(self) -> int:
        """About how long it is: to compare limits of different units."""
        return self.n * _ROUGH_MINUTES[self.unit]

    def before(self, instant: datetime, zone: str, holidays: Container[date] = ()) -> datetime:
        """The last instant, itself included, that is early enough before *instant*."""
        return self._shifted(instant, -1, zone, holidays)

    def after(self, now: datetime, zone: str, holidays: Container[date] = ()) -> datetime:
        """The first instant, itself included, that leaves this much notice."""
        return self._shifted(now, 1, zone, holidays)

    def last_day(self, now: datetime, zone: str, holidays: Container[date] = ()) -> date:
        """The local day this far after *now*; all of it is still allowed (S-6)."""
        return self.after(now, zone, holidays).astimezone(ZoneInfo(zone)).date()

    def _shifted(self, instant: datetime, way: int, zone: str, holidays: Container[date]) -> datetime:
        match self.unit:
            case Unit.MINUTES:
                return instant + timedelta(minutes=way * self.n)
            case Unit.HOURS:
                return instant + timedelta(hours=way * self.n)
        local = instant.astimezone(ZoneInfo(zone))
        match self.unit:
            case Unit.MONTHS:
                day = local.date() + relativedelta(months=way * self.n)
                below_a_minute = timedelta(seconds=local.second, microseconds=local.microsecond)
                return instant_of(day, local.time(), zone) + below_a_minute
            case Unit.WORKING_DAYS:
                return instant_of(_working_days_away(local.date(), way, self.n, holidays), time(), zone)
            case _:
                return instant_of(local.date() + way * self.n * ONE_DAY, time(), zone)


def _working_days_away(day: date, way: int, number: int, holidays: Container[date]) -> date:
    while number > 0:
        day += way * ONE_DAY
        if day.weekday() != SUNDAY and day not in holidays:
            number -= 1
    return day
