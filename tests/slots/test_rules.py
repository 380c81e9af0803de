"""The rules of search as a table, case by case, each named after what it says (S-1 to S-9, S-13 as far as built, T-2, T-3, S16).

A day is written as a clock shows it in the case's zone; « now » is Monday 23 November 2026, 8:00 in Paris, where nothing else is said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rdvdav.hours.holiday import Holidays
from rdvdav.hours.limit import Limit
from rdvdav.hours.recurrence import Frequency, Rule, Series, monthly, weekly
from rdvdav.hours.wall import minute_of
from rdvdav.hours.wall_range import WallRange
from rdvdav.slots.busy import Busy, Taken, whole_days
from rdvdav.slots.capacity import Seating
from rdvdav.slots.choice import Rank, first_registered, in_turn, least_loaded, one_per_start
from rdvdav.slots.free import chosen_slots, free_slots
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.next_one import next_slot
from rdvdav.slots.opening import Opening
from rdvdav.slots.slot import Slot

PARIS = "Europe/Paris"
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
TUESDAY, WEDNESDAY = (MONDAY + timedelta(days=n) for n in (1, 2))
DAILY, WORKDAYS = weekly(range(7)), weekly(range(5))


def t(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute or 0))


def at(text: str, day: date = TUESDAY, zone: str = PARIS) -> int:
    return minute_of(day, t(text), zone)


def span(text: str, day: date = TUESDAY, zone: str = PARIS) -> tuple[int, int]:
    start, end = text.split("-")
    return at(start, day, zone), at(end, day, zone)


def opens(text: str, day: date = TUESDAY, rule: str | None = None, *, id: int = 1, agenda: int = 1, **more: object):  # noqa: A002 - a column's name
    start, end = text.split("-")
    zone, nights = str(more.pop("zone", PARIS)), int(str(more.pop("nights", 0)))
    excluded = frozenset(more.pop("excluded", ()))  # type: ignore[call-overload]  # of any column
    hours = WallRange(Series(day, rule, excluded), t(start), t(end), zone, nights)
    return Opening(id, agenda, more.pop("place", 1), hours, **more)  # type: ignore[arg-type]  # of any column


def busy(text: str, day: date = TUESDAY, before: int = 0, after: int = 0) -> Busy:
    return Busy(*span(text, day), before, after)


def absent(text: str, day: date = TUESDAY, rule: str | None = None, nights: int = 0) -> list[tuple[int, int]]:
    start, end = text.split("-")
    hours = WallRange(Series(day, rule), t(start), t(end), PARIS, nights)
    year = Bounds.for_staff(NOW, NOW + timedelta(days=366)).touched
    return list(hours.within(year))


def table(text: str, seats: int, agenda: int = 1, opening: int | None = 1, **more: object) -> Seating:
    return Seating(*span(text), seats, ((agenda, opening),), 1, **more)  # type: ignore[arg-type]  # of any column


@dataclass(frozen=True)
class Asked:
    """One search; *day* is all that is looked at, unless *bounds* say more."""

    openings: Sequence[Opening]
    expected: str
    need: Need = field(default_factory=lambda: Need(30))
    taken: dict[int, Taken] = field(default_factory=dict)
    day: date = TUESDAY
    now: datetime = NOW
    bounds: Callable[[Bounds], Bounds] = lambda bounds: bounds
    zone: str = PARIS
    rank: Rank = first_registered
    show: Callable[[Slot], str] | None = None

    @property
    def limits(self) -> Bounds:
        year = Bounds.for_staff(self.now, self.now + timedelta(days=366))
        return self.bounds(year.during(self.day, self.day, self.zone))


def clock(slot: Slot, zone: str = PARIS) -> str:
    wall = slot.starts_at.astimezone(ZoneInfo(zone))
    return f"{wall.hour}:{wall.minute:02}" if wall.minute else f"{wall.hour}"


def with_day(slot: Slot) -> str:
    return f"{slot.starts_at.astimezone(ZoneInfo(PARIS)):%d/%m}"


def with_agenda(slot: Slot) -> str:
    return f"{clock(slot)}/{slot.agenda_id}"


def with_seats(slot: Slot) -> str:
    return f"{clock(slot)}x{slot.seats}"


def with_team(slot: Slot) -> str:
    return "+".join([f"{clock(slot)}/{slot.agenda_id}", *(str(agenda) for agenda, _ in slot.others)])


def citizens(notice: str, most: str) -> Callable[[Bounds], Bounds]:
    """What a citizen may book, over all days."""
    limits = Bounds.for_citizens(NOW, Limit.parse(notice), Limit.parse(most), PARIS, Holidays("FR"))
    return lambda _bounds: limits


def days(first: date, last: date) -> Callable[[Bounds], Bounds]:
    year = Bounds.for_staff(NOW, NOW + timedelta(days=366))
    return lambda _bounds: year.during(first, last, PARIS)


def tuesday(text: str, second: int = 0) -> datetime:
    return datetime.combine(TUESDAY, t(text), ZoneInfo(PARIS)).replace(second=second)


NEXT_YEAR = date(2027, 1, 1)
CHRISTMAS = date(2026, 12, 25)
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
NEW_YORK, REUNION, MARTINIQUE = "America/New_York", "Indian/Reunion", "America/Martinique"
MORNING = opens("9-12")
HOUR = Need(60)
YEARS = (CHRISTMAS, NEXT_YEAR)
closed_days = Taken(holidays=whole_days(YEARS, PARIS))


def taken(*entries: Busy, **more: object) -> dict[int, Taken]:
    return {1: Taken(entries, **more)}  # type: ignore[arg-type]


A, B, C = opens("9-11", id=1, agenda=1), opens("9-11", id=2, agenda=2), opens("9-11", id=3, agenda=3)
ROOM = opens("9-11", id=8, agenda=8, room=True)
PAIR, WITH_ROOM = Need(60, agents=2), Need(60, agents=1, rooms=1)
COLLECTIVE = Need(30, collective=True)
WEEK = days(MONDAY, MONDAY + timedelta(days=6))
QUARTER = days(MONDAY, date(2027, 2, 28))
FIXED = opens("9-12", step=40)
SEATS = opens("9-11", seats=3)

CASES: dict[str, Asked] = {
    # S-3, flow grid
    "flow: steps of the duration from the opening on": Asked([MORNING], "9 9:30 10 10:30 11 11:30"),
    "flow: the last slot must fit": Asked([MORNING], "9 9:50 10:40", Need(50)),
    "flow: an opening as long as the motif gives one": Asked([opens("9-10")], "9", HOUR),
    "flow: an opening shorter than the motif gives none": Asked([opens("9-9:59")], "", HOUR),
    "flow: the grid restarts after an appointment": Asked([MORNING], "9 10:10", HOUR, taken(busy("10-10:10"))),
    "flow: it restarts after an appointment off the grid": Asked(
        [MORNING], "9 9:45 10:15 10:45 11:15", taken=taken(busy("9:30-9:45"))
    ),
    "flow: a gap too small is left": Asked([MORNING], "10:05", HOUR, taken(busy("9:50-10:05"))),
    "flow: running, the first start is five-minute steps on": Asked(
        [MORNING], "9:10 9:40 10:10 10:40 11:10", now=tuesday("9:07")
    ),
    "flow: running, a start at this very minute counts": Asked([MORNING], "9:30 10 10:30 11 11:30", now=tuesday("9:30")),
    "flow: running, a minute begun is over": Asked([MORNING], "9:35 10:35", HOUR, now=tuesday("9:30", second=1)),
    "flow: running, steps count from the interval's start, not the hour": Asked(
        [opens("9:02-11")], "9:12", HOUR, now=tuesday("9:08"), taken=taken(busy("10:30-11"))
    ),
    "flow: an interval that begins later is not moved by now": Asked(
        [MORNING], "10:07", HOUR, now=tuesday("9:03"), taken=taken(busy("9-10:07"), busy("11:30-12"))
    ),
    "flow: nothing is left of a day that is over": Asked([MORNING], "", now=tuesday("12:00")),
    # S-4, fixed grid
    "fixed: starts are opening + k steps": Asked([FIXED], "9 9:40 10:20 11"),
    "fixed: offered only when wholly free": Asked([FIXED], "9:40 11", taken=taken(busy("9:10-9:20"), busy("10:45-11"))),
    "fixed: a step longer than the motif leaves pauses": Asked([opens("9-11", step=60)], "9 10"),
    "fixed: a step shorter than the motif overlaps": Asked([opens("9-10:30", step=30)], "9 9:30", HOUR),
    "fixed: now drops starts and moves none": Asked([FIXED], "9:40 10:20 11", now=tuesday("9:01")),
    "fixed: an appointment does not move the grid": Asked([FIXED], "9:40 10:20 11", taken=taken(busy("9-9:05"))),
    # S-5, several openings
    "adjacent openings are not merged": Asked([opens("9-10"), opens("10-11", id=2)], "9 10", Need(40)),
    "adjacent openings: no slot spans both": Asked([opens("9-9:30"), opens("9:30-10", id=2)], "", HOUR),
    "overlapping openings: each cuts its own grid": Asked([opens("9-10"), opens("9:15-10:15", id=2)], "9 9:15 9:30 9:45"),
    "overlapping openings: a start counts once": Asked([opens("9-10"), opens("9:30-10:30", id=2)], "9 9:30 10"),
    "two agendas: a start is there for each": Asked([A, B], "9/1 9/2 10/1 10/2", HOUR, show=with_agenda),
    # S-2, what is busy
    "busy time that touches the start is no obstacle": Asked([opens("9-10")], "9", HOUR, taken(busy("8-9"))),
    "busy time that touches the end is no obstacle": Asked([opens("9-10")], "9", HOUR, taken(busy("10-11"))),
    "busy times inside one another count once": Asked(
        [MORNING], "9 11", HOUR, taken(busy("10-11"), busy("10:15-10:30"), busy("10-10:45"))
    ),
    "busy times that overlap count as one": Asked([MORNING], "9 11", HOUR, taken(busy("10-10:40"), busy("10:30-11"))),
    "busy time over the whole opening leaves nothing": Asked([MORNING], "", taken=taken(busy("8-13"))),
    "busy time over the start of the opening": Asked([MORNING], "9:20 10:20", HOUR, taken(busy("8:30-9:20"), busy("11:30-13"))),
    "cancelled appointments are not even there": Asked([opens("9-10")], "9 9:30", taken={}),
    "another agenda's time does not count": Asked([opens("9-10")], "9 9:30", taken={2: Taken([busy("9-10")])}),
    "a start with seconds rounds down, an end up": Asked(
        [opens("9-10")],
        "9:21",
        taken=taken(Busy.of(tuesday("9:10", second=30), tuesday("9:20", second=1))),
    ),
    # S-2, pauses
    "pause before: the motif's own": Asked([opens("9-11")], "9:40 10:10", Need(30, before=10), taken(busy("9-9:30"))),
    "pause after: the motif's own": Asked([opens("9-10:30")], "9", Need(30, after=10), taken(busy("10-10:30"))),
    "pause after: just enough": Asked([opens("9-10:30")], "9", Need(50, after=10), taken(busy("10-10:30"))),
    "pause after: one minute short": Asked([opens("9-10:30")], "", Need(51, after=10), taken(busy("10-10:30"))),
    "pause: the other appointment's counts when larger": Asked(
        [opens("9-11")], "9:50 10:20", Need(30, before=10), taken(busy("9-9:30", after=20))
    ),
    "pause: they do not add up": Asked([opens("9-11")], "9:40 10:10", Need(30, before=10), taken(busy("9-9:30", after=10))),
    "pause: the opening's replaces the motif's": Asked(
        [opens("9-11", buffer_before=0)], "9:30 10 10:30", Need(30, before=10), taken(busy("9-9:30"))
    ),
    "pause: the opening may ask for a longer one": Asked(
        [opens("9-11", buffer_before=45)], "10:15", Need(30, before=10), taken(busy("9-9:30"))
    ),
    "pause: none is kept beside an absence": Asked(
        [opens("9-11")], "9:30 10 10:30", Need(30, before=10, after=10), taken(closed=[span("9-9:30"), span("11-12")])
    ),
    "pause: slots may follow one another until one is booked": Asked([opens("9-10")], "9 9:30", Need(30, before=10, after=10)),
    "pause: each opening of an agenda keeps its own": Asked(
        [opens("9-10", buffer_after=0), opens("11-12", id=2, buffer_after=30)], "9 9:30 11", taken=taken(busy("12-13"))
    ),
    "pause: the next appointment's reaches a slot before the earliest known": Asked(
        [opens("10-11"), opens("9:50-10:40", id=2, agenda=2)], "10 10:30", taken={2: Taken([busy("10:35-11", before=20)])}
    ),
    "pause: the motif's keeps that distance too": Asked(
        [opens("10-11"), opens("9:50-10:40", id=2, agenda=2)], "10 10:30", Need(30, after=20), {2: Taken([busy("10:35-11")])}
    ),
    # absences
    "absence: hours of the day": Asked([MORNING], "9 11", HOUR, taken(closed=absent("10-11"))),
    "absence: over several days": Asked(
        [opens("9-10", MONDAY, DAILY)], "23/11 27/11 28/11 29/11", HOUR,
        taken(closed=absent("0-0", TUESDAY, nights=3)), bounds=WEEK, show=with_day,
    ),
    "absence: from one noon to the next": Asked(
        [opens("9-15")], "12", Need(180), taken(closed=absent("12-12", MONDAY, nights=1))
    ),
    "absence: every week": Asked(
        [opens("9-10", TUESDAY, weekly([1]))], "", HOUR, taken(closed=absent("9-10", TUESDAY, weekly([1]))), bounds=QUARTER
    ),
    "absence: every other week": Asked(
        [opens("9-10", TUESDAY, weekly([1]))], "01/12 15/12", HOUR,
        taken(closed=absent("9-10", TUESDAY, weekly([1], 2))), bounds=days(MONDAY, date(2026, 12, 20)), show=with_day,
    ),
    # holidays
    "holiday: the whole local day is closed": Asked(
        [opens("0-23", CHRISTMAS)], "", HOUR, {1: closed_days}, day=CHRISTMAS
    ),
    "holiday: midnight belongs to the next day": Asked(
        [opens("0-1", CHRISTMAS + timedelta(days=1))], "0", HOUR, {1: closed_days}, day=CHRISTMAS + timedelta(days=1)
    ),
    "holiday: a motif may ignore it": Asked(
        [opens("9-10", CHRISTMAS)], "9", Need(60, ignores_holidays=True), {1: closed_days}, day=CHRISTMAS
    ),
    "holiday: ignoring it ignores no absence": Asked(
        [opens("9-10", CHRISTMAS)], "", Need(60, ignores_holidays=True),
        {1: replace(closed_days, closed=absent("0-0", CHRISTMAS, nights=1))}, day=CHRISTMAS,
    ),
    # recurrence
    "weekly: on its days only": Asked(
        [opens("9-10", MONDAY, weekly([0, 3]))], "23/11 26/11", HOUR, bounds=WEEK, show=with_day
    ),
    "weekly: every other week": Asked(
        [opens("9-10", MONDAY, weekly([0], 2))], "23/11 07/12 21/12", HOUR, bounds=days(MONDAY, date(2026, 12, 31)), show=with_day
    ),
    "weekly: until a day that counts": Asked(
        [opens("9-10", MONDAY, weekly([0], until=date(2026, 12, 7)))], "23/11 30/11 07/12", HOUR, bounds=QUARTER, show=with_day
    ),
    "weekly: a first day off the rule is none": Asked(
        [opens("9-10", MONDAY, weekly([2]))], "25/11", HOUR, bounds=WEEK, show=with_day
    ),
    "daily: every third day": Asked(
        [opens("9-10", MONDAY, str(Rule(Frequency.DAILY, 3)))], "23/11 26/11 29/11", HOUR, bounds=WEEK, show=with_day
    ),
    "monthly: the second Tuesday": Asked(
        [opens("9-10", MONDAY, monthly(2, 1))], "08/12 12/01 09/02", HOUR, bounds=QUARTER, show=with_day
    ),
    "monthly: the last Friday": Asked(
        [opens("9-10", MONDAY, monthly(-1, 4))], "27/11 25/12 29/01 26/02", HOUR, bounds=QUARTER, show=with_day
    ),
    "monthly: a fifth Monday is not in each month": Asked(
        [opens("9-10", MONDAY, monthly(5, 0))], "30/11", HOUR, bounds=QUARTER, show=with_day
    ),
    "an excluded day is none": Asked(
        [opens("9-10", MONDAY, WORKDAYS, excluded=[TUESDAY])], "23/11 25/11 26/11 27/11", HOUR, bounds=WEEK, show=with_day
    ),
    "a moved occurrence is where it went": Asked(
        [opens("9-10", MONDAY, weekly([1]), excluded=[TUESDAY]), opens("14-15", WEDNESDAY, id=2)],
        "25/11 01/12", HOUR, bounds=days(MONDAY, date(2026, 12, 2)), show=with_day,
    ),
    # S-6, delays
    "notice: to the instant, included": Asked([opens("8:30-10:30", MONDAY)], "9 9:30 10", bounds=citizens("60 minutes", "1 months")),
    "notice: drops starts and moves none": Asked(
        [opens("8:30-10:30", MONDAY)], "9:30 10", bounds=citizens("65 minutes", "1 months")
    ),
    "notice: two calendar days are counted from midnight": Asked(
        [opens("9-10", MONDAY, DAILY)], "25/11 26/11", HOUR, bounds=citizens("2 calendar_days", "3 calendar_days"), show=with_day
    ),
    "most: the whole last day stays open": Asked(
        [opens("23-23:59", MONDAY, DAILY)], "23/11 24/11", bounds=citizens("30 minutes", "24 hours"), show=with_day
    ),
    "most: three months are three months": Asked(
        [opens("9-10", date(2027, 2, 22), DAILY)], "22/02 23/02", HOUR, bounds=citizens("30 minutes", "3 months"), show=with_day
    ),
    "staff sees a start in one minute": Asked([opens("8:01-9", MONDAY)], "8:01", day=MONDAY, need=Need(59)),
    # T-3, clock changes
    "clocks: nine is nine in summer and winter": Asked(
        [opens("9-10", date(2027, 3, 27), DAILY)], "9 9 9", HOUR, bounds=days(date(2027, 3, 27), date(2027, 3, 29))
    ),
    "clocks: a skipped hour has no slot": Asked([opens("1-4", SPRING)], "1 3", HOUR, day=SPRING),
    "clocks: an opening inside the skipped hour is none": Asked([opens("2-3", SPRING)], "", day=SPRING),
    "clocks: a repeated hour is there once": Asked([opens("1-4", AUTUMN)], "1 2 3", HOUR, day=AUTUMN),
    "clocks: fixed grid over the skipped hour": Asked([opens("1-4", SPRING, step=60)], "1 3", HOUR, day=SPRING),
    "clocks: fixed grid over the repeated hour": Asked([opens("1-4", AUTUMN, step=60)], "1 2 3", HOUR, day=AUTUMN),
    "clocks: New York in March": Asked(
        [opens("1-4", date(2027, 3, 14), zone=NEW_YORK)], "1 3", HOUR, day=date(2027, 3, 14), zone=NEW_YORK
    ),
    "clocks: New York in November": Asked(
        [opens("0-3", date(2027, 11, 7), zone=NEW_YORK)], "0 1 2", HOUR, day=date(2027, 11, 7), zone=NEW_YORK
    ),
    "clocks: Réunion never changes": Asked([opens("1-4", SPRING, zone=REUNION)], "1 2 3", HOUR, day=SPRING, zone=REUNION),
    "clocks: Martinique never changes": Asked(
        [opens("1-4", SPRING, zone=MARTINIQUE)], "1 2 3", HOUR, day=SPRING, zone=MARTINIQUE
    ),
    "clocks: a holiday of 23 hours": Asked(
        [opens("0-23:59", SPRING)], "", HOUR, taken(holidays=whole_days([SPRING], PARIS)), day=SPRING
    ),
    # S-7, seats
    "seats: a fresh slot has all of them": Asked([SEATS], "9x3 10x3", HOUR, show=with_seats),
    "seats: an appointment is offered with those left": Asked(
        [SEATS], "9x2 10x3", HOUR, taken(busy("9-10"), shared=[table("9-10", 2)]), show=with_seats
    ),
    "seats: full is not offered": Asked([SEATS], "10x3", HOUR, taken(busy("9-10"), shared=[table("9-10", 0)]), show=with_seats),
    "seats: over-booked is not offered": Asked(
        [SEATS], "10x3", HOUR, taken(busy("9-10"), shared=[table("9-10", -1)]), show=with_seats
    ),
    "seats: an appointment off the grid keeps its own start": Asked(
        [SEATS], "9:10x1", HOUR, taken(busy("9:10-10:10"), shared=[table("9:10-10:10", 1)]), show=with_seats
    ),
    "seats: for another opening it is busy time": Asked(
        [opens("9-11", id=2, seats=3)], "10x3", HOUR, taken(busy("9-10"), shared=[table("9-10", 2)]), show=with_seats
    ),
    "seats: an absence closes it": Asked(
        [SEATS], "10x3", HOUR, taken(busy("9-10"), closed=absent("9:30-9:45"), shared=[table("9-10", 2)]), show=with_seats
    ),
    "seats: what staff laid over it closes it": Asked(
        [SEATS], "10x3", HOUR, taken(busy("9-10"), busy("9:30-9:40"), shared=[table("9-10", 2)]), show=with_seats
    ),
    "seats: its own holds do not": Asked(
        [SEATS], "9x1 10x3", HOUR, taken(busy("9-10"), busy("9-10"), shared=[table("9-10", 1, entries=2)]), show=with_seats
    ),
    "collective: a planned appointment is offered without openings": Asked(
        [], "9x4", COLLECTIVE, taken(busy("9-9:30"), shared=[table("9-9:30", 4, opening=None, collective=True)]), show=with_seats
    ),
    "collective: openings offer nothing": Asked([MORNING], "", COLLECTIVE),
    "collective: holidays do not close it": Asked(
        [], "9x4", COLLECTIVE,
        taken(holidays=whole_days([TUESDAY], PARIS), shared=[table("9-9:30", 4, opening=None, collective=True)]), show=with_seats,
    ),
    "collective: an absence closes it": Asked(
        [], "", COLLECTIVE, taken(closed=absent("9:15-9:20"), shared=[table("9-9:30", 4, opening=None, collective=True)])
    ),
    "collective: kept, it is open under an absence": Asked(
        [], "9x4", COLLECTIVE,
        taken(closed=absent("9:15-9:20"), shared=[table("9-9:30", 4, opening=None, collective=True, kept=frozenset({1}))]),
        show=with_seats,
    ),
    "collective: an absence that touches does not close it": Asked(
        [], "9x4", COLLECTIVE, taken(closed=absent("9:30-10"), shared=[table("9-9:30", 4, opening=None, collective=True)]), show=with_seats
    ),
    "collective: what overlaps it does not close it": Asked(
        [], "9x4", COLLECTIVE,
        taken(busy("9-9:30"), busy("9:10-9:20"), shared=[table("9-9:30", 4, opening=None, collective=True)]), show=with_seats,
    ),
    "collective: full is not offered": Asked(
        [], "", COLLECTIVE, taken(shared=[table("9-9:30", 0, opening=None, collective=True)])
    ),
    "collective: the first minute of the span is in it": Asked(
        [], "0x4", COLLECTIVE, taken(shared=[table("0-0:30", 4, opening=None, collective=True)]), show=with_seats
    ),
    "collective: the minute after the span is not": Asked(
        [], "", COLLECTIVE, taken(shared=[table("0-0:30", 4, opening=None, collective=True)]), day=MONDAY
    ),
    # S16, several agendas
    "pair: offered when both are free": Asked([A, B], "9/1+2 9/2+1 10/1+2 10/2+1", PAIR, show=with_team),
    "pair: one alone is not enough": Asked([A], "", PAIR),
    "pair: two openings of one agenda are one agenda": Asked([A, opens("9-11", id=5)], "", PAIR),
    "pair: one is taken for an hour": Asked([A, B], "10/1+2 10/2+1", PAIR, {2: Taken([busy("9-10")])}, show=with_team),
    "pair: who comes along goes by rank": Asked(
        [A, B, C], "9/1+3 9/2+3 9/3+1 10/1+3 10/2+3 10/3+1", PAIR, rank=in_turn({1: 7, 2: 8}), show=with_team
    ),
    "pair: a third steps in": Asked(
        [A, B, C], "9/1+3 9/3+1 10/1+2 10/2+1 10/3+1", PAIR, {2: Taken([busy("9-10")])}, show=with_team
    ),
    "pair: not at two places": Asked([A, replace(B, place_id=2)], "", PAIR),
    "pair: the start comes from either grid": Asked(
        [opens("9-11"), opens("9:20-11:20", id=2, agenda=2)], "9:20/1+2 9:20/2+1 10/1+2 10/2+1",
        PAIR, show=with_team,
    ),
    "pair: asked for one by name": Asked([A, B, C], "9/2+1 10/2+1", replace(PAIR, leaders=frozenset({2})), show=with_team),
    "pair: as many seats as the smaller has": Asked(
        [replace(A, seats=3), replace(B, seats=2)], "9x2 9x2 10x2 10x2", PAIR, show=with_seats
    ),
    "room: agent and room together": Asked([A, ROOM], "9/1+8 10/1+8", WITH_ROOM, show=with_team),
    "room: no room, no slot": Asked([A], "", WITH_ROOM),
    "room: a taken room closes every agent's slot": Asked(
        [A, B, ROOM], "10/1+8 10/2+8", WITH_ROOM, {8: Taken([busy("9-10")])}, show=with_team
    ),
    "room: alone it is nothing to a motif without rooms": Asked([ROOM], "", HOUR),
    "room: a motif may need a room alone": Asked([ROOM, A], "9/8 10/8", Need(60, agents=0, rooms=1), show=with_team),
    # S-8, choice
    "first registered wins": Asked([B, A], "9/1 10/1", HOUR, rank=first_registered, show=with_agenda),
    "least loaded wins": Asked([A, B], "9/2 10/2", HOUR, rank=least_loaded([(1, at("14"))], PARIS), show=with_agenda),
    "least loaded: only this week counts": Asked(
        [A, B], "9/1 10/1", HOUR, rank=least_loaded([(1, at("14", MONDAY - timedelta(days=1)))], PARIS), show=with_agenda
    ),
    "least loaded: the week ends on Sunday night": Asked(
        [A, B], "9/2 10/2", HOUR, rank=least_loaded([(1, at("23:59", date(2026, 11, 29)))], PARIS), show=with_agenda
    ),
    "least loaded: of equals the first registered": Asked(
        [A, B], "9/1 10/1", HOUR, rank=least_loaded([(1, at("14")), (2, at("15"))], PARIS), show=with_agenda
    ),
    "in turn: never booked comes first": Asked([A, B], "9/2 10/2", HOUR, rank=in_turn({1: 7}), show=with_agenda),
    "in turn: booked longest ago comes first": Asked([A, B], "9/2 10/2", HOUR, rank=in_turn({1: 8, 2: 7}), show=with_agenda),
    "in turn: of those never booked the first registered": Asked([A, B], "9/1 10/1", HOUR, rank=in_turn({}), show=with_agenda),
}  # fmt: skip
CHOSEN = {name for name in CASES if name.startswith(("first registered", "least loaded", "in turn"))}


@pytest.mark.parametrize("name", CASES)
def test_rule(name: str) -> None:
    asked = CASES[name]
    question = list(asked.openings), asked.taken, asked.need, asked.limits, asked.rank

    slots = free_slots(*question)

    chosen = chosen_slots(*question)
    assert chosen == one_per_start(slots, asked.rank)
    seen = chosen if name in CHOSEN else slots
    shown = [asked.show(slot) if asked.show else clock(slot, asked.zone) for slot in seen]
    assert " ".join(shown) == asked.expected
    earliest = next_slot(*question)
    assert earliest == (chosen[0] if chosen else None)


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 80
