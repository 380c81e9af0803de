"""Two changes of one appointment at the same time: the second waits for the first, then starts from what is true (D-1, D-3)."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic, sleep

import pytest
from booking_times import NINE
from conftest import NOW
from make import Maker
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Claim
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.book import book
from rdvdav.booking.cancel import cancel
from rdvdav.booking.hold import keep
from rdvdav.booking.move import move
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.change import MovedMeanwhile
from rdvdav.feeds.object import CalendarObject, Collection

CLOCK = StoppedClock(NOW)


@dataclass(frozen=True)
class Scene:
    """An appointment on the first agenda, and a hold on each other one to move it there."""

    appointment_id: int
    agendas: list[int]
    to_second: str
    to_third: str


@pytest.fixture
def scene(postgresql: Database) -> Scene:
    with postgresql.transaction() as session:
        make = Maker(session, CLOCK)
        motif, place, citizen = make.motif(), make.place(), make.citizen()
        ranges = [make.opening_range(make.agenda(), [motif], place_id=place.id) for _ in range(3)]
        agendas = [opening.agenda_id for opening in ranges]

        def held(agenda: int, moves: int | None = None) -> str:
            return keep(
                session,
                CLOCK,
                motif_id=motif.id,
                place_id=place.id,
                starts_at=NINE,
                visit=f"visit {agenda}",
                address="192.0.2.1",
                agenda_id=agenda,
                moves=moves,
            )

        booked = book(session, CLOCK, held(agendas[0]), citizen.id).id
        return Scene(booked, agendas, held(agendas[1], booked), held(agendas[2], booked))


def one_behind_the_other(
    database: Database, first: Callable[[Session], object], second: Callable[[Session], object]
) -> Future[object]:
    """Let *second* run into the locks of *first*, which commits only then."""

    def run() -> object:
        with database.transaction() as session:
            return second(session)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            first(session)
            waiting = pool.submit(run)
            until_somebody_waits(database)
        waiting.exception(20)
    return waiting


def until_somebody_waits(database: Database) -> None:
    """Wait for a connection of this database that waits for a lock: other databases of the server have waiters of their own."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = monotonic() + 10
    while monotonic() < deadline:
        with database.reading() as session:
            if session.scalar(query):
                return
        sleep(0.02)
    raise AssertionError("nobody waits")


def test_a_cancellation_behind_a_move_to_another_agenda_is_asked_again(postgresql: Database, scene: Scene) -> None:
    waiting = one_behind_the_other(
        postgresql,
        lambda session: move(session, CLOCK, scene.to_second, SYSTEM),
        lambda session: cancel(session, CLOCK, scene.appointment_id, SYSTEM),
    )

    assert isinstance(waiting.exception(), MovedMeanwhile)
    assert where(postgresql) == ([scene.agendas[1]], [scene.agendas[1]])


def test_of_two_moves_to_two_agendas_one_counts_and_leaves_no_second_event(postgresql: Database, scene: Scene) -> None:
    waiting = one_behind_the_other(
        postgresql,
        lambda session: move(session, CLOCK, scene.to_second, SYSTEM),
        lambda session: move(session, CLOCK, scene.to_third, SYSTEM),
    )

    assert isinstance(waiting.exception(), MovedMeanwhile)
    assert where(postgresql) == ([scene.agendas[1]], [scene.agendas[1]])


def where(database: Database) -> tuple[list[int], list[int]]:
    """Agendas whose time is claimed, and those whose calendar shows it."""
    with database.reading() as session:
        shown = select(Collection.agenda_id).join(CalendarObject).where(CalendarObject.text.is_not(None))
        return list(session.scalars(select(Claim.agenda_id))), list(session.scalars(shown))
