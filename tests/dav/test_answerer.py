"""The short path against the long one (K-60): whatever is asked, both answer alike."""

import base64
import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from xml.etree import ElementTree

import pytest
from dav.conftest import WITH_ANSWERER, Office
from dav.door import DAV, NAMESPACES
from dav.test_reports import FILTERS, WHOLE_YEAR, in_event
from diary import DAY, TUESDAY_NINE
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import create_environ, run_wsgi_app

from rdvdav.clock import StoppedClock
from rdvdav.feeds.sync import sync_token
from rdvdav.settings import Settings
from rdvdav_radicale import entrance, make_application
from rdvdav_radicale.entrance import Entrance
from rdvdav_radicale.visit import Visits

pytestmark = WITH_ANSWERER


@dataclass(frozen=True)
class Ask:
    """One request."""

    method: str
    path: str
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """An answer in a form in which equal ones are equal."""

    status: int
    headers: dict[str, str]
    body: Any


class Desk:
    """An office whose appointments were moved, cancelled, withdrawn and left behind, asked by both ways."""

    def __init__(self, office: Office, clock: StoppedClock, settings: Settings) -> None:
        """Keep each token there was."""
        own = office.own
        self.office, self.tokens = office, ["", "rdvdav:sync/x", sync_token(office.other.calendar)]
        for change in (
            lambda: own.book(TUESDAY_NINE - 20 * DAY),
            lambda: own.move(office.hrefs[0], TUESDAY_NINE + 5 * DAY),
            lambda: own.cancel(office.hrefs[1]),
            lambda: own.withdraw(own.book(TUESDAY_NINE + 9 * DAY)),
            lambda: own.set_collection(window_start=TUESDAY_NINE - 10 * DAY),
            lambda: own.book(TUESDAY_NINE + 6 * DAY),
        ):
            self.tokens.append(sync_token(own.calendar))
            change()
        now = sync_token(own.calendar)
        self.tokens += [now, now, f" {now}\n", now.replace("/6/", "/99/"), now.replace("motif", "full"), f"{now}0"]
        self.short, self.long = (
            DispatcherMiddleware(NotFound(), {"/dav": make_application(own.database, clock, settings, answerer=way)})
            for way in (True, False)
        )

    @cached_property
    def etags(self) -> list[str]:
        """Of the calendar and of an event in it."""
        paths = (self.office.calendar, self.office.paths[0])
        headers = {"Authorization": self.credentials()}
        return [hear(self.long, Ask("HEAD", path, headers=headers)).headers["etag"] for path in paths]

    def credentials(self, login: str | None = None, password: str | None = None) -> str:
        pair = f"{login or self.office.own.agent.email}:{password or self.office.password}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


def hear(door: WSGIApplication, ask: Ask) -> Heard:
    """What *door* answers."""
    environ = create_environ(
        ask.path, "http://rdv.example.test", method=ask.method, data=ask.body.encode(), headers=ask.headers
    )
    pieces, status, headers = run_wsgi_app(door, environ, buffered=True)
    body = b"".join(pieces)
    named = {name.lower(): value for name, value in headers}
    assert int(named.pop("content-length", len(body))) == len(body) or ask.method == "HEAD"
    if body and named.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    is_xml = named.get("content-type", "").startswith("text/xml")
    return Heard(int(status.split()[0]), named, meaning(body) if is_xml and body else body)


def meaning(body: bytes) -> Any:
    """A multistatus as what it says of each href, in any order; other XML in its canonical form."""
    root = ElementTree.fromstring(body)  # noqa: S314 - our own
    if root.tag != f"{DAV}multistatus":
        return canonical(root)
    said = []
    for response in root.iterfind(f"{DAV}response"):
        stats = [
            (status, canonical(element))
            for propstat in response.iterfind(f"{DAV}propstat")
            for status in [propstat.findtext(f"{DAV}status")]
            for element in propstat.find(f"{DAV}prop")
        ]
        said.append((response.findtext(f"{DAV}href", ""), response.findtext(f"{DAV}status", ""), sorted(stats)))
    return root.findtext(f"{DAV}sync-token"), sorted(said)


