"""The door on a replica that is a moment behind (K-25)."""

from collections.abc import Iterator
from datetime import datetime
from time import monotonic

import pytest
import replica
from dav.door import Client, serving
from diary import DAY, TUESDAY_NINE, Diary
from replica import catch_up
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.access import AppPassword
from rdvdav.feeds.sync import sync_token
from rdvdav.settings import Settings
from rdvdav_radicale import make_application

both, diary = replica.both, replica.diary


@pytest.fixture
def replica_port(both: Database, clock: StoppedClock, settings: Settings, answerer: bool) -> Iterator[int]:
    door = make_application(both, clock, settings, answerer=answerer)
    with serving(DispatcherMiddleware(NotFound(), {"/dav": door})) as port:
        yield port


def test_a_token_ahead_of_the_replica_means_no_change_and_never_403(replica_port: int, diary: Diary) -> None:
    client = Client(replica_port, diary.agent.email, diary.password())
    catch_up(diary.database)
    path = f"/dav/{diary.agent.principal}/{diary.calendar.slug}/"
    diary.book(TUESDAY_NINE + DAY)
    ahead = sync_token(diary.calendar)

    behind = client.sync(path, ahead)
    catch_up(diary.database)
    href = diary.book(TUESDAY_NINE + 2 * DAY)
    catch_up(diary.database)

    assert (behind.status, behind.hrefs, behind.token) == (207, set(), ahead)
    assert client.sync(path, ahead).hrefs == {path + href}


def test_a_password_the_replica_has_not_heard_of_opens_and_its_use_is_noted(replica_port: int, diary: Diary) -> None:
    client = Client(replica_port, diary.agent.email, diary.password())
    path = f"/dav/{diary.agent.principal}/{diary.calendar.slug}/"
    diary.book(TUESDAY_NINE + DAY)

    fresh = client.sync(path)

    assert len(fresh.hrefs) == 2, "all is read where the password was found"
    assert fresh.token == sync_token(diary.calendar)
    assert noted(diary) == diary.clock.now()
    wrong = Client(replica_port, diary.agent.email, "wrong")
    assert wrong.propfind(path, "displayname").status == 401


def noted(diary: Diary) -> datetime | None:
    """When the password was last used, as noted soon after the answer."""
    deadline, found = monotonic() + 10, None
    while found is None and monotonic() < deadline:
        with diary.database.reading() as session:
            found = session.scalars(select(AppPassword.last_used_at)).one()
    return found
