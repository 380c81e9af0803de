"""Two hundred citizens who book at one organisation at once, each thinking five seconds between two pages, on a real server.

    python benchmarks/crowd.py [--citizens 200] [--thinking 5] [--seconds 120] [--server gunicorn] [--database postgresql] [--json FILE]

gunicorn with two processes of eight threads; from the organisation's page to the confirmation, e-mail proved by its code. Everybody
wants one of the first slots, so that many are taken meanwhile and choose again. They come one after the other over the time a booking
takes: who begins together confirms together. Wanted: nobody booked twice at once, no error of the server, and a slot page in 150 ms
for 95 of 100 on two cores (`slots p95`), counted once everybody is there. The citizens run in a process of their own here and take
their part of the machine; its CPU is told beside the server's (/proc, Linux, without PostgreSQL's). Ends with status 1 where one of
the three fails; the last line is JSON.
"""

import json
import os
import re
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from html import unescape
from http.client import HTTPConnection
from itertools import groupby, pairwise
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import monotonic, perf_counter, process_time, sleep
from urllib.parse import urlencode, urlsplit

from polling import COMMANDS, cpu_seconds, serving
from sqlalchemy import select
from town import Maker, a_database

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.status import CANCELLED
from rdvdav.clock import SystemClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.feeds.change import changing
from rdvdav.hours.wall import instant_of
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import settle
from rdvdav.settings import Settings
from rdvdav.tokens import new_slug

TARGET_MS = 150
WARM_SECONDS = 10
PAGES = 9
"""Of a booking, from the organisation's to the confirmation."""
SLUG = "crowded"
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
INPUT = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
FILLED_DAYS, A_DAY = 12, 8


@dataclass
class Page:
    """What an address answered in the end, and how long its last request took."""

    url: str
    status: int
    text: str
    milliseconds: float

    def links(self, part: str) -> list[str]:
        """Addresses of the page that have *part* in them."""
        return [href for href in map(unescape, re.findall(r'href="([^"]*)"', self.text)) if part in href]

    def form(self, part: str) -> tuple[str, dict[str, str]]:
        """Where the form with *part* in it posts to, and what it holds already."""
        for attributes, inside in FORM.findall(self.text):
            if part in attributes + inside:
                inputs = [dict(ATTRIBUTE.findall(tag)) | {"": tag} for tag in INPUT.findall(inside)]
                kept = [each for each in inputs if each.get("type") == "hidden" or " checked" in each[""]]
                action = unescape(dict(ATTRIBUTE.findall(attributes)).get("action", "")) or self.url
                return action, {each["name"]: unescape(each.get("value", "on")) for each in kept if "name" in each}
        raise LookupError(f"no form with {part} on {self.url} ({self.status})")


@dataclass
class Crowd:
    """What all citizens together saw."""

    pages: list[tuple[float, str, int, float]] = field(default_factory=list)
    """When it came, of what kind, status, milliseconds."""
    ends: Counter[str] = field(default_factory=Counter)