def canonical(element: ElementTree.Element) -> str:
    element.tail = None
    return ElementTree.canonicalize(ElementTree.tostring(element), rewrite_prefixes=True)


# --- requests

KNOWN = (
    *("resourcetype", "displayname", "current-user-principal", "principal-URL", "owner", "current-user-privilege-set"),
    *("supported-report-set", "getetag", "getlastmodified", "getcontenttype", "sync-token", "CS:getctag"),
    *("C:calendar-home-set", "C:calendar-user-address-set", "C:calendar-description", "C:calendar-timezone"),
    *("C:supported-calendar-component-set", "I:calendar-color", "I:calendar-order"),
)
OTHERS = (
    *("R:version", "R:getcontentcount", "CR:addressbook-home-set", "CS:source", "C:max-resource-size", "acl"),
    *("getcontentlength", "principal-collection-set", "C:calendar-data", "CR:address-data", "C:schedule-inbox-URL"),
)
ODD = (
    '<x xmlns=""/>',
    "<xml:lang/>",
    '<y:z xmlns:y="urn:%s&amp;&quot;é"/>',
    '<z xmlns="http://www.w3.org/2000/xmlns"/>',
    "<getetag><child/>text</getetag>",
    '<C:calendar-data content-type="text/calendar" version="2.0"><C:comp name="VCALENDAR"/></C:calendar-data>',
    '<C:calendar-data><C:expand start="20261124T000000Z" end="20261224T000000Z"/></C:calendar-data>',
    "<!-- a comment -->",
    "text",
)
element = st.sampled_from([f"<{name}/>" for name in (*KNOWN, *OTHERS)])
"""One property; the odd ones are rare, so that most requests go the short way."""
properties = st.one_of(
    st.lists(st.sampled_from([f"<{name}/>" for name in KNOWN]), max_size=6),
    st.lists(element, max_size=12),
    st.lists(st.one_of(element, st.sampled_from(ODD)), max_size=5),
).map("".join)
reported = st.one_of(
    st.sampled_from(
        ["<getetag/>", "<getetag/><C:calendar-data/>", "<getcontenttype/><getetag/>", "<C:calendar-data/>"]
    ),
    properties,
)
instants = st.integers(-30 * 96, 15 * 96).map(lambda quarters: f"{TUESDAY_NINE + quarters * DAY / 96:%Y%m%dT%H%M%SZ}")
sides = st.tuples(st.none() | instants, st.none() | instants | st.sampled_from(["x", "20261124", ""]))
ranges = sides.map(
    lambda pair: "".join(
        f' {name}="{value}"' for name, value in zip(("start", "end"), pair, strict=True) if value is not None
    )
).map(lambda attributes: f"<C:time-range{attributes}/>")
whole_ranges = st.lists(instants, min_size=2, max_size=2, unique=True).map(
    lambda pair: '<C:time-range start="{}" end="{}"/>'.format(*sorted(pair))
)
filters = st.one_of(
    ranges.map(in_event),
    whole_ranges.map(in_event),
    st.sampled_from([inner for inner, _found in FILTERS.values()]),
    st.sampled_from(
        [
            in_event('<C:prop-filter name="UID"><C:text-match>rdv.example</C:text-match></C:prop-filter>'),
            in_event('<C:prop-filter name="UID"><C:text-match collation="i;octet">RDV</C:text-match></C:prop-filter>'),
            in_event(f'{WHOLE_YEAR}<C:prop-filter name="LOCATION"><C:is-not-defined/></C:prop-filter>'),
            in_event("<C:nonsense/>"),
        ]
    ),
)


