"""CPU time of the server for each request that calendar clients make, by number of events and database.

    python benchmarks/caldav.py [--events 1000 10000] [--databases sqlite postgresql] [--runs 15] [--json FILE]

Both doors are called in this process, as a server calls them; figures are milliseconds of its CPU time, median and best of the
runs, with SQLite's own work and without PostgreSQL's. Each request signs in; its use has been noted this hour. The last column is the
median of the same by Radicale alone, without the short path (K-60).
"""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from town import NOW, Case, Time, Town, a_database, after_a_change, cases, fill, timed

from rdvdav.clock import StoppedClock

HEAVY_RUNS = 5


@dataclass(frozen=True)
class Figure(Time):
    """One line of the table."""

    database: str
    events: int
    case: str
    radicale_ms: float | None


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    figures = []
    print(f"{'database':11}{'events':>7}  {'request':28}{'median':>9}{'best':>9}{'status':>8}{'kB':>9}{'Radicale':>10}")
    for kind in wanted.databases:
        for events in wanted.events:
            for found in measure(kind, events, wanted.runs):
                figures.append(found)
                alone = f"{found.radicale_ms:10.2f}" if found.radicale_ms is not None else ""
                print(
                    f"{found.database:11}{found.events:7}  {found.case:28}"
                    f"{found.median_ms:9.2f}{found.best_ms:9.2f}{found.status:8}{found.kilobytes:9.1f}{alone}",
                    flush=True,
                )
    if wanted.json:
        wanted.json.write_text(json.dumps([asdict(found) for found in figures], indent=1))


def measure(kind: str, events: int, runs: int) -> Iterator[Figure]:
    """The figures of one database with *events* events."""
    clock = StoppedClock(NOW)
    with a_database(kind) as database:
        town = fill(database, clock, events)
        for case in cases(town):
            yield figure(town, kind, events, case, HEAVY_RUNS if case.heavy else runs)
        yield figure(town, kind, events, after_a_change(town), runs)


def figure(town: Town, kind: str, events: int, case: Case, runs: int) -> Figure:
    """One case, by the short path and by the long one."""
    time = timed(town.application, town, case, runs)
    alone = timed(town.radicale, town, case, max(1, runs // 3)) if town.radicale and not case.is_feed else None
    return Figure(**asdict(time), database=kind, events=events, case=case.name, radicale_ms=alone and alone.median_ms)


if __name__ == "__main__":
    main()
