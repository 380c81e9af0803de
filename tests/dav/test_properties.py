"""Finding one's way and what is told there (K-20, K-21, K-24)."""

import re
import time

import pytest
from dav.conftest import Office
from dav.door import CALDAV, DAV, NAMESPACES, Client
from diary import Diary
from sqlalchemy import update

from rdvdav.directory.agent import Agent

PRIVILEGES = {f"{DAV}read", f"{CALDAV}read-free-busy"}
REPORTS = {
    f"{DAV}sync-collection",
    f"{CALDAV}calendar-multiget",
    f"{CALDAV}calendar-query",
    f"{CALDAV}free-busy-query",
}


def href_in(client: Client, path: str, name: str) -> str:
    """The href that the property *name*, in Clark notation, holds."""
    answer = client.request(
        "PROPFIND", path, f'<p:propfind xmlns:p="DAV:"><p:prop>{_tag(name)}</p:prop></p:propfind>', Depth="0"
    )
    found = answer.prop(name)
    assert found is not None
    return found.findtext(f"{DAV}href", "")


def _tag(name: str) -> str:
    namespace, _, local = name[1:].partition("}")
    return f'<{local} xmlns="{namespace}"/>'


def test_who_is_asked_for_a_password_is_asked_at_once(nobody: Client) -> None:
    took = []
    for _ in range(20):
        before = time.perf_counter()
        answer = nobody.propfind("/dav/", "current-user-principal")
        took.append(time.perf_counter() - before)

    assert min(took) < 0.05, "the fastest, for others work on this machine too"
    assert answer.status == 401
    assert answer.headers["Www-Authenticate"] == 'Basic realm="rdv.example.test"'


def test_the_root_leads_to_the_principal_and_that_to_the_calendars(client: Client, office: Office) -> None:
    assert href_in(client, "/dav/", f"{DAV}current-user-principal") == office.home
    assert href_in(client, "/dav", f"{DAV}current-user-principal") == office.home
    for path in (office.home, office.home.rstrip("/")):
        assert href_in(client, path, f"{CALDAV}calendar-home-set") == office.home
        assert href_in(client, path, f"{DAV}principal-URL") == office.home
        assert href_in(client, path, f"{CALDAV}calendar-user-address-set") == office.home


def test_the_home_lists_the_agents_calendars_and_the_root_lists_nobody(client: Client, office: Office) -> None:
    assert client.propfind(office.home, "resourcetype", depth="1").hrefs == {office.home, office.calendar}
    assert client.propfind("/dav/", "resourcetype", depth="1").hrefs == {"/dav/"}


def test_a_calendar_tells_all_that_clients_ask_for(client: Client, office: Office) -> None:
    answer = client.propfind(
        office.calendar,
        *("displayname", "I:calendar-color", "I:calendar-order", "C:calendar-description", "C:calendar-timezone"),
        *("C:supported-calendar-component-set", "CS:getctag", "getetag", "sync-token", "owner", "resourcetype"),
        *("getcontenttype", "getlastmodified"),
    )
    told = {element.tag.partition("}")[2]: element for element in answer.xml.iter()}

    assert answer.xml.findtext(f".//{DAV}status") == "HTTP/1.1 200 OK"
    assert len(answer.xml.findall(f".//{DAV}propstat")) == 1
    assert told["displayname"].text == office.own.agenda.name
    assert told["calendar-color"].text == "#2A6F97FF"
    assert (told["calendar-timezone"].text or "").startswith("BEGIN:VCALENDAR")
    assert [comp.get("name") for comp in told["supported-calendar-component-set"]] == ["VEVENT"]
    assert told["getctag"].text == told["getetag"].text
    assert told["owner"].findtext(f"{DAV}href") == office.home
    assert {child.tag for child in told["resourcetype"]} == {f"{DAV}collection", f"{CALDAV}calendar"}
    assert (told["sync-token"].text or "").startswith("rdvdav:sync/")
    assert told["getlastmodified"].text == "Mon, 23 Nov 2026 07:00:00 GMT"


def test_it_may_be_read_and_nothing_else(client: Client, office: Office) -> None:
    answer = client.propfind(office.calendar, "current-user-privilege-set", "supported-report-set")

    privileges = answer.prop(f"{DAV}current-user-privilege-set")
    reports = answer.prop(f"{DAV}supported-report-set")
    assert privileges is not None
    assert reports is not None
    assert {privilege[0].tag for privilege in privileges} == PRIVILEGES
    assert {report[0].tag for report in reports.iter(f"{DAV}report")} == REPORTS


@pytest.mark.parametrize("where", ["home", "item"])
def test_nothing_but_a_calendar_has_reports(client: Client, office: Office, where: str) -> None:
    path = office.home if where == "home" else office.paths[0]

    reports = client.propfind(path, "supported-report-set").prop(f"{DAV}supported-report-set")

    assert reports is not None
    assert list(reports) == []