class Citizen:
    """One browser: cookies, and a connection for each request, as behind a proxy that keeps none."""

    def __init__(self, number: int, port: int, database: Database, crowd: Crowd, options: Namespace) -> None:
        """A person who lives in a network of their own, decides by chance, and is as fast as others on average."""
        self.address = f"10.{number // 250}.{number % 250}.7"
        self.chance = Random(number)  # noqa: S311 - whims, not secrets
        self.port, self.database, self.crowd, self.options = port, database, crowd, options
        self.cookies: dict[str, str] = {}

    def live(self, until: float) -> None:
        """Book, and begin again as somebody else, until the time is over."""
        sleep(self.chance.uniform(0, self.options.thinking * PAGES))
        while monotonic() < until:
            self.cookies = {}
            try:
                self.crowd.ends[self._book(until)] += 1
            except TimeoutError:
                return
            except (LookupError, OSError) as error:
                self.crowd.ends[f"lost: {error}"[:160]] += 1

    def _book(self, until: float) -> str:
        home = f"/rdv/{SLUG}"
        self._open("organisation", home, until)
        motif = self.chance.choice(self._open("services", f"{home}/service", until).links("/motif?service="))
        place = self.chance.choice(self._open("motifs", motif, until).links("/lieu?motif="))
        slots = self._open("places", place, until)
        while True:
            if 'name="creneau"' not in slots.text:
                slots = self._open("slots", self.chance.choice(slots.links("/creneau?")), until)
            action, fields = slots.form('name="creneau"')
            wanted = re.findall(r'name="creneau" value="([^"]+)"', slots.text)[:20]
            held = self._open("hold", action, until, fields | {"creneau": unescape(self.chance.choice(wanted))})
            if held.url.endswith("/vous"):
                break
            slots = self._open("slots", slots.links("/creneau?")[0] if held.status == 429 else slots.url, until)
        action, fields = held.form('name="email"')
        email = f"{new_slug(12).lower()}@example.org"
        person = {"first_name": "Marie", "last_name": "Martin", "email": email, "phone": "0612345678"}
        mailbox = self._open("you", action, until, fields | person)
        action, fields = mailbox.form('name="code"')
        check = self._open("code", action, until, fields | {"code": self._code(email)})
        action, fields = check.form("/verification")
        done = self._open("confirm", action, until, fields)
        return "booked" if done.url.endswith("/confirme") else f"turned away: {done.status}"

    def _code(self, email: str) -> str:
        """The code of the mail that waits to leave."""
        query = select(Message.text).where(Message.event == Event.PROOF_ASKED, Message.recipient == email)
        with self.database.reading() as session:
            return re.findall(r"^\s+([0-9]{6})$", session.scalars(query).one(), re.MULTILINE)[0]

    def _open(self, kind: str, path: str, until: float, data: dict[str, str] | None = None) -> Page:
        """Think, then ask; redirects are followed at once."""
        sleep(self.chance.uniform(0.5, 1.5) * self.options.thinking)
        if monotonic() > until:
            raise TimeoutError
        page = self._ask(path, data)
        while page.status in (302, 303):
            page = self._ask(page.text, None)
        shown = "slots" if '<form class="days"' in page.text or "/creneau?" in page.url else kind
        self.crowd.pages.append((monotonic(), shown, page.status, page.milliseconds))
        return page

    def _ask(self, path: str, data: dict[str, str] | None) -> Page:
        headers = {"X-Forwarded-For": self.address, "Accept-Language": "fr"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = urlencode(data) if data is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = perf_counter()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET" if body is None else "POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        took = (perf_counter() - began) * 1000
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _is, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        location = answer.headers.get("Location", "")
        moved = urlsplit(location)._replace(scheme="", netloc="").geturl()
        return Page(path, answer.status, moved if location else text, took)


def organisation(database: Database, agents: int) -> None:
    """Agents of two services at three places, a third of whose time is taken for weeks."""
    clock = SystemClock()
    today = clock.now().date()
    with database.transaction() as session:
        settle(session, Settings(public_url="http://rdv.example.test"))
        make = Maker(session, clock)
        make.organisation(slug=SLUG, name="Ville de Sainte-Anne", phone="01 23 45 67 89")
        places = [make.place(name=f"Mairie {number}") for number in range(3)]
        services = [make.service(name=name) for name in ("État civil", "Urbanisme")]
        motifs = [
            [
                make.motif(name=f"Motif {number}", service_id=each.id, duration_minutes=20 + 10 * number)
                for number in range(3)
            ]
            for each in services
        ]
        for number in range(agents):
            agenda = make.agenda_of(make.agent(services=services))
            make.opening_range(
                agenda,
                motifs[number % 2],
                place_id=places[number % 3].id,
                first_day=today,
                opens=time(8),
                closes=time(18),
                recurrence="FREQ=DAILY",
            )
            _fill(make, agenda.id, motifs[number % 2][0], places[number % 3].id, today)


def _fill(make: Maker, agenda_id: int, motif: Motif, place_id: int, today: date) -> None:
    """Twenty minutes of each hour are taken."""
    with changing(make.session, make.clock, [agenda_id]) as change:
        appointments = [
            Appointment(
                territory_id=motif.territory_id,
                organisation_id=motif.organisation_id,
                motif_id=motif.id,
                place_id=place_id,
                uid=f"{new_slug()}@rdv.example.test",
                reference=new_slug(8),
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=20),
                status="planned",
                stamped_at=make.clock.now(),
                created_at=make.clock.now(),
            )
            for day in range(1, FILLED_DAYS)
            for number in range(A_DAY)
            for starts_at in (
                instant_of(today + timedelta(days=day), time(8), "Europe/Paris") + timedelta(minutes=60 * number),
            )
        ]
        for appointment in appointments:
            appointment.claim({agenda_id: None})
        make.session.add_all(appointments)
        make.session.flush()
        for appointment in appointments:
            change.publish(appointment)


