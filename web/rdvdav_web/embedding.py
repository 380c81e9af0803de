"""Pages of the portal inside another site's page (B15, ux 3.18): `/cadre/<visit>/rdv/…`, of the origins an organisation allows.

Browsers keep no cookie for a page inside another site's. So the address of an embedded page carries the visit: what the cookie
would hold, signed, for two hours. No cookie is read or set there: nothing acts with what a browser sends by itself, and whoever
does not know the address has no part in the visit; forms carry their token as everywhere. Every change of the visit gives a new
address, so an address handed to somebody shows nothing of what that person does from there on.

`SCRIPT_NAME` ends with a blank while a page is made, so each link and form of it is of the visit without knowing; the visit as it
stands in the end is filled in when the answer leaves.
"""

import re
from collections.abc import Iterable
from secrets import token_hex
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication

from flask import Flask, Request, Response, g, redirect, request
from flask import session as browser
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from rdvdav.directory.public import embedders_of
from rdvdav.policy.session import CITIZEN_SESSION
from rdvdav_web.transaction import reading

FRAMED = re.compile(r"/cadre(?:/(?P<visit>[\w-]*\.[\w.-]+))?(?P<page>/rdv/.*)", re.ASCII | re.DOTALL)
VISIT, PREFIX = "rdvdav.visit", "rdvdav.prefix"
"""In the WSGI environment of an embedded page: its visit as it came, and what its addresses begin with while it is made."""


class FramedPaths:
    """Takes `/cadre/<visit>` off the path, and puts a blank in its place before all links."""

    def __init__(self, application: WSGIApplication) -> None:
        """Stand before *application*."""
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        found = FRAMED.fullmatch(environ["PATH_INFO"])
        if found:
            # Unguessable, so that nothing anybody wrote on a page is taken for it.
            prefix = f"/cadre/{token_hex(8)}"
            environ |= {VISIT: found["visit"] or "", PREFIX: prefix, "PATH_INFO": found["page"]}
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
        return self.application(environ, start_response)


class _InAddress(SecureCookieSessionInterface):
    salt = "visit-in-address"


class Visits(SecureCookieSessionInterface):
    """The visit in a cookie, or, of an embedded page, in its address."""

    def open_session(self, app: Flask, request: Request) -> Any:
        """The visit of *request*; a new one where its address is too old or not ours."""
        if VISIT not in request.environ:
            return super().open_session(app, request)
        try:
            kept = self._signer(app).loads(request.environ[VISIT], max_age=CITIZEN_SESSION.total_seconds())
        except BadSignature:
            kept = {}
        if request.method == "POST":
            kept.pop("_flashes", None)  # the page that posts has shown them
        return self.session_class(kept)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie, or fill the visit into the addresses of the answer."""
        if VISIT not in request.environ:
            super().save_session(app, session, response)
            return
        visit = str(self._signer(app).dumps(dict(session)))
        if "Location" in response.headers:
            response.headers["Location"] = _filled(response.headers["Location"], visit)
        if response.mimetype == "text/html" and not response.direct_passthrough:
            response.set_data(_filled(response.get_data(as_text=True), visit))

    @staticmethod
    def _signer(app: Flask) -> Any:
        return _InAddress().get_signing_serializer(app)


def install(app: Flask) -> None:
    """Let pages of *app*'s portal be embedded; before what checks forms."""
    app.wsgi_app = FramedPaths(app.wsgi_app)  # type: ignore[method-assign]
    app.session_interface = Visits()
    app.before_request(_enter)
    app.context_processor(lambda: {"embedded": is_embedded(), "outward": outward, "unframed": unframed})


def is_embedded() -> bool:
    """Whether the page of this request stands inside another site's."""
    return VISIT in request.environ


def embedders() -> tuple[str, ...]:
    """The origins whose pages may hold the page of this request."""
    found: tuple[str, ...] = g.get("embedders", ())
    return found


def outward() -> Markup:
    """What a link out of the portal carries in an embedded page: a window of its own, for other pages refuse to be embedded."""
    return Markup(' target="_blank"') if is_embedded() else Markup("")


def unframed(url: str) -> str:
    """*url* of this request as an address of the site itself: where an embedded page leads out of its frame, on top."""
    return url.replace(str(request.environ.get(PREFIX, "")), "", 1)


def _enter() -> AnyResponse | None:
    """Who may hold this page; and a visit with its form token, before any form is shown."""
    if not is_embedded():
        return None
    query = request.query_string.decode(errors="replace")
    here = quote(request.path, errors="replace") + (f"?{query}" if query else "")
    if request.method == "GET" and request.headers.get("Sec-Fetch-Dest") == "document":
        return redirect(
            request.root_path.removesuffix(request.environ[PREFIX]) + here
        )  # in a window of its own: the page itself
    slug = (request.view_args or {}).get("slug", "")
    if slug.isprintable():  # no database text holds the NUL sign
        with reading() as session:
            g.embedders = embedders_of(session, slug)
    if request.method == "GET" and "csrf_token" not in browser:
        generate_csrf()
        return redirect(request.root_path + here)
    return None


def _filled(text: str, visit: str) -> str:
    """*text* with the *visit* in its addresses of the portal; those of other pages of the site are what they always are."""
    blank = request.environ[PREFIX]
    return re.sub(rf"{blank}(?=(/rdv/)?)", lambda found: f"/cadre/{visit}" if found[1] else "", text)
