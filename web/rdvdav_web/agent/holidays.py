"""« Jours fériés »: those of an organisation for everybody to read, and for its administrators to change (S04, ux 10.5)."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from rdvdav.directory.organisation import Organisation
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.i18n import N_, long_date
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n
from rdvdav.planning import holidays
from rdvdav.policy.right import organisations_to_administer
from rdvdav.policy.sight import organisations_of_sight
from rdvdav_web.agent.forms import DayField, LineField
from rdvdav_web.agent.office import key_in_address, me
from rdvdav_web.transaction import clock, reading, transaction

CALENDARS = {
    "FR": N_("Metropolitan France"),
    "FR-57": N_("Moselle"),
    "FR-67": N_("Bas-Rhin"),
    "FR-68": N_("Haut-Rhin"),
    "GP": N_("Guadeloupe"),
    "MQ": N_("Martinique"),
    "GF": N_("French Guiana"),
    "RE": N_("La Réunion"),
    "YT": N_("Mayotte"),
    "BL": N_("Saint-Barthélemy"),
    "MF": N_("Saint-Martin"),
    "NC": N_("New Caledonia"),
    "PF": N_("French Polynesia"),
    "PM": N_("Saint-Pierre-et-Miquelon"),
    "WF": N_("Wallis and Futuna"),
    "": N_("No public holiday"),
}

views = Blueprint("holidays", __name__)


class CalendarForm(FlaskForm):
    """Which calendar."""

    calendar = SelectField(N_("Calendar"), validate_choice=False)

    def __init__(self, **more: Any) -> None:
        """Offer the calendars, in the reader's language."""
        super().__init__(**more)
        self.calendar.choices = [SelectChoice(code, _(label)) for code, label in CALENDARS.items()]


class DayForm(FlaskForm):
    """One more day."""

    day = DayField(N_("Date"), [InputRequired(N_("Type a date, for example 24/11/2026."))])
    name = LineField(
        N_("Name"),
        [
            DataRequired(N_("Name the day, for example Bridge day.")),
            Length(max=100, message=N_("Shorten the name to 100 characters.")),
        ],
    )


@views.get("/jours-feries")
def show() -> ResponseReturnValue:
    """This year's days and the next year's."""
    with reading() as work:
        return _page(work, DayForm())


@views.post("/jours-feries/calendrier")
def choose_calendar() -> ResponseReturnValue:
    """Follow another calendar."""
    form = CalendarForm()
    with transaction() as work:
        organisation = holidays.choose_calendar(work, clock(), me().id, _asked(), form.calendar.data or "")
    return _back(organisation.id, _("The public holidays are saved."))


@views.post("/jours-feries")
def choose_days() -> ResponseReturnValue:
    """Keep the days that are ticked as holidays."""
    ticked = {day for text in request.form.getlist("closed") if (day := _day(text)) is not None}
    with transaction() as work:
        organisation = holidays.close_on(work, clock(), me().id, _asked(), ticked)
    return _back(organisation.id, _("The public holidays are saved."))


@views.post("/jours-feries/ajouter")
def add() -> ResponseReturnValue:
    """Close on one more day."""
    form = DayForm()
    if not form.validate_on_submit():
        with reading() as work:
            return _page(work, form)
    assert form.day.data is not None  # noqa: S101 - its validators say so
    with transaction() as work:
        booked = holidays.add_day(work, clock(), me().id, _asked(), form.day.data, form.name.data or "")
    kept = _n("%(num)d appointment of that day is kept.", "%(num)d appointments of that day are kept.", booked)
    said = _("%(day)s is a holiday now: %(name)s.", day=long_date(form.day.data), name=form.name.data)
    return _back(_asked(), f"{said} {kept}" if booked else said)


@views.post("/jours-feries/retirer")
def remove() -> ResponseReturnValue:
    """Take an added day back."""
    day = _day(request.form.get("day", ""))
    if day is None:
        raise NotFound
    with transaction() as work:
        organisation = holidays.remove_day(work, clock(), me().id, _asked(), day)
    return _back(organisation.id, _("%(day)s is no added holiday any more.", day=long_date(day)))


def _page(session: Session, form: DayForm) -> ResponseReturnValue:
    among = list(session.scalars(organisations_of_sight(me().id)))
    asked = key_in_address("organisation")
    organisation = next((each for each in among if asked is None or each.id == asked), None)
    if organisation is None:
        raise NoSuchOrganisation
    mine = organisations_to_administer(me().id).where(Organisation.id == organisation.id)
    return render_template(
        "agent/holidays.html",
        form=form,
        organisation=organisation,
        among=among,
        may_change=session.scalar(mine) is not None,
        years=holidays.lines(organisation, clock()),
        calendar_name=_(CALENDARS[organisation.holiday_calendar]),
        calendar_form=CalendarForm(formdata=None, data={"calendar": organisation.holiday_calendar}),
    )


def _asked() -> int:
    asked = key_in_address("organisation")
    return -1 if asked is None else asked


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _back(organisation_id: int, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".show", organisation=organisation_id), 303)
