"""Requests that are well-formed and meant to cost: refused before any event is read for them."""

import pytest
from dav.conftest import Office
from dav.door import CALDAV, DAV, NAMESPACES, Client

from rdvdav_radicale.properties import MOST_PROPERTIES
from rdvdav_radicale.reports import MOST_TESTS

MANY = "".join(f"<p{number}/>" for number in range(MOST_PROPERTIES + 1))
FILTER = '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>'
BODIES = {
    "propfind": "<propfind {names}><prop>{props}</prop></propfind>",
    "sync-collection": "<sync-collection {names}><sync-token/><prop>{props}</prop></sync-collection>",
    "calendar-query": "<C:calendar-query {names}><prop>{props}</prop>" + FILTER + "</C:calendar-query>",
    "calendar-multiget": "<C:calendar-multiget {names}><prop>{props}</prop><href>{href}</href></C:calendar-multiget>",
}


def ask(client: Client, office: Office, what: str, props: str) -> tuple[int, str]:
    body = BODIES[what].format(names=NAMESPACES, props=props, href=office.paths[0])
    answer = client.request("PROPFIND" if what == "propfind" else "REPORT", office.calendar, body, Depth="1")
    return answer.status, answer.body.decode()


@pytest.mark.parametrize("what", BODIES)
def test_more_properties_than_any_program_asks_for_are_a_bad_request(client: Client, office: Office, what: str) -> None:
    assert ask(client, office, what, MANY)[0] == 400
    assert ask(client, office, what, MANY.replace("<p0/>", "", 1))[0] == 207


@pytest.mark.parametrize("what", BODIES)
def test_a_property_asked_for_a_thousand_times_is_told_once(client: Client, office: Office, what: str) -> None:
    once, often = ask(client, office, what, "<getetag/>"), ask(client, office, what, "<getetag/>" * 1000)

    assert once[0] == 207
    assert often == once


def test_filters_without_end_are_refused(client: Client, office: Office) -> None:
    span = '<C:time-range start="20261101T000000Z" end="20261201T000000Z"/>'

    def summaries(tests: int) -> str:
        return span + '<C:prop-filter name="SUMMARY">' + "<C:text-match>a</C:text-match>" * tests + "</C:prop-filter>"

    def query(tests: int) -> tuple[int, str]:
        answer = client.query(office.calendar, f'<C:comp-filter name="VEVENT">{summaries(tests)}</C:comp-filter>')
        return answer.status, answer.precondition if answer.status == 403 else ""

    assert query(2) == (207, "")
    assert query(MOST_TESTS) == (403, f"{CALDAV}supported-filter")


@pytest.mark.parametrize("limit", ["1" * 5000, str(2**63), str(10**20), "0" * 5000 + "9"])
def test_a_limit_beyond_all_bounds_limits_nothing(client: Client, office: Office, limit: str) -> None:
    body = (
        f"<sync-collection {NAMESPACES}><sync-token/><limit><nresults>{limit}</nresults></limit>"
        "<prop><getetag/></prop></sync-collection>"
    )
    answer = client.report(office.calendar, body)

    assert answer.status == 207
    assert answer.hrefs == set(office.paths)


def test_a_limit_of_nothing_is_kept(client: Client, office: Office) -> None:
    body = (
        f"<sync-collection {NAMESPACES}><sync-token/><limit><nresults>000</nresults></limit><prop/></sync-collection>"
    )

    assert client.report(office.calendar, body).precondition == f"{DAV}number-of-matches-within-limits"
