"""Nothing is written: each method's refusal, and the database before and after (K-23)."""

import pytest
from dav.conftest import WITH_ANSWERER, Office
from dav.door import DAV, NAMESPACES, Client
from sqlalchemy import select

from rdvdav.database import Database
from rdvdav.tables import metadata

pytestmark = WITH_ANSWERER

EVENT = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTART:20261124T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
CHANGE = (
    f"<propertyupdate {NAMESPACES}><set><prop><displayname>x</displayname><I:calendar-color>#000</I:calendar-color></prop></set>"
    "<remove><prop><I:calendar-order/></prop></remove></propertyupdate>"
)
ALLOW = "OPTIONS, GET, HEAD, PROPFIND, REPORT"
NEEDED = {
    "PUT": ["write-content", "bind"],
    "DELETE": ["unbind"],
    "MOVE": ["unbind"],
    "COPY": ["read", "bind"],
    "MKCOL": ["bind"],
    "MKCALENDAR": ["bind"],
}
NOT_OFFERED = ["POST", "PATCH", "LOCK", "UNLOCK", "ACL", "SEARCH", "BIND"]
WHERE = ["root", "home", "calendar", "item", "new item", "new calendar", "anothers"]


def path_of(office: Office, where: str) -> str:
    return {
        "root": "/dav/",
        "home": office.home,
        "calendar": office.calendar,
        "item": office.paths[0],
        "new item": f"{office.calendar}new.ics",
        "new calendar": f"{office.home}new/",
        "anothers": office.other_calendar,
    }[where]


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for what noting a sign-in touches."""
    with database.reading() as session:
        found = {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in {"throttle_counter", "app_password"}
        }
    assert found["calendar_object"]
    return found


@pytest.mark.parametrize("where", WHERE)
def test_no_method_writes_anywhere(client: Client, office: Office, where: str) -> None:
    path, before = path_of(office, where), rows(office.database)
    headers = {"Destination": f"{office.calendar}moved.ics", "Overwrite": "T", "Content_Type": "text/calendar"}

    for method in [*NEEDED, *NOT_OFFERED, "PROPPATCH"]:
        for body in (EVENT, CHANGE, None):
            answer = client.request(method, path, body, **headers)
            assert answer.status in (207, 400, 403, 405), (method, answer)
            assert "status>HTTP/1.1 200" not in answer.body.decode()

    assert rows(office.database) == before


@pytest.mark.parametrize("method", NEEDED)
@pytest.mark.parametrize("where", ["calendar", "item", "new item", "new calendar"])
def test_a_refusal_names_the_privilege_that_is_missing(client: Client, office: Office, method: str, where: str) -> None:
    path = path_of(office, where)
    answer = client.request(method, path, EVENT, Destination=f"{office.calendar}moved.ics")

    assert answer.status == 403
    assert answer.precondition == f"{DAV}need-privileges"
    assert answer.headers["Content-Type"].startswith("text/xml")
    resources = answer.xml.findall(f".//{DAV}resource")
    assert [resource.find(f"{DAV}privilege")[0].tag for resource in resources] == [
        f"{DAV}{name}" for name in NEEDED[method]
    ]
    parent = path.rstrip("/").rpartition("/")[0] + "/"
    assert {resource.findtext(f"{DAV}href") for resource in resources} <= {path, parent}


@pytest.mark.parametrize("where", ["home", "calendar", "item"])
def test_properties_are_protected_one_by_one(client: Client, office: Office, where: str) -> None:
    answer = client.request("PROPPATCH", path_of(office, where), CHANGE)

    assert answer.status == 207
    [propstat] = answer.xml.iter(f"{DAV}propstat")
    assert propstat.findtext(f"{DAV}status") == "HTTP/1.1 403 Forbidden"
    assert [element.tag.partition("}")[2] for element in propstat[0]] == [
        "displayname",
        "calendar-color",
        "calendar-order",
    ]
    assert propstat.find(f"{DAV}error/{DAV}cannot-modify-protected-property") is not None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<x/>",
        "<propertyupdate xmlns='DAV:'/>",
        "<propertyupdate xmlns='DAV:'><set><prop><x xmlns=''/></prop></set></propertyupdate>",
    ],
)
def test_a_proppatch_that_is_none_is_a_bad_request(client: Client, office: Office, body: str) -> None:
    assert client.request("PROPPATCH", office.calendar, body).status == 400


@pytest.mark.parametrize("method", NOT_OFFERED)
def test_what_is_not_offered_says_what_is(client: Client, office: Office, method: str) -> None:
    answer = client.request(method, office.calendar)

    assert answer.status == 405
    assert answer.headers["Allow"] == ALLOW


@pytest.mark.parametrize("where", WHERE)
def test_options_are_the_same_everywhere(client: Client, office: Office, where: str) -> None:
    answer = client.request("OPTIONS", path_of(office, where))

    assert (answer.status, answer.headers["Allow"], answer.headers["Dav"]) == (200, ALLOW, "1, 3, calendar-access")


@pytest.mark.parametrize(
    "method",
    [*NEEDED, "POST", "PATCH", "LOCK", "UNLOCK", "ACL", "PROPPATCH", "PROPFIND", "REPORT", "GET", "HEAD", "OPTIONS"],
)
def test_nobody_is_told_anything_before_signing_in(nobody: Client, office: Office, method: str) -> None:
    for where in WHERE:
        answer = nobody.request(method, path_of(office, where), CHANGE, Depth="0")
        assert answer.status == 401
        assert "Www-Authenticate" in answer.headers