def twice(database: Database) -> int:
    """How many times of an agenda are taken by two appointments."""
    query = (
        select(Claim.agenda_id, Appointment.starts_at, Appointment.ends_at)
        .join(Appointment, Appointment.id == Claim.appointment_id)
        .where(Appointment.status.not_in(CANCELLED))
        .order_by(Claim.agenda_id, Appointment.starts_at)
    )
    with database.reading() as session:
        taken = session.execute(query).all()
    return sum(before[0] == after[0] and before[2] > after[1] for before, after in pairwise(taken))


def measure(options: Namespace) -> dict[str, float | int | str]:
    """Let the crowd in for the time of *options*; the figures."""
    os.environ["RDVDAV_TRUSTED_PROXIES"] = "1"
    with a_database(options.database) as database:
        organisation(database, options.agents)
        crowd = Crowd()
        with serving(options.server, database) as (port, group), ThreadPoolExecutor(options.citizens) as pool:
            warm(port, database, crowd, options)
            server, generator = cpu_seconds(group), process_time()
            began = monotonic()
            people = [Citizen(number, port, database, crowd, options) for number in range(options.citizens)]
            for done in [pool.submit(citizen.live, began + options.seconds) for citizen in people]:
                done.result()
            seconds = monotonic() - began
            server, generator = cpu_seconds(group) - server, process_time() - generator
        return figures(crowd, options, began, seconds) | {
            "booked_twice": twice(database),
            "server_cores": round(server / seconds, 2),
            "generator_cores": round(generator / seconds, 2),
            "server_ms_a_page": round(server * 1000 / max(len(crowd.pages), 1), 1),
        }


def warm(port: int, database: Database, crowd: Crowd, options: Namespace) -> None:
    """Have both processes make each kind of page once or more: what is loaded and compiled once is not measured."""
    hurried = Namespace(**vars(options) | {"thinking": 0})
    with ThreadPoolExecutor(8) as pool:
        early = [Citizen(60_000 + number, port, database, crowd, hurried) for number in range(8)]
        for done in [pool.submit(citizen.live, monotonic() + WARM_SECONDS) for citizen in early]:
            done.result()
    crowd.pages.clear()
    crowd.ends.clear()


def figures(crowd: Crowd, options: Namespace, began: float, seconds: float) -> dict[str, float | int | str]:
    """What counts of what they saw; times only from when everybody had come."""
    settled = [page for page in crowd.pages if page[0] > began + PAGES * options.thinking]
    for kind, pages in groupby(sorted(settled, key=lambda page: page[1]), key=lambda page: page[1]):
        took = [page[3] for page in pages]
        print(f"{kind:14}{len(took):7} pages{median(took):9.0f} ms median{_p95(took):9.0f} ms p95", flush=True)
    statuses = Counter(page[2] for page in crowd.pages)
    print("answers:", dict(sorted(statuses.items())), " ends:", dict(crowd.ends.most_common(8)))
    slots = [page[3] for page in settled if page[1] == "slots"]
    return {
        "server": options.server,
        "database": options.database,
        "cores": os.cpu_count() or 0,
        "load_before": options.load,
        "citizens": options.citizens,
        "seconds": round(seconds, 1),
        "pages_a_second": round(len(settled) / max(seconds - PAGES * options.thinking, 1), 1),
        "booked": crowd.ends["booked"],
        "lost": sum(number for end, number in crowd.ends.items() if end.startswith("lost")),
        "slots_median_ms": round(median(slots), 1) if slots else 0,
        "slots_p95_ms": round(_p95(slots), 1) if slots else 0,
        "server_errors": sum(number for status, number in statuses.items() if status >= 500),
    }


def _p95(took: list[float]) -> float:
    return quantiles(took, n=20)[-1] if len(took) > 1 else took[0]


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--citizens", type=int, default=200)
    parser.add_argument("--thinking", type=float, default=5, help="seconds between two pages, on average")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--server", default="gunicorn", choices=list(COMMANDS))
    parser.add_argument("--database", default="postgresql", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    options.load = round(os.getloadavg()[0], 1)
    found = measure(options)
    print(json.dumps(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    good = found["booked"] and not (found["booked_twice"] or found["server_errors"] or found["lost"])
    sys.exit(0 if good and float(found["slots_p95_ms"]) <= TARGET_MS else 1)


if __name__ == "__main__":
    main()