FOREIGN = (
    "R:version",
    "R:displayname",
    "R:getcontentcount",
    "CR:addressbook-home-set",
    "CR:supported-address-data",
    "CS:source",
    "C:max-resource-size",
    "C:schedule-inbox-URL",
    "C:calendar-availability",
    "getcontentlength",
    "quota-used-bytes",
)


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("where", ["home", "calendar", "item"])
def test_a_property_we_do_not_have_is_answered_404(client: Client, office: Office, name: str, where: str) -> None:
    path = {"home": office.home, "calendar": office.calendar, "item": office.paths[0]}[where]

    answer = client.propfind(path, name, "resourcetype")

    statuses = {
        propstat.findtext(f"{DAV}status"): [
            element.tag.partition("}")[2] for element in propstat.find(f"{DAV}prop") or ()
        ]
        for propstat in answer.xml.iter(f"{DAV}propstat")
    }
    assert statuses == {"HTTP/1.1 200 OK": ["resourcetype"], "HTTP/1.1 404 Not Found": [name.partition(":")[2] or name]}


@pytest.mark.parametrize("body", [None, f"<propfind {NAMESPACES}><allprop/></propfind>"])
def test_everything_is_what_we_have_without_gaps(client: Client, office: Office, body: str | None) -> None:
    answer = client.request("PROPFIND", office.home, body, Depth="1")
    text = answer.body.decode()

    assert answer.status == 207
    assert "404" not in text
    assert "radicale" not in text.lower()
    assert "addressbook" not in text
    assert answer.prop("{http://calendarserver.org/ns/}getctag", office.calendar) is not None
    assert answer.prop(f"{CALDAV}calendar-home-set", office.home) is not None


def test_names_alone_come_without_values(client: Client, office: Office) -> None:
    answer = client.request("PROPFIND", office.calendar, f"<propfind {NAMESPACES}><propname/></propfind>", Depth="0")
    [prop] = answer.xml.iter(f"{DAV}prop")

    assert f"{DAV}displayname" in {element.tag for element in prop}
    assert f"{DAV}getcontentlength" not in {element.tag for element in prop}
    assert all(not element.text and not len(element) for element in prop)


def test_items_tell_their_etag_type_and_time(client: Client, office: Office) -> None:
    answer = client.propfind(office.calendar, "getetag", "getcontenttype", "getlastmodified", depth="1")

    assert answer.hrefs == {office.calendar, *office.paths}
    kind = answer.prop(f"{DAV}getcontenttype", office.paths[0])
    assert kind is not None
    assert kind.text == "text/calendar;charset=utf-8;component=VEVENT"


@pytest.mark.parametrize(
    ("depth", "status"), [("0", 207), ("1", 207), ("infinity", 403), ("Infinity", 403), (None, 403)]
)
def test_a_depth_without_end_is_refused(client: Client, office: Office, depth: str | None, status: int) -> None:
    headers = {} if depth is None else {"Depth": depth}

    answer = client.request(
        "PROPFIND", office.home, f"<propfind {NAMESPACES}><prop><getetag/></prop></propfind>", **headers
    )

    assert answer.status == status
    if status == 403:
        assert answer.precondition == f"{DAV}propfind-finite-depth"


def test_what_is_not_there_is_404(client: Client, office: Office) -> None:
    for path in (f"{office.home}nothing/", f"{office.calendar}nothing.ics", f"{office.calendar}a/b.ics"):
        assert client.propfind(path, "getetag").status == 404
        assert client.request("GET", path).status == 404


@pytest.mark.parametrize("method", ["PROPFIND", "GET", "HEAD", "REPORT", "PROPPATCH", "PUT", "DELETE", "OPTIONS"])
def test_anothers_things_answer_alike_whether_they_exist_or_not(client: Client, office: Office, method: str) -> None:
    there = office.other_calendar
    missing = f"/dav/{office.other.agent.principal[::-1]}/nothing/"
    item = next(iter(client_of(client, office.other).sync(there).hrefs))
    body = f"<propfind {NAMESPACES}><allprop/></propfind>" if method == "PROPFIND" else None

    answers = [
        client.request(method, path, body, Depth="1")
        for path in (
            there,
            missing,
            f"/dav/{office.other.agent.principal}/",
            "/dav/nobodyhere/",
            item,
            f"{missing}x.ics",
        )
    ]

    assert len({(answer.status, answer.headers.get("Content-Type")) for answer in answers}) == 1
    assert answers[0].status == (200 if method == "OPTIONS" else 403)
    assert len({re.sub("/dav/[^<]*", "", answer.body.decode()) for answer in answers[:2]}) == 1


def client_of(client: Client, diary: Diary) -> Client:
    """Another agent's own client of the same server."""
    return Client(client.port, diary.agent.principal, diary.password())


def test_a_principal_named_like_the_mount_is_found(client: Client, office: Office) -> None:
    for name in ("dav", "davros"):
        with office.database.transaction() as session:
            session.execute(update(Agent).where(Agent.id == office.own.agent.id).values(principal=name))
        assert client.propfind(f"/dav/{name}/", "resourcetype", depth="1").hrefs == {
            f"/dav/{name}/",
            f"/dav/{name}/{office.own.calendar.slug}/",
        }
