"""The portal's blueprint: whose page it is, who looks, and what this browser keeps between requests.

The Flask session holds random secrets: the citizen's session token, the secret of this visit, the tokens of what it keeps
on hold, and the one under which an e-mail address is being proved. What was typed stands there only between a page that
could not be taken any more and the next (3.12).
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from flask import Blueprint, Response, abort, current_app, g, make_response, request, url_for
from flask import session as browser
from sqlalchemy.orm import Session

from rdvdav.agenda.hold import Hold
from rdvdav.audit.entry import ActorKind
from rdvdav.audit.record import Actor
from rdvdav.booking.held import NoSuchHold, holds_under
from rdvdav.citizens.citizen import Citizen
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.public import organisation_at
from rdvdav.i18n import gettext as _
from rdvdav.policy.session import close_session, open_session, visitor_of
from rdvdav.tokens import digest, new_token
from rdvdav_web.frame import Frame, Link, show_in
from rdvdav_web.transaction import clock, house

views = Blueprint("citizen", __name__)

HOLDS_REMEMBERED = 5
LONGEST_ID = 19
LINKS_REMEMBERED = 5
OPENED_FOR = timedelta(minutes=30)
"""How long the surname said for a link is remembered by this browser (4.1)."""
PUBLIC_SECONDS = 60
"""How long what an organisation says of itself may be out of date."""


@dataclass(frozen=True)
class Portal:
    """One organisation's portal, as one person sees it.

    Attributes:
        citizen: Who is signed in, if this person belongs to the organisation's territory.
        zone: IANA zone of all hours shown; at hand even when a transaction was undone, for the page that tells why.
    """

    organisation: Organisation
    citizen: Citizen | None
    zone: str

    @property
    def citizen_id(self) -> int | None:
        """Id of who is signed in, if anybody is."""
        return self.citizen.id if self.citizen else None

    @property
    def actor(self) -> Actor:
        """Who is signed in, as the journal says it."""
        return Actor(ActorKind.CITIZEN, self.citizen_id)


@views.before_request
def _refuse_nul() -> None:
    """No database text can hold the NUL sign; nobody types it."""
    texts = [request.path, *(text for values in (request.args, request.form) for text in _all(values))]
    if any("\0" in text for text in texts):
        abort(400)


def _all(values: Any) -> list[str]:
    return [text for pair in values.items(multi=True) for text in pair]


@views.url_value_preprocessor
def _remember_slug(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.slug = (values or {}).get("slug")


@views.url_defaults
def _same_slug(endpoint: str, values: dict[str, Any]) -> None:
    if "slug" not in values and g.get("slug") and current_app.url_map.is_endpoint_expecting(endpoint, "slug"):
        values["slug"] = g.slug


FOR_SOMEBODY = frozenset(
    f"citizen.{page}"
    for page in (
        "appointment",
        "ask_cancel",
        "ask_move",
        "calendar_file",
        "cancel_it",
        "check",
        "confirm",
        "confirmed",
        "hold_other",
        "prolong",
        "take_again",
        "tell_who",
        "you",
    )
)
"""Pages about one person's appointment: which relative it is for goes along in their addresses (B11)."""


