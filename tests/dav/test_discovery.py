"""A real client, given the site's address alone, finds the calendar and follows it (K-20)."""

from collections.abc import Iterator

import pytest
from caldav import DAVClient
from caldav.lib.error import AuthorizationError, DAVError
from dav.conftest import WITH_ANSWERER, Office
from dav.door import serving
from diary import DAY, TUESDAY_NINE

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.serving import build
from rdvdav.settings import Settings

pytestmark = WITH_ANSWERER


@pytest.fixture
def site(database: Database, clock: StoppedClock, settings: Settings) -> Iterator[str]:
    """Both doors, mounted as they are served."""
    with serving(build(database, clock, settings)) as port:
        yield f"http://127.0.0.1:{port}"


def client_at(address: str, office: Office, password: str | None = None) -> DAVClient:
    return DAVClient(url=address, username=office.own.agent.email, password=password or office.password)


@pytest.mark.parametrize("path", ["", "/", "/.well-known/caldav", "/.well-known/caldav/", "/dav", "/dav/"])
def test_the_calendar_is_found_from_anywhere(site: str, office: Office, path: str) -> None:
    with client_at(site + path, office) as client:
        [calendar] = client.principal().calendars()

        assert calendar.url.path == office.calendar
        assert calendar.get_display_name() == office.own.agenda.name
        assert len(calendar.events()) == 3


def test_a_month_a_uid_and_an_expansion_are_searched(site: str, office: Office) -> None:
    with client_at(site, office) as client:
        [calendar] = client.principal().calendars()
        start, end = TUESDAY_NINE.replace(hour=0), TUESDAY_NINE.replace(hour=0) + 2 * DAY
        uid = f"{office.hrefs[2].removesuffix('.ics')}@rdv.example.test"

        assert len(calendar.search(event=True, start=start, end=end)) == 2
        assert len(calendar.search(event=True, start=start, end=end, expand=True)) == 2
        assert calendar.event_by_uid(uid).url.path == office.paths[2]


def test_a_client_follows_what_happens(site: str, office: Office) -> None:
    with client_at(site, office) as client:
        [calendar] = client.principal().calendars()
        followed = calendar.objects(load_objects=True)
        assert {item.url.path for item in followed} == set(office.paths)

        office.own.move(office.hrefs[0], TUESDAY_NINE + 9 * DAY)
        office.own.withdraw(office.hrefs[1])
        updated, deleted = followed.sync()

        assert [item.url.path for item in updated] == [office.paths[0]]
        assert [item.url.path for item in deleted] == [office.paths[1]]
        assert "DTSTART:20261203T080000Z" in updated[0].data


def test_a_client_can_write_nothing(site: str, office: Office) -> None:
    with client_at(site, office) as client:
        [calendar] = client.principal().calendars()
        event = calendar.events()[0]

        with pytest.raises(AuthorizationError):
            event.delete()
        with pytest.raises((AuthorizationError, DAVError)):
            calendar.save_event(dtstart=TUESDAY_NINE, dtend=TUESDAY_NINE + DAY, summary="x")
        assert len(calendar.events()) == 3


def test_a_wrong_password_finds_nothing(site: str, office: Office) -> None:
    with client_at(site, office, "wrong") as client, pytest.raises(AuthorizationError):
        client.principal().calendars()
