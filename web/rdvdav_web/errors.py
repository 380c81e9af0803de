"""Errors of the core as pages: a leaf has words of its own or falls back on its family's (style: one table at each door)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from secrets import token_hex

from flask import Flask, g, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadHost, HTTPException

from rdvdav.errors import NotFound, RdvdavError, Refused, Stale
from rdvdav.i18n import gettext as _
from rdvdav.i18n import moment, wall
from rdvdav.policy.throttle import TooMany

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """What a person is told.

    Attributes:
        code: HTTP status.
        title, sentence, advice: What happened, calmly; and what to do now.
        headers: More response headers.
    """

    code: int
    title: str
    sentence: str
    advice: str = ""
    actions: Sequence[dict[str, str]] = ()
    headers: dict[str, str] = field(default_factory=dict)


@singledispatch
def notice(error: RdvdavError) -> Notice:
    """The words for *error*; each leaf may register its own."""
    raise NotImplementedError(type(error))


@notice.register
def _not_found(_error: NotFound) -> Notice:
    return Notice(
        404,
        _("This page does not exist"),
        _("The address may be incomplete, or what it led to is no longer there."),
        _("Check the address, or start again from the first page."),
    )


@notice.register
def _refused(_error: Refused) -> Notice:
    return Notice(
        403,
        _("This is not possible"),
        _("What you asked for is not allowed here. Nothing was changed."),
        _("Go back to the previous page."),
    )


@notice.register
def _stale(_error: Stale) -> Notice:
    return Notice(
        409,
        _("This has changed meanwhile"),
        _("What you saw is no longer up to date. Nothing was changed."),
        _("Go back to the previous page and reload it."),
    )


@notice.register
def _too_many(error: TooMany) -> Notice:
    if "portal" in g:
        advice = _("Try again from %(moment)s on.", moment=moment(wall(error.retry_at, g.portal.zone)))
    else:
        advice = _("Try again in %(minutes)s min.", minutes=-(-error.seconds // 60))
    return Notice(
        429,
        _("Too many attempts"),
        _("To protect everybody's data, we limit the number of attempts."),
        advice,
        headers={"Retry-After": str(error.seconds)},
    )


def install(app: Flask) -> None:
    """Answer errors of the core, of HTTP, and bugs, each with a calm page (ux 1.14)."""
    app.register_error_handler(RdvdavError, show_error)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(Exception, _show_bug)


def show_error(error: RdvdavError) -> ResponseReturnValue:
    """The page that tells *error*, with its status."""
    told = notice(error)
    page = render_template(
        "error.html", title=told.title, sentence=told.sentence, advice=told.advice, actions=told.actions
    )
    return page, told.code, told.headers


def _show_http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    if isinstance(error, BadHost):  # a page of ours has links, and for such a host none can be built
        return error
    told = _HTTP_WORDS.get(error.code, _bad_request)()
    page = render_template("error.html", title=told.title, sentence=told.sentence, advice=told.advice)
    headers = [(name, value) for name, value in error.get_headers() if name in {"Allow", "Retry-After"}]
    return page, error.code, headers


def _show_bug(error: Exception) -> ResponseReturnValue:
    reference = token_hex(4)
    log.error("unexpected error, reference %s", reference, exc_info=error)
    page = render_template(
        "error.html",
        title=_("Something went wrong on our side"),
        sentence=_("Your request could not be carried out. What you had already confirmed is kept."),
        advice=_("Try again in a few minutes."),
        reference=reference,
    )
    return page, 500


def _bad_request() -> Notice:
    return Notice(
        400,
        _("We did not understand this request"),
        _("Something in it is missing or malformed. Nothing was changed."),
        _("Go back to the previous page and try again."),
    )


_HTTP_WORDS = {
    403: lambda: notice(Refused()),
    404: lambda: notice(NotFound()),
    405: lambda: Notice(
        405,
        _("This page can't be used that way"),
        _("The address exists, but not for what was asked. Nothing was changed."),
        _("Start again from the first page."),
    ),
    409: lambda: notice(Stale()),
}
