"""Synchronising over HTTP (K-25); the rules themselves are tested in the core."""

import pytest
from dav.conftest import Office
from dav.door import CALDAV, DAV, Client
from diary import DAY, TUESDAY_NINE
from feeds.test_sync import MALFORMED, Replicas
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import insert, select

from rdvdav.clock import StoppedClock
from rdvdav.feeds.object import CalendarObject


def test_a_first_sync_gives_everything_and_a_token(client: Client, office: Office) -> None:
    office.own.withdraw(office.own.book(TUESDAY_NINE + 9 * DAY))

    answer = client.sync(office.calendar, data=True)

    assert answer.hrefs == set(office.paths)
    assert answer.gone == set()
    assert set(answer.texts()) == set(office.paths)
    token = client.propfind(office.calendar, "sync-token").prop(f"{DAV}sync-token")
    assert token is not None
    assert token.text == answer.token


def test_without_a_change_nothing_comes(client: Client, office: Office) -> None:
    token = client.sync(office.calendar).token

    answer = client.sync(office.calendar, token)

    assert (answer.members, answer.token) == ({}, token)


def test_a_move_a_cancellation_and_a_withdrawal_are_told_apart(client: Client, office: Office) -> None:
    token = client.sync(office.calendar).token
    office.own.move(office.hrefs[0], TUESDAY_NINE + 5 * DAY)
    office.own.cancel(office.hrefs[1])
    office.own.withdraw(office.hrefs[2])
    booked = office.own.book(TUESDAY_NINE + 6 * DAY)

    answer = client.sync(office.calendar, token, data=True)

    assert answer.hrefs == {office.paths[0], office.paths[1], office.calendar + booked}
    assert answer.gone == {office.paths[2]}
    texts = answer.texts()
    assert "DTSTART:20261129T080000Z" in texts[office.paths[0]]
    assert "STATUS:CANCELLED" in texts[office.paths[1]]
    assert client.sync(office.calendar, answer.token).members == {}


def test_what_went_and_came_back_is_there_and_not_gone(client: Client, office: Office) -> None:
    token = client.sync(office.calendar).token
    office.own.withdraw(office.hrefs[0])
    gone = client.sync(office.calendar, token)
    office.own.move(office.hrefs[0], TUESDAY_NINE + 5 * DAY)

    for since in (token, gone.token):
        answer = client.sync(office.calendar, since)
        assert (answer.hrefs, answer.gone) == ({office.paths[0]}, set())


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["sqlite", "sqlite-radicale"], indirect=True)
def test_more_than_ten_thousand_events_are_listed_and_synchronised(client: Client, office: Office) -> None:
    row = CalendarObject.__table__.c
    copied = [column for column in row if column.name not in ("href", "uid")]
    with office.database.transaction() as session:
        one = session.execute(select(*copied).where(row.href == office.hrefs[0])).one()._asdict()
        session.execute(insert(CalendarObject), [{**one, "href": f"{n}.ics", "uid": f"{n}@x"} for n in range(10_000)])

    listed = client.propfind(office.calendar, "getetag", depth="1")

    assert listed.status == 207
    assert len(listed.hrefs) == 10_004
    assert len(client.sync(office.calendar).hrefs) == 10_003


def test_what_the_window_left_behind_is_gone(client: Client, office: Office) -> None:
    token = client.sync(office.calendar).token

    office.own.set_collection(window_start=TUESDAY_NINE + DAY)

    answer = client.sync(office.calendar, token)
    assert (answer.hrefs, answer.gone) == (set(), {office.paths[0]})
    assert answer.token != token


@pytest.mark.parametrize(
    "how", [name for name in MALFORMED if name not in ("white space", "a line end", "a control character")]
)
def test_a_token_we_never_sent_is_refused(client: Client, office: Office, how: str) -> None:
    token = client.sync(office.calendar).token.replace("/3/", "/1/")

    answer = client.sync(office.calendar, MALFORMED[how](token).replace("/2/", "/4/"))

    assert (answer.status, answer.precondition) == (403, f"{DAV}valid-sync-token")


def test_after_a_purge_an_old_token_is_refused_and_the_client_starts_again(client: Client, office: Office) -> None:
    token = client.sync(office.calendar).token
    office.own.withdraw(office.hrefs[0])
    office.own.set_collection(floor=4)

    assert client.sync(office.calendar, token).precondition == f"{DAV}valid-sync-token"
    assert client.sync(office.calendar).hrefs == set(office.paths[1:])


def test_more_changes_than_the_client_takes_are_refused(client: Client, office: Office) -> None:
    answer = client.sync(office.calendar, limit=2)

    assert (answer.status, answer.precondition) == (403, f"{DAV}number-of-matches-within-limits")
    assert client.sync(office.calendar, limit=3).hrefs == set(office.paths)


@pytest.mark.parametrize("limit", ["x", "-1", "", "١"])
def test_a_limit_that_is_no_number_is_a_bad_request(client: Client, office: Office, limit: str) -> None:
    body = f'<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:limit><D:nresults>{limit}</D:nresults></D:limit></D:sync-collection>'

    assert client.report(office.calendar, body).status == 400


def test_the_ctag_changes_when_and_only_when_the_token_does(client: Client, office: Office) -> None:
    def state() -> tuple[str, str]:
        answer = client.propfind(office.calendar, "CS:getctag", "sync-token")
        return answer.body.decode().partition("getctag>")[2].partition("<")[0], answer.xml.findtext(
            f".//{DAV}sync-token", ""
        )

    first = state()
    assert state() == first
    office.own.move(office.hrefs[0], TUESDAY_NINE + 5 * DAY)
    second = state()
    office.own.set_collection(window_start=TUESDAY_NINE)
    third = state()
    assert len({first[0], second[0], third[0]}) == len({first[1], second[1], third[1]}) == 3


def test_etags_in_a_sync_are_those_of_the_events(client: Client, office: Office) -> None:
    answer = client.sync(office.calendar)

    for path in office.paths:
        etag = answer.prop(f"{DAV}getetag", path)
        assert etag is not None
        assert etag.text == client.request("HEAD", path).headers["Etag"]
    assert answer.xml.find(f".//{CALDAV}calendar-data") is None


def test_a_client_with_any_older_token_ends_up_with_what_is_there(
    port: int, office: Office, clock: StoppedClock
) -> None:
    class OverHttp(Replicas):
        """The same changes, asked for by a client of the door."""

        def __init__(self) -> None:
            super().__init__()
            self.client = Client(port, self.own.agent.principal, self.own.password())
            self.path = f"/dav/{self.own.agent.principal}/{self.own.calendar.slug}/"

        def shown(self) -> dict[str, str]:
            listing = self.client.propfind(self.path, "getetag", depth="1")
            return self._etags(listing.hrefs - {self.path}, listing)

        def changed(self, token: str) -> tuple[str, list[str]]:
            answer = self.client.sync(self.path, token)
            return answer.token, [href.rpartition("/")[2] for href in answer.members]

        def _etags(self, hrefs: set[str], answer: object) -> dict[str, str]:
            return {href.rpartition("/")[2]: answer.prop(f"{DAV}getetag", href).text for href in hrefs}

    OverHttp.diary, OverHttp.clock = office.own, clock
    run_state_machine_as_test(
        OverHttp,
        settings=settings(
            max_examples=5, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
