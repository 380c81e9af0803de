"""What slots there are, found the slow way: minute by minute on the clocks of a zone. Shares no code with the search.

Rules are walked, not calculated: a clock is looked at 1,440 times a day, a minute is free when no busy time reaches it,
a grid is counted off step by step, a calendar is leafed through day by day. Only the standard library's zoneinfo is trusted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """Wall times on one day, or repeated: on weekdays of some weeks, every so many days, or on one weekday of a month.

    Attributes:
        daily: Every *interval* days.
        nth: Which of its weekday in a month, -1 the last; 0 is not monthly.
        nights: How many midnights later it ends.
    """

    zone: str
    first_day: date
    opens: time
    closes: time
    weekdays: frozenset[int] = frozenset()
    interval: int = 1
    until: date | None = None
    excluded: frozenset[date] = frozenset()
    daily: bool = False
    nth: int = 0
    nights: int = 0

    def happens_on(self, day: date) -> bool:
        if day < self.first_day or day in self.excluded or (self.until and day > self.until):
            return False
        if self.daily:
            return (day - self.first_day).days % self.interval == 0
        if self.nth:
            months = (day.year - self.first_day.year) * 12 + day.month - self.first_day.month
            return day.weekday() in self.weekdays and self._is_nth(day) and months % self.interval == 0
        if not self.weekdays:
            return day == self.first_day
        monday, first_monday = day - day.weekday() * DAY, self.first_day - self.first_day.weekday() * DAY
        return day.weekday() in self.weekdays and (monday - first_monday).days // 7 % self.interval == 0

    def _is_nth(self, day: date) -> bool:
        if self.nth == -1:
            return (day + 7 * DAY).month != day.month
        earlier = sum(1 for back in range(1, 6) if (day - back * 7 * DAY).month == day.month)
        return earlier == self.nth - 1


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
    seats: int = 1


@dataclass(frozen=True)
class Entry:
    """An appointment, with seconds and its own pauses in minutes."""

    agenda: int
    start: datetime
    end: datetime
    before: int
    after: int


@dataclass(frozen=True)
class Group:
    """People who share one time, on whole minutes: an appointment (or none yet) and holds.

    Attributes:
        left: Seats left, the holds taken off.
        parts: Agendas and openings, the one it is named after first.
        kept: Agendas where staff kept it under an absence.
    """

    number: int
    start: datetime
    end: datetime
    left: int
    parts: tuple[tuple[int, int | None], ...]
    place: int | None
    booked: bool
    holds: int
    before: int
    after: int
    kept: frozenset[int]


@dataclass(frozen=True)
class Case:
    """Everything a search depends on.

    Attributes:
        absences: Agenda and hours, repeated or over several days.
        rooms: Agendas that are rooms'.
        turns: By agenda, how lately it was booked; who is not in it never was.
        leaders: Agendas asked for by name; None is any.
    """

    openings: tuple[Open, ...]
    entries: tuple[Entry, ...]
    absences: tuple[tuple[int, Hours], ...]
    groups: tuple[Group, ...]
    holidays: frozenset[date]
    holiday_zone: str
    ignores_holidays: bool
    duration: int
    before: int
    after: int
    now: datetime
    earliest: datetime
    latest: datetime
    collective: bool = False
    agents: int = 1
    rooms_needed: int = 0
    rooms: frozenset[int] = frozenset()
    turns: tuple[tuple[int, int], ...] = ()
    leaders: frozenset[int] | None = None
    _away: dict[int, set[datetime]] = field(default_factory=dict, compare=False, repr=False)

    def away(self, agenda: int) -> set[datetime]:
        """The minutes the agenda is absent."""
        if agenda not in self._away:
            self._away[agenda] = {
                minute
                for who, hours in self.absences
                for day in days_of(self)
                if who == agenda and hours.happens_on(day)
                for minute in occurrence(hours, day)
            }
        return self._away[agenda]


@dataclass(frozen=True)
class Found:
    """A slot."""

    start: datetime
    agenda: int
    opening: int | None
    place: int | None
    seats: int = 1
    others: tuple[tuple[int, int | None], ...] = ()
    group: int | None = None


def all_slots(case: Case) -> set[Found]:
    """One for each start and agenda that may lead, and one for each group with a seat left."""
    shared = {found for found in (joined(case, group) for group in case.groups) if found}
    if case.collective:
        return shared
    needs = case.agents + case.rooms_needed
    openings = sorted((o for o in case.openings if kind_needed(case, o)), key=lambda opening: opening.id)
    if needs == 1 and case.leaders is not None:
        openings = [opening for opening in openings if opening.agenda in case.leaders]
    return shared | (several(case, openings) if needs > 1 else single(case, openings))


def kind_needed(case: Case, opening: Open) -> bool:
    return bool(case.rooms_needed if opening.agenda in case.rooms else case.agents)


def single(case: Case, openings: list[Open]) -> set[Found]:
    found: dict[tuple[datetime, int], Found] = {}
    for opening in openings:
        for start in all_starts(case, opening):
            slot = Found(start, opening.agenda, opening.id, opening.place, opening.seats)
            found.setdefault((start, opening.agenda), slot)
    return set(found.values())


def several(case: Case, openings: list[Open]) -> set[Found]:
    """Every start of anybody, at every place: who else has all its minutes free within one opening?"""
    found: dict[tuple[datetime, int], Found] = {}
    for place in {opening.place for opening in openings}:
        here = [opening for opening in openings if opening.place == place]
        for start in sorted({start for opening in here for start in all_starts(case, opening)}):
            slot = [start + later * MINUTE for later in range(case.duration)]
            free: dict[int, Open] = {}
            for opening in here:
                for day in days_of(case):
                    if opening.hours.happens_on(day) and set(slot) <= free_minutes(case, opening, day):
                        free.setdefault(opening.agenda, opening)
            for team in teams(case, list(free.values())):
                leader = team[0]
                others = tuple((each.agenda, each.id) for each in team[1:])
                seats = min(each.seats for each in team)
                slot_ = Found(start, leader.agenda, leader.id, place, seats, others)
                known = found.get((start, leader.agenda))
                if known is None or (known.opening or 0) > leader.id:
                    found[start, leader.agenda] = slot_
    return set(found.values())


def teams(case: Case, free: list[Open]) -> Iterator[list[Open]]:
    """For each who may lead, the best of the others of each kind."""

    def standing(opening: Open) -> tuple[int, int]:
        return dict(case.turns).get(opening.agenda, 0), opening.id

    agents = sorted((each for each in free if each.agenda not in case.rooms), key=standing)
    rooms = sorted((each for each in free if each.agenda in case.rooms), key=standing)
    if len(agents) >= case.agents and len(rooms) >= case.rooms_needed:
        for leader in agents if case.agents else rooms:
            if case.leaders is None or leader.agenda in case.leaders:
                more_agents, more_rooms = case.agents, case.rooms_needed
                if leader in agents:
                    more_agents -= 1
                else:
                    more_rooms -= 1
                rest_a = [each for each in agents if each is not leader]
                rest_r = [each for each in rooms if each is not leader]
                yield [leader, *rest_a[:more_agents], *rest_r[:more_rooms]]


def joined(case: Case, group: Group) -> Found | None:
    """The slot a group is offered as, if it is."""
    agendas = [agenda for agenda, _ in group.parts]
    known = {opening.id for opening in case.openings if kind_needed(case, opening)}
    if case.agents + case.rooms_needed == 1 and case.leaders is not None:
        known = {opening.id for opening in case.openings if opening.id in known and opening.agenda in case.leaders}
    if group.left <= 0 or not case.earliest <= group.start < case.latest:
        return None
    if case.leaders is not None and not case.leaders & set(agendas):
        return None
    minutes = [group.start + later * MINUTE for later in range((group.end - group.start) // MINUTE)]
    if case.collective:
        if any(minute in case.away(agenda) for agenda in agendas if agenda not in group.kept for minute in minutes):
            return None
    elif not {opening for _, opening in group.parts} <= known or not all(
        alone(case, group, agenda, minute) for agenda in agendas for minute in minutes
    ):
        return None
    (agenda, opening), *others = group.parts
    return Found(group.start, agenda, opening, group.place, group.left, tuple(others), group.number)


def alone(case: Case, group: Group, agenda: int, minute: datetime) -> bool:
    """Whether the group has the minute of the agenda to itself."""
    if minute in case.away(agenda) or on_holiday(case, minute):
        return False
    strangers = [(entry.start, entry.end) for entry in case.entries if entry.agenda == agenda]
    strangers += [
        (other.start, other.end)
        for other in case.groups
        if other is not group and agenda in {each for each, _ in other.parts}
    ]
    return not any(start < minute + MINUTE and minute < end for start, end in strangers)


# --- starts of one opening


def days_of(case: Case) -> list[date]:
    first, last = case.earliest.date() - 3 * DAY, case.latest.date() + 3 * DAY
    return [first + number * DAY for number in range((last - first).days)]


def all_starts(case: Case, opening: Open) -> Iterator[datetime]:
    for day in days_of(case):
        if opening.hours.happens_on(day):
            yield from starts(case, opening, day)


def starts(case: Case, opening: Open, day: date) -> Iterator[datetime]:
    zone = opening.hours.zone
    minutes = occurrence(opening.hours, day)
    free = free_minutes(case, opening, day)
    count = count_fixed if opening.step else count_flow
    for start in count(case, opening, minutes, free):
        second_time = start.astimezone(ZoneInfo(zone)).fold == 1
        if case.earliest <= start < case.latest and start >= case.now and not second_time:
            yield start


def free_minutes(case: Case, opening: Open, day: date) -> set[datetime]:
    return {minute for minute in occurrence(opening.hours, day) if is_free(case, opening, minute)}


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


@lru_cache(maxsize=2000)
def occurrence(hours: Hours, day: date) -> list[datetime]:
    """Its minutes: from the first at which clocks show its opening, or something later, to the same for its closing."""
    opens = datetime.combine(day, hours.opens)
    closes = datetime.combine(day + hours.nights * DAY, hours.closes)
    around = [minute for night in range(-1, hours.nights + 2) for minute in clock(hours.zone, day + night * DAY)]
    first = next(place for place, (_, shown) in enumerate(around) if shown >= opens)
    end = next(place for place, (_, shown) in enumerate(around) if shown >= closes)
    return [minute for minute, _ in around[first:end]]


@lru_cache(maxsize=2000)
def clock(zone: str, day: date) -> list[tuple[datetime, datetime]]:
    """The minutes of a day of UTC, and what the clock of a zone shows at each."""
    midnight = datetime.combine(day, time(), UTC)
    minutes = (midnight + minute * MINUTE for minute in range(1440))
    return [(minute, minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for minute in minutes]


def is_free(case: Case, opening: Open, minute: datetime) -> bool:
    """Whether nothing of the agenda reaches into the minute; a minute that is begun is taken whole."""
    before = case.before if opening.before is None else opening.before
    after = case.after if opening.after is None else opening.after
    for entry in (*case.entries, *case.groups):
        agendas = {entry.agenda} if isinstance(entry, Entry) else {agenda for agenda, _ in entry.parts}
        if opening.agenda in agendas and reaches(
            entry.start, entry.end, minute, max(entry.before, after), max(entry.after, before)
        ):
            return False
    return minute not in case.away(opening.agenda) and not on_holiday(case, minute)


def on_holiday(case: Case, minute: datetime) -> bool:
    shown = minute.astimezone(ZoneInfo(case.holiday_zone)).date()
    return not case.ignores_holidays and shown in case.holidays


def reaches(start: datetime, end: datetime, minute: datetime, before: int, after: int) -> bool:
    """Whether `[start, end)`, its pauses counted in whole minutes, has part of the minute."""
    return minute + (before + 1) * MINUTE > start and minute - after * MINUTE < end
