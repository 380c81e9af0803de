"""Server and worker killed in the middle of bookings: what a citizen was told is true, and nothing is half done (D-1, I-10)."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path
from random import Random
from subprocess import DEVNULL, Popen
from threading import Lock, Thread
from time import monotonic, sleep
from urllib.error import URLError

import pytest
from journeys.browserless import Citizen
from make import MONDAY, Maker
from sqlalchemy import select

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.clock import StoppedClock, SystemClock
from rdvdav.database import Database
from rdvdav.feeds.object import CalendarObject
from rdvdav.outbox.message import Message
from rdvdav.policy.session import open_session
from rdvdav.settings import Settings
from rdvdav_web import create_app

pytestmark = pytest.mark.slow
WANTED = 36
KILLS = 3
BROWSERS = 6
"""Citizens at once."""


@dataclass
class Server:
    """`rdvdav serve` with its worker, in a process group of its own that can be killed."""

    database_url: str
    folder: Path
    port: int
    process: "Popen[bytes] | None" = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        environment = os.environ | {
            "RDVDAV_DATABASE_URL": self.database_url,
            "RDVDAV_MAIL_FOLDER": str(self.folder / "mails"),
            "RDVDAV_TRUSTED_PROXIES": "1",
            "RDVDAV_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        }
        command = [sys.executable, "-m", "rdvdav", "serve", "--port", str(self.port)]
        with (self.folder / "server.log").open("ab") as log:
            self.process = Popen(command, env=environment, stdout=DEVNULL, stderr=log, start_new_session=True)
        deadline = monotonic() + 60
        while monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            sleep(0.05)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(database: Database, folder: Path) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(database.url.render_as_string(hide_password=False), folder, port)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def scene(database: Database) -> tuple[str, list[int], list[str]]:
    """An organisation open every day, its motifs, and signed-in citizens: slug, motif ids, session tokens."""
    clock = SystemClock()
    with database.transaction() as session:
        make = Maker(session, StoppedClock(clock.now()))
        organisation = make.organisation()
        place = make.place()
        motifs = [make.motif(duration_minutes=15, per_citizen_limit=None) for _ in range(2)]
        for motif in motifs:
            make.opening_range(
                make.agenda(), [motif], place_id=place.id, first_day=MONDAY.replace(year=2025), recurrence="FREQ=DAILY"
            )
        tokens = [open_session(session, clock, citizen_id=make.citizen().id) for _ in range(BROWSERS)]
        return organisation.slug, [motif.id for motif in motifs], tokens


def signed_in(database: Database, settings: Settings, tokens: list[str], base: str) -> list[Citizen]:
    """Browsers whose cookie holds a citizen's session."""
    app = create_app(database, SystemClock(), settings)
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    citizens = []
    for number, token in enumerate(tokens):
        citizen = Citizen(base, f"192.0.2.{number}")
        citizen.remember("session", signer.dumps({"citizen": token}))
        citizens.append(citizen)
    return citizens


@dataclass
class Tally:
    """What citizens were told."""

    confirmed: list[str]
    interrupted: int = 0

    def __post_init__(self) -> None:
        """Several threads write."""
        self.lock = Lock()


def book_one(citizen: Citizen, slug: str, motif: int, chance: Random) -> str | None:
    """From the slots to « Votre rendez-vous est confirmé »; the reference that the citizen was shown, if any."""
    page = citizen.get(f"/rdv/{slug}/creneau?motif={motif}&du=&moment=")
    form = page.form("/creneau")
    slots = [(name, value) for form in page.forms for name, value in form.buttons if name == "creneau"]
    name, value = chance.choice(slots)
    page = citizen.post(page, form, **{name: value})
    if "/vous" not in page.url:
        return None  # somebody was faster; the page offers others
    page = citizen.post(page, page.form("/vous"))
    if "/verification" not in page.url:
        return None
    page = citizen.post(page, page.form("/verification"))
    assert page.status < 500, f"{page.status} {page.url} {page.text[:3000]}"
    return page.url.split("/rendez-vous/")[1].split("/")[0] if "/rendez-vous/" in page.url else None


