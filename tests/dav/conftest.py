"""An agent's calendar behind a running CalDAV door: on both databases by the short path, and on one by Radicale alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from dav.door import Client, serving
from diary import DAY, TUESDAY_NINE, Diary
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.settings import Settings
from rdvdav_radicale import make_application


@dataclass
class Office:
    """An agent with three appointments, and a colleague with one."""

    own: Diary
    other: Diary
    password: str
    hrefs: list[str]

    @property
    def database(self) -> Database:
        return self.own.database

    @property
    def home(self) -> str:
        return f"/dav/{self.own.agent.principal}/"

    @property
    def calendar(self) -> str:
        return f"{self.home}{self.own.calendar.slug}/"

    @property
    def paths(self) -> list[str]:
        """Of the three appointments."""
        return [self.calendar + href for href in self.hrefs]

    @property
    def other_calendar(self) -> str:
        return f"/dav/{self.other.agent.principal}/{self.other.calendar.slug}/"


@pytest.fixture
def office(database: Database, clock: StoppedClock) -> Office:
    own, other = Diary(database, clock), Diary(database, clock)
    other.book(TUESDAY_NINE)
    return Office(own, other, own.password(), [own.book(TUESDAY_NINE + days * DAY) for days in range(3)])


WITH_ANSWERER = pytest.mark.parametrize("setting", ["sqlite", "postgresql"], indirect=True)
"""For tests that Radicale answers anyhow, or that ask both."""


WHATEVER_THE_DATABASE = pytest.mark.parametrize("setting", ["sqlite", "sqlite-radicale"], indirect=True)
"""For tests of what is settled before a database is asked."""


@pytest.fixture(params=["sqlite", "postgresql", "sqlite-radicale"])
def setting(request: pytest.FixtureRequest) -> str:
    """The database, and whether Radicale answers everything."""
    kind: str = request.param
    return kind


@pytest.fixture
def database(setting: str, request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(setting.partition("-")[0])
    return found


@pytest.fixture
def answerer(setting: str) -> bool:
    """Whether the short path is open (K-60)."""
    return not setting.endswith("radicale")


@pytest.fixture
def port(
    database: Database, clock: StoppedClock, settings: Settings, answerer: bool, caplog: pytest.LogCaptureFixture
) -> Iterator[int]:
    """Where the door is mounted at /dav, with nothing beside it."""
    door = make_application(database, clock, settings, answerer=answerer)
    with serving(DispatcherMiddleware(NotFound(), {"/dav": door})) as port:
        yield port
    failures = [record for record in caplog.get_records("call") if record.name == "rdvdav_radicale.entrance"]
    assert failures == [], "the short path failed, and the long one hid it"


@pytest.fixture
def client(port: int, office: Office) -> Client:
    """The agent's own client."""
    return Client(port, office.own.agent.email, office.password)


@pytest.fixture
def nobody(port: int) -> Client:
    """A client that never signs in."""
    return Client(port)
