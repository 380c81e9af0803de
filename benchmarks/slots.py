"""CPU time of the slot search in its pure functions: 100 agents over 90 days, the office's and the portal's case.

    python benchmarks/slots.py [--agents 100] [--days 90] [--runs 15] [--json FILE]

Every agent opens Monday to Friday, two ranges a day; eight appointments a day are taken, three weeks are leave, public
holidays are closed. Expansion of the openings is part of each figure; making `Busy` values of database rows is not, and
has its own line. All figures are milliseconds of process CPU time.
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

from rdvdav.hours.holiday import Holidays
from rdvdav.hours.recurrence import Series, weekly
from rdvdav.hours.wall import instant_of
from rdvdav.hours.wall_range import WallRange
from rdvdav.slots.busy import Busy, Taken, whole_days
from rdvdav.slots.choice import one_per_start
from rdvdav.slots.free import free_slots
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.next_one import next_slot
from rdvdav.slots.opening import Opening

ZONE = "Europe/Paris"
NOW = datetime(2026, 9, 7, 7, 12, 30, tzinfo=UTC)
FIRST_DAY = date(2026, 1, 5)
MONDAY_TO_FRIDAY = weekly(range(5))
SATURDAY = 5
Rows = dict[int, list[tuple[datetime, datetime]]]


@dataclass
class Office:
    """What a search is handed."""

    openings: list[Opening]
    rows: Rows
    taken: dict[int, Taken]


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


def busy_of(rows: list[tuple[datetime, datetime]], buffer: int = 0) -> list[Busy]:
    """As the search room does with what it read."""
    return [Busy.of(start, end, buffer, buffer) for start, end in rows]


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
    bounds = Bounds.for_staff(NOW, NOW + timedelta(days=days))
    year = Bounds.for_staff(NOW, NOW + timedelta(days=364))
    half_hour = Need(30)
    paused_half_hour = Need(30, before=10, after=10)
    cases: dict[str, tuple[Callable[[], object], Callable[[], int]]] = {
        "search": (
            lambda: free_slots(usual.openings, usual.taken, half_hour, bounds),
            lambda: len(free_slots(usual.openings, usual.taken, half_hour, bounds)),
        ),
        "search, one per start": (
            lambda: one_per_start(free_slots(usual.openings, usual.taken, half_hour, bounds)),
            lambda: len(one_per_start(free_slots(usual.openings, usual.taken, half_hour, bounds))),
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
    return {name: {"found": found(), **cpu(work, runs)} for name, (work, found) in cases.items()}


def main() -> None:
    """Measure, print a table, write JSON when asked."""
    parser = argparse.ArgumentParser(description="CPU time of the slot search")
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    figures = measure(args.agents, args.days, args.runs)
    print(f"{args.agents} agents, {args.days} days, CPU of {args.runs} runs")
    print(f"{'':26}{'found':>8}{'min ms':>9}{'median ms':>11}")
    for name, row in figures.items():
        print(f"{name:26}{row['found']:8}{row['min_ms']:9.2f}{row['median_ms']:11.2f}")
    if args.json:
        about = {"agents": args.agents, "days": args.days, "runs": args.runs, "now": NOW.isoformat()}
        args.json.write_text(json.dumps({"about": about, "cpu": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
