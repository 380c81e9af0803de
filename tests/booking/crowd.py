"""Many who want the same slots, each in a process of its own.

It stands beside the tests because a process that is started afresh imports what it runs by name.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from multiprocessing.synchronize import Barrier

from conftest import NOW
from processes import processes

from rdvdav.booking.book import book
from rdvdav.booking.freely import Plan, ToAccept, book_freely
from rdvdav.booking.hold import keep
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.limit import LimitReached
from rdvdav.booking.warning import Kind
from rdvdav.clock import StoppedClock
from rdvdav.database import Database

PROCESSES = 8
_start: Barrier
SLOWEST_START = 120
"""Seconds until all processes must stand ready."""


@dataclass(frozen=True)
class Attempt:
    """One visitor who wants one start."""

    number: int
    citizen_id: int
    motif_id: int
    place_id: int
    starts_at: datetime


@dataclass(frozen=True)
class StaffAttempt:
    """One agent who books for somebody at a time that nobody offers, and accepted nothing."""

    agent_id: int
    plan: Plan


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt: the agenda that was booked, or what was offered instead, or is to be accepted first."""

    agenda_id: int | None = None
    alternatives: int = 0
    to_accept: tuple[Kind, ...] = ()
    limit: int | None = None


def try_all(url: str, attempts: Sequence[Attempt | StaffAttempt]) -> list[Outcome]:
    """Run in a process of its own, from when all stand ready."""
    _start.wait(SLOWEST_START)
    database = Database(url)
    try:
        return [
            try_one(database, attempt) if isinstance(attempt, Attempt) else try_as_staff(database, attempt)
            for attempt in attempts
        ]
    finally:
        database.dispose()


def try_one(database: Database, attempt: Attempt) -> Outcome:
    clock = StoppedClock(NOW)
    try:
        with database.transaction() as session:
            token = keep(
                session,
                clock,
                motif_id=attempt.motif_id,
                place_id=attempt.place_id,
                starts_at=attempt.starts_at,
                visit=f"visit {attempt.number}",
                address=f"192.0.2.{attempt.number}",
            )
        with database.transaction() as session:
            appointment = book(session, clock, token, attempt.citizen_id)
            return Outcome(agenda_id=appointment.claims[0].agenda_id)
    except SlotTaken as taken:
        return Outcome(alternatives=len(taken.alternatives))
    except LimitReached as reached:
        return Outcome(limit=reached.limit)


def try_as_staff(database: Database, attempt: StaffAttempt) -> Outcome:
    try:
        with database.transaction() as session:
            appointment = book_freely(session, StoppedClock(NOW), attempt.agent_id, attempt.plan)
            return Outcome(agenda_id=appointment.claims[0].agenda_id)
    except ToAccept as error:
        return Outcome(to_accept=tuple(warned.kind for warned in error.warnings))


def race(database: Database, attempts: Sequence[Attempt | StaffAttempt]) -> list[Outcome]:
    """Let all processes start at once, each with its share of *attempts*; one that dies is an error, not a wait."""
    url = database.url.render_as_string(hide_password=False)
    shares = [attempts[n::PROCESSES] for n in range(PROCESSES)]
    try:
        return [outcome for outcomes in _crowd().map(try_all, [url] * PROCESSES, shares) for outcome in outcomes]
    except BrokenProcessPool:
        _crowd.cache_clear()
        raise


@cache
def _crowd() -> ProcessPoolExecutor:
    """The processes of all races: starting eight takes longer than most races."""
    context = processes()
    return ProcessPoolExecutor(PROCESSES, context, _meet, (context.Barrier(PROCESSES),))


def _meet(start: Barrier) -> None:
    """Remember where a process waits for the others, so that each takes one share and all begin together."""
    global _start
    _start = start