@st.composite
def requests(draw: st.DrawFn, desk: Desk) -> Ask:
    """Anything a client may send, and some of what it may not."""
    office = desk.office
    events = [office.calendar + href for href in [*office.hrefs, "no.ics", "..", ".x", "a%20b.ics"]]
    paths = st.one_of(
        *[st.just(office.calendar)] * 4,
        st.sampled_from(
            [
                *("/dav", "/dav/", office.home, office.home[:-1], office.calendar[:-1], *events, office.other_calendar),
                *(
                    f"{office.paths[0]}/",
                    f"{office.home}nothing/",
                    f"{office.calendar}/",
                    "/dav//",
                    f"{office.home}%41/",
                ),
            ]
        ),
    )
    method = draw(st.sampled_from([*["PROPFIND"] * 4, *["REPORT"] * 8, "GET", "GET", "HEAD", "OPTIONS", "PROPPATCH"]))
    hrefs = st.sampled_from([*events, *office.paths]) | st.sampled_from(
        [
            *(f"http://rdv.example.test{events[0]}", f" {events[1]}\n", events[0].replace("dav", "d%61v"), "/dav", "/"),
            *(office.calendar, office.calendar[:-1], office.home, f"{office.other_calendar}x.ics", "/elsewhere/x.ics"),
            *(
                f"{events[0]}/",
                f"{events[0]}?q",
                f"{events[0]};p",
                f"{events[0]}#f",
                f"/dav/../dav{events[0][4:]}",
                "x",
            ),
            *("//dav/x.ics", "é.ics", f"{office.calendar}é.ics", f"{office.calendar}a/b.ics"),
            *("", "http://[::1/x")[: draw(st.sampled_from([0, 0, 0, 2]))],
        ]
    )
    body = draw(_bodies(desk, method, hrefs))
    headers = {"Authorization": draw(_credentials(desk))}
    headers |= draw(
        st.fixed_dictionaries(
            {"Depth": st.sampled_from(["0", "1", "0", "1", "1", "infinity", "2"])},
            optional={
                "Accept-Encoding": st.sampled_from(["gzip", "identity", "deflate, gzip", "gzip;q=0"]),
                "Content-Type": st.sampled_from(
                    [
                        "text/xml",
                        "application/xml; charset=utf-8",
                        "text/xml; charset=iso-8859-1",
                        "text/xml; charset=x",
                    ]
                ),
            },
        )
    )
    if method in ("GET", "HEAD"):
        headers |= draw(_conditions(desk))
    return Ask(method, draw(paths), body, headers)


def _credentials(desk: Desk) -> st.SearchStrategy[str]:
    agent = desk.office.own.agent
    logins = [agent.email, agent.email, agent.principal, agent.email.upper(), agent.email.replace("@", "%40")]
    typed = desk.credentials(agent.email, desk.office.password.upper())
    return st.sampled_from([*[desk.credentials(login) for login in logins] * 4, typed, "Basic !", ""])


def _conditions(desk: Desk) -> st.SearchStrategy[dict[str, str]]:
    etags = ["*", '"x"', 'W/"x"', "nothing", *desk.etags]
    dates = ["Mon, 23 Nov 2026 07:00:00 GMT", "Mon, 23 Nov 2020 07:00:00 GMT", "yesterday"]
    return st.fixed_dictionaries(
        {},
        optional={
            "If-None-Match": st.sampled_from([*etags, f'"y", {etags[-1]}']),
            "If-Match": st.sampled_from(etags),
            "If-Modified-Since": st.sampled_from(dates),
            "If-Unmodified-Since": st.sampled_from(dates),
            "Range": st.just("bytes=0-9"),
        },
    )


