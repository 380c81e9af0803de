"""« Envois »: messages that left, wait or failed; filters live in the address, pages go by key (ux 8.11)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from rdvdav.administration.sendings import (
    NoSuchSending,
    Sending,
    Wanted,
    administers_anything,
    drop_sending,
    organisations_of,
    send_sending_again,
    sendings,
    unblock,
)
from rdvdav.directory.organisation import Organisation
from rdvdav.i18n import N_, alphabetical
from rdvdav.i18n import gettext as _
from rdvdav.outbox.event import Event
from rdvdav_web.agent.deeds import short_moment
from rdvdav_web.agent.forms import key_of
from rdvdav_web.agent.journal import kind_words, recipient_words, state_words
from rdvdav_web.agent.office import KEY, current_first, me
from rdvdav_web.agent.sending_words import CHANNELS, STANDINGS, reason_words, state_kind
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("sendings", __name__)
PARIS = "Europe/Paris"


class SendingsForm(FlaskForm):
    """Which messages; what is not understood is left out."""

    class Meta:
        """A form that changes nothing needs no token."""

        csrf = False

    etat = SelectField(N_("State"), validate_choice=False)
    moyen = SelectField(N_("Sent by"), validate_choice=False)
    objet = SelectField(N_("Message"), validate_choice=False)
    organisation = SelectField(N_("Organisation"), coerce=key_of, validate_choice=False)

    def offer(self, organisations: Sequence[Organisation]) -> None:
        """Show what can be chosen."""
        states = [SelectChoice(name, _(label)) for name, (_standing, label) in STANDINGS.items()]
        self.etat.choices = [SelectChoice("", _("All but planned ones")), *states]
        ways = [SelectChoice(name, _(label)) for name, (_channel, label) in CHANNELS.items()]
        self.moyen.choices = [SelectChoice("", _("E-mail and SMS")), *ways]
        kinds = sorted(((kind_words(each), each.value) for each in Event), key=lambda kind: alphabetical(kind[0]))
        self.objet.choices = [
            SelectChoice("", _("Any message")),
            *(SelectChoice(value, label) for label, value in kinds),
        ]
        named = [SelectChoice(each.id, each.name) for each in organisations]
        self.organisation.choices = [SelectChoice(0, _("All organisations")), *named]

    def wanted(self) -> Wanted:
        """What the answers ask for."""
        standing, _label = STANDINGS.get(self.etat.data or "", (None, ""))
        channel, _label = CHANNELS.get(self.moyen.data or "", (None, ""))
        return Wanted(
            standing=standing,
            channel=channel,
            event=self.objet.data if self.objet.data in set(Event) else "",
            organisation_id=self.organisation.data or None,
            before=key_of(request.args["avant"]) if request.args.get("avant") else None,
        )


def state(**changes: Any) -> dict[str, Any]:
    """The answers as arguments of an address."""
    given = {name: request.args.get(name) for name in ("etat", "moyen", "objet", "organisation", "avant")}
    return {name: value for name, value in (given | changes).items() if value}


@views.get("/envois")
def show() -> ResponseReturnValue:
    """A page of the messages asked for, the newest first."""
    form = SendingsForm(request.args)
    with reading() as work:
        if not administers_anything(work, me().id):
            raise NoSuchSending
        organisations = organisations_of(work, me().id)
        shown = current_first(organisations)
        zone = shown[0].zone if shown else PARIS
        form.offer(organisations)
        wanted = form.wanted()
        found = sendings(work, clock(), me().id, wanted)
        rows = [_row(each, zone) for each in found.lines]
    return render_template(
        "agent/sendings.html",
        organisation=next((each for each in shown if each.id == wanted.organisation_id), next(iter(shown), None)),
        among=organisations,
        form=form,
        several=len(organisations) > 1,
        rows=rows,
        state=state,
        filtered=bool(state(avant=None)),
        older=url_for(".show", **state(avant=found.older)) if found.older else "",
        newest=url_for(".show", **state(avant=None)) if wanted.before else "",
    )


@views.post(f"/envois/<{KEY}:message_id>/relancer")
def again(message_id: int) -> ResponseReturnValue:
    """Let it leave after all."""
    with transaction() as work:
        send_sending_again(work, clock(), me().id, message_id)
    return _done(_("The message leaves again in a moment."))


@views.post(f"/envois/<{KEY}:message_id>/abandonner")
def drop(message_id: int) -> ResponseReturnValue:
    """Do not send it."""
    with transaction() as work:
        drop_sending(work, clock(), me().id, message_id)
    return _done(_("The message will not be sent."))


@views.post(f"/envois/<{KEY}:message_id>/debloquer")
def free(message_id: int) -> ResponseReturnValue:
    """Let its address be written to again."""
    with transaction() as work:
        unblock(work, clock(), me().id, message_id)
    return _done(_("Messages can be sent to this address again."))


def _row(sending: Sending, zone: str) -> dict[str, Any]:
    message, appointment = sending.message, sending.appointment
    zone = appointment.organisation.zone if appointment else zone
    why = "" if message.sent_at is not None and message.receipt != "failed" else reason_words(message.last_error)
    return {
        "id": message.id,
        "when": short_moment(message.created_at, zone),
        "to": recipient_words(message) or "–",
        "kind": kind_words(message.event),
        "appointment": short_moment(appointment.starts_at, zone) if appointment else "",
        "state": state_words(message, zone),
        "state_kind": state_kind(message),
        "why": why,
        "next": short_moment(message.due_at, zone)
        if message.tries and not message.dropped_at and not message.sent_at
        else "",
        "blocked": reason_words(sending.blocked),
        "again": sending.may_leave and bool(message.tries or message.dropped_at) and not sending.blocked,
        "drop": message.sent_at is None and message.dropped_at is None,
    }


def _done(words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".show", **state()), 303)
