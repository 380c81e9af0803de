"""A bad day: an SMTP server that refuses, stalls, hangs up and answers at random, and workers that are killed meanwhile.

Clocks of the workers run *pace* times as fast as the machine's, so that minutes of waiting pass in seconds.
"""

import asyncio
import socket
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from random import Random
from time import monotonic, sleep

from aiosmtpd.controller import Controller
from outbox.post import a_message
from processes import processes
from sqlalchemy import func, select

import rdvdav.tables  # noqa: F401 - a process must know them all, as each command does
from rdvdav.database import Database
from rdvdav.notify.mail import sender_of
from rdvdav.outbox.claim import LEASE
from rdvdav.outbox.deliver import retry
from rdvdav.outbox.message import Message
from rdvdav.settings import Settings
from rdvdav.worker import Worker

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class FastClock:
    """The same instant in all processes, *pace* times as fast."""

    def __init__(self, pace: float) -> None:
        self._pace = pace

    def now(self) -> datetime:
        return BEGAN + (datetime.now(UTC) - BEGAN) * self._pace


@dataclass(frozen=True)
class Weather:
    """How often out of a hundred mails the server does what, and how long it stalls."""

    later_rcpt: int = 4
    never_rcpt: int = 2
    later: int = 10
    busy: int = 5
    never: int = 3
    drops_before: int = 6
    drops_after: int = 6
    stalls: int = 2
    stall_seconds: float = 8


