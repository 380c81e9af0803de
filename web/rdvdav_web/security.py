"""What protects every page: headers, content policy, request limits, session cookie, CSRF.

Scripts, styles and forms come from and go to this site only; nothing inline runs. Addresses of pages may carry
tokens, so they are told to nobody (Referrer-Policy) and kept by no cache.
"""

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from rdvdav.i18n import gettext as _
from rdvdav_web.embedding import embedders

MAX_BODY = 1024 * 1024
"""Bytes of a request's body; the largest form is a few kilobytes."""

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

SPEAK_JSON = frozenset({"receipts.take"})
"""Endpoints for machines, which read no form."""

csrf = CSRFProtect()
"""Guards every POST of the site; a view for machines is exempted by name: `csrf.exempt(view)`."""


def install(app: Flask, public_url: str) -> None:
    """Guard *app*, reached at *public_url*: over https cookies and later visits are held to it."""
    https = public_url.startswith("https://")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        # A form left open over lunch is still good: the token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        # The signed token decides; programs that strip Referer for privacy must still be able to book.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.before_request(_refuse_endless)  # before CSRF, which reads the form
    app.before_request(_refuse_what_no_form_sends)
    csrf.init_app(app)
    app.register_error_handler(CSRFError, _form_too_old)
    app.register_error_handler(RequestEntityTooLarge, _too_large)

    @app.after_request
    def _guard(response: Response) -> Response:
        for name, value in _headers(embedders()).items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint == "static":
            if "v" in request.args:
                response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def _headers(embedders: tuple[str, ...]) -> dict[str, str]:
    """The headers of a page that the origins *embedders* may show inside theirs."""
    if not embedders:
        return HEADERS
    policy = CONTENT_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(embedders)}")
    return {name: value for name, value in HEADERS.items() if name != "X-Frame-Options"} | {
        "Content-Security-Policy": policy
    }


def _refuse_endless() -> None:
    # Without a length Werkzeug cuts the body at the limit and says nothing: what fills it was longer.
    if "Transfer-Encoding" in request.headers and len(request.get_data()) >= MAX_BODY:
        raise RequestEntityTooLarge


def _refuse_what_no_form_sends() -> None:
    # Flask-WTF would fill fields with what JSON or files hold, which is no text; nothing is uploaded here.
    if (request.is_json and request.endpoint not in SPEAK_JSON) or request.files:
        raise BadRequest


def _form_too_old(_error: CSRFError) -> ResponseReturnValue:
    page = render_template(
        "error.html",
        title=_("This form is no longer valid"),
        sentence=_("Nothing was saved: the page had been open for too long, or your browser refuses cookies."),
        advice=_("Go back to the previous page, reload it, then send the form again."),
    )
    return page, 400


def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    page = render_template(
        "error.html",
        title=_("What you sent is too large"),
        sentence=_("Nothing was saved: this site accepts at most 1 MB at a time."),
        advice=_("Go back to the previous page and send less."),
    )
    return page, 413
