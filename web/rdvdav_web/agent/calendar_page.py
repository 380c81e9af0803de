"""« Mes agendas » as one page: what it reads, and the words for each link (ux 9.1).

A new password or address is shown once. Making one answers 303 and the clear text waits in the signed, HttpOnly cookie for the page
that follows, which takes it out: reloading that page makes no second one, and no page with a secret answers a POST that a
browser would offer to send again. The cookie goes to nobody but the person who is shown the secret anyway.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, render_template, session
from flask.typing import ResponseReturnValue

from rdvdav.agenda.agenda import Agenda
from rdvdav.feeds.access import app_passwords
from rdvdav.feeds.address import FeedContent, Subject, offered
from rdvdav.feeds.follow import followed
from rdvdav.feeds.guard import cuts
from rdvdav.feeds.object import CollectionKind
from rdvdav.feeds.publish import published
from rdvdav.feeds.read import calendars_of
from rdvdav.feeds.subscription import Subscription, subscriptions_of
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.policy.sight import agendas_of_sight
from rdvdav_web.agent.calendar_forms import KINDS, LEVELS, ColleaguesForm, LinkForm, PasswordForm, subject_words
from rdvdav_web.agent.office import me
from rdvdav_web.agent.qr import qr_code
from rdvdav_web.transaction import clock, house, reading
from rdvdav_web.webcal import feed_path

CLIENTS = {
    "iphone": N_("iPhone, iPad"),
    "mac": N_("Mac"),
    "android": N_("Android"),
    "thunderbird": N_("Thunderbird"),
    "outlook": N_("Outlook (new or web)"),
    "outlook-classique": N_("Classic Outlook"),
    "google": N_("Google Calendar"),
    "linux": N_("Linux"),
    "autre": N_("Other"),
}
"""Programs by their name in the address; each has its steps in templates/agent/calendars/."""

SHOWN_ONCE = "shown_once"

QUIET = timedelta(days=7)
"""A program that asked for nothing this long has probably forgotten its link: the slowest asks twice a day."""

views = Blueprint("calendars", __name__)


@dataclass(frozen=True)
class Link:
    """One link as the page tells it.

    Attributes:
        level: In a word; empty where only hours are told.
        state: The word and its kind of label.
        remedy: What to do about it; empty when all is well.
        cut_on: The day from which on it shows nothing more.
    """

    id: int
    label: str
    shows: str
    level: str
    read_at: datetime | None
    reader: str | None
    state: tuple[str, str]
    remedy: str
    cut_on: date | None


def page(
    client: str, password_form: PasswordForm | None = None, link_form: LinkForm | None = None
) -> ResponseReturnValue:
    """The page for one program, with a form that came back with errors, if one did."""
    if client not in CLIENTS:
        abort(404)
    public_url, mine = house().settings.public_url, me().id
    with reading() as work:
        calendars = calendars_of(work, mine)
        subscriptions = subscriptions_of(work, mine)
        cut = cuts(work, subscriptions)
        passwords, kinds = app_passwords(work, mine), published(work, mine)
        colleagues = [agenda for agenda in work.scalars(agendas_of_sight(mine)) if agenda.agent_id != mine]
        shown_too = followed(work, mine)
        if link_form is None:
            link_form = LinkForm(offered(work, mine) if calendars else (), formdata=None)
    zone = calendars[0].zone if calendars else "Europe/Paris"
    password_form = password_form or PasswordForm(formdata=None)
    return render_template(
        "agent/calendars.html",
        client=client,
        clients=CLIENTS,
        form=password_form if password_form.errors else link_form,
        password_form=password_form,
        link_form=link_form,
        server=f"{public_url}/dav/",
        phone_address=_phone_address(public_url, me().principal),
        principal=me().principal,
        calendars=calendars,
        passwords=passwords,
        links=[_link(each, cut.get(each.address.id), zone) for each in subscriptions],
        kinds={kind: (KINDS[kind], kind in kinds) for kind in CollectionKind},
        colleagues_form=_colleagues_form(colleagues, shown_too),
        fresh=_shown_once(public_url),
        zone=zone,
        today=local_day(to_minutes(clock().now()), zone),
        qr_code=qr_code,
    )


def show_once(kind: str, label: str, secret: str, content: FeedContent = FeedContent.COLLECTION) -> None:
    """Keep a secret that was just made for the page that follows."""
    session[SHOWN_ONCE] = {"kind": kind, "label": label, "secret": secret, "content": content.value}


def _shown_once(public_url: str) -> dict[str, Any] | None:
    """The secret that was just made, taken out of the cookie."""
    fresh: dict[str, Any] | None = session.pop(SHOWN_ONCE, None)
    if fresh and fresh["kind"] == "address":
        url = public_url + feed_path(fresh["secret"], FeedContent(fresh["content"]))
        return fresh | {"https": url, "webcal": urlsplit(url)._replace(scheme="webcal").geturl()}
    return fresh


def _colleagues_form(colleagues: list[Agenda], shown_too: list[Agenda]) -> ColleaguesForm:
    return ColleaguesForm(colleagues, formdata=None, data={"agenda": [agenda.id for agenda in shown_too]})


def _link(subscription: Subscription, cut_from: datetime | None, zone: str) -> Link:
    address, calendar = subscription.address, subscription.calendar
    subject = Subject(address.content, calendar.kind if calendar else None)
    hours_alone = address.content in {FeedContent.FREE_BUSY, FeedContent.AVAILABILITY}
    state, remedy = _state(address.last_read_at)
    return Link(
        id=address.id,
        label=address.label,
        shows=subject_words(subject, "" if calendar or hours_alone else subscription.name),
        level="" if hours_alone else _(LEVELS[calendar.level if calendar else address.level]),
        read_at=address.last_read_at,
        reader=address.last_reader,
        state=state,
        remedy=remedy,
        cut_on=local_day(to_minutes(cut_from), zone) if cut_from else None,
    )


def _state(read_at: datetime | None) -> tuple[tuple[str, str], str]:
    """Whether a link works, as far as its last reading tells, and what to do when it does not."""
    if read_at is None:
        return (_("Not read yet"), "neutral"), _("Paste it in the program.")
    if clock().now() - read_at < QUIET:
        return (_("Works"), "success"), ""
    return (_("No longer read"), "warning"), _("Check whether the program still follows it; if not, revoke it.")


def _phone_address(public_url: str, principal: str) -> str:
    """What DAVx⁵ opens from a QR code: the CalDAV address with the identifier, without a password."""
    url = urlsplit(public_url)
    scheme = "caldavs" if url.scheme == "https" else "caldav"
    return url._replace(scheme=scheme, netloc=f"{principal}@{url.netloc}", path=f"{url.path}/dav/").geturl()
