"""The four reports: by name, by filter, by time; and those there are not (K-23, K-26)."""

import pytest
from dav.conftest import Office
from dav.door import CALDAV, DAV, NAMESPACES, Client
from diary import DAY, TUESDAY_NINE
from ical.parsers import by_icalendar

WHOLE_YEAR = '<C:time-range start="20260601T000000Z" end="20270601T000000Z"/>'


def in_event(inner: str) -> str:
    return f'<C:comp-filter name="VEVENT">{inner}</C:comp-filter>'


# --- multiget


def test_a_multiget_answers_each_href_once(client: Client, office: Office) -> None:
    first, second, third = office.paths
    away = f"http://rdv.example.test{third}"
    other = f"{office.other_calendar}x.ics"

    answer = client.multiget(office.calendar, [first, first, f" {second}\n", away, f"{office.calendar}no.ics", other])

    assert answer.hrefs == {first, second, third}
    assert answer.gone == {f"{office.calendar}no.ics", other}
    assert len(answer.xml.findall(f"{DAV}response")) == 5
    assert set(answer.texts()) == {first, second, third}


def test_a_multiget_gives_the_bytes_that_a_get_gives(client: Client, office: Office) -> None:
    texts = client.multiget(office.calendar, office.paths).texts()

    assert texts == {path: client.request("GET", path).body.decode() for path in office.paths}


@pytest.mark.parametrize(
    "href", ["/dav", "/d%61v", "//dav/", "/", "/dav/", "..", "%00.ics", "/dav/%ff/x.ics", "http://[::1/x", "?", "é.ics"]
)
def test_a_strange_href_is_no_error_of_ours(client: Client, office: Office, href: str) -> None:
    answer = client.multiget(office.calendar, [href, office.paths[0]])

    assert answer.status in (207, 400)
    if answer.status == 207:
        assert office.paths[0] in answer.hrefs

    inside = client.multiget(office.calendar, [f"{office.calendar}{href.strip('/')}", office.paths[0]])
    assert inside.status in (207, 400)


def test_an_empty_href_is_a_bad_request(client: Client, office: Office) -> None:
    assert client.multiget(office.calendar, [""]).status == 400


# --- filters


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("20261124T080000Z", None, [0, 1, 2]),
        ("20261124T082959Z", None, [0, 1, 2]),
        ("20261124T083000Z", None, [1, 2]),
        (None, "20261125T080000Z", [0]),
        (None, "20261125T080001Z", [0, 1]),
        ("20261125T000000Z", "20261126T000000Z", [1]),
        ("20261124T081500Z", "20261124T081500Z", [0]),
        ("20200101T000000Z", "20200102T000000Z", []),
    ],
)
def test_a_time_range_finds_what_overlaps_it(
    client: Client, office: Office, start: str | None, end: str | None, found: list[int]
) -> None:
    sides = "".join(f' {name}="{value}"' for name, value in (("start", start), ("end", end)) if value)

    answer = client.query(office.calendar, in_event(f"<C:time-range{sides}/>"))

    assert answer.hrefs == {office.paths[place] for place in found}
    assert set(answer.texts()) == answer.hrefs