@views.url_defaults
def _same_person(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint in FOR_SOMEBODY and "pour" in request.args:
        values.setdefault("pour", request.args["pour"])


def for_whom() -> int | None:
    """The relative whom the address names, if it names one; whether it is one is not asked here."""
    text = request.args.get("pour", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_ID else None


@views.context_processor
def _page() -> dict[str, Any]:
    providers = [client.provider for client in house().providers.values()]
    return {"portal": g.get("portal"), "now": clock().now(), "providers": providers}


def enter(session: Session, slug: str, *, mine: bool = False) -> Portal:
    """The portal of the organisation at *slug*; the page is shown in its frame.

    Args:
        mine: The page belongs to « Mes rendez-vous ».

    Raises:
        NoSuchOrganisation: There is none.
    """
    organisation = organisation_at(session, slug)
    citizen = visitor_of(session, clock(), browser["citizen"]).citizen if "citizen" in browser else None
    if citizen is not None and citizen.territory_id != organisation.territory_id:
        citizen = None
    g.portal = Portal(organisation, citizen, organisation.zone)
    show_in(
        Frame(
            name=organisation.name,
            home_url=url_for("citizen.organisation", slug=slug),
            tagline=_("Book an appointment"),
            links=(Link(_("My appointments"), url_for("citizen.appointments", slug=slug), current=mine),),
            account_name=citizen.name if citizen else "",
            sign_out_url=url_for("citizen.sign_out", slug=slug) if citizen else "",
            phone=organisation.phone or "",
            email=organisation.email or "",
        )
    )
    portal: Portal = g.portal
    return portal


def all_held(session: Session, slug: str, token: str) -> tuple[Portal, list[Hold]]:
    """The portal at *slug* and what *token* opens there: one hold, or those taken in one go, by time.

    Raises:
        NoSuchOrganisation, NoSuchHold: Not there, or of another organisation.
    """
    portal = enter(session, slug)
    holds = holds_under(session, token)
    if holds[0].organisation_id != portal.organisation.id:
        raise NoSuchHold
    return portal, holds


def held(session: Session, slug: str, token: str) -> tuple[Portal, Hold]:
    """The same, and the first of them; most often there is but one."""
    portal, holds = all_held(session, slug, token)
    return portal, holds[0]


def sign_in(session: Session, citizen: Citizen) -> None:
    """Open a session of *citizen* in this browser."""
    sign_out_of(session)
    browser["citizen"] = open_session(session, clock(), citizen_id=citizen.id)


def sign_out_of(session: Session) -> None:
    """End the citizen's session of this browser, if there is one."""
    if "citizen" in browser:
        close_session(session, clock(), browser.pop("citizen"))


def visit() -> str:
    """The secret of this visit, made at the first call: what it holds counts together (D-5)."""
    if "visit" not in browser:
        browser["visit"] = new_token()
    found: str = browser["visit"]
    return found


def hold_key(motif_id: int, moves: int | None = None) -> str:
    """Under which name a visit remembers a hold: it keeps one for each motif, and one for each appointment it moves."""
    return f"move-{moves}" if moves is not None else str(motif_id)


def remembered_hold(key: str) -> str | None:
    """The token of what this visit keeps on hold for *key*, a motif or an appointment to move."""
    found: str | None = browser.get("holds", {}).get(key)
    return found


def remember_hold(key: str, token: str) -> None:
    """Keep *token* as what this visit holds for *key*; the oldest keys are forgotten."""
    holds = {name: kept for name, kept in browser.get("holds", {}).items() if name != key} | {key: token}
    browser["holds"] = dict(list(holds.items())[-HOLDS_REMEMBERED:])


def remember_opened(link_token: str) -> None:
    """Let this browser see what *link_token* leads to without being asked for the surname again, for half an hour."""
    until = int((clock().now() + OPENED_FOR).timestamp())
    opened = {name: kept for name, kept in browser.get("opened", {}).items() if name != _name_of(link_token)}
    browser["opened"] = dict(list((opened | {_name_of(link_token): until}).items())[-LINKS_REMEMBERED:])


def is_opened(link_token: str) -> bool:
    """Whether the surname was said here for *link_token*."""
    until: int = browser.get("opened", {}).get(_name_of(link_token), 0)
    return clock().now().timestamp() < until


def _name_of(link_token: str) -> str:
    """What the cookie says of a link: not its token."""
    return digest(link_token).hex()[:32]


def is_referrer() -> bool:
    """Whether this visit is a referrer's: what referrers may book is offered, too (3.19)."""
    return "referrer" in browser


def here() -> str:
    """The network address of the visitor, for limits; of IPv6 the network, for one household has all of it."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or ""
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


def public(page: str) -> Response:
    """A page that says the same to everybody: caches keep it for a minute, except where this browser has a visit or begins one."""
    response = make_response(page)
    if not browser:
        response.cache_control.public = True
        response.cache_control.max_age = PUBLIC_SECONDS
    return response
