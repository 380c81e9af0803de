"""« Mes agendas »: one's appointments in one's own calendar program, live by CalDAV (C01; ux 9.1). Links are in links.py."""

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from rdvdav.feeds.access import AppPassword, key_of, new_app_password, revoke_app_password
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.apple import MEDIA_TYPE, profile
from rdvdav_web.agent.calendar_forms import PasswordForm
from rdvdav_web.agent.calendar_page import page, show_once, views
from rdvdav_web.agent.office import KEY, me, my_organisations
from rdvdav_web.transaction import clock, house, reading, transaction


@views.get("/mes-agendas", defaults={"client": "iphone"})
@views.get("/mes-agendas/<client>")
def show(client: str) -> ResponseReturnValue:
    """Steps for one program, passwords, links, colleagues; a secret that was just made, once."""
    return page(client)


@views.get("/mes-agendas/rendez-vous.mobileconfig")
def apple_profile() -> ResponseReturnValue:
    """The profile for an iPhone or a Mac."""
    organisation = next((each.name for each in my_organisations()), _("Appointments"))
    answer = Response(profile(house().settings.public_url, me().principal, organisation), mimetype=MEDIA_TYPE)
    answer.headers["Content-Disposition"] = "attachment; filename=rendez-vous.mobileconfig"
    return answer


@views.post("/mes-agendas/<client>/mots-de-passe")
def add_password(client: str) -> ResponseReturnValue:
    """Make a password for one device."""
    form = PasswordForm()
    if not form.validate():
        return page(client, password_form=form)
    with transaction() as work:
        _row, secret = new_app_password(work, clock(), me().id, form.device.data)
    show_once("password", form.device.data, secret)
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
        row = key_of(work, AppPassword, me().id, password_id)
    return render_template(
        "agent/confirm.html",
        title=_("Revoke the password of %(device)s", device=row.label),
        sentences=[_("The device can no longer read your calendar. What it has already fetched may stay on it.")],
        do=_("Revoke the password"),
        keep=_("Keep the password"),
        back=url_for(".show"),
    )