ALL, NONE = [0, 1, 2], []
FILTERS = {
    "no filter in VCALENDAR": ("", ALL),
    "all events": (in_event(""), ALL),
    "no events": (in_event("<C:is-not-defined/>"), NONE),
    "to-dos": ('<C:comp-filter name="VTODO"/>', NONE),
    "to-dos in a time": (f'<C:comp-filter name="VTODO">{WHOLE_YEAR}</C:comp-filter>', NONE),
    "without to-dos": ('<C:comp-filter name="VTODO"><C:is-not-defined/></C:comp-filter>', ALL),
    "journals": ('<C:comp-filter name="VJOURNAL"/>', NONE),
    "with an alarm": (in_event(f'<C:comp-filter name="VALARM">{WHOLE_YEAR}</C:comp-filter>'), NONE),
    "without alarm": (in_event('<C:comp-filter name="VALARM"><C:is-not-defined/></C:comp-filter>'), ALL),
    "with attendees": (in_event('<C:prop-filter name="ATTENDEE"/>'), NONE),
    "without attendees": (in_event('<C:prop-filter name="attendee"><C:is-not-defined/></C:prop-filter>'), ALL),
    "one attendee": (in_event('<C:prop-filter name="ATTENDEE"><C:text-match>x</C:text-match></C:prop-filter>'), NONE),
    "with a summary": (in_event('<C:prop-filter name="SUMMARY"/>'), ALL),
    "without start": (in_event('<C:prop-filter name="DTSTART"><C:is-not-defined/></C:prop-filter>'), NONE),
    "a summary in a year": (
        in_event(WHOLE_YEAR + '<C:prop-filter name="SUMMARY"><C:text-match>PASSEPORT</C:text-match></C:prop-filter>'),
        ALL,
    ),
    "another summary in a year": (
        in_event(WHOLE_YEAR + '<C:prop-filter name="SUMMARY"><C:text-match>mariage</C:text-match></C:prop-filter>'),
        NONE,
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_finds_what_it_says(client: Client, office: Office, name: str) -> None:
    filters, found = FILTERS[name]

    answer = client.query(office.calendar, filters)

    assert answer.status == 207
    assert answer.hrefs == {office.paths[place] for place in found}


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ("<C:text-match>{uid}</C:text-match>", True),
        ('<C:text-match collation="i;octet">{uid}</C:text-match>', True),
        ("<C:text-match>{uid_upper}</C:text-match>", True),
        ('<C:text-match collation="i;octet">{uid_upper}</C:text-match>', False),
        ("<C:text-match>nobody@nowhere</C:text-match>", False),
    ],
)
def test_an_event_is_found_by_its_uid(client: Client, office: Office, match: str, found: bool) -> None:
    uid = f"{office.hrefs[1].removesuffix('.ics')}@rdv.example.test"
    prop = match.format(uid=uid, uid_upper=uid.upper())

    answer = client.query(office.calendar, in_event(f'<C:prop-filter name="UID">{prop}</C:prop-filter>'))

    assert answer.hrefs == ({office.paths[1]} if found else set())


SUMMARY = '<C:prop-filter name="SUMMARY"><C:text-match>x</C:text-match></C:prop-filter>'


@pytest.mark.parametrize(
    "filters",
    [
        in_event(SUMMARY),
        in_event(f'<C:time-range start="20260101T000000Z"/>{SUMMARY}'),
        in_event(f'<C:time-range start="20200101T000000Z" end="20300101T000000Z"/>{SUMMARY}'),
        in_event(f'<C:prop-filter name="DTSTART">{WHOLE_YEAR}</C:prop-filter>'),
    ],
)
def test_a_filter_that_would_parse_everything_is_refused(client: Client, office: Office, filters: str) -> None:
    answer = client.query(office.calendar, filters)

    assert (answer.status, answer.precondition) == (403, f"{CALDAV}supported-filter")


@pytest.mark.parametrize(
    "filters",
    [
        in_event('<C:time-range start="tomorrow"/>'),
        in_event("<C:time-range/>"),
        in_event('<C:time-range start="20261125T000000Z" end="20261124T000000Z"/>'),
        in_event("<C:nonsense/>"),
        "<C:nonsense/>",
    ],
)
def test_a_malformed_filter_is_a_bad_request(client: Client, office: Office, filters: str) -> None:
    assert client.query(office.calendar, filters).status == 400


def test_an_expansion_of_single_events_is_the_events(client: Client, office: Office) -> None:
    span = in_event('<C:time-range start="20261124T000000Z" end="20261126T000000Z"/>')
    expand = '<C:calendar-data><C:expand start="20261124T000000Z" end="20261126T000000Z"/></C:calendar-data>'

    plain, expanded = client.query(office.calendar, span), client.query(office.calendar, span, data=expand)

    assert expanded.texts() == plain.texts()
    assert len(plain.texts()) == 2


def test_a_query_for_etags_carries_no_text(client: Client, office: Office) -> None:
    answer = client.query(office.calendar, in_event(""), data="")

    assert answer.hrefs == set(office.paths)
    assert b"VEVENT" not in answer.body