@dataclass
class BadOffice:
    """An SMTP server in that weather; `calm` ends it."""

    weather: Weather
    chance: Random
    calm: bool = False
    away: bool = False
    accepted: Counter[str] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)
    unsaid: set[str] = field(default_factory=set)
    """Message-IDs that were taken in once without a word: the worker could not know."""
    bodies: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))

    def _falls(self, name: str) -> bool:
        falls = not self.calm and self.chance.random() * 100 < getattr(self.weather, name)
        self.did[name] += falls
        return falls

    async def handle_EHLO(self, server, session, envelope, hostname, responses) -> list[str]:  # noqa: N802
        session.host_name = hostname
        if self.away:
            self.did["away"] += 1
            server.transport.close()
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        if self._falls("later_rcpt"):
            return "450 4.2.0 mailbox busy"
        if self._falls("never_rcpt"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        for name, answer in (("later", "451 later"), ("busy", "421 too busy"), ("never", "554 no")):
            if self._falls(name):
                return answer
        if self._falls("drops_before"):
            server.transport.close()
            return "250 never heard"
        if self._falls("stalls"):
            await asyncio.sleep(self.weather.stall_seconds)
        id_ = str(message_from_bytes(envelope.content, policy=default)["Message-ID"])
        self.accepted[id_] += 1
        self.bodies[id_].add(envelope.content)
        if self._falls("drops_after"):
            self.unsaid.add(id_)
            server.transport.close()
        return "250 OK"


@dataclass
class Figures:
    """What a storm ended with."""

    messages: int
    kills: int
    seconds: float
    lost: int
    """Held to be sent, but never taken in; what is neither sent nor given up still waits."""
    waiting: int
    """Still to be tried when the time was over."""
    asked_again: int
    """« Relancer » for what had failed so often that its delay was long."""
    longest_wait_minutes: float
    """Of those delays, by the clocks of the workers."""
    given_up: int
    duplicates: int
    unexplained: int
    """Taken in twice although no worker died with them in hand, and the server had said that it took them."""
    changed: int
    """Taken in twice with other bytes."""
    did: dict[str, int]


def work(url: str, smtp_url: str, pace: float, notes: str) -> None:
    """A worker in a process of its own, until it is killed; *notes* says which message it has in hand."""
    settings = Settings(smtp_url=smtp_url, mail_from="rdv@example.test")
    send = sender_of(settings)
    with Path(notes).open("a", encoding="utf-8", buffering=1) as lines:

        def noted(message: Message) -> str | None:
            lines.write(f"{message.message_id}\n")
            return send(message)

        worker = Worker(Database(url), FastClock(pace), noted)
        worker.postman.renew_seconds = LEASE.total_seconds() / pace / 5
        worker.run()


@contextmanager
def served(office: BadOffice) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def undecided(database: Database) -> int:
    with database.reading() as session:
        query = select(func.count()).select_from(Message)
        return session.scalar(query.where(Message.sent_at.is_(None), Message.dropped_at.is_(None))) or 0


def ask_again(database: Database, clock: FastClock, patience: timedelta) -> list[float]:
    """« Relancer » for all that failed and waits, once nothing is left that was never tried: for how many minutes each would wait."""
    now = clock.now()
    failed = (Message.sent_at.is_(None), Message.dropped_at.is_(None), Message.leased_until.is_(None))
    with database.transaction() as session:
        if session.scalar(select(func.count()).select_from(Message).where(Message.first_tried_at.is_(None))):
            return []
        query = select(Message.id, Message.due_at).where(*failed, Message.due_at > now + patience)
        rows = session.execute(query).all()
        for id_, _due_at in rows:
            retry(session, clock, id_)
    return [(due_at - now).total_seconds() / 60 for _id, due_at in rows]


def storm(
    database: Database,
    territory_id: int,
    folder: Path,
    *,
    messages: int,
    workers: int = 3,
    kill_seconds: float = 3,
    pace: float = 20,
    outage_seconds: float = 0,
    patience: timedelta = timedelta(minutes=10),
    weather: Weather | None = None,
    seed: int = 1,
    limit_seconds: float = 1500,
) -> Figures:
    """Write *messages*, let *workers* carry them while one after the other is killed, until none waits any more.

    What has failed so often that it waits long is asked for again in the end, as an administrator would.

    Args:
        outage_seconds: How long the server is away altogether, once, in the middle.
        patience: By the clocks of the workers: what waits longer is asked for again in the end.
    """
    chance, clock = Random(seed), FastClock(pace)  # noqa: S311 - a storm is no secret
    with database.transaction() as session:
        for number in range(messages):
            a_message(session, clock.now(), number, territory_id)
    office = BadOffice(weather or Weather(), Random(seed))  # noqa: S311 - nor is its weather
    context = processes()
    url = database.url.render_as_string(hide_password=False)
    in_hand: set[str] = set()
    began = monotonic()
    with served(office) as smtp_url:
        count = 0

        def start() -> tuple[object, Path]:
            nonlocal count
            count += 1
            notes = folder / f"worker-{count}"
            notes.touch()
            process = context.Process(target=work, args=(url, smtp_url, pace, str(notes)), daemon=True)
            process.start()
            return process, notes

        crew = [start() for _ in range(workers)]
        kills, away = 0, outage_seconds == 0
        waits: list[float] = []
        try:
            while undecided(database) and monotonic() - began < limit_seconds:
                sleep(kill_seconds)
                waits += ask_again(database, clock, patience)
                if not away and sum(office.accepted.values()) > messages / 3:
                    office.away = away = True
                    sleep(outage_seconds)
                    office.away = False
                at_work = [place for place, (_process, notes) in enumerate(crew) if notes.stat().st_size]
                if not at_work:
                    continue  # on a busy machine a process takes its time to begin
                place = chance.choice(at_work)
                process, notes = crew[place]
                process.kill()
                process.join()
                kills += 1
                in_hand.add(notes.read_text(encoding="utf-8").splitlines()[-1])
                crew[place] = start()
        finally:
            for process, _notes in crew:
                process.kill()
                process.join()
        return _figures(database, office, in_hand, kills, waits, monotonic() - began)


def _figures(
    database: Database, office: BadOffice, in_hand: set[str], kills: int, waits: list[float], seconds: float
) -> Figures:
    with database.reading() as session:
        rows = session.execute(select(Message.message_id, Message.sent_at, Message.dropped_at)).all()
    twice = {id_ for id_, times in office.accepted.items() if times > 1}
    return Figures(
        messages=len(rows),
        kills=kills,
        seconds=round(seconds, 1),
        lost=sum(1 for id_, sent, dropped in rows if sent is not None and not office.accepted[id_]),
        waiting=sum(1 for _id, sent, dropped in rows if sent is None and dropped is None),
        asked_again=len(waits),
        longest_wait_minutes=round(max(waits, default=0), 1),
        given_up=sum(1 for _id, _sent, dropped in rows if dropped is not None),
        duplicates=sum(office.accepted[id_] - 1 for id_ in twice),
        unexplained=len(twice - in_hand - office.unsaid),
        changed=sum(1 for id_ in twice if len(office.bodies[id_]) > 1),
        did=dict(office.did),
    )
