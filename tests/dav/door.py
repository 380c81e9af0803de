"""The CalDAV door under test: a real server on a free port, and a plain HTTP client for it."""

import base64
import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any
from wsgiref.types import WSGIApplication
from xml.etree import ElementTree

from waitress.server import create_server
from waitress.wasyncore import close_all

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
NAMESPACES = (
    'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" '
    'xmlns:I="http://apple.com/ns/ical/" xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns:R="http://radicale.org/ns/"'
)


@contextmanager
def serving(application: WSGIApplication) -> Iterator[int]:
    """Serve *application* and give its port."""
    sockets: dict[int, Any] = {}
    server = create_server(application, map=sockets, host="127.0.0.1", port=0, threads=8)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.task_dispatcher.shutdown()
        with suppress(OSError):  # an earlier wake-up may have closed everything by now
            server.trigger.pull_trigger(partial(close_all, sockets, ignore_all=True))
        thread.join()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def xml(self) -> ElementTree.Element:
        """The body, which must be well-formed."""
        return ElementTree.fromstring(self.body)  # noqa: S314 - our own server's

    @property
    def members(self) -> dict[str, ElementTree.Element]:
        """The responses of a multistatus by their href."""
        return {response.findtext(f"{DAV}href", ""): response for response in self.xml.findall(f"{DAV}response")}

    @property
    def hrefs(self) -> set[str]:
        """Those that are there."""
        return {href for href, response in self.members.items() if "404" not in response.findtext(f"{DAV}status", "")}

    @property
    def gone(self) -> set[str]:
        """Those answered 404."""
        return self.members.keys() - self.hrefs

    @property
    def precondition(self) -> str:
        """What an error says was not fulfilled."""
        return self.xml[0].tag

    @property
    def token(self) -> str:
        """The sync token of a report."""
        return self.xml.findtext(f"{DAV}sync-token", "")

    def prop(self, name: str, href: str | None = None) -> ElementTree.Element | None:
        """The property *name* of *href*, or of the only response; None if it is not found."""
        response = self.members[href] if href else next(iter(self.members.values()))
        for propstat in response.findall(f"{DAV}propstat"):
            if "200" in propstat.findtext(f"{DAV}status", ""):
                return propstat.find(f"{DAV}prop/{name}")
        return None

    def texts(self) -> dict[str, str]:
        """The calendar data by href."""
        return {
            href: response.findtext(f".//{CALDAV}calendar-data", "").replace("\n", "\r\n")
            for href, response in self.members.items()
            if response.find(f".//{CALDAV}calendar-data") is not None
        }


class Client:
    """Speaks to the door as one agent, or as nobody."""

    def __init__(self, port: int, login: str = "", password: str = "") -> None:
        """Sign in with *login* at each request; nobody when it is empty."""
        self.port = port
        self._authorization = "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode() if login else ""

    def request(self, method: str, path: str, body: str | bytes | None = None, /, **headers: str) -> Answer:
        """One request; underscores in names of headers stand for dashes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self._authorization:
            sent.setdefault("Authorization", self._authorization)
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body, sent)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def propfind(self, path: str, *properties: str, depth: str = "0") -> Answer:
        """PROPFIND of *properties*, written with the prefixes of NAMESPACES; all when none is named."""
        asked = "".join(f"<{name}/>" for name in properties)
        what = f"<prop>{asked}</prop>" if properties else "<allprop/>"
        return self.request("PROPFIND", path, f"<propfind {NAMESPACES}>{what}</propfind>", Depth=depth)

    def sync(self, path: str, token: str = "", *, data: bool = False, limit: int | None = None) -> Answer:
        """A sync-collection report."""
        more = "<C:calendar-data/>" if data else ""
        most = f"<limit><nresults>{limit}</nresults></limit>" if limit is not None else ""
        return self.report(
            path,
            f"<sync-collection {NAMESPACES}><sync-token>{token}</sync-token><sync-level>1</sync-level>{most}"
            f"<prop><getetag/>{more}</prop></sync-collection>",
        )

    def query(self, path: str, filters: str, *, data: str = "<C:calendar-data/>") -> Answer:
        """A calendar-query with *filters* inside the VCALENDAR's."""
        return self.report(
            path,
            f"<C:calendar-query {NAMESPACES}><prop><getetag/>{data}</prop><C:filter>"
            f'<C:comp-filter name="VCALENDAR">{filters}</C:comp-filter></C:filter></C:calendar-query>',
        )

    def multiget(self, path: str, hrefs: list[str]) -> Answer:
        """A calendar-multiget."""
        wanted = "".join(f"<href>{href}</href>" for href in hrefs)
        return self.report(
            path,
            f"<C:calendar-multiget {NAMESPACES}><prop><getetag/><C:calendar-data/></prop>{wanted}</C:calendar-multiget>",
        )

    def report(self, path: str, body: str) -> Answer:
        """A REPORT."""
        return self.request("REPORT", path, body, Depth="1", Content_Type="application/xml; charset=utf-8")
