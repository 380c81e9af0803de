"""Server time of the agents' pages on both databases, beside its target: the agenda of ten agents with twenty appointments a day each.

    python benchmarks/pages.py [--agents 10] [--a-day 20] [--runs 30] [--json FILE]

One process, no network: from the request to the last byte of the page, the database's answers included. « CPU » is that of this
process. Where other work shares the machine, the best of the runs says more than their median.
"""

import gc
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from flask import Flask
from flask.testing import FlaskClient
from town import NOW, Maker, a_database

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.hours.wall import instant_of
from rdvdav.policy.installation import settle
from rdvdav.policy.session import open_session
from rdvdav.settings import Settings
from rdvdav.tokens import new_slug
from rdvdav_web import create_app
from rdvdav_web.signin import COOKIE_KEY

MONDAY = date(2026, 11, 23)
OPENS = time(8)
DAYS = 5


@dataclass(frozen=True)
class Page:
    """One page to ask for; *target* in milliseconds, none where nothing is demanded."""

    name: str
    path: str
    target: int | None = None
    etag: str = ""


@dataclass(frozen=True)
class Figures:
    """One line of the table; times in milliseconds."""

    database: str
    page: str
    target_ms: int | None
    best_ms: float
    median_ms: float
    cpu_ms: float
    kilobytes: float
    status: int


def main() -> None:
    """Measure every page on both databases."""
    options = _options()
    lines = [line for kind in ("sqlite", "postgresql") for line in _measured(kind, options)]
    print(f"{'database':12}{'page':38}{'target':>8}{'best':>8}{'median':>8}{'CPU':>8}{'KB':>7}")
    for line in lines:
        target = f"{line.target_ms}" if line.target_ms else "–"
        times = f"{line.best_ms:8.1f}{line.median_ms:8.1f}{line.cpu_ms:8.1f}{line.kilobytes:7.0f}"
        print(f"{line.database:12}{line.page:38}{target:>8}{times}")
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(line) for line in lines], indent=1))


def _options() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--a-day", type=int, default=20)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--json")
    return parser.parse_args()


def _measured(kind: str, options: Namespace) -> list[Figures]:
    with a_database(kind) as database:
        clock = StoppedClock(NOW)
        app, token, agendas = _town(database, clock, options)
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie[COOKIE_KEY] = token
        gc.collect()
        gc.freeze()  # as `rdvdav.serving` does
        return [_timed(kind, client, page, options.runs) for page in _pages(client, agendas)]


def _pages(client: FlaskClient, agendas: list[int]) -> list[Page]:
    together = "&".join(f"agenda={agenda_id}" for agenda_id in agendas)
    week = f"/agent/agenda?vue=semaine&{together}"
    return [
        Page(f"agenda, week of {len(agendas)} agents", week, 60),
        Page("the same again, nothing changed", week, None, client.get(week).headers["ETag"]),
        Page(f"agenda, day of {len(agendas)} agents", f"/agent/agenda?vue=jour&{together}"),
        Page("agenda, week of one agent", f"/agent/agenda?vue=semaine&agenda={agendas[0]}"),
        Page(f"agenda, month of {len(agendas)} agents", f"/agent/agenda?vue=mois&{together}"),
        Page(f"agenda, list of {len(agendas)} agents", f"/agent/agenda?vue=liste&{together}"),
    ]


def _timed(kind: str, client: FlaskClient, page: Page, runs: int) -> Figures:
    """*page*, asked for *runs* times after three that warm up."""
    headers = {"If-None-Match": page.etag} if page.etag else {}
    walls, cpus, status, size = [], [], 0, 0
    for _ in range(runs + 3):
        wall, cpu = perf_counter(), process_time()
        answer = client.get(page.path, headers=headers)
        walls.append((perf_counter() - wall) * 1000)
        cpus.append((process_time() - cpu) * 1000)
        status, size = answer.status_code, len(answer.data)
    assert status == (304 if page.etag else 200)
    best, middle, cpu = min(walls[3:]), median(walls[3:]), median(cpus[3:])
    return Figures(
        kind, page.name, page.target, round(best, 1), round(middle, 1), round(cpu, 1), round(size / 1000, 1), status
    )


def _town(database: Database, clock: StoppedClock, options: Namespace) -> tuple[Flask, str, list[int]]:
    """A service whose agents see each other, open all day, with a full week; the first one is signed in."""
    settings = Settings(public_url="http://rdv.example.test")
    with database.transaction() as session:
        settle(session, settings)
        make = Maker(session, clock)
        motifs = [make.motif(name=f"Carte nationale d’identité {number}", colour=number) for number in range(1, 5)]
        agents = [make.agent(first_name=f"Prénom{number}") for number in range(options.agents)]
        agendas = [make.agenda_of(agent) for agent in agents]
        for agenda in agendas:
            make.opening_range(agenda, motifs, opens=OPENS, closes=time(18))
            make.absence(agenda, starts=time(12), ends=time(13))
        rows = [row for agenda in agendas for row in _booked(make, agenda, motifs, options.a_day)]
        session.add_all(rows)
        token = open_session(session, clock, agent_id=agents[0].id)
        ids = [agenda.id for agenda in agendas]
    return create_app(database, clock, settings), token, ids


def _booked(make: Maker, agenda: Agenda, motifs: list[Motif], a_day: int) -> Iterator[Appointment]:
    """Days cut into *a_day* appointments of 25 minutes; calendars are not what is measured, so nothing is published."""
    for number in range(DAYS * a_day):
        day = MONDAY + timedelta(days=number // a_day)
        at = (datetime.combine(day, OPENS) + timedelta(minutes=25 * (number % a_day))).time()
        motif, starts_at = motifs[number % len(motifs)], instant_of(day, at, agenda.zone)
        appointment = Appointment(
            territory_id=agenda.territory_id,
            organisation_id=motif.organisation_id,
            motif_id=motif.id,
            uid=f"{new_slug()}@rdv.example.test",
            reference=new_slug(8),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=25),
            status="planned",
            stamped_at=NOW,
            created_at=NOW,
        )
        appointment.claim({agenda.id: None})
        citizen = make.citizen(first_name="Marie-Thérèse")
        seat = {"territory_id": agenda.territory_id, "uid": f"{new_slug()}@rdv.example.test", "created_at": NOW}
        appointment.participations = [Participation(citizen_id=citizen.id, **seat)]
        yield appointment


if __name__ == "__main__":
    main()
