"""« S'identifier avec FranceConnect », or with any other provider of the installation (3.9, B04): there, back, and out again.

A page of ours leads there by `Refresh` and by a link: forms of this site are sent to this site only (CSP form-action), redirects
of their answers included. The provider calls back one address whatever the organisation, so what is booked is remembered by state.
"""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.hold import Hold
from rdvdav.directory.organisation import Organisation
from rdvdav.federation.client import Client, SignOnFailed
from rdvdav.i18n import gettext as _
from rdvdav.policy import sign_on as visits
from rdvdav.policy.sign_on import NoSuchSignOn
from rdvdav.records.sign_on import welcome
from rdvdav.tokens import digest
from rdvdav_web.citizen.identity import MINE, RESERVATION
from rdvdav_web.citizen.portal import Portal, enter, held, here, sign_in, sign_out_of, views, visit
from rdvdav_web.transaction import clock, house, reading, transaction

VISITS_REMEMBERED = 3


@views.route(f"{RESERVATION}/connexion/<provider>", methods=["GET", "POST"])
@views.route(f"{MINE}/connexion/<provider>", methods=["GET", "POST"])
def sign_on(slug: str, provider: str, hold_token: str | None = None) -> ResponseReturnValue:
    """Send the visit to the provider; opened as a page, it says where the button leads. Embedded pages link here, on top."""
    client = _client(provider)
    with reading() as session:
        portal, _hold = _entered(session, slug, hold_token)
        if request.method == "GET":
            return render_template("citizen/sign_on.html", provider=client.provider, hold_token=hold_token)
    with transaction() as session:
        portal, _hold = _entered(session, slug, hold_token)
        state, nonce = visits.begin(session, clock(), provider, portal.organisation, visit=visit(), address=here())
    try:
        url = client.authorization_url(clock(), state, nonce)
    except SignOnFailed:
        return _failed(client, slug, hold_token)
    started = browser.get("sign_ons", {}) | {_short(state): hold_token}
    browser["sign_ons"] = dict(list(started.items())[-VISITS_REMEMBERED:])
    return _lead_to(url, client)


@views.get("/connexion/<provider>/retour")
def signed_on(provider: str) -> ResponseReturnValue:
    """Back from the provider: the person is known, or the booking goes on as before."""
    client, state = _client(provider), request.args.get("state", "")
    hold_token = browser.get("sign_ons", {}).get(_short(state))
    with transaction() as session:
        came = visits.come_back(session, clock(), provider, state, visit())
        organisation = session.get_one(Organisation, came.organisation_id)
    slug, code = organisation.slug, request.args.get("code", "")
    if not code or request.args.get("iss", client.provider.issuer) != client.provider.issuer:
        return _failed(client, slug, hold_token)
    try:
        who = client.identify(clock(), code, came.nonce_digest)
    except SignOnFailed:
        return _failed(client, slug, hold_token)
    with transaction() as session:
        enter(session, slug)
        citizen = welcome(session, clock(), organisation.territory_id, who)
        visits.remember(session, came.id, citizen.id, who.id_token)
        sign_in(session, citizen)
    browser["signed_on"] = came.id
    if hold_token is not None:
        return redirect(url_for(".you", slug=slug, hold_token=hold_token), 303)
    wanted = browser.pop("wanted", None)
    endpoint, more = (".appointment", {"reference": wanted}) if wanted else (".appointments", {})
    return redirect(url_for(endpoint, slug=slug, **more), 303)


@views.get("/connexion/<provider>/deconnexion")
def signed_out(provider: str) -> ResponseReturnValue:
    """Back from the provider, signed out there too."""
    with reading() as session:
        organisation = visits.left(session, provider, request.args.get("state", ""))
    flash(_("You are signed out."), "info")
    return redirect(url_for(".organisation", slug=organisation.slug), 303)


def sign_out_here(session: Session) -> tuple[str, str, str] | None:
    """End the citizen's session of this browser; what `sign_out_there` needs, where a provider vouched for the person."""
    sign_out_of(session)
    row_id = browser.pop("signed_on", None)
    return visits.leave(session, row_id) if row_id is not None else None


def sign_out_there(provider: str, id_token: str, state: str) -> ResponseReturnValue | None:
    """Lead to where the session ends at the provider too; None where that can't be had."""
    client = house().providers.get(provider)
    try:
        url = client.leaving_url(clock(), id_token, state) if client is not None else ""
    except SignOnFailed:
        return None
    return _lead_to(url, client) if client is not None and url else None


def _client(provider: str) -> Client:
    client = house().providers.get(provider)
    if client is None:
        raise NoSuchSignOn
    return client


def _entered(session: Session, slug: str, hold_token: str | None) -> tuple[Portal, Hold | None]:
    return held(session, slug, hold_token) if hold_token is not None else (enter(session, slug, mine=True), None)


def _failed(client: Client, slug: str, hold_token: str | None) -> ResponseReturnValue:
    """Back to where one says who one is, calmly."""
    label = client.provider.label
    if hold_token is None:
        flash(_("The connection with %(provider)s did not succeed.", provider=label), "warning")
        return redirect(url_for(".appointments", slug=slug), 303)
    flash(_("The connection with %(provider)s did not succeed. Your slot is still kept.", provider=label), "warning")
    return redirect(url_for(".you", slug=slug, hold_token=hold_token), 303)


def _lead_to(url: str, client: Client) -> ResponseReturnValue:
    answer = make_response(render_template("citizen/lead_to.html", url=url, provider=client.provider))
    answer.headers["Refresh"] = f"0; url={url}"
    return answer


def _short(state: str) -> str:
    """Under which name a visit remembers what it books: nothing that is a secret."""
    return digest(state).hex()[:16]
