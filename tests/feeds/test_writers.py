"""Eight processes change one agenda while a client syncs: no change is skipped, whatever commits first (K-3, I-5)."""

from concurrent.futures import ProcessPoolExecutor

import pytest
from diary import TUESDAY_NINE, Diary
from feeds.scribes import lock_often, scribble
from processes import processes
from sqlalchemy import select

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.object import CalendarObject
from rdvdav.feeds.read import every_object
from rdvdav.feeds.sync import delta_since, sync_token

pytestmark = pytest.mark.slow
PROCESSES = 8
CHANGES = 40
"""Of each process."""


class Follower:
    """A client that asks again and again what changed since the last time."""

    def __init__(self, diary: Diary) -> None:
        self.diary, self.token, self.known, self.rounds = diary, sync_token(diary.calendar), dict[str, str](), 0

    def ask(self) -> None:
        with self.diary.database.reading() as session:
            delta = delta_since(session, self.diary.calendar_in(session), self.token)
        self.token = delta.token
        self.known |= {shown.href: shown.etag for shown in delta.shown}
        for href in delta.gone:
            self.known.pop(href, None)
        self.rounds += 1


def test_a_reader_loses_nothing_while_eight_processes_write(database: Database, clock: StoppedClock) -> None:
    diary = Diary(database, clock)
    follower = Follower(diary)
    url = database.url.render_as_string(hide_password=False)

    with ProcessPoolExecutor(PROCESSES, processes()) as pool:
        writers = [
            pool.submit(scribble, url, number, diary.agenda.id, TUESDAY_NINE, CHANGES) for number in range(PROCESSES)
        ]
        while not all(writer.done() for writer in writers):
            follower.ask()
    follower.ask()

    assert [writer.result() for writer in writers] == [CHANGES] * PROCESSES
    assert diary.calendar.version == PROCESSES * CHANGES
    with database.reading() as session:
        full = {shown.href: shown.etag for shown in every_object(session, diary.calendar)}
        versions = session.scalars(select(CalendarObject.version)).all()
    assert follower.known == full
    assert follower.rounds > 20, "it asked too seldom to have met the writers"
    assert len(set(versions)) == len(versions)


def test_two_agendas_held_in_opposite_order_never_wait_for_each_other(
    postgresql: Database, clock: StoppedClock
) -> None:
    agendas = [Diary(postgresql, clock).agenda.id for _ in range(2)]
    url = postgresql.url.render_as_string(hide_password=False)

    with ProcessPoolExecutor(2, processes()) as pool:
        writers = [pool.submit(lock_often, url, order, 300) for order in (agendas, agendas[::-1])]

    assert [writer.result() for writer in writers] == [300, 300]
