"""What an answer costs: statements, and no parsing (K-4, K-27)."""

import pytest
import vobject
from dav.conftest import Office
from dav.door import NAMESPACES, Client
from diary import DAY, TUESDAY_NINE
from sqlalchemy import update

from rdvdav.feeds.access import AppPassword

MONTH = '<C:time-range start="20261124T000000Z" end="20261224T000000Z"/>'
SPAN = f'<C:comp-filter name="VEVENT">{MONTH}</C:comp-filter>'
BUSY = f"<C:free-busy-query {NAMESPACES}>{MONTH}</C:free-busy-query>"


def selects(seen: list[str]) -> list[str]:
    return [statement for statement in seen if statement.startswith("SELECT")]


@pytest.fixture
def noted(client: Client, office: Office) -> Client:
    """A client whose use has been noted this hour."""
    with office.database.transaction() as session:
        session.execute(update(AppPassword).values(last_used_at=office.own.clock.now()))
    return client


@pytest.mark.parametrize(
    ("ask", "most"),
    [
        (lambda client, office: client.propfind(office.calendar, "CS:getctag", "sync-token"), 1),
        (lambda client, office: client.propfind(office.home, "CS:getctag", "sync-token", "displayname", depth="1"), 1),
        (lambda client, office: client.request("GET", office.calendar, If_None_Match="*"), 1),
        (lambda client, office: client.request("OPTIONS", office.calendar), 1),
        (lambda client, office: client.request("PUT", office.paths[0], "x"), 1),
        (lambda client, office: client.request("GET", office.paths[0]), 2),
        (lambda client, office: client.request("GET", office.calendar), 2),
        (lambda client, office: client.propfind(office.calendar, "getetag", depth="1"), 2),
        (lambda client, office: client.multiget(office.calendar, office.paths), 2),
        (lambda client, office: client.query(office.calendar, '<C:comp-filter name="VEVENT"/>'), 2),
        (lambda client, office: client.query(office.calendar, SPAN), 2),
        (lambda client, office: client.report(office.calendar, BUSY), 2),
        (lambda client, office: client.sync(office.calendar), 2),
        (lambda client, office: client.sync(office.calendar, data=True), 2),
    ],
)
def test_an_answer_takes_few_statements(
    noted: Client, office: Office, statements, answerer: bool, ask, most: int
) -> None:
    paths = Paths(office)
    with statements(office.database) as seen:
        answer = ask(noted, paths)

    assert answer.status < 500
    assert len(selects(seen)) <= most or (not answerer and "sync-token" in answer.body.decode()), selects(seen)
    assert len(selects(seen)) <= 3


def test_a_sync_after_a_change_takes_two_statements(noted: Client, office: Office, statements, answerer: bool) -> None:
    path, token = office.calendar, noted.sync(office.calendar).token
    office.own.move(office.hrefs[0], TUESDAY_NINE + 5 * DAY)

    with statements(office.database) as seen:
        noted.sync(path, token, data=True)

    assert len(selects(seen)) == (2 if answerer else 3)


def test_a_sync_without_change_takes_one_statement(noted: Client, office: Office, statements) -> None:
    path, token = office.calendar, noted.sync(office.calendar).token

    with statements(office.database) as seen:
        noted.sync(path, token)

    assert len(selects(seen)) == 1


class Paths:
    """The office's, looked up before statements are counted."""

    def __init__(self, office: Office) -> None:
        self.home, self.calendar, self.paths = office.home, office.calendar, office.paths


def test_nothing_is_parsed_to_poll_list_fetch_sync_or_search_by_time(
    client: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise AssertionError("parsed")

    token = client.sync(office.calendar).token
    office.own.move(office.hrefs[0], TUESDAY_NINE + 5 * DAY)
    monkeypatch.setattr(vobject, "readOne", fail)
    monkeypatch.setattr(vobject, "readComponents", fail)
    monkeypatch.setattr(vobject.base, "readOne", fail)
    monkeypatch.setattr(vobject.base, "readComponents", fail)
    expand = '<C:calendar-data><C:expand start="20261124T000000Z" end="20261224T000000Z"/></C:calendar-data>'
    uid = '<C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match>x</C:text-match></C:prop-filter></C:comp-filter>'
    alarms = '<C:comp-filter name="VEVENT"><C:comp-filter name="VALARM"/></C:comp-filter>'

    answers = [
        client.propfind(office.calendar, "CS:getctag", "sync-token", "getetag"),
        client.propfind(office.home, depth="1"),
        client.propfind(office.calendar, depth="1"),
        client.multiget(office.calendar, office.paths),
        client.sync(office.calendar, data=True),
        client.sync(office.calendar, token, data=True),
        client.query(office.calendar, SPAN),
        client.query(office.calendar, SPAN, data=expand),
        client.query(office.calendar, SPAN, data=""),
        client.query(office.calendar, uid),
        client.query(office.calendar, alarms),
        client.query(office.calendar, '<C:comp-filter name="VTODO"/>'),
        client.request("GET", office.calendar),
        client.request("GET", office.paths[0]),
        client.report(office.calendar, BUSY),
    ]

    assert [answer.status for answer in answers] == [207] * 12 + [200] * 3
    summary = '<C:prop-filter name="SUMMARY"><C:text-match>x</C:text-match></C:prop-filter>'
    assert client.query(office.calendar, SPAN.replace(MONTH, MONTH + summary)).status == 500, (
        "which shows that parsing would have been seen"
    )
