"""Cost of the slot search: its pure functions, beside what other libraries do for it, and with the database.

    python benchmarks/slots.py [--agents 100] [--days 90] [--runs 15] [--json FILE] [--database] [--year]

Every agent opens Monday to Friday, two ranges a day. « asked » is the case of the requirement: 30 absences and 400
appointments each. Expansion of the openings is part of each figure; making `Busy` values of database rows is not, and has
its own line. The baselines only expand the same openings, absences and appointments into intervals; the search does that
and subtracts. All figures are milliseconds of process CPU time, that of the database's own process not included.
"""

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil import rrule
from slot_rows import databases, next_of, prepared, searches, statements_of
from slot_rows import office as rows_of_office

from rdvdav.hours.holiday import Holidays
from rdvdav.hours.recurrence import Series, weekly
from rdvdav.hours.wall import instant_of
from rdvdav.hours.wall_range import WallRange
from rdvdav.settings import Settings
from rdvdav.slots.busy import Busy, BusyTimes, Taken, whole_days
from rdvdav.slots.free import chosen_slots, free_slots
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.next_one import next_slot
from rdvdav.slots.opening import Opening

ZONE = "Europe/Paris"
NOW = datetime(2026, 9, 7, 7, 12, 30, tzinfo=UTC)
FIRST_DAY = date(2026, 1, 5)
MONDAY_TO_FRIDAY = weekly(range(5))
SATURDAY = 5
Rows = dict[int, list[tuple[datetime, datetime]]]


TARGETS = {
    "asked, one per start": 25,
    "portal, week, 20 agents": 15,
    "portal, week, 200 agents": 60,
    "next availability, full year": 60,
}
"""Milliseconds that were asked for."""


@dataclass
class Office:
    """What a search is handed."""

    openings: list[Opening]
    rows: Rows
    taken: dict[int, Taken]


def asked_for(agents: int, days: int) -> Office:
    """The case of the requirement: 30 absences of hours and 400 appointments for each agent."""
    usual = office(agents, days)
    dice = random.Random(11)  # noqa: S311 (repeatable, nothing secret)
    for agent, taken in usual.taken.items():
        usual.rows[agent] = dice.sample(usual.rows[agent], min(400, len(usual.rows[agent])))
        away = (WallRange(Series(NOW.date() + timedelta(days=3 * n)), time(11), time(12), ZONE) for n in range(30))
        closed = [
            span for hours in away for span in hours.within(Bounds.for_staff(NOW, NOW + timedelta(days=days)).touched)
        ]
        usual.taken[agent] = Taken(busy_of(usual.rows[agent]), closed, taken.holidays)
    return usual


def office(agents: int, days: int, *, appointments_a_day: int = 8, buffer: int = 0) -> Office:
    """Agents with their openings and what they have booked; the same at each run."""
    dice = random.Random(7)  # noqa: S311 (repeatable, nothing secret)
    openings = [
        Opening(2 * agent + half, agent, 1, WallRange(Series(FIRST_DAY, MONDAY_TO_FRIDAY), opens, closes, ZONE))
        for agent in range(agents)
        for half, (opens, closes) in enumerate([(time(9), time(12, 30)), (time(13, 30), time(17))])
    ]
    rows = {agent: _appointments(dice, days, appointments_a_day) for agent in range(agents)}
    holidays = whole_days(Holidays("FR").between(NOW.date(), NOW.date() + timedelta(days=days)), ZONE)
    taken = {}
    for agent in range(agents):
        leave = [NOW.date() + timedelta(days=dice.randrange(days)) for _ in range(15)]
        taken[agent] = Taken(busy_of(rows[agent], buffer), whole_days(leave, ZONE), holidays)
    return Office(openings, rows, taken)


def _appointments(dice: random.Random, days: int, a_day: int) -> list[tuple[datetime, datetime]]:
    starts = (
        instant_of(NOW.date() + timedelta(days=day), time(9), ZONE) + timedelta(minutes=30 * half_hour)
        for day in range(days)
        if (NOW.date() + timedelta(days=day)).weekday() < SATURDAY
        for half_hour in dice.sample(range(16), a_day)
    )
    return [(start, start + timedelta(minutes=30)) for start in starts]


def busy_of(rows: list[tuple[datetime, datetime]], buffer: int = 0) -> BusyTimes:
    """By columns, as a search with the database hands them over."""
    return BusyTimes.of([Busy.of(start, end, buffer, buffer) for start, end in rows])


def cpu(work: Callable[[], object], runs: int) -> dict[str, float]:
    """Shortest and median CPU time of *work*, in milliseconds."""
    work()
    times = []
    for _ in range(runs):
        begun = process_time()
        work()
        times.append((process_time() - begun) * 1000)
    return {"min_ms": round(min(times), 2), "median_ms": round(median(times), 2)}


