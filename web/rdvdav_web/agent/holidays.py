"""« Jours fériés »: those of an organisation for everybody to read, and for its administrators to change (S04, ux 10.5)."""

from collections.abc import Callable
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
from rdvdav.planning import holidays
from rdvdav.policy.right import organisations_to_administer
from rdvdav.policy.sight import organisations_of_sight
from rdvdav_web.agent.consequences import carry_out
from rdvdav_web.agent.forms import DayField, LineField
from rdvdav_web.agent.office import key_in_address, me
from rdvdav_web.transaction import clock, reading

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
    code = CalendarForm().calendar.data or ""
    return _change(
        lambda work: holidays.choose_calendar(work, clock(), me().id, _asked(), code),
        _("The public holidays are saved."),
        title=_("Follow another calendar"),
        summary=_(CALENDARS[code]) if code in CALENDARS else "",
    )


@views.post("/jours-feries")
def choose_days() -> ResponseReturnValue:
    """Keep the days that are ticked as holidays."""
    ticked = {day for text in request.form.getlist("closed") if (day := _day(text)) is not None}
    return _change(
        lambda work: holidays.close_on(work, clock(), me().id, _asked(), ticked),
        _("The public holidays are saved."),
        title=_("Choose the public holidays"),
    )


@views.post("/jours-feries/ajouter")
def add() -> ResponseReturnValue:
    """Close on one more day."""
    form = DayForm()
    if "preview" in request.form or not form.validate_on_submit():
        with reading() as work:
            return _page(work, form)
    day, name = form.day.data, form.name.data or ""
    assert day is not None  # noqa: S101 - its validators say so
    return _change(
        lambda work: holidays.add_day(work, clock(), me().id, _asked(), day, name),
        _("%(day)s is a holiday now: %(name)s.", day=long_date(day), name=name),
        title=_("Add a public holiday"),
        summary=_("%(day)s: %(name)s", day=long_date(day), name=name),
        from_form=True,
    )


@views.post("/jours-feries/retirer")
def remove() -> ResponseReturnValue:
    """Take an added day back."""
    day = _day(request.form.get("day", ""))
    if day is None:
        raise NotFound
    return _change(
        lambda work: holidays.remove_day(work, clock(), me().id, _asked(), day),
        _("%(day)s is no added holiday any more.", day=long_date(day)),
        title=_("Remove a public holiday"),
        summary=long_date(day),
    )


def _change(
    edit: Callable[[Session], Organisation], said: str, *, title: str, summary: str = "", from_form: bool = False
) -> ResponseReturnValue:
    """Make the change *edit* once it is said what becomes of the appointments on days that are closed by it (L-4)."""
    with reading() as work:
        agendas = holidays.agendas_closed(work, clock(), me().id, _asked())
    return carry_out(
        agendas,
        edit,
        lambda organisation: _back(organisation.id, said),
        title=title,
        summary=summary,
        back=url_for(".show", organisation=_asked()),
        from_form=from_form,
    )


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
