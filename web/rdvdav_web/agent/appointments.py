"""One appointment as staff see it; the links in agents' calendars lead here (ux 6.3)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms.validators import Length

from rdvdav.feeds.disclosure import location_of
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_, moment, wall
from rdvdav.i18n import gettext as _
from rdvdav.notify.audience import hears
from rdvdav.planning.appointments import (
    agendas_of,
    appointment_in_sight,
    appointment_to_cancel,
    cancel_for_service,
    may_be_cancelled,
    messages_of,
)
from rdvdav_web.agent.forms import TextField
from rdvdav_web.agent.journal import history_rows, mail_link, message_row, phone_link
from rdvdav_web.agent.office import me
from rdvdav_web.agent.words import STATUS_KINDS, people, status_word
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("appointments", __name__)


class CancelForm(FlaskForm):
    """Why the service cancels; the citizen may ask."""

    reason = TextField(
        N_("Reason for cancelling"), [Length(max=500, message=N_("Shorten the reason to 500 characters."))]
    )


@views.get("/rendez-vous/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """All about one appointment."""
    with reading() as work:
        appointment = appointment_in_sight(work, me().id, reference)
        zone = appointment.organisation.zone
        starts, today = wall(appointment.starts_at, zone), local_day(to_minutes(clock().now()), zone)
        return render_template(
            "agent/appointment.html",
            appointment=appointment,
            zone=zone,
            starts=starts,
            ends=wall(appointment.ends_at, zone),
            people=people(appointment),
            status=status_word(appointment.status, starts.date(), today),
            status_kind=STATUS_KINDS.get(appointment.status, "neutral"),
            cancellable=may_be_cancelled(appointment),
            agendas=agendas_of(work, appointment),
            location=location_of(appointment),
            phone_link=phone_link,
            mail_link=mail_link,
            history=history_rows(work, "appointment", appointment.id, zone),
            messages=[message_row(message, zone) for message in messages_of(work, appointment)],
        )


@views.route("/rendez-vous/<reference>/annuler", methods=["GET", "POST"])
def cancel(reference: str) -> ResponseReturnValue:
    """Say what cancelling does, and do it once confirmed."""
    form = CancelForm()
    if form.validate_on_submit():
        with transaction() as work:
            appointment = cancel_for_service(work, clock(), me().id, reference, form.reason.data or "")
        starts = wall(appointment.starts_at, appointment.organisation.zone)
        flash(_("The appointment of %(moment)s is cancelled.", moment=moment(starts)), "success")
        return redirect(url_for(".show", reference=reference), 303)
    with reading() as work:
        appointment = appointment_to_cancel(work, me().id, reference)
        starts = wall(appointment.starts_at, appointment.organisation.zone)
        return render_template(
            "agent/cancel.html",
            form=form,
            appointment=appointment,
            starts=starts,
            people=people(appointment),
            told=sum(hears(appointment, seat) for seat in appointment.seated),
        )
