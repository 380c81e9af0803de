"""The buttons on the page of an appointment: its outcome, who arrived, the comment, notices, who receives, removing it (ux 6.3)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from rdvdav.i18n import N_, moment, wall
from rdvdav.i18n import gettext as _
from rdvdav.planning.appointments import appointment_in_sight
from rdvdav.planning.fates import ColleagueTaken
from rdvdav.planning.one_appointment import (
    NotRemovable,
    colleagues_of,
    comment_on,
    give_to,
    may_remove,
    remove_for_good,
    switch_notices,
)
from rdvdav.planning.outcomes import set_outcome
from rdvdav_web.agent.appointments import CommentForm, page
from rdvdav_web.agent.forms import key_of
from rdvdav_web.agent.office import me
from rdvdav_web.agent.to_complete import OUTCOMES, outcome_said
from rdvdav_web.agent.waiting import seat_says
from rdvdav_web.agent.words import people
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("one_appointment", __name__)


class ReassignForm(FlaskForm):
    """Who receives instead, and whether participants hear of it."""

    to = RadioField(
        N_("New agent"), [InputRequired(N_("Choose who receives."))], coerce=key_of, validate_choice=False, choices=[]
    )
    tell = BooleanField(N_("Tell the participants by e-mail"), default=True)


class RemoveForm(FlaskForm):
    """Whether participants hear of it."""

    tell = BooleanField(N_("Tell the participants that the appointment is cancelled"), default=True)


@views.post("/rendez-vous/<reference>/statut")
def settle(reference: str) -> ResponseReturnValue:
    """An outcome of the whole appointment, or what a button says of one seat."""
    action = request.form.get("action", "")
    if action in OUTCOMES:
        with transaction() as work:
            settled = set_outcome(work, clock(), me().id, {reference}, OUTCOMES[action])
        flash(outcome_said(settled, OUTCOMES[action]), "success")
    else:
        with reading() as work:
            appointment_in_sight(work, me().id, reference)
        seat_says(action)
    return _back(reference)


@views.post("/rendez-vous/<reference>/commentaire")
def comment(reference: str) -> ResponseReturnValue:
    """Keep the internal comment."""
    form = CommentForm()
    if not form.validate():
        return page(reference, form)
    with transaction() as work:
        comment_on(work, clock(), me().id, reference, form.comment.data or "")
    flash(_("The comment is kept."), "success")
    return _back(reference)


@views.post("/rendez-vous/<reference>/messages")
def notices(reference: str) -> ResponseReturnValue:
    """Who hears of the appointment from now on."""
    told, by_sms = (frozenset(map(key_of, request.form.getlist(name))) for name in ("prevenus", "sms"))
    with transaction() as work:
        switch_notices(work, clock(), me().id, reference, told, by_sms)
    flash(_("The choice of who gets messages is kept."), "success")
    return _back(reference)


@views.route("/rendez-vous/<reference>/reattribuer", methods=["GET", "POST"])
def reassign(reference: str) -> ResponseReturnValue:
    """« Réattribuer »: to a colleague who is free then."""
    form = ReassignForm()
    if form.validate_on_submit():
        try_to = form.to.data
        with transaction() as work:
            give_to(work, clock(), me().id, reference, try_to, tell=bool(form.tell.data))
        flash(_("The appointment has another agent."), "success")
        return _back(reference)
    return _reassign_page(reference, form)


@views.errorhandler(ColleagueTaken)
def _taken(_error: ColleagueTaken) -> ResponseReturnValue:
    form = ReassignForm()
    form.to.errors = [N_("This colleague is no longer free then. Choose another one.")]
    return _reassign_page((request.view_args or {})["reference"], form)


def _reassign_page(reference: str, form: ReassignForm) -> ResponseReturnValue:
    with reading() as work:
        appointment = appointment_in_sight(work, me().id, reference)
        colleagues = colleagues_of(work, clock(), me().id, appointment)
        form.to.choices = [SelectChoice(each.agenda_id, each.name) for each in colleagues]
        starts = wall(appointment.starts_at, appointment.organisation.zone)
        return render_template(
            "agent/reassign.html", form=form, appointment=appointment, starts=starts, people=people(appointment)
        )


@views.route("/rendez-vous/<reference>/supprimer", methods=["GET", "POST"])
def remove(reference: str) -> ResponseReturnValue:
    """Remove it for good, once confirmed: for administrators."""
    form = RemoveForm()
    if form.validate_on_submit():
        with transaction() as work:
            remove_for_good(work, clock(), me().id, reference, tell=bool(form.tell.data))
        flash(_("The appointment is removed for good."), "success")
        return redirect(url_for("agent.appointment_list.show"), 303)
    with reading() as work:
        appointment = appointment_in_sight(work, me().id, reference)
        if not may_remove(work, me().id, appointment):
            raise NotRemovable
        starts = wall(appointment.starts_at, appointment.organisation.zone)
        return render_template(
            "agent/remove.html",
            form=form,
            appointment=appointment,
            when=moment(starts),
            people=people(appointment),
            to_come=appointment.ends_at > clock().now() and appointment.cancelled_at is None,
        )


def _back(reference: str) -> ResponseReturnValue:
    return redirect(url_for("agent.appointments.show", reference=reference), 303)