def test_what_left_the_window_is_not_found(client: Client, office: Office) -> None:
    office.own.set_collection(window_start=TUESDAY_NINE + DAY)

    assert client.query(office.calendar, in_event("")).hrefs == set(office.paths[1:])
    assert client.multiget(office.calendar, office.paths).gone == {office.paths[0]}


def test_words_of_all_kinds_come_through_as_they_were(client: Client, office: Office) -> None:
    name = "Œuvre\x0b\x1b\ufffe & <b>«\u202f10\u00a0€\u202f»</b> ]]> ; , \\ 𝄞"
    with office.database.transaction() as session:
        office.own.make.session = session
        motif = office.own.make.motif(name=name)
    href = office.own.book(TUESDAY_NINE + 5 * DAY, motif=motif)

    [text] = client.multiget(office.calendar, [office.calendar + href]).texts().values()

    [event] = by_icalendar(text)
    assert event["summary"] == "Œuvre & <b>«\u202f10\u00a0€\u202f»</b> ]]> ; , \\ 𝄞"


# --- free and busy


def test_free_busy_tells_busy_times_and_nothing_else(client: Client, office: Office) -> None:
    office.own.cancel(office.hrefs[1])

    answer = client.report(
        office.calendar,
        f'<C:free-busy-query {NAMESPACES}><C:time-range start="20261124T000000Z" end="20261201T000000Z"/></C:free-busy-query>',
    )

    text = answer.body.decode()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert text.count("BEGIN:VFREEBUSY") == 1
    assert [line for line in text.split("\r\n") if line.startswith("FREEBUSY")] == [
        "FREEBUSY;FBTYPE=BUSY:20261124T080000Z/20261124T083000Z",
        "FREEBUSY;FBTYPE=BUSY:20261126T080000Z/20261126T083000Z",
    ]
    assert "Passeport" not in text


@pytest.mark.parametrize(
    "span",
    [
        "",
        "<C:time-range/>",
        '<C:time-range start="20261124T000000Z"/>',
        '<C:time-range start="x" end="y"/>',
        '<C:time-range start="20261125T000000Z" end="20261124T000000Z"/>',
    ],
)
def test_free_busy_needs_a_start_and_an_end(client: Client, office: Office, span: str) -> None:
    assert client.report(office.calendar, f"<C:free-busy-query {NAMESPACES}>{span}</C:free-busy-query>").status == 400


def test_free_busy_over_many_years_is_refused(client: Client, office: Office) -> None:
    answer = client.report(
        office.calendar,
        f'<C:free-busy-query {NAMESPACES}><C:time-range start="20200101T000000Z" end="20300101T000000Z"/></C:free-busy-query>',
    )

    assert (answer.status, answer.precondition) == (403, f"{DAV}number-of-matches-within-limits")


# --- others

OTHERS = [
    "expand-property",
    "principal-property-search",
    "principal-search-property-set",
    "acl-principal-prop-set",
    "version-tree",
    "CR:addressbook-query",
    "CR:addressbook-multiget",
    "C:nonsense",
]


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("where", ["root", "home", "calendar", "item"])
def test_a_report_we_do_not_have_is_refused(client: Client, office: Office, name: str, where: str) -> None:
    path = {"root": "/dav/", "home": office.home, "calendar": office.calendar, "item": office.paths[0]}[where]

    answer = client.report(path, f"<{name} {NAMESPACES}/>")

    assert (answer.status, answer.precondition) == (403, f"{DAV}supported-report")


@pytest.mark.parametrize("name", ["sync-collection", "C:calendar-query", "C:calendar-multiget", "C:free-busy-query"])
@pytest.mark.parametrize("where", ["root", "home"])
def test_shelves_have_no_reports(client: Client, office: Office, name: str, where: str) -> None:
    answer = client.report("/dav/" if where == "root" else office.home, f"<{name} {NAMESPACES}/>")

    assert (answer.status, answer.precondition) == (403, f"{DAV}supported-report")
