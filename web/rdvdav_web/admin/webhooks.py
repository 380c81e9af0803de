"""« Webhooks » of a territory: who is told of changes by HTTP, the log of what was told, and asking for it again (C15, ux 10.7)."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from rdvdav.administration import webhooks
from rdvdav.administration.webhooks import State, Wanted
from rdvdav.directory.organisation import Organisation
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.webhooks.webhook import Fault, Kind, Webhook
from rdvdav_web.admin.organisation_form import at_most
from rdvdav_web.admin.territory import WHOLE, administered, page
from rdvdav_web.agent.deeds import DEEDS
from rdvdav_web.agent.forms import LineField, key_of
from rdvdav_web.agent.office import KEY, me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("webhooks", __name__)
ONE = f"{WHOLE}/webhooks/<{KEY}:webhook_id>"
ZONE = "Europe/Paris"
"""On whose clock the log is told: a territory has none of its own."""
KINDS = {
    Kind.APPOINTMENT: N_("Appointments"),
    Kind.OPENING_RANGE: N_("Opening ranges"),
    Kind.ABSENCE: N_("Absences"),
}
TRIED = {"webhook.tried": N_("Trial")}
"""What the journal does not know: nothing changed."""
STATES = {
    State.SENT: (N_("arrived"), "success"),
    State.WAITING: (N_("waiting"), "info"),
    State.FAILING: (N_("failing, tried again"), "warning"),
    State.DROPPED: (N_("given up"), "error"),
}
FAULTS = {
    Fault.NO_ADDRESS: N_("The name in the address is not known."),
    Fault.FORBIDDEN: N_(
        "The address leads into a private network, or is not https: this installation does not allow it."
    ),
    Fault.UNREACHABLE: N_("Nobody answers at this address, or the connection broke."),
    Fault.UNTRUSTED: N_("The certificate of the receiver is not valid, or it does not speak TLS 1.2."),
    Fault.TOO_SLOW: N_("The receiver took too long to answer."),
    Fault.REDIRECTED: N_("The receiver answered with a redirect, which is not followed: write the final address."),
    Fault.REFUSED: N_("The receiver refused it."),
}


class WebhookForm(FlaskForm):
    """Where changes go, and which."""

    name = LineField(N_("Name"), [DataRequired(N_("Name the webhook, for example Records system.")), at_most(80)])
    url = LineField(N_("Address"), [DataRequired(N_("Type the address that receives the changes.")), at_most(500)])
    organisation = SelectField(N_("Organisation"), coerce=key_of, validate_choice=False)
    kinds = SelectMultipleField(
        N_("What changes"),
        [DataRequired(N_("Choose at least one kind of change."))],
        choices=[SelectChoice(str(kind), words) for kind, words in KINDS.items()],
        validate_choice=False,
    )
    active = BooleanField(N_("Active"))

    def __init__(self, organisations: Sequence[Organisation], **more: Any) -> None:
        """Offer the organisations of the territory."""
        super().__init__(**more)
        choices = [SelectChoice(each.id, each.name) for each in organisations]
        self.organisation.choices = [SelectChoice(0, _("All organisations of the territory")), *choices]

    def validate_url(self, item: LineField) -> None:
        """A web address, with nothing secret in it."""
        with suppress(ValueError):
            parts = urlsplit(item.data)
            if parts.scheme in {"https", "http"} and parts.hostname and not parts.username and parts.port != 0:
                return
        raise ValidationError(N_("Type a web address, for example https://records.example.fr/changes."))

    @property
    def wanted(self) -> Wanted:
        """What was chosen."""
        return Wanted(
            name=self.name.data,
            url=self.url.data,
            organisation_id=self.organisation.data or None,
            kinds=frozenset(kind for kind in Kind if kind in self.kinds.data),
            active=bool(self.active.data),
        )


@views.get(f"{WHOLE}/webhooks")
def show(territory_id: int) -> ResponseReturnValue:
    """All webhooks."""
    with reading() as work:
        territory = administered(work, territory_id)
        rows = webhooks.webhook_lines(work, territory_id)
        return page(work, territory, "admin/webhooks.html", "webhooks", rows=rows, kinds=KINDS)


@views.route(f"{WHOLE}/webhooks/nouveau", methods=["GET", "POST"])
def new(territory_id: int) -> ResponseReturnValue:
    """Make a webhook."""
    with reading() as work:
        territory = administered(work, territory_id)
        form = WebhookForm(webhooks.organisations_of(work, territory_id), data={"active": True, "organisation": 0})
        if not form.validate_on_submit():
            return page(work, territory, "admin/webhook.html", "webhooks", form=form, webhook=None)
    with transaction() as work:
        webhook = webhooks.create(work, clock(), me().id, territory_id, form.wanted)
    flash(_("The webhook %(name)s is created. Give its secret to the receiver.", name=webhook.name), "success")
    return redirect(url_for(".log", territory_id=territory_id, webhook_id=webhook.id), 303)


@views.route(f"{ONE}/modifier", methods=["GET", "POST"])
def change(territory_id: int, webhook_id: int) -> ResponseReturnValue:
    """Change a webhook."""
    with reading() as work:
        territory = administered(work, territory_id)
        webhook = webhooks.webhook_of(work, territory_id, webhook_id)
        form = WebhookForm(webhooks.organisations_of(work, territory_id), data=_as_it_is(webhook))
        if not form.validate_on_submit():
            return page(work, territory, "admin/webhook.html", "webhooks", form=form, webhook=webhook)
    with transaction() as work:
        webhook = webhooks.change(work, clock(), me().id, territory_id, webhook_id, form.wanted)
    return _done(territory_id, webhook_id, _("The webhook %(name)s is changed.", name=webhook.name))


@views.get(ONE)
def log(territory_id: int, webhook_id: int) -> ResponseReturnValue:
    """A webhook: its secret, and what it was told."""
    named = request.args.get("etat", "")
    state = State(named) if named in set(State) else None
    with reading() as work:
        territory = administered(work, territory_id)
        webhook = webhooks.webhook_of(work, territory_id, webhook_id)
        found = webhooks.deliveries(work, webhook, state, key_of(request.args.get("page", 1)))
        facts = {
            "webhook": webhook,
            "found": found,
            "chosen": state,
            "both_until": webhooks.both_sign_until(webhook, clock().now()),
        }
        return page(work, territory, "admin/webhook_log.html", "webhooks", kinds=KINDS, **facts, **_words())


@views.get(f"{ONE}/envois/<{KEY}:delivery_id>")
def one(territory_id: int, webhook_id: int, delivery_id: int) -> ResponseReturnValue:
    """One delivery with its body."""
    with reading() as work:
        territory = administered(work, territory_id)
        webhook = webhooks.webhook_of(work, territory_id, webhook_id)
        row = webhooks.delivery_of(work, webhook, delivery_id)
        body = json.dumps(json.loads(row.body), ensure_ascii=False, indent=2) if row.body else ""
        facts = {"webhook": webhook, "row": row, "body": body}
        return page(work, territory, "admin/webhook_delivery.html", "webhooks", **facts, **_words())


@views.post(f"{ONE}/envois/<{KEY}:delivery_id>/relancer")
def repeat(territory_id: int, webhook_id: int, delivery_id: int) -> ResponseReturnValue:
    """Send a delivery again."""
    with transaction() as work:
        webhooks.repeat(work, clock(), me().id, territory_id, webhook_id, delivery_id)
    return _done(territory_id, webhook_id, _("The delivery leaves again in a few seconds."))


@views.post(f"{ONE}/essai")
def send_trial(territory_id: int, webhook_id: int) -> ResponseReturnValue:
    """Send a trial."""
    with transaction() as work:
        webhooks.send_trial(work, clock(), me().id, territory_id, webhook_id)
    return _done(territory_id, webhook_id, _("A trial leaves in a few seconds. Reload this page to see how it ended."))


@views.route(f"{ONE}/secret", methods=["GET", "POST"])
def renew_secret(territory_id: int, webhook_id: int) -> ResponseReturnValue:
    """Say what a new secret means, and make it once confirmed."""
    if FlaskForm().validate_on_submit():
        with transaction() as work:
            webhooks.renew_secret(work, clock(), me().id, territory_id, webhook_id)
        return _done(territory_id, webhook_id, _("The secret is new. Give it to the receiver within a week."))
    with reading() as work:
        administered(work, territory_id)
        webhook = webhooks.webhook_of(work, territory_id, webhook_id)
    return render_template(
        "agent/confirm.html",
        title=_("Renew the secret of %(name)s", name=webhook.name),
        sentences=[
            _(
                "For a week deliveries are signed with the old secret and with the new one. Then the old one is worth nothing."
            )
        ],
        do=_("Renew the secret"),
        keep=_("Keep the secret"),
        back=url_for(".log", territory_id=territory_id, webhook_id=webhook_id),
    )


@views.route(f"{ONE}/supprimer", methods=["GET", "POST"])
def remove(territory_id: int, webhook_id: int) -> ResponseReturnValue:
    """Say what removing does, and do it once confirmed."""
    if FlaskForm().validate_on_submit():
        with transaction() as work:
            name = webhooks.remove(work, clock(), me().id, territory_id, webhook_id)
        flash(_("The webhook %(name)s is removed.", name=name), "success")
        return redirect(url_for(".show", territory_id=territory_id), 303)
    with reading() as work:
        administered(work, territory_id)
        webhook = webhooks.webhook_of(work, territory_id, webhook_id)
    return render_template(
        "agent/confirm.html",
        title=_("Remove the webhook %(name)s", name=webhook.name),
        sentences=[_("Its receiver is told nothing any more; what still waits is not sent, and its log is deleted.")],
        do=_("Remove the webhook"),
        keep=_("Keep the webhook"),
        back=url_for(".log", territory_id=territory_id, webhook_id=webhook_id),
    )


def _as_it_is(webhook: Webhook) -> dict[str, Any]:
    names = ("name", "url", "kinds", "active")
    return {name: getattr(webhook, name) for name in names} | {"organisation": webhook.organisation_id or 0}


def _words() -> dict[str, Any]:
    return {"states": STATES, "faults": FAULTS, "state_of": webhooks.state_of, "zone": ZONE, "deeds": DEEDS | TRIED}


def _done(territory_id: int, webhook_id: int, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".log", territory_id=territory_id, webhook_id=webhook_id), 303)
