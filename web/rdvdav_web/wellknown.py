"""Where clients that know only the site's address find its calendars (RFC 6764 §5, K-20)."""

from flask import Blueprint, request
from werkzeug.exceptions import NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

CALDAV = "/dav/"
METHODS = ("GET", "HEAD", "PROPFIND", "OPTIONS", "REPORT")

views = Blueprint("wellknown", __name__)


@views.route("/.well-known/caldav", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
def caldav() -> Response:
    """Lead to the CalDAV door, whatever the method."""
    return redirect(f"{request.root_path}{CALDAV}", 301)


@views.route("/.well-known/carddav", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
def carddav() -> Response:
    """There are no address books."""
    raise NotFound


@views.route("/", methods=["PROPFIND"], provide_automatic_options=False)
def root() -> Response:
    """Lead a client that was given the site's address alone to the CalDAV door."""
    return redirect(f"{request.root_path}{CALDAV}", 301)
