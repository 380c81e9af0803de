"""« Notifications »: of which changes of the own agenda one reads by mail, and whether mails carry the calendar part (M-4, ux 9.2)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice

from rdvdav.administration import accounts
from rdvdav.directory.agent import Level
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.office import me
from rdvdav_web.transaction import transaction

views = Blueprint("notifications", __name__)

CHOOSE = N_("Choose one of these.")
ALL_OR_NONE = [SelectChoice("all", N_("All changes")), SelectChoice("none", N_("None"))]


class NotificationsForm(FlaskForm):
    """The levels, and the switch beside them."""

    appointments = RadioField(
        N_("Appointments"),
        choices=[
            SelectChoice(Level.ALL.value, N_("All changes")),
            SelectChoice(Level.OTHERS.value, N_("What others do")),
            SelectChoice(Level.NEAR.value, N_("What others do, for today and tomorrow only")),
            SelectChoice(Level.NONE.value, N_("None")),
        ],
    )
    openings = RadioField(N_("Opening ranges"), choices=ALL_OR_NONE)
    absences = RadioField(N_("Absences"), choices=ALL_OR_NONE)
    calendar = BooleanField(N_("Send me calendar invitations by e-mail"))


@views.route("/mon-compte/notifications", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Read and choose."""
    agent = me()
    chosen = {
        "appointments": agent.appointments_told.value,
        "openings": "all" if agent.openings_told else "none",
        "absences": "all" if agent.absences_told else "none",
        "calendar": agent.calendar_by_mail,
    }
    form = NotificationsForm(data=chosen)
    if not form.validate_on_submit():
        return render_template("agent/notifications.html", form=form, agent=agent, examples=_examples())
    with transaction() as work:
        accounts.choose_notifications(
            work,
            agent.id,
            Level(form.appointments.data),
            openings=form.openings.data == "all",
            absences=form.absences.data == "all",
            calendar=bool(form.calendar.data),
        )
    flash(_("Your choice is saved."), "success")
    return redirect(url_for(".show"), 303)


def _examples() -> dict[str, str]:
    return {
        Level.ALL: _("You book, move or cancel yourself: you get a mail too."),
        Level.OTHERS: _("A citizen books or cancels on the portal, the secretariat moves an appointment of yours."),
        Level.NEAR: _("A citizen cancels tomorrow's appointment; for that of next week, you read it in the agenda."),
        Level.NONE: _("Nothing to read: you see changes in the agenda."),
    }
