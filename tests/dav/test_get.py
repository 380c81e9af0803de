"""GET and HEAD of calendars and events (K-29)."""

import gzip

import pytest
from dav.conftest import Office
from dav.door import Client
from diary import DAY, TUESDAY_NINE
from ical.parsers import by_icalendar
from sqlalchemy import select

from rdvdav.feeds.object import CalendarObject


@pytest.mark.parametrize("where", ["calendar", "item"])
def test_a_get_gives_the_stored_text(client: Client, office: Office, where: str) -> None:
    answer = client.request("GET", office.calendar if where == "calendar" else office.paths[0])

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Last-Modified"] == "Mon, 23 Nov 2026 07:00:00 GMT"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(by_icalendar(answer.body.decode())) == (3 if where == "calendar" else 1)


def test_an_item_is_served_byte_for_byte(client: Client, office: Office) -> None:
    answer = client.request("GET", office.paths[1])

    with office.database.reading() as session:
        row = session.scalars(select(CalendarObject).where(CalendarObject.href == office.hrefs[1])).one()
        assert (answer.body.decode(), answer.headers["Etag"]) == (row.text, row.etag)


@pytest.mark.parametrize("where", ["calendar", "item"])
def test_head_is_get_without_the_body(client: Client, office: Office, where: str) -> None:
    path = office.calendar if where == "calendar" else office.paths[0]
    get, head = client.request("GET", path), client.request("HEAD", path)

    assert head.body == b""
    assert head.status == 200
    assert {k: v for k, v in head.headers.items() if k != "Date"} == {
        k: v for k, v in get.headers.items() if k != "Date"
    }


@pytest.mark.parametrize("where", ["calendar", "item"])
@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("If_None_Match", "{etag}", 304),
        ("If_None_Match", "W/{etag}", 304),
        ("If_None_Match", '"x", {etag}', 304),
        ("If_None_Match", "*", 304),
        ("If_None_Match", '"x"', 200),
        ("If_Modified_Since", "Mon, 23 Nov 2026 07:00:00 GMT", 304),
        ("If_Modified_Since", "Mon, 23 Nov 2026 06:59:59 GMT", 200),
        ("If_Modified_Since", "yesterday", 200),
    ],
)
def test_what_the_client_has_is_not_sent_again(
    client: Client, office: Office, where: str, header: str, value: str, status: int
) -> None:
    path = office.calendar if where == "calendar" else office.paths[0]
    etag = client.request("HEAD", path).headers["Etag"]

    answer = client.request("GET", path, **{header: value.format(etag=etag)})

    assert answer.status == status
    assert answer.headers["Etag"] == etag
    assert (answer.body == b"") == (status == 304)


def test_a_304_of_a_calendar_reads_no_event(client: Client, office: Office, statements) -> None:
    etag = client.request("HEAD", office.calendar).headers["Etag"]

    with statements(office.database) as seen:
        client.request("GET", office.calendar, If_None_Match=etag)

    assert not [statement for statement in seen if "FROM calendar_object" in statement]


def test_a_change_changes_the_etag_of_the_event_and_the_calendar(client: Client, office: Office) -> None:
    before = [client.request("HEAD", path).headers["Etag"] for path in (office.calendar, *office.paths)]

    office.own.move(office.hrefs[0], TUESDAY_NINE + 10 * DAY)

    after = [client.request("HEAD", path).headers["Etag"] for path in (office.calendar, *office.paths)]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, False, True, True]


def test_it_comes_compressed_to_who_takes_that(client: Client, office: Office) -> None:
    plain, zipped = (
        client.request("GET", office.calendar),
        client.request("GET", office.calendar, Accept_Encoding="gzip"),
    )

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain.body


def test_what_left_the_window_is_gone(client: Client, office: Office) -> None:
    office.own.set_collection(window_start=TUESDAY_NINE + DAY)

    assert [client.request("GET", path).status for path in office.paths] == [404, 200, 200]


def test_shelves_are_not_listed_to_browsers(client: Client, office: Office) -> None:
    for path in ("/dav/", "/dav", office.home):
        assert client.request("GET", path).status == 403
    for path in ("/dav/.web/", "/dav/.mobileconfig", "/dav/.token/v1/x", "/dav/.sharing/v1/all/list"):
        assert client.request("GET", path).status == 403
