"""CPU time of a real server for each request that calendar programs make, one client on one connection.

    python benchmarks/served.py [--servers gunicorn waitress] [--databases sqlite postgresql] [--events 1000 10000]

Milliseconds of the server's processes, from /proc (Linux), with HTTP and without PostgreSQL's: a mean, for the kernel counts in
hundredths of a second. The first line is what the server alone costs. The same requests without HTTP are in caldav.py.
"""

import http.client
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from types import SimpleNamespace
from typing import cast

from polling import BARE, COMMANDS, cpu_seconds, serving
from town import NOW, POLL, XML, Ask, Case, Town, a_database, after_a_change, cases, fill

from rdvdav.clock import StoppedClock
from rdvdav.database import Database

LIGHT, HEAVY = 1000, 15
"""How often each request is made: until hundredths of a second say enough."""


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--servers", nargs="+", default=list(COMMANDS), choices=list(COMMANDS))
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--events", type=int, nargs="+", default=[1_000, 10_000])
    wanted = parser.parse_args()
    print(f"{'database':11}{'events':>7}  {'request':30}{''.join(f'{server:>11}' for server in wanted.servers)}")
    print(f"{'':18}  {'HTTP alone':30}{''.join(f'{alone(server):11.2f}' for server in wanted.servers)}", flush=True)
    for kind in wanted.databases:
        for events in wanted.events:
            with a_database(kind) as database:
                measure(kind, events, database, wanted.servers)


def measure(kind: str, events: int, database: Database, servers: list[str]) -> None:
    """One line for each request."""
    town = fill(database, StoppedClock(NOW), events)
    for make_cases in (cases, lambda town: [after_a_change(town)]):  # the change only once all else was asked
        asked = make_cases(town)
        figures = [figures_of(server, database, town, asked) for server in servers]
        for case, *found in zip(asked, *figures, strict=True):
            print(f"{kind:11}{events:7}  {case.name:30}{''.join(f'{figure:11.2f}' for figure in found)}", flush=True)


def alone(server: str) -> float:
    """Milliseconds of a request that needs no work."""
    with serving(server, Database("sqlite://"), BARE) as (port, group):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        nobody = cast("Town", SimpleNamespace(authorization="Basic eDp5"))
        try:
            return _milliseconds(connection, group, nobody, Case("HTTP alone", (Ask("PROPFIND", "/", POLL),)))
        finally:
            connection.close()


def figures_of(server: str, database: Database, town: Town, asked: list[Case]) -> list[float]:
    """Milliseconds for each of *asked*."""
    with serving(server, database) as (port, group):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            return [_milliseconds(connection, group, town, case) for case in asked]
        finally:
            connection.close()


def _milliseconds(connection: http.client.HTTPConnection, group: int, town: Town, case: Case) -> float:
    times = HEAVY if case.heavy else LIGHT
    for _ in range(3):  # what is opened or compiled once
        _ask(connection, town, case)
    used = cpu_seconds(group)
    for _ in range(times):
        _ask(connection, town, case)
    return (cpu_seconds(group) - used) / times * 1000


def _ask(connection: http.client.HTTPConnection, town: Town, case: Case) -> None:
    for ask in case.asks:
        headers = {"Authorization": town.authorization, "Depth": ask.depth, "Content-Type": XML, **dict(ask.headers)}
        connection.request(ask.method, ask.path, ask.body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (200, 207, 304), (case.name, answer.status)


if __name__ == "__main__":
    main()