def _bodies(desk: Desk, method: str, hrefs: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    broken = st.sampled_from(
        [
            "",
            "<",
            "<x/>",
            f"<propfind {NAMESPACES}/>",
            f'<!DOCTYPE x [<!ENTITY a "b">]><propfind {NAMESPACES}><prop/></propfind>',
        ]
    )
    if method == "PROPFIND":
        inner = st.one_of(
            properties.map(lambda found: f"<prop>{found}</prop>"),
            properties.map(lambda found: f"<prop>{found}</prop>"),
            st.sampled_from(["<allprop/>", "<propname/>", "<propname/><prop><getetag/><owner/></prop>", "<x/>"]),
        )
        return st.one_of(*[inner.map(lambda text: f"<propfind {NAMESPACES}>{text}</propfind>")] * 9, broken)
    if method != "REPORT":
        return st.just("")
    limits = st.sampled_from(
        ["", "", "", *(f"<limit><nresults>{n}</nresults></limit>" for n in ("0", "2", "9" * 12, "x"))]
    )
    wrapped = reported.map(lambda found: f"<prop>{found}</prop>")
    prop = st.one_of(wrapped, wrapped, wrapped, st.just(""))
    return st.one_of(
        st.builds(
            lambda token, limit, prop: (
                f"<sync-collection {NAMESPACES}><sync-token>{token}</sync-token>{limit}{prop}</sync-collection>"
            ),
            st.sampled_from(desk.tokens),
            limits,
            prop,
        ),
        st.builds(
            lambda found, prop: f"<C:calendar-multiget {NAMESPACES}>{prop}{found}</C:calendar-multiget>",
            st.lists(hrefs.map(lambda href: f"<href>{href}</href>"), max_size=6).map("".join),
            prop,
        ),
        st.builds(
            lambda found, prop: f"<C:calendar-query {NAMESPACES}>{prop}{found}</C:calendar-query>",
            st.one_of(
                filters.map(lambda f: f'<C:filter><C:comp-filter name="VCALENDAR">{f}</C:comp-filter></C:filter>'),
                st.sampled_from(["", "<C:filter/>", "<CR:filter/>"]),
            ),
            prop,
        ),
        st.one_of(ranges, whole_ranges).map(lambda span: f"<C:free-busy-query {NAMESPACES}>{span}</C:free-busy-query>"),
        st.sampled_from([f"<expand-property {NAMESPACES}/>", f"<C:nonsense {NAMESPACES}/>"]),
        broken,
    )


# --- what is promised


@pytest.fixture
def desk(office: Office, clock: StoppedClock, settings: Settings) -> Desk:
    return Desk(office, clock, settings)


def test_both_ways_answer_alike(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    examples = 500 if desk.office.database.is_sqlite else 100

    @hypothesis_settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False
    )
    @given(requests(desk))
    def check(ask: Ask) -> None:
        assert hear(desk.short, ask) == hear(desk.long, ask)

    check()
    assert [record for record in caplog.records if record.name == "rdvdav_radicale.entrance"] == []


PROP = "<prop><getetag/><C:calendar-data/></prop>"
MONTH = '<C:time-range start="20261124T000000Z" end="20261224T000000Z"/>'
EXPANDED = '<prop><C:calendar-data><C:expand start="20261124T000000Z" end="20261224T000000Z"/></C:calendar-data></prop>'
FILTER = '<C:filter><C:comp-filter name="VCALENDAR">{filter}</C:comp-filter></C:filter>'
LOADED = {
    "poll": ("PROPFIND", "<propfind {names}><prop><CS:getctag/><sync-token/><x:y xmlns:x='urn:x'/></prop></propfind>"),
    "sync": ("REPORT", "<sync-collection {names}><sync-token>{token}</sync-token>{prop}</sync-collection>"),
    "first sync": ("REPORT", "<sync-collection {names}><sync-token/>{prop}</sync-collection>"),
    "multiget": ("REPORT", "<C:calendar-multiget {names}>{prop}<href>{href}</href></C:calendar-multiget>"),
    "time": ("REPORT", f"<C:calendar-query {{names}}>{{prop}}{FILTER}</C:calendar-query>"),
    "expansion": ("REPORT", f"<C:calendar-query {{names}}>{EXPANDED}{FILTER}</C:calendar-query>"),
    "free and busy": ("REPORT", f"<C:free-busy-query {{names}}>{MONTH}</C:free-busy-query>"),
    "get": ("GET", ""),
    "head": ("HEAD", ""),
}
UNCLEAR = {
    "allprop": ("PROPFIND", "<propfind {names}><allprop/></propfind>"),
    "no body": ("PROPFIND", ""),
    "a declaration": ("PROPFIND", "<!DOCTYPE x><propfind {names}><prop><getetag/></prop></propfind>"),
    "unknown report": ("REPORT", "<expand-property {names}/>"),
    "foreign token": ("REPORT", "<sync-collection {names}><sync-token>x</sync-token>{prop}</sync-collection>"),
    "too many": (
        "REPORT",
        "<sync-collection {names}><sync-token/><limit><nresults>1</nresults></limit>{prop}</sync-collection>",
    ),
    "a filter on text": LOADED["time"],
    "options": ("OPTIONS", ""),
    "put": ("PUT", "x"),
}


def at_the_entrance(desk: Desk, clock: StoppedClock, ask: Ask) -> int:
    """The status of the short path's answer; 599 where Radicale would be asked."""

    def radicale(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert environ["wsgi.input"].read() == ask.body.encode(), "it can still be read"
        start_response("599 Radicale", [])
        return []

    door = Entrance(Visits(desk.office.database, clock), radicale, answerer=True)
    return hear(DispatcherMiddleware(NotFound(), {"/dav": door}), ask).status


def filled(desk: Desk, what: tuple[str, str], inner: str = MONTH) -> Ask:
    method, body = what
    text = body.format(
        names=NAMESPACES, token=desk.tokens[4], prop=PROP, href=desk.office.paths[0], filter=in_event(inner)
    )
    return Ask(method, desk.office.calendar, text, {"Depth": "1", "Authorization": desk.credentials()})


@pytest.mark.parametrize("name", LOADED)
def test_what_makes_the_load_goes_the_short_way(desk: Desk, clock: StoppedClock, name: str) -> None:
    ask = filled(desk, LOADED[name])

    assert at_the_entrance(desk, clock, ask) in (200, 207)
    assert at_the_entrance(desk, clock, replace(ask, headers={"Depth": "1"})) == 599, "nobody"
    wrong = {"Depth": "1", "Authorization": desk.credentials(password="wrong")}
    assert at_the_entrance(desk, clock, replace(ask, headers=wrong)) == 599, "a wrong password"
    assert at_the_entrance(desk, clock, replace(ask, path=desk.office.other_calendar)) == 599, "another's"


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_is_not_clear_goes_the_long_way(desk: Desk, clock: StoppedClock, name: str) -> None:
    summary = '<C:prop-filter name="SUMMARY"><C:text-match>x</C:text-match></C:prop-filter>'

    assert at_the_entrance(desk, clock, filled(desk, UNCLEAR[name], MONTH + summary)) == 599


def test_a_short_way_that_fails_leads_into_the_long_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ask = filled(desk, LOADED["sync"])
    expected = hear(desk.long, ask)

    def fail(*_arguments: object) -> None:
        raise KeyError

    monkeypatch.setattr(entrance, "answer", fail)

    assert hear(desk.short, ask) == expected
    assert "The short path failed." in caplog.text
    assert all(engine.pool.checkedout() == 0 for engine in desk.office.database.engines)


def test_who_signed_in_is_asked_for_once_whichever_way_it_goes(desk: Desk, statements: Any) -> None:
    ask = filled(desk, UNCLEAR["allprop"])
    hear(desk.long, ask)

    with statements(desk.office.database) as seen:
        assert hear(desk.short, ask).status == 207

    assert len([statement for statement in seen if "app_password" in statement]) == 1
