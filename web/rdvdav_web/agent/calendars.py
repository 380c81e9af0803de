"""« Mes agendas »: one's appointments in one's own calendar program, by CalDAV or by a secret address (C01, C05; ux 9.1).

A new password or address is shown once. Making one answers 303 and the clear text waits in the signed, HttpOnly cookie for the page
that follows, which takes it out: reloading that page makes no second one, and no page with a secret answers a POST that a
browser would offer to send again. The cookie goes to nobody but the person who is shown the secret anyway.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Length

from rdvdav.feeds.access import app_passwords, new_app_password, revoke_app_password
from rdvdav.feeds.address import feed_addresses, new_feed_address, reset_feed_address, revoke_feed_address
from rdvdav.feeds.read import calendars_of
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.forms import LineField
from rdvdav_web.agent.office import KEY, me
from rdvdav_web.agent.qr import qr_code
from rdvdav_web.transaction import clock, house, reading, transaction
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

views = Blueprint("calendars", __name__)


class PasswordForm(FlaskForm):
    """A new app password is named for its device."""

    device = LineField(
        N_("Name of the device"),
        [
            DataRequired(N_("Name the device, for example Claire's phone.")),
            Length(max=60, message=N_("Shorten the name to 60 characters.")),
        ],
    )


class AddressForm(FlaskForm):
    """A new secret address is named for its program."""

    program = LineField(
        N_("Name of the program"),
        [
            DataRequired(N_("Name the program, for example Google at work.")),
            Length(max=60, message=N_("Shorten the name to 60 characters.")),
        ],
    )


@views.get("/mes-agendas", defaults={"client": "iphone"})
@views.get("/mes-agendas/<client>")
def show(client: str) -> ResponseReturnValue:
    """Steps for one program, passwords, addresses; a secret that was just made, once."""
    return _page(client, PasswordForm(formdata=None), AddressForm(formdata=None))


@views.post("/mes-agendas/<client>/mots-de-passe")
def add_password(client: str) -> ResponseReturnValue:
    """Make a password for one device."""
    form = PasswordForm()
    if not form.validate():
        return _page(client, form, AddressForm(formdata=None))
    with transaction() as work:
        _row, secret = new_app_password(work, clock(), me().id, form.device.data)
    session[SHOWN_ONCE] = {"kind": "password", "label": form.device.data, "secret": secret}
    return redirect(url_for(".show", client=client, _anchor="new"), 303)


@views.route(f"/mes-agendas/mots-de-passe/<{KEY}:password_id>/revoquer", methods=["GET", "POST"])
def drop_password(password_id: int) -> ResponseReturnValue:
    """Close one password, once confirmed."""
    form = FlaskForm()
    if form.validate_on_submit():
        with transaction() as work:
            revoke_app_password(work, clock(), me().id, password_id)
        flash(_("The app password is revoked."), "success")
        return redirect(url_for(".show"), 303)
    with reading() as work:
        row = _one_of(app_passwords(work, me().id), password_id)
    return render_template(
        "agent/confirm.html",
        title=_("Revoke the password of %(device)s", device=row.label),
        sentences=[_("The device can no longer read your calendar. What it has already fetched may stay on it.")],
        do=_("Revoke the password"),
        keep=_("Keep the password"),
        back=url_for(".show"),
    )


@views.post("/mes-agendas/<client>/liens")
def add_address(client: str) -> ResponseReturnValue:
    """Make a secret address for one program."""
    form = AddressForm()
    if not form.validate():
        return _page(client, PasswordForm(formdata=None), form)
    with transaction() as work:
        _row, secret = new_feed_address(work, clock(), me().id, form.program.data)
    session[SHOWN_ONCE] = {"kind": "address", "label": form.program.data, "secret": secret}
    return redirect(url_for(".show", client=client, _anchor="new"), 303)


@views.route(f"/mes-agendas/liens/<{KEY}:address_id>/reinitialiser", methods=["GET", "POST"])
def renew_address(address_id: int) -> ResponseReturnValue:
    """Give an address another secret, once confirmed."""
    form = FlaskForm()
    if form.validate_on_submit():
        with transaction() as work:
            row, secret = reset_feed_address(work, clock(), me().id, address_id)
        session[SHOWN_ONCE] = {"kind": "address", "label": row.label, "secret": secret}
        return redirect(url_for(".show", _anchor="new"), 303)
    with reading() as work:
        row = _one_of(feed_addresses(work, me().id), address_id)
    return render_template(
        "agent/confirm.html",
        title=_("Reset the link of %(program)s", program=row.label),
        sentences=[
            _("The present link stops working at once, wherever it was pasted. You get a new one to paste again.")
        ],
        do=_("Reset the link"),
        keep=_("Keep the present link"),
        back=url_for(".show"),
    )


@views.route(f"/mes-agendas/liens/<{KEY}:address_id>/revoquer", methods=["GET", "POST"])
def drop_address(address_id: int) -> ResponseReturnValue:
    """Close one address, once confirmed."""
    form = FlaskForm()
    if form.validate_on_submit():
        with transaction() as work:
            revoke_feed_address(work, clock(), me().id, address_id)
        flash(_("The link is revoked."), "success")
        return redirect(url_for(".show"), 303)
    with reading() as work:
        row = _one_of(feed_addresses(work, me().id), address_id)
    return render_template(
        "agent/confirm.html",
        title=_("Revoke the link of %(program)s", program=row.label),
        sentences=[_("The program that reads it gets no more news. What it has already fetched may stay there.")],
        do=_("Revoke the link"),
        keep=_("Keep the link"),
        back=url_for(".show"),
    )


def _page(client: str, password_form: PasswordForm, address_form: AddressForm) -> ResponseReturnValue:
    if client not in CLIENTS:
        abort(404)
    public_url = house().settings.public_url
    with reading() as work:
        calendars = calendars_of(work, me().id)
        passwords, addresses = app_passwords(work, me().id), feed_addresses(work, me().id)
    zone = calendars[0].zone if calendars else "Europe/Paris"
    return render_template(
        "agent/calendars.html",
        client=client,
        clients=CLIENTS,
        form=password_form if password_form.errors else address_form,
        password_form=password_form,
        address_form=address_form,
        server=f"{public_url}/dav/",
        phone_address=_phone_address(public_url, me().principal),
        principal=me().principal,
        calendars=calendars,
        passwords=passwords,
        addresses=addresses,
        fresh=_shown_once(public_url),
        zone=zone,
        today=local_day(to_minutes(clock().now()), zone),
        qr_code=qr_code,
    )


def _shown_once(public_url: str) -> dict[str, Any] | None:
    """The secret that was just made, taken out of the cookie."""
    fresh: dict[str, Any] | None = session.pop(SHOWN_ONCE, None)
    if fresh and fresh["kind"] == "address":
        url = public_url + feed_path(fresh["secret"])
        return fresh | {"https": url, "webcal": urlsplit(url)._replace(scheme="webcal").geturl()}
    return fresh


def _phone_address(public_url: str, principal: str) -> str:
    """What DAVx⁵ opens from a QR code: the CalDAV address with the identifier, without a password."""
    url = urlsplit(public_url)
    scheme = "caldavs" if url.scheme == "https" else "caldav"
    return url._replace(scheme=scheme, netloc=f"{principal}@{url.netloc}", path=f"{url.path}/dav/").geturl()


def _one_of(rows: Any, key: int) -> Any:
    found = next((row for row in rows if row.id == key), None)
    return found if found is not None else abort(404)
