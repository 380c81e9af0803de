"""Subscription links of « Mes agendas »: made for one program, reset, revoked (C05; ux 9.1)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from rdvdav.feeds.access import key_of
from rdvdav.feeds.address import FeedAddress, new_feed_address, offered, reset_feed_address, revoke_feed_address
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.calendar_forms import LinkForm
from rdvdav_web.agent.calendar_page import page, show_once, views
from rdvdav_web.agent.office import KEY, me
from rdvdav_web.transaction import clock, reading, transaction


@views.post("/mes-agendas/<client>/liens")
def add_link(client: str) -> ResponseReturnValue:
    """Make a secret address for one program."""
    with reading() as work:
        form = LinkForm(offered(work, me().id))
    if not form.validate():
        return page(client, link_form=form)
    with transaction() as work:
        row, secret = new_feed_address(work, clock(), me().id, form.program.data, form.subject, form.chosen_level)
    show_once("address", row.label, secret, row.content)
    return redirect(url_for(".show", client=client, _anchor="new"), 303)


@views.route(f"/mes-agendas/liens/<{KEY}:address_id>/reinitialiser", methods=["GET", "POST"])
def renew_link(address_id: int) -> ResponseReturnValue:
    """Give an address another secret, once confirmed."""
    form = FlaskForm()
    if form.validate_on_submit():
        with transaction() as work:
            row, secret = reset_feed_address(work, clock(), me().id, address_id)
        show_once("address", row.label, secret, row.content)
        return redirect(url_for(".show", _anchor="new"), 303)
    with reading() as work:
        row = key_of(work, FeedAddress, me().id, address_id)
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
def drop_link(address_id: int) -> ResponseReturnValue:
    """Close one address, once confirmed."""
    form = FlaskForm()
    if form.validate_on_submit():
        with transaction() as work:
            revoke_feed_address(work, clock(), me().id, address_id)
        flash(_("The link is revoked."), "success")
        return redirect(url_for(".show"), 303)
    with reading() as work:
        row = key_of(work, FeedAddress, me().id, address_id)
    return render_template(
        "agent/confirm.html",
        title=_("Revoke the link of %(program)s", program=row.label),
        sentences=[_("The program that reads it gets no more news. What it has already fetched may stay there.")],
        do=_("Revoke the link"),
        keep=_("Keep the link"),
        back=url_for(".show"),
    )
