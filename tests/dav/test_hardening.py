"""Requests that Radicale would take for something else, or fail on (K-28). None is an error of ours."""

import base64
import http.client
import io
from collections.abc import Iterator
from threading import Thread
from wsgiref.util import setup_testing_defaults

import pytest
from dav.conftest import WHATEVER_THE_DATABASE, Office
from dav.door import NAMESPACES, Client
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.settings import Settings
from rdvdav_radicale import make_application
from rdvdav_radicale.hardening import LARGEST_BODY

pytestmark = WHATEVER_THE_DATABASE

FORGED = {
    "X-Script-Name": "/evil",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Remote-User": "somebody",
    "X-Remote-Addr": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;host=evil.example",
}
ASK = f"<propfind {NAMESPACES}><prop><current-user-principal/><resourcetype/></prop></propfind>"


@pytest.mark.parametrize("header", FORGED)
def test_a_forged_header_changes_nothing(client: Client, office: Office, header: str) -> None:
    plain = client.request("PROPFIND", office.home, ASK, Depth="1")
    forged = client.request("PROPFIND", office.home, ASK, Depth="1", **{header.replace("-", "_"): FORGED[header]})

    assert (forged.status, forged.body) == (plain.status, plain.body)


def test_a_forged_user_does_not_sign_in(nobody: Client, office: Office) -> None:
    assert (
        nobody.request("PROPFIND", office.home, ASK, Depth="0", X_Remote_User=office.own.agent.principal).status == 401
    )


PASSWORDS = {
    "no base64": "Basic !!!",
    "no colon": "Basic " + base64.b64encode(b"nobody").decode(),
    "nothing": "Basic",
    "empty": "Basic ",
    "one letter": "Basic x",
    "no utf-8": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
    "control characters": "Basic " + base64.b64encode(b"a\x00b:c\x00d").decode(),
    "only a colon": "Basic " + base64.b64encode(b":").decode(),
    "many colons": "Basic " + base64.b64encode(b"a:b:c:d").decode(),
    "two at signs": "Basic " + base64.b64encode(b"a@b@c:d").decode(),
    "a path": "Basic " + base64.b64encode(b"../../etc:d").decode(),
    "very long": "Basic " + base64.b64encode(b"a" * 20_000 + b":d").decode(),
    "another scheme": "Bearer abc",
    "digest": 'Digest username="x"',
    "no letters": "\u00e9\u00e8",
    "in capitals": "BASIC !!!",
}


@pytest.mark.parametrize("how", PASSWORDS)
def test_a_password_that_cannot_be_read_is_asked_for_again(nobody: Client, office: Office, how: str) -> None:
    answer = nobody.request("PROPFIND", office.home, ASK, Depth="0", Authorization=PASSWORDS[how])

    assert answer.status == 401
    assert answer.headers["Www-Authenticate"].lower().startswith("basic realm=")


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "Basic "])
def test_the_scheme_may_be_written_in_any_way(nobody: Client, office: Office, scheme: str) -> None:
    secret = base64.b64encode(f"{office.own.agent.email}:{office.password}".encode()).decode()

    assert nobody.request("PROPFIND", office.home, ASK, Depth="0", Authorization=f"{scheme} {secret}").status == 207


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><propfind xmlns="DAV:"><prop>&b;</prop></propfind>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:"><prop>&a;</prop></propfind>'
BODIES: dict[str, bytes] = {
    "an entity": BOMB.encode(),
    "a file": FILE.encode(),
    "no XML": b"hello",
    "half an element": b"<propfind",
    "nothing in it": b'<propfind xmlns="DAV:"/>',
    "something else": b"<html><body/></html>",
    "no namespace": b'<propfind xmlns="DAV:"><prop><x xmlns=""/></prop></propfind>',
    "control characters": b"<propfind xmlns='DAV:'><prop>\x00\x01</prop></propfind>",
    "no utf-8": b"\xff\xfe\xfa",
    "another charset": "<propfind xmlns='DAV:'><allprop/></propfind>".encode("utf-16"),
    "too deep": b"<propfind xmlns='DAV:'><prop>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</prop></propfind>",
}


@pytest.mark.parametrize("method", ["PROPFIND", "REPORT", "PROPPATCH"])
@pytest.mark.parametrize("how", BODIES)
def test_a_body_that_is_none_is_a_bad_request(client: Client, office: Office, method: str, how: str) -> None:
    answer = client.request(method, office.calendar, BODIES[how], Depth="0")

    assert answer.status == 400 or (method == "REPORT" and answer.status == 403)
    assert b"root:" not in answer.body


