"""An application that answers each request with the same small text: what it costs is the server's HTTP alone."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

BODY = b"x" * 500


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Read what was sent, answer as much as a poll does."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("207 Multi-Status", [("Content-Type", "text/xml"), ("Content-Length", str(len(BODY)))])
    return [BODY]