def keep_booking(citizen: Citizen, slug: str, motifs: list[int], tally: Tally, seed: int) -> None:
    """Book until enough were confirmed; a request that dies is begun again."""
    chance = Random(seed)  # noqa: S311 - which slot, not a secret
    number = 0
    while len(tally.confirmed) < WANTED:
        number += 1
        citizen.change_address(f"198.51.{seed}.{number % 250}")
        try:
            reference = book_one(citizen, slug, chance.choice(motifs), chance)
        except (URLError, OSError, EOFError, HTTPException):
            with tally.lock:
                tally.interrupted += 1
            sleep(0.1)
            continue
        if reference:
            with tally.lock:
                tally.confirmed.append(reference)


def test_killed_in_the_middle_of_bookings_nothing_confirmed_is_lost(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    slug, motifs, tokens = scene(database)
    tally = Tally([])
    with running(database, tmp_path) as server:
        browsers = signed_in(database, settings, tokens, f"http://127.0.0.1:{server.port}")
        threads = [
            Thread(target=keep_booking, args=(citizen, slug, motifs, tally, seed), daemon=True)
            for seed, citizen in enumerate(browsers)
        ]
        for thread in threads:
            thread.start()
        for number in range(1, KILLS + 1):
            wait_for(lambda wanted=number * WANTED // (KILLS + 1): len(tally.confirmed) >= wanted or not alive(threads))
            server.kill()
            server.start()
        for thread in threads:
            thread.join(300)
        require_whole(database, tally)
        with database.transaction() as session:  # leases of killed workers are over
            for row in session.scalars(select(Message).where(Message.leased_until.is_not(None))):
                row.leased_until = None
        wait_for(lambda: unsent(database) == 0)
    mails = [path.read_bytes() for path in (tmp_path / "mails").glob("*.eml")]
    for reference in tally.confirmed:
        assert any(reference.encode() in mail for mail in mails), "each confirmed booking has its mail"
    log = (tmp_path / "server.log").read_text()
    assert "unexpected error" not in log, log[-4000:]
    print(f"{len(tally.confirmed)} confirmed, {tally.interrupted} requests died, {KILLS} kills")  # noqa: T201 - figures of the run


def require_whole(database: Database, tally: Tally) -> None:
    """What was confirmed exists; appointments, calendar objects and mails go one for one; no overlap."""
    assert len(tally.confirmed) >= WANTED
    assert len(set(tally.confirmed)) == len(tally.confirmed)
    with database.reading() as session:
        appointments = {row.id: row for row in session.scalars(select(Appointment))}
        assert set(tally.confirmed) <= {row.reference for row in appointments.values()}
        objects = session.scalars(select(CalendarObject)).all()
        assert sorted(row.appointment_id or 0 for row in objects) == sorted(appointments)
        messages = session.scalars(select(Message).where(~Message.to_compose)).all()
        assert sorted(row.appointment_id or 0 for row in messages) == sorted(appointments)
        spent = session.scalars(select(Hold.appointment_id).where(Hold.appointment_id.is_not(None))).all()
        assert sorted(spent) == sorted(appointments)
        taken = sorted((row.motif_id, row.starts_at, row.ends_at) for row in appointments.values())
        for (motif, _start, end), (next_motif, start, _end) in pairwise(taken):
            assert motif != next_motif or end <= start, "two appointments overlap"


def wait_for(condition: Callable[[], bool], seconds: float = 240) -> None:
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it takes too long"
        sleep(0.05)


def alive(threads: list[Thread]) -> bool:
    return all(thread.is_alive() for thread in threads)


def unsent(database: Database) -> int:
    with database.reading() as session:
        return len(
            session.scalars(select(Message.id).where(~Message.to_compose).where(Message.sent_at.is_(None))).all()
        )
