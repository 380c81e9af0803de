"""On which days something repeats: RRULE values of RFC 5545 §3.3.10 and excluded days, naive local dates (T-5).

Kept and expanded without zone: UNTIL is a local day, included. DAILY, WEEKLY and MONTHLY are known with all their
parts. dateutil expands; plain weekly series, nearly all there are, take a short cut that a property test holds equal.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from dateutil import rrule

from rdvdav.errors import Refused

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONGEST_TEXT = 500


@dataclass(eq=False)
class RecurrenceUnreadable(Refused):
    """A text is no RRULE value of the kind used here; *part* is what cannot be read."""

    text: str
    part: str


class Frequency(StrEnum):
    """What INTERVAL counts."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE value, read.

    Attributes:
        days: BYDAY as (nth, weekday): nth is 0 for every such day, -1 for the last; weekday is 0 on Monday.
        until: Last local day, included.
        week_starts: WKST, 0 on Monday.
    """

    frequency: Frequency
    interval: int = 1
    days: tuple[tuple[int, int], ...] = ()
    until: date | None = None
    count: int | None = None
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_starts: int = 0

    @property
    def plainly_weekly(self) -> bool:
        """Weeks, days of the week and an end: what the short cut takes."""
        extras = self.count or self.month_days or self.months or self.positions or self.week_starts
        return self.frequency is Frequency.WEEKLY and not extras

    def __str__(self) -> str:
        """The RRULE value, always written the same way."""
        parts = {
            "FREQ": self.frequency,
            "INTERVAL": str(self.interval) if self.interval > 1 else "",
            "BYDAY": ",".join(f"{nth or ''}{WEEKDAYS[day]}" for nth, day in self.days),
            "BYMONTHDAY": ",".join(map(str, self.month_days)),
            "BYMONTH": ",".join(map(str, self.months)),
            "BYSETPOS": ",".join(map(str, self.positions)),
            "COUNT": str(self.count or ""),
            "UNTIL": f"{self.until:%Y%m%d}" if self.until else "",
            "WKST": WEEKDAYS[self.week_starts] if self.week_starts else "",
        }
        return ";".join(f"{name}={value}" for name, value in parts.items() if value)


def weekly(days: Iterable[int], interval: int = 1, until: date | None = None) -> str:
    """The RRULE value of « toutes les *interval* semaines », on *days* (0 is Monday), up to *until* included."""
    return str(Rule(Frequency.WEEKLY, interval, tuple((0, day) for day in sorted(set(days))), until))


def monthly(nth: int, day: int, interval: int = 1, until: date | None = None) -> str:
    """The RRULE value of « le 2e mardi »: *nth* is 1 to 5, or -1 for the last; *day* is 0 on Monday."""
    return str(Rule(Frequency.MONTHLY, interval, ((nth, day),), until))


# --- reading


@lru_cache(maxsize=4096)
def read(text: str) -> Rule:
    """Read an RRULE value, with or without its `RRULE:` in front.

    Raises:
        RecurrenceUnreadable: It is malformed, contradicts itself, or asks for hours, years or an instant.
    """
    if len(text) > LONGEST_TEXT:
        raise RecurrenceUnreadable(text[:LONGEST_TEXT], "")
    fields: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, _, value = part.partition("=")
        if name in fields or name not in _FIELDS or not re.fullmatch(_FIELDS[name], value):
            raise RecurrenceUnreadable(text, part)
        fields[name] = value
    try:
        rule = _rule(fields)
    except (KeyError, ValueError) as error:
        raise RecurrenceUnreadable(text, str(error)) from error
    _require_sense(text, rule)
    return rule


_NUMBERS = r"-?[1-9]\d?\d?(,-?[1-9]\d?\d?)*"
_FIELDS = {
    "FREQ": "DAILY|WEEKLY|MONTHLY",
    "INTERVAL": r"0*[1-9]\d{0,2}",
    "COUNT": r"0*[1-9]\d{0,3}",
    # A time of day is tolerated and ignored; an instant (…Z) is not, for its local day depends on a zone.
    "UNTIL": r"\d{8}(T\d{6})?",
    "BYDAY": r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU))*",
    "BYMONTHDAY": _NUMBERS,
    "BYMONTH": _NUMBERS,
    "BYSETPOS": _NUMBERS,
    "WKST": "MO|TU|WE|TH|FR|SA|SU",
}


def _rule(fields: dict[str, str]) -> Rule:
    def numbers(name: str) -> tuple[int, ...]:
        return tuple(sorted({int(number) for number in fields[name].split(",")})) if name in fields else ()

    days = {(int(day[:-2] or 0), WEEKDAYS.index(day[-2:])) for day in fields.get("BYDAY", "").split(",") if day}
    return Rule(
        frequency=Frequency(fields["FREQ"]),
        interval=int(fields.get("INTERVAL", 1)),
        days=tuple(sorted(days)),
        until=datetime.strptime(fields["UNTIL"][:8], "%Y%m%d").date() if "UNTIL" in fields else None,  # noqa: DTZ007
        count=int(fields["COUNT"]) if "COUNT" in fields else None,
        month_days=numbers("BYMONTHDAY"),
        months=numbers("BYMONTH"),
        positions=numbers("BYSETPOS"),
        week_starts=WEEKDAYS.index(fields.get("WKST", "MO")),
    )


def _require_sense(text: str, rule: Rule) -> None:
    """Refuse what RFC 5545 §3.3.10 forbids, and days that no month has."""
    contradictions = {
        "COUNT": rule.count and rule.until,
        "BYDAY": rule.frequency is not Frequency.MONTHLY and any(nth for nth, _ in rule.days),
        "BYMONTHDAY": (rule.month_days and rule.frequency is Frequency.WEEKLY) or not _within(rule.month_days, 31),
        "BYMONTH": not _within(rule.months, 12) or any(month < 0 for month in rule.months),
        "BYSETPOS": not _within(rule.positions, 31)
        or (rule.positions and not (rule.days or rule.month_days or rule.months)),
    }
    for part, contradicts in contradictions.items():
        if contradicts:
            raise RecurrenceUnreadable(text, part)


def _within(numbers: Iterable[int], most: int) -> bool:
    return all(abs(number) <= most for number in numbers)


# --- expanding


@dataclass(frozen=True, slots=True)
class Series:
    """A first day, perhaps a recurrence, and days left out.

    Attributes:
        first_day: Where counting starts (DTSTART); it is an occurrence only if the rule says so.
        recurrence: An RRULE value, or None for a single day.
        excluded: EXDATE.
    """

    first_day: date
    recurrence: str | None = None
    excluded: frozenset[date] = frozenset()

    @property
    def rule(self) -> Rule | None:
        """The recurrence, read; None for a single day."""
        return read(self.recurrence) if self.recurrence else None

    @property
    def endless(self) -> bool:
        """Whether it has neither UNTIL nor COUNT."""
        rule = self.rule
        return rule is not None and rule.until is None and rule.count is None

    def ordinals(self, low: int, high: int) -> list[int]:
        """The days in `[low, high)`, as proleptic ordinals, in order."""
        days = _ordinals(self.first_day, self.rule, low, high)
        if not self.excluded:
            return days
        excluded = {day.toordinal() for day in self.excluded}
        return [day for day in days if day not in excluded]

    def between(self, first: date, last: date) -> list[date]:
        """The days from *first* to *last*, both included, in order."""
        return [date.fromordinal(day) for day in self.ordinals(first.toordinal(), last.toordinal() + 1)]

    def __iter__(self) -> Iterator[date]:
        """All its days, in order, without end when the rule has none."""
        rule = self.rule
        days = (day.date() for day in _dateutil(self.first_day, rule)) if rule else iter([self.first_day])
        return (day for day in days if day not in self.excluded)

    def first(self) -> date | None:
        """The first day it really happens on, or None when every day is left out."""
        return next(iter(self), None)

    def last(self) -> date | None:
        """The last day it happens on; None when it has no end, or no day at all."""
        return None if self.endless else max(self, default=None)


def _ordinals(first_day: date, rule: Rule | None, low: int, high: int) -> list[int]:
    first = first_day.toordinal()
    if rule is None:
        return [first] if low <= first < high else []
    low = max(low, first)
    if rule.until is not None:
        high = min(high, rule.until.toordinal() + 1)
    if low >= high:
        return []
    if rule.plainly_weekly:
        return _weekly_ordinals(first, rule, low, high)
    start, rule = _moved_up(first_day, rule, date.fromordinal(low))
    found = _dateutil(start, rule).between(datetime.fromordinal(low), datetime.fromordinal(high - 1), inc=True)
    return [day.toordinal() for day in found]


def _weekly_ordinals(first: int, rule: Rule, low: int, high: int) -> list[int]:
    # Ordinal 1 is a Monday.
    weekday = (first - 1) % 7
    weekdays = [day for _, day in rule.days] or [weekday]
    step = 7 * rule.interval
    monday = first - weekday
    monday += (low - monday) // step * step
    return [day for week in range(monday, high, step) for weekday in weekdays if low <= (day := week + weekday) < high]


def _moved_up(first_day: date, rule: Rule, low: date) -> tuple[date, Rule]:
    """The same days from *low* on, counted from as late a start as can be: dateutil walks every day from the start."""
    if rule.count is not None or low <= first_day:
        return first_day, rule
    if rule.frequency is Frequency.DAILY:
        past = (low - first_day).days
        return date.fromordinal(low.toordinal() - past % rule.interval), rule
    months = (low.year - first_day.year) * 12 + low.month - first_day.month
    months -= months % rule.interval
    if rule.frequency is not Frequency.MONTHLY or not months:
        return first_day, rule
    if not (rule.days or rule.month_days):
        rule = replace(rule, month_days=(first_day.day,))
    year, month = divmod(first_day.year * 12 + first_day.month - 1 + months, 12)
    return date(year, month + 1, 1), rule


def _dateutil(first_day: date, rule: Rule) -> rrule.rrule:
    return rrule.rrule(
        _FREQUENCIES[rule.frequency],
        dtstart=datetime.combine(first_day, datetime.min.time()),
        interval=rule.interval,
        wkst=rule.week_starts,
        count=rule.count,
        until=datetime.combine(rule.until, datetime.min.time()) if rule.until else None,
        byweekday=[rrule.weekday(day, nth or None) for nth, day in rule.days] or None,
        bymonthday=rule.month_days or None,
        bymonth=rule.months or None,
        bysetpos=rule.positions or None,
    )


_FREQUENCIES: dict[Frequency, Literal[1, 2, 3]] = {
    Frequency.DAILY: rrule.DAILY,
    Frequency.WEEKLY: rrule.WEEKLY,
    Frequency.MONTHLY: rrule.MONTHLY,
}
