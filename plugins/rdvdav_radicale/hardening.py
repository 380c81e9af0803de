"""What stands before Radicale: requests it would take for something else, or fail on, never reach it (K-28)."""

import binascii
from base64 import b64decode
from collections.abc import Iterable
from io import BytesIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, Unauthorized
from werkzeug.wsgi import get_input_stream

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes; a multiget of 10,000 events takes about one million."""

FORGED = (
    "HTTP_X_SCRIPT_NAME",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_SERVER",
    "HTTP_X_REMOTE_ADDR",
    "HTTP_X_REMOTE_USER",
)
"""Headers Radicale believes. What a trusted proxy said is in the environment by now."""

DEPTHS = frozenset({"0", "1", "infinity"})
CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1"})
"""Those Radicale may decode with; a name Python does not know would be an error of ours."""


class Hardened:
    """A WSGI application with its requests checked."""

    def __init__(self, application: WSGIApplication, realm: str) -> None:
        """Stand before *application*, which asks for a password in *realm*."""
        self._application = application
        self._realm = realm

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Check the request, then hand it on."""
        try:
            for name in FORGED:
                environ.pop(name, None)
            environ["QUERY_STRING"] = ""  # ?view=freebusy would have every event parsed
            _check_depth(environ)
            _check_charset(environ)
            self._check_password(environ)
            _take_body(environ)
        except HTTPException as refusal:
            return refusal(environ, start_response)
        return self._application(environ, start_response)

    def _check_password(self, environ: WSGIEnvironment) -> None:
        """Write a Basic header the one way Radicale reads.

        Raises:
            Unauthorized: It is none that can be read.
        """
        scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "basic":
            return
        try:
            readable = b":" in b64decode(given.strip(), validate=True)
        except (binascii.Error, ValueError):
            readable = False
        if not readable:
            raise Unauthorized(www_authenticate=WWWAuthenticate("basic", {"realm": self._realm}))
        environ["HTTP_AUTHORIZATION"] = f"Basic {given.strip()}"


def _check_depth(environ: WSGIEnvironment) -> None:
    depth = environ.get("HTTP_DEPTH")
    if depth is None:
        return
    if depth.strip().lower() not in DEPTHS:
        raise BadRequest("Depth is 0, 1 or infinity.")
    environ["HTTP_DEPTH"] = depth.strip().lower()


def _check_charset(environ: WSGIEnvironment) -> None:
    """Leave out a charset that is not one of ours, read as Radicale reads it: the text is then taken as UTF-8."""
    _kind, named, rest = environ.get("CONTENT_TYPE", "").partition("charset=")
    if named and rest.partition(";")[0].strip().lower() not in CHARSETS:
        environ["CONTENT_TYPE"] = "application/xml"


def _take_body(environ: WSGIEnvironment) -> None:
    """Read the body to its end, chunked or not, since Radicale believes Content-Length alone.

    Raises:
        RequestEntityTooLarge: It is longer than `LARGEST_BODY`.
    """
    body = get_input_stream(environ, max_content_length=LARGEST_BODY + 1).read()
    if len(body) > LARGEST_BODY:
        raise RequestEntityTooLarge
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
