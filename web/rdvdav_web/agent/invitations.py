"""« Inviter à prendre RDV » from a person's record: for what, why, until when; sent again, revoked (B13, ux 8.4)."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import Field, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from rdvdav.booking.people import citizen_in_sight
from rdvdav.citizens.phone import phone_words
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.notify.invitation import Way, way_to
from rdvdav.outbox.message import Channel
from rdvdav.records.invitations import Purpose, SentJustNow, invite_to_book, purposes_for, revoke, send_again
from rdvdav_web.agent.citizen_record import ONE
from rdvdav_web.agent.citizens import views
from rdvdav_web.agent.forms import DayField, TextField
from rdvdav_web.agent.office import KEY, current_organisation, me
from rdvdav_web.transaction import clock, reading, transaction

LASTS = timedelta(days=30)
"""How long an invitation lasts unless another day is chosen."""
LONGEST = timedelta(days=366)


class InvitationForm(FlaskForm):
    """For what, why, until when."""

    purpose = SelectField(
        N_("What for"), [InputRequired(N_("Choose what the appointment is for."))], validate_choice=False
    )
    message = TextField(N_("Message"), [Length(max=1000, message=N_("Shorten the message to 1000 characters."))])
    last_day = DayField(N_("To be booked until"), [InputRequired(N_("Type a date, for example 24/11/2026."))])

    def __init__(self, purposes: Sequence[Purpose], today: date) -> None:
        """Offer *purposes*, by organisation and service."""
        super().__init__(data={"last_day": today + LASTS})
        self._today, self._keys = today, {each.key for each in purposes}
        choices = [SelectChoice(each.key, _purpose_words(each), optgroup=_group(each, purposes)) for each in purposes]
        self.purpose.choices = [SelectChoice("", _("Choose")), *sorted(choices, key=lambda each: each.optgroup or "")]

    def validate_purpose(self, field: Field) -> None:
        """Accept what is offered."""
        if field.data not in self._keys:
            raise ValidationError(N_("Choose what the appointment is for."))

    def validate_last_day(self, field: Field) -> None:
        """Nobody books yesterday, nor in two years."""
        if not self._today <= field.data <= self._today + LONGEST:
            raise ValidationError(N_("Choose a day from today on, within a year."))


@views.route(f"{ONE}/inviter-a-prendre-rdv", methods=["GET", "POST"])
def invite_to_book_form(citizen_id: int) -> ResponseReturnValue:
    """Ask the person to book."""
    with reading() as work:
        citizen = citizen_in_sight(work, me().id, citizen_id)
        way = way_to(work, citizen)
        purposes = purposes_for(work, me().id)
    today = local_day(to_minutes(clock().now()), current_organisation().zone)
    form = InvitationForm(purposes, today)
    if way is not None and form.validate_on_submit() and form.last_day.data:
        with transaction() as work:
            words = form.message.data or ""
            invite_to_book(work, clock(), me().id, citizen_id, form.purpose.data, words, form.last_day.data)
        flash(_leaves(way), "success")
        return redirect(url_for(".record", citizen_id=citizen_id), 303)
    page = render_template(
        "agent/invite_to_book.html", form=form, citizen=citizen, purposes=purposes, way=way, phone=_called(way)
    )
    return page, 422 if form.errors else 200


@views.post(f"{ONE}/invitations/<{KEY}:invitation_id>/renvoyer")
def send_invitation_again(citizen_id: int, invitation_id: int) -> ResponseReturnValue:
    """Another message, with another link."""
    try:
        with transaction() as work:
            invitation = send_again(work, clock(), me().id, citizen_id, invitation_id)
            way = way_to(work, invitation.citizen)
    except SentJustNow:
        flash(_("The message has just been sent. Nothing more was sent."), "info")
    else:
        flash(_leaves(way), "success")
    return redirect(url_for(".record", citizen_id=citizen_id), 303)


@views.post(f"{ONE}/invitations/<{KEY}:invitation_id>/revoquer")
def revoke_invitation(citizen_id: int, invitation_id: int) -> ResponseReturnValue:
    """Its links open nothing any more."""
    with transaction() as work:
        revoke(work, clock(), me().id, citizen_id, invitation_id)
    flash(_("The invitation is revoked: its link opens nothing any more."), "success")
    return redirect(url_for(".record", citizen_id=citizen_id), 303)


def _leaves(way: Way | None) -> str:
    """By which way the invitation went."""
    if _called(way):
        return _("An SMS with the invitation leaves for %(phone)s.", phone=_called(way))
    return _("An invitation leaves for %(email)s.", email=way.recipient if way else "")


def _called(way: Way | None) -> str:
    return phone_words(way.recipient) if way is not None and way.channel is Channel.SMS else ""


def _purpose_words(purpose: Purpose) -> str:
    if purpose.motif is not None:
        return purpose.motif.name
    if purpose.category:
        return _("Any reason of the category %(category)s open on line", category=purpose.category)
    return _("Any reason open on line")


def _group(purpose: Purpose, purposes: Sequence[Purpose]) -> str:
    several = len({each.organisation.id for each in purposes}) > 1
    return f"{purpose.organisation.name} – {purpose.service.name}" if several else purpose.service.name