def measure(agents: int, days: int, runs: int) -> dict[str, dict[str, float]]:
    """Each case's figures, and how many slots it finds."""
    usual, paused, full = (
        office(agents, days),
        office(agents, days, buffer=5),
        office(agents, 365, appointments_a_day=16),
    )
    asked = asked_for(agents, days)
    bounds = Bounds.for_staff(NOW, NOW + timedelta(days=days))
    year = Bounds.for_staff(NOW, NOW + timedelta(days=364))
    half_hour = Need(30)
    paused_half_hour = Need(30, before=10, after=10)
    cases: dict[str, tuple[Callable[[], object], Callable[[], int]]] = {
        "asked": (
            lambda: free_slots(asked.openings, asked.taken, half_hour, bounds),
            lambda: len(free_slots(asked.openings, asked.taken, half_hour, bounds)),
        ),
        "asked, one per start": (
            lambda: chosen_slots(asked.openings, asked.taken, half_hour, bounds),
            lambda: len(chosen_slots(asked.openings, asked.taken, half_hour, bounds)),
        ),
        "search": (
            lambda: free_slots(usual.openings, usual.taken, half_hour, bounds),
            lambda: len(free_slots(usual.openings, usual.taken, half_hour, bounds)),
        ),
        "search, one per start": (
            lambda: chosen_slots(usual.openings, usual.taken, half_hour, bounds),
            lambda: len(chosen_slots(usual.openings, usual.taken, half_hour, bounds)),
        ),
        "search with buffers": (
            lambda: free_slots(paused.openings, paused.taken, paused_half_hour, bounds),
            lambda: len(free_slots(paused.openings, paused.taken, paused_half_hour, bounds)),
        ),
        "next slot": (
            lambda: next_slot(usual.openings, usual.taken, half_hour, year),
            lambda: int(next_slot(usual.openings, usual.taken, half_hour, year) is not None),
        ),
        "next slot, a full year": (
            lambda: next_slot(full.openings, full.taken, half_hour, year),
            lambda: int(next_slot(full.openings, full.taken, half_hour, year) is not None),
        ),
        "rows to busy values": (
            lambda: [busy_of(rows) for rows in usual.rows.values()],
            lambda: sum(map(len, usual.rows.values())),
        ),
    }
    cases |= {name: (work, lambda work=work: len(work())) for name, work in baselines(asked, days).items()}
    few = {"icalendar + recurring-ical-events"}
    return {name: {"found": found(), **cpu(work, 1 if name in few else runs)} for name, (work, found) in cases.items()}


def baselines(asked: Office, days: int) -> dict[str, Callable[[], list[object]]]:
    """The openings' occurrences by python-dateutil; of calendars with the appointments too by icalendar's companions."""
    until = NOW + timedelta(days=days)

    def dateutil() -> list[object]:
        found: list[object] = []
        for opening in asked.openings:
            rule = rrule.rrule(
                rrule.WEEKLY,
                dtstart=datetime.combine(FIRST_DAY, opening.hours.opens),
                byweekday=range(5),
                until=until.replace(tzinfo=None),
            )
            found += rule.between(NOW.replace(tzinfo=None), until.replace(tzinfo=None), inc=True)
        return found

    calendars = [_calendar(asked, agent) for agent in asked.rows]

    def events() -> list[object]:
        return [
            event
            for text in calendars
            for event in recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(NOW, until)
        ]

    return {"python-dateutil": dateutil, "icalendar + recurring-ical-events": events}


def _calendar(asked: Office, agent: int) -> bytes:
    calendar = icalendar.Calendar()
    for opening in asked.openings:
        if opening.agenda_id == agent:
            event = icalendar.Event()
            event.add("uid", f"opening{opening.id}@example.test")
            event.add("dtstart", datetime.combine(FIRST_DAY, opening.hours.opens, ZoneInfo(ZONE)))
            event.add("dtend", datetime.combine(FIRST_DAY, opening.hours.closes, ZoneInfo(ZONE)))
            event.add("rrule", {"freq": "weekly", "byday": ["MO", "TU", "WE", "TH", "FR"]})
            calendar.add_component(event)
    for number, (start, end) in enumerate(asked.rows[agent]):
        event = icalendar.Event()
        event.add("uid", f"appointment{agent}-{number}@example.test")
        event.add("dtstart", start)
        event.add("dtend", end)
        calendar.add_component(event)
    return calendar.to_ical()


def with_database(runs: int, *, year: bool) -> dict[str, dict[str, float]]:
    """Searches on both databases, of 20 and 200 agents; where *year* is set, of 100 agents who are full for twelve months."""
    figures: dict[str, dict[str, float]] = {}
    with databases() as found:
        for name, database in found.items():
            prepared(database, Settings())
            cases = {}
            for agents in (20, 200):
                motif = rows_of_office(database, agents)
                cases |= {f"{name}: {case}, {agents} agents": work for case, work in searches(database, motif).items()}
            if year:
                motif = rows_of_office(database, 100, full_days=400)
                cases |= {f"{name}: {case}, full year": work for case, work in next_of(database, motif).items()}
            for case, work in cases.items():
                asked = statements_of(database, work)
                figures[case] = {"found": work(), **cpu(work, runs), "statements": asked}
            database.dispose()
    return figures


def main() -> None:
    """Measure, print a table, write JSON when asked."""
    parser = argparse.ArgumentParser(description="CPU time of the slot search")
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--database", action="store_true", help="searches with the database, too")
    parser.add_argument("--year", action="store_true", help="with the database, agents who are full for a year, too")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    figures = measure(args.agents, args.days, args.runs)
    if args.database or args.year:
        figures |= with_database(args.runs, year=args.year)
    print(f"{args.agents} agents, {args.days} days, CPU of {args.runs} runs")
    print(f"{'':44}{'found':>8}{'min ms':>9}{'median ms':>11}{'target':>8}{'statements':>12}")
    for name, row in figures.items():
        spent, sent = f"{row['min_ms']:9.2f}{row['median_ms']:11.2f}", row.get("statements", "")
        print(f"{name:44}{row['found']:8}{spent}{TARGETS.get(name.partition(': ')[2] or name, ''):>8}{sent:>12}")
    if args.json:
        about = {"agents": args.agents, "days": args.days, "runs": args.runs, "now": NOW.isoformat()}
        args.json.write_text(json.dumps({"about": about, "cpu": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