@pytest.mark.parametrize("body", [None, "", " "])
def test_an_empty_report_is_a_bad_request(client: Client, office: Office, body: str | None) -> None:
    assert client.request("REPORT", office.calendar, body).status == 400


@pytest.mark.parametrize("depth", ["2", "x", "-1", "1,noroot", "infinite", "", "0 0", "١"])
def test_a_depth_that_is_none_is_a_bad_request(client: Client, office: Office, depth: str) -> None:
    assert client.request("PROPFIND", office.home, ASK.encode(), Depth=depth.encode().decode("latin-1")).status == 400


@pytest.mark.parametrize(
    "kind",
    [
        "text/xml; charset=nonsense",
        "text/xml; charset=base64",
        "text/xml; charset=utf-16",
        "text/xml;charset=",
        "é/;;=",
        "charset=",
        'text/xml; charset="utf-8"',
        "x" * 3000,
    ],
)
def test_a_strange_content_type_is_no_error_of_ours(client: Client, office: Office, kind: str) -> None:
    answer = client.request("PROPFIND", office.home, ASK, Depth="0", Content_Type=kind.encode().decode("latin-1"))

    assert answer.status == 207


@pytest.mark.parametrize("method", ["PUT", "PROPFIND", "REPORT", "POST"])
def test_a_body_that_is_too_large_is_refused(client: Client, nobody: Client, office: Office, method: str) -> None:
    for who in (client, nobody):
        assert who.request(method, office.calendar, b"x" * (LARGEST_BODY + 1)).status == 413
    assert client.request(method, office.calendar, b"x" * LARGEST_BODY, Depth="0").status in (400, 403, 405)


STRANGE_PATHS = [
    "/dav//",
    "/dav/%2e%2e/",
    "/dav/%00",
    "/dav/%ff",
    "/dav/a%0d%0ab",
    "/dav/;x",
    "/dav/?x",
    "/dav/a:b/",
    "/dav/*",
    "/dav/é".encode().decode("latin-1"),
    "/dav/" + "a" * 4000,
    "/dav/a/b/c/d/e",
]


@pytest.mark.parametrize("method", ["PROPFIND", "GET", "REPORT", "PUT", "PROPPATCH", "OPTIONS", "MOVE"])
@pytest.mark.parametrize("path", STRANGE_PATHS, ids=ascii)
def test_a_strange_path_is_no_error_of_ours(client: Client, office: Office, method: str, path: str) -> None:
    quoted = path if path.isascii() else path.encode("latin-1").decode("utf-8").replace("é", "%C3%A9")

    assert client.request(method, quoted, ASK, Depth="0").status < 500
    assert client.request(method, f"{office.home}{quoted[5:]}", ASK, Depth="0").status < 500


def test_a_query_string_opens_no_other_view(client: Client, office: Office) -> None:
    plain = client.request("GET", office.calendar)

    assert client.request("GET", f"{office.calendar}?view=freebusy").body == plain.body
    assert client.request("PROPFIND", f"{office.calendar}?view=freebusy", ASK, Depth="0").status == 207


# --- chunked bodies, on a server that hands them on as they come


@pytest.fixture
def chunked_port(
    office: Office, database: Database, clock: StoppedClock, settings: Settings, answerer: bool
) -> Iterator[int]:
    class Quiet(WSGIRequestHandler):
        def log(self, *args: object) -> None:
            pass

    application = DispatcherMiddleware(
        NotFound(), {"/dav": make_application(database, clock, settings, answerer=answerer)}
    )
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def chunked(port: int, office: Office, method: str, path: str, pieces: list[bytes]) -> tuple[int, bytes]:
    secret = base64.b64encode(f"{office.own.agent.email}:{office.password}".encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"Authorization": f"Basic {secret}", "Depth": "1"}
        connection.request(method, path, iter(pieces), headers, encode_chunked=True)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_a_chunked_body_is_read_like_a_plain_one(chunked_port: int, office: Office) -> None:
    client = Client(chunked_port, office.own.agent.email, office.password)
    plain = client.request("PROPFIND", office.home, ASK, Depth="1")

    assert chunked(chunked_port, office, "PROPFIND", office.home, [ASK[:40].encode(), ASK[40:].encode()]) == (
        207,
        plain.body,
    )


def test_a_chunked_body_without_end_is_cut_off(database: Database, clock: StoppedClock, settings: Settings) -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            return len(buffer)

    environ: dict[str, object] = {
        "REQUEST_METHOD": "PROPFIND",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": Endless(),
        "wsgi.input_terminated": True,
    }
    setup_testing_defaults(environ)

    _body, status, _headers = run_wsgi_app(make_application(database, clock, settings), environ)

    assert status == "413 REQUEST ENTITY TOO LARGE"
