"""Fifty calendar programs that poll a real server: answers in a second, and CPU time of the server for each.

    python benchmarks/polling.py [--servers gunicorn waitress] [--databases sqlite postgresql] [--clients 50] [--requests 3000]

gunicorn with two processes of eight threads, waitress with one process of sixteen. The clients run here and take their part of the
machine, so the rate is a floor; CPU is that of the server's processes, from /proc (Linux), without PostgreSQL's.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from town import NOW, POLL, XML, Town, a_database, fill

from rdvdav.clock import StoppedClock
from rdvdav.database import Database

HERE = Path(__file__).parent
GUNICORN = [
    "-m",
    "gunicorn",
    "-c",
    str(HERE.parent / "config/gunicorn.conf.py"),
    "-w",
    "2",
    "--log-level",
    "warning",
    "-b",
    "127.0.0.1:{port}",
]
COMMANDS = {"gunicorn": GUNICORN, "waitress": ["-m", "rdvdav", "serve", "--port", "{port}"]}
BARE = {
    "gunicorn": [*GUNICORN, "bare:application"],
    "waitress": ["-m", "waitress", "--listen=127.0.0.1:{port}", "--threads=16", "bare:application"],
}
"""The same servers with an application that does nothing: what HTTP alone costs."""
START_SECONDS = 60


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--servers", nargs="+", default=list(COMMANDS), choices=list(COMMANDS))
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--requests", type=int, default=3_000)
    parser.add_argument("--events", type=int, default=1_000)
    wanted = parser.parse_args()
    print(f"{'server':12}{'database':12}{'clients':>8}{'requests':>10}{'per second':>12}{'CPU ms each':>13}")
    for kind in wanted.databases:
        with a_database(kind) as database:
            town = fill(database, StoppedClock(NOW), wanted.events)
            for server in wanted.servers:
                rate, cost = measure(server, database, town, wanted.clients, wanted.requests)
                print(f"{server:12}{kind:12}{wanted.clients:8}{wanted.requests:10}{rate:12.0f}{cost:13.2f}", flush=True)


def measure(server: str, database: Database, town: Town, clients: int, requests: int) -> tuple[float, float]:
    """Polls in a second, and milliseconds of CPU for each."""
    with serving(server, database) as (port, group):
        poll_often(port, town, clients, clients * 4)  # opens what is opened once
        used, start = cpu_seconds(group), monotonic()
        poll_often(port, town, clients, requests)
        took = monotonic() - start
        return requests / took, (cpu_seconds(group) - used) / requests * 1000


def poll_often(port: int, town: Town, clients: int, requests: int) -> None:
    """*requests* polls by *clients* at once, each on a connection of its own that stays open."""
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(_poll, port, town, requests // clients) for _ in range(clients)]:
            done.result()


def _poll(port: int, town: Town, times: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": town.authorization, "Depth": "0", "Content-Type": XML}
    try:
        for _ in range(times):
            connection.request("PROPFIND", town.calendar, POLL, headers)
            answer = connection.getresponse()
            assert answer.status == 207, answer.status
            assert b"rdvdav:sync/" in answer.read()
    finally:
        connection.close()


@contextmanager
def serving(server: str, database: Database, commands: Mapping[str, list[str]] = COMMANDS) -> Iterator[tuple[int, int]]:
    """*server* on *database*, started by its line of *commands*: its port, and its process group."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [argument.format(port=port) for argument in commands[server]]
    environment = {
        **os.environ,
        "RDVDAV_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "RDVDAV_LOG_LEVEL": "ERROR",
        "RDVDAV_PUBLIC_URL": "http://rdv.example.test",
    }
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=HERE, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            _await(port, process)
            yield port, process.pid
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.2)
        else:
            return
    raise RuntimeError("the server did not start")


def cpu_seconds(group: int) -> float:
    """What all processes of *group* have used so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
