"""Radicale's application, reading only: which methods there are, what they refuse, and how they say it (K-23 to K-25, K-29)."""

# ruff: noqa: N802, N815 - Radicale finds methods by these names

from collections.abc import Callable, Iterable
from http import client
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from radicale import httputils, pathutils
from radicale.app import Application
from radicale.config import Configuration
from radicale.storage import BaseCollection
from radicale.types import WSGIEnviron, WSGIResponse
from radicale.xmlutils import make_clark, make_href
from werkzeug.http import is_resource_modified

from rdvdav_radicale.bodies import require_shallow
from rdvdav_radicale.collection import AgendaCollection
from rdvdav_radicale.properties import Asked, multistatus_of_refused
from rdvdav_radicale.refusal import Refusal
from rdvdav_radicale.reports import FREE_BUSY, prepared, span_of
from rdvdav_radicale.visit import Visits

ALLOW = "OPTIONS, GET, HEAD, PROPFIND, REPORT"
DAV = "1, 3, calendar-access"
HEADERS = {"DAV": DAV, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Authorization"}
"""Of every answer."""

_SHELVES = 2
"""Names in the path of a calendar; an item's has one more."""


def _needing(*privileges: tuple[str, bool]) -> Callable[..., WSGIResponse]:
    """A method that is refused for want of *privileges*, each on the resource or, if so marked, on its parent.

    Nothing is looked up, so the answer tells nothing of what exists (RFC 3744 §7.1.1).
    """

    def do(
        self: "ReadOnlyApplication",
        environ: WSGIEnviron,
        base_prefix: str,
        path: str,
        user: str,
        user_groups: set[str],
        request_info: dict[str, Any],
    ) -> WSGIResponse:
        if not user:
            return httputils.NOT_ALLOWED
        error = Element(make_clark("D:error"))
        needed = SubElement(error, make_clark("D:need-privileges"))
        for privilege, on_parent in privileges:
            resource = SubElement(needed, make_clark("D:resource"))
            where = pathutils.parent_path(path) if on_parent else path
            SubElement(resource, make_clark("D:href")).text = make_href(base_prefix, where)
            SubElement(SubElement(resource, make_clark("D:privilege")), make_clark(privilege))
        return client.FORBIDDEN, self._xml_headers, self._xml_response(error, request_info), None

    return do


class ReadOnlyApplication(Application):
    """Finds, lists and reports; refuses all else. Each method answers nobody but who signed in."""

    def __init__(self, visits: Visits, configuration: Configuration) -> None:
        """*configuration* makes auth, rights and storage on the same *visits*."""
        super().__init__(configuration)
        self._visits = visits
        self._xml_headers = {"Content-Type": f"text/xml; charset={self._encoding}"}

    def _handle_request(self, environ: WSGIEnviron) -> tuple[str, list[tuple[str, str]], Iterable[bytes]]:
        """Radicale's answer; 429 for too many failed sign-ins, and Allow with each 405."""
        status, headers, answers = super()._handle_request(environ)
        wait = self._visits.current.retry_after
        if wait is not None:
            words = b"Too many failed sign-ins. Wait before the next one."
            kept = [("Content-Type", "text/plain"), ("Content-Length", str(len(words))), *self._extra_headers.items()]
            return "429 Too Many Requests", [*kept, ("Retry-After", str(wait))], [words]
        if status.startswith("405"):
            headers.append(("Allow", ALLOW))
        return status, headers, answers

    # --- what is refused

    do_PUT = _needing(("D:write-content", False), ("D:bind", True))
    do_DELETE = do_MOVE = _needing(("D:unbind", True))
    do_COPY = _needing(("D:read", False), ("D:bind", True))
    do_MKCOL = do_MKCALENDAR = _needing(("D:bind", True))

    def do_PROPPATCH(
        self,
        environ: WSGIEnviron,
        base_prefix: str,
        path: str,
        user: str,
        user_groups: set[str],
        request_info: dict[str, Any],
    ) -> WSGIResponse:
        """207 in which each property is protected: to a bare 403 macOS stops synchronising."""
        if not self._rights.authorization(user, user_groups, path):
            return httputils.NOT_ALLOWED
        try:
            body = self._read_xml_request_body(environ, request_info)
            answer = multistatus_of_refused(body, make_href(base_prefix, path))
        except RuntimeError:
            return httputils.BAD_REQUEST
        return client.MULTI_STATUS, self._xml_headers, self._xml_response(answer, request_info), None

    def _not_here(self, *_request: Any, **_named: Any) -> WSGIResponse:
        """405: the method is offered nowhere; who did not sign in is asked to."""
        return httputils.METHOD_NOT_ALLOWED if self._visits.current.reader else httputils.NOT_ALLOWED

    do_POST = do_PATCH = do_LOCK = do_UNLOCK = do_ACL = _not_here

    # --- what is answered

    def do_OPTIONS(
        self,
        environ: WSGIEnviron,
        base_prefix: str,
        path: str,
        user: str,
        user_groups: set[str],
        request_info: dict[str, Any],
    ) -> WSGIResponse:
        """What can be done: the same everywhere."""
        return (client.OK, {"Allow": ALLOW}, None, None) if user else httputils.NOT_ALLOWED

    def do_PROPFIND(
        self,
        environ: WSGIEnviron,
        base_prefix: str,
        path: str,
        user: str,
        user_groups: set[str],
        request_info: dict[str, Any],
    ) -> WSGIResponse:
        """Properties, to a depth of 0 or 1; none named means infinity (RFC 4918 §9.1)."""
        if not user:
            return httputils.NOT_ALLOWED
        if environ.get("HTTP_DEPTH", "infinity") == "infinity":
            return self._webdav_error_response(client.FORBIDDEN, "D:propfind-finite-depth", request_info)
        if 0 < len(_names(path)) <= _SHELVES and not path.endswith("/"):
            path += "/"  # Radicale makes calendar-home-set of it
        return super().do_PROPFIND(environ, base_prefix, path, user, user_groups, request_info)

    def do_REPORT(
        self,
        environ: WSGIEnviron,
        base_prefix: str,
        path: str,
        user: str,
        user_groups: set[str],
        request_info: dict[str, Any],
    ) -> WSGIResponse:
        """The four reports there are, on calendars and what is in them."""
        if not self._rights.authorization(user, user_groups, path):
            return httputils.NOT_ALLOWED
        visit = self._visits.current
        try:
            if len(_names(path)) < _SHELVES:
                raise Refusal("D:supported-report")
            try:
                visit.report = self._read_xml_request_body(environ, request_info)
            except RuntimeError:
                return httputils.BAD_REQUEST
            if visit.report is not None and visit.report.tag == FREE_BUSY:
                return self._free_busy(path, visit.report, user)
            return super().do_REPORT(environ, base_prefix, path, user, user_groups, request_info)
        except Refusal as refusal:
            return self._webdav_error_response(client.FORBIDDEN, refusal.precondition, request_info)

    def _free_busy(self, path: str, body: Element, user: str) -> WSGIResponse:
        """The answer to a free-busy-query: Radicale's would parse each event.

        Raises:
            Refusal: *path* leads to no calendar.
        """
        with self._storage.acquire_lock("r", user):
            found = next(iter(self._storage.discover(path)), None)
            if found is None:
                return httputils.NOT_FOUND
            if not isinstance(found, AgendaCollection):
                raise Refusal("D:supported-report")
            return client.OK, {"Content-Type": "text/calendar"}, found.free_busy(*span_of(body)), None

    def do_GET(
        self,
        environ: WSGIEnviron,
        base_prefix: str,
        path: str,
        user: str,
        user_groups: set[str],
        request_info: dict[str, Any],
    ) -> WSGIResponse:
        """An event, or a whole calendar; 304 from its row alone (K-29). Radicale calls it for HEAD too."""
        if not self._rights.authorization(user, user_groups, path):
            return httputils.NOT_ALLOWED
        with self._storage.acquire_lock("r", user):
            found = next(iter(self._storage.discover(path)), None)
            if found is None:
                return httputils.NOT_FOUND
            if isinstance(found, BaseCollection) and not found.tag:
                return httputils.DIRECTORY_LISTING
            headers = {"ETag": found.etag, "Last-Modified": str(found.last_modified)}
            if not is_resource_modified(dict(environ), found.etag, last_modified=found.last_modified):
                return client.NOT_MODIFIED, headers, None, None
            return client.OK, {"Content-Type": "text/calendar", **headers}, found.serialize(), None

    # --- bodies

    def _read_xml_request_body(self, environ: WSGIEnviron, request_info: dict[str, Any]) -> Element | None:
        """The request's XML, made fit for Radicale.

        Raises:
            RuntimeError: It can't be read; Radicale's word for 400.
            Refusal: It can be read, but not answered.
        """
        visit = self._visits.current
        if visit.report is not None:
            return visit.report
        try:
            body = super()._read_xml_request_body(environ, request_info)
        except ValueError as error:  # entities, or bytes of no charset
            raise RuntimeError("no XML we read") from error
        if body is not None:
            require_shallow(body)
        match request_info["method"]:
            case "PROPFIND":
                visit.texts = False
                visit.asked = Asked(body)
                return visit.asked.body
            case "REPORT":
                return prepared(visit, body, environ.get("SCRIPT_NAME", ""))
            case _:
                return body

    def _xml_response(self, xml_content: Element, request_info: dict[str, Any]) -> bytes:
        """The bytes of an answer, without what Radicale tells and we do not have."""
        asked = self._visits.current.asked
        if asked is not None and xml_content.tag == make_clark("D:multistatus"):
            asked.fit(xml_content)
        return super()._xml_response(xml_content, request_info)


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name]
