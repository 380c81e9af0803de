"""What slots there are, found the slow way: minute by minute on the clocks of a zone. Shares no code with the search.

Rules are walked, not calculated: a clock is looked at 1,440 times a day, a minute is free when no busy time reaches it,
a grid is counted off step by step. Only the standard library's zoneinfo is trusted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """Wall times on one day, or weekly on some weekdays."""

    zone: str
    first_day: date
    opens: time
    closes: time
    weekdays: frozenset[int] = frozenset()
    interval: int = 1
    until: date | None = None
    excluded: frozenset[date] = frozenset()

    def happens_on(self, day: date) -> bool:
        if day < self.first_day or day in self.excluded or (self.until and day > self.until):
            return False
        if not self.weekdays:
            return day == self.first_day
        monday, first_monday = day - day.weekday() * DAY, self.first_day - self.first_day.weekday() * DAY
        return day.weekday() in self.weekdays and (monday - first_monday).days // 7 % self.interval == 0


@dataclass(frozen=True)
class Open:
    """An opening."""

    id: int
    agenda: int
    place: int | None
    hours: Hours
    step: int | None
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Entry:
    """An appointment, with seconds and its own pauses in minutes."""

    agenda: int
    start: datetime
    end: datetime
    before: int
    after: int


@dataclass(frozen=True)
class Case:
    """Everything a search depends on."""

    openings: tuple[Open, ...]
    entries: tuple[Entry, ...]
    absences: tuple[tuple[int, datetime, datetime], ...]
    holidays: frozenset[date]
    holiday_zone: str
    ignores_holidays: bool
    duration: int
    before: int
    after: int
    now: datetime
    earliest: datetime
    latest: datetime


Found = tuple[datetime, int, int, int | None]
"""Start, agenda, opening, place."""


def all_slots(case: Case) -> list[Found]:
    """By start, then by opening; one for each start and agenda."""
    found: dict[tuple[datetime, int], Found] = {}
    for opening in sorted(case.openings, key=lambda opening: opening.id):
        day = case.earliest.date() - 3 * DAY
        while day < case.latest.date() + 3 * DAY:
            if opening.hours.happens_on(day):
                for start in starts(case, opening, day):
                    found.setdefault((start, opening.agenda), (start, opening.agenda, opening.id, opening.place))
            day += DAY
    return sorted(found.values(), key=lambda slot: (slot[0], slot[2]))


def starts(case: Case, opening: Open, day: date) -> Iterator[datetime]:
    zone = opening.hours.zone
    minutes = occurrence(opening.hours, day)
    free = {minute for minute in minutes if is_free(case, opening, minute)}
    count = count_fixed if opening.step else count_flow
    for start in count(case, opening, minutes, free):
        second_time = start.astimezone(ZoneInfo(zone)).fold == 1
        if case.earliest <= start < case.latest and start >= case.now and not second_time:
            yield start


def count_flow(case: Case, opening: Open, minutes: list[datetime], free: set[datetime]) -> Iterator[datetime]:
    for minute in minutes:
        if minute not in free or (minute - MINUTE in free):
            continue
        run = stretch(minute, free)
        start = minute
        while start < case.now:
            start += 5 * MINUTE
        while fits(start, case.duration, run):
            yield start
            start += case.duration * MINUTE


def count_fixed(case: Case, opening: Open, minutes: list[datetime], free: set[datetime]) -> Iterator[datetime]:
    for place, minute in enumerate(minutes):
        if place % (opening.step or 1) == 0 and fits(minute, case.duration, free):
            yield minute


def stretch(minute: datetime, free: set[datetime]) -> set[datetime]:
    """The free minutes on end from *minute* on."""
    run = set()
    while minute in free:
        run.add(minute)
        minute += MINUTE
    return run


def fits(start: datetime, duration: int, free: set[datetime]) -> bool:
    return all(start + later * MINUTE in free for later in range(duration))


def occurrence(hours: Hours, day: date) -> list[datetime]:
    """Its minutes: from the first at which clocks show its opening, or something later, to the same for its closing."""
    around = list(clock(hours.zone, day))
    opens, closes = datetime.combine(day, hours.opens), datetime.combine(day, hours.closes)
    first = next(place for place, (_, shown) in enumerate(around) if shown >= opens)
    end = next(place for place, (_, shown) in enumerate(around) if shown >= closes)
    return [minute for minute, _ in around[first:end]]


@lru_cache(maxsize=2000)
def clock(zone: str, day: date) -> list[tuple[datetime, datetime]]:
    """The minutes around a day, and what the clock shows at each."""
    midnight = datetime.combine(day, time(), UTC)
    minutes = (midnight + minute * MINUTE for minute in range(-1440, 2 * 1440 + 1))
    return [(minute, minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for minute in minutes]


def is_free(case: Case, opening: Open, minute: datetime) -> bool:
    """Whether nothing of the agenda reaches into the minute; a minute that is begun is taken whole."""
    before = case.before if opening.before is None else opening.before
    after = case.after if opening.after is None else opening.after
    for entry in case.entries:
        if entry.agenda == opening.agenda and reaches(
            entry.start, entry.end, minute, max(entry.before, after), max(entry.after, before)
        ):
            return False
    for agenda, start, end in case.absences:
        if agenda == opening.agenda and reaches(start, end, minute, 0, 0):
            return False
    shown = minute.astimezone(ZoneInfo(case.holiday_zone)).date()
    return case.ignores_holidays or shown not in case.holidays


def reaches(start: datetime, end: datetime, minute: datetime, before: int, after: int) -> bool:
    """Whether `[start, end)`, its pauses counted in whole minutes, has part of the minute."""
    return minute + (before + 1) * MINUTE > start and minute - after * MINUTE < end
