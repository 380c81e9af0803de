"""Many hundreds of requests nobody should send: none is an error of ours, writes, is slow, or tells whether another's things exist."""

from itertools import product
from time import monotonic

from dav.conftest import Office
from dav.door import NAMESPACES, Client
from dav.test_hardening import BODIES, STRANGE_PATHS
from dav.test_read_only import rows

METHODS = [
    "OPTIONS",
    "GET",
    "HEAD",
    "PROPFIND",
    "REPORT",
    "PUT",
    "DELETE",
    "MOVE",
    "PROPPATCH",
    "MKCALENDAR",
    "LOCK",
    "X",
]
HEADERS: list[dict[str, str]] = [
    {},
    {"Depth": "infinity"},
    {"Depth": "1", "Content_Type": "text/calendar; charset=utf-16", "Accept_Encoding": "br;q=x"},
    {"If_None_Match": '"', "If_Modified_Since": "yesterday", "Range": "bytes=9-1"},
    {"X_Script_Name": "/x", "X_Forwarded_For": "9.9.9.9", "X_Remote_User": "admin", "Host": "evil.example"},
    {"Destination": "http://evil.example/dav/", "Overwrite": "F", "X_HTTP_Method_Override": "DELETE", "Expect": "x"},
]
TOKENS = ["x", "rdvdav:sync/", "' OR 1=1 --", "%00", "é" * 300, "9" * 5000, "<![CDATA[]]>", "&#1;", "-1"]
RANGES = [("20260101T000000Z", "99991231T235959Z"), ("00010101T000000Z", "x"), ("2026", ""), ("20261301T000000Z", "")]
SLOWEST = 1.0
"""Seconds for any answer."""


def reports() -> list[str]:
    """Bodies that look like the four reports and ask for too much, too little or nonsense."""
    found = [
        f"<sync-collection {NAMESPACES}><sync-token>{token}</sync-token><prop/></sync-collection>" for token in TOKENS
    ]
    for start, end in RANGES:
        span = f'<C:time-range start="{start}" end="{end}"/>'
        found += [
            f"<C:free-busy-query {NAMESPACES}>{span}</C:free-busy-query>",
            f'<C:calendar-query {NAMESPACES}><prop><C:calendar-data><C:expand start="{start}" end="{end}"/></C:calendar-data>'
            f'</prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{span}</C:comp-filter>'
            "</C:comp-filter></C:filter></C:calendar-query>",
        ]
    hrefs = "".join(f"<href>/dav/{number}/../%2e%2e/x.ics</href>" for number in range(2000))
    found.append(f"<C:calendar-multiget {NAMESPACES}><prop><C:calendar-data/></prop>{hrefs}</C:calendar-multiget>")
    found.append(f"<propfind {NAMESPACES}><prop>{'<C:x/>' * 5000}</prop></propfind>")
    found.append(f"<C:calendar-query {NAMESPACES}>{'<C:filter>' * 400}{'</C:filter>' * 400}</C:calendar-query>")
    return found


def test_no_request_is_an_error_of_ours_or_slow_or_changes_anything(client: Client, office: Office) -> None:
    before, asked, wrong = rows(office.database), 0, []
    own, foreign = office.own.agent.principal, office.other_calendar
    strange = [path for path in STRANGE_PATHS if path.isascii()]
    paths = [*strange, "/dav/", office.home, office.calendar, office.paths[0], foreign, f"{foreign}x.ics"]
    bodies = [*BODIES.values(), *(report.encode() for report in reports())]
    asks = [
        *((method, path, b"", headers) for method, path, headers in product(METHODS, paths, HEADERS[:2])),
        *((method, office.calendar, b"x", headers) for method, headers in product(METHODS, HEADERS)),
        *(("REPORT", path, body, {"Depth": "1"}) for path, body in product([office.calendar, office.paths[0]], bodies)),
        *((method, office.calendar, body, {}) for method, body in product(["PROPFIND", "PROPPATCH", "PUT"], bodies)),
    ]
    for method, path, body, headers in asks:
        took, answer = _fastest(client, method, path, body, headers)
        asked += 1
        told = foreign.rpartition(f"{own}/")[2].encode() in answer.body and answer.status < 300
        if answer.status >= 500 or took > SLOWEST or told:
            wrong.append((method, path, body[:80], headers, answer.status, took))

    assert wrong == []
    assert asked > 300
    assert rows(office.database) == before


def _fastest(client: Client, method: str, path: str, body: bytes, headers: dict[str, str]):
    """The answer, and the seconds it took: asked again if it was slow, for the machine may have been busy."""
    for _ in range(3):
        start = monotonic()
        answer = client.request(method, path, body, **headers)
        took = monotonic() - start
        if took <= SLOWEST:
            break
    return took, answer


def test_another_persons_things_answer_as_what_is_not_there(client: Client, office: Office) -> None:
    theirs, nobodys = office.other_calendar, "/dav/nobody12345678/nothing/"
    body = f"<propfind {NAMESPACES}><prop><displayname/></prop></propfind>".encode()
    for method, headers, sent in product(METHODS, HEADERS, (b"", body)):
        there, nowhere = (client.request(method, path, sent, **headers) for path in (theirs, nobodys))
        assert (there.status, _without_names(there.body, theirs)) == (
            nowhere.status,
            _without_names(nowhere.body, nobodys),
        ), (method, headers)


def _without_names(body: bytes, path: str) -> bytes:
    for name in path.strip("/").split("/")[1:]:
        body = body.replace(name.encode(), b"NAME")
    return body
