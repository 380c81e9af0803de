"""The window of calendars moves on week by week (K-42), and clients that sync are told what it leaves behind."""

from datetime import timedelta

from make import Maker
from sqlalchemy import select

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.feeds.object import Collection
from rdvdav.feeds.read import Calendar, calendars_of, every_object
from rdvdav.feeds.retire import move_windows
from rdvdav.feeds.sync import changes_since, sync_token
from rdvdav.ical.uid import href_of

DAY = timedelta(days=1)


def calendar_of(database: Database) -> Calendar:
    with database.reading() as session:
        return calendars_of(session, session.scalars(select(Agent.id)).one())[0]


def test_the_window_moves_a_week_at_a_time_and_sync_tells_what_it_left(database: Database, clock: StoppedClock) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        agenda = make.agenda()
        old, recent = (href_of(make.appointment(agenda, clock.now() + days * DAY).uid) for days in (-27, -3))
    before = calendar_of(database)

    clock.advance(7 * DAY - timedelta(seconds=1))
    assert move_windows(database, clock) == 0
    clock.advance(timedelta(seconds=1))
    assert move_windows(database, clock) == 1
    assert move_windows(database, clock) == 0

    after = calendar_of(database)
    assert after.window_start == before.window_start + 7 * DAY
    assert after.version == before.version
    with database.reading() as session:
        shown = {each.href for each in every_object(session, after)}
        left = set(changes_since(session, after, sync_token(before)).hrefs)
    assert shown == {recent}
    assert left == {old}


def test_each_calendar_keeps_a_weekday_of_its_own(database: Database, clock: StoppedClock) -> None:
    with database.transaction() as session:
        Maker(session, clock).agenda()
    clock.advance(2 * DAY)
    with database.transaction() as session:
        Maker(session, clock).agenda(email="other@example.test")

    clock.advance(5 * DAY)
    assert move_windows(database, clock) == 1
    clock.advance(2 * DAY)
    assert move_windows(database, clock) == 1
    with database.reading() as session:
        starts = session.scalars(select(Collection.window_start).order_by(Collection.id)).all()
    assert starts[1] - starts[0] == 2 * DAY
