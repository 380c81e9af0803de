"""« Plages d'ouverture »: list, usual week, form with its preview, removal (S01, ux 7.1 and 7.2)."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.hours import split
from rdvdav.hours.sentence import phrase, sentence
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.planning import opening_ranges
from rdvdav.planning.listing import listed
from rdvdav.planning.offer import offer_for
from rdvdav.planning.opening_ranges import OPENINGS, Plan
from rdvdav.planning.part import Part, Scope, changed_on
from rdvdav.planning.preview import Coming, preview
from rdvdav_web.agent.consequences import carry_out
from rdvdav_web.agent.dates import DateLine, Pages, add_dates, part_in_address
from rdvdav_web.agent.journal import history_rows
from rdvdav_web.agent.office import KEY, chosen_agenda, key_in_address, me, start_in_address
from rdvdav_web.agent.opening_form import OpeningForm, blank, values_of
from rdvdav_web.agent.repetition import repetition_values
from rdvdav_web.agent.sheet import week_of_openings
from rdvdav_web.transaction import clock, reading

views = Blueprint("opening_ranges", __name__)


@views.get("/plages")
def show() -> ResponseReturnValue:
    """The ranges going on; with `passees`, those that are over."""
    past = "passees" in request.args
    with reading() as work:
        choice = chosen_agenda(work)
        rows = listed(work, clock(), choice.agenda, past=past)
    return render_template(
        "agent/opening_ranges.html", choice=choice, past=past, rows=rows, sentence=sentence, phrase=phrase
    )


@views.get("/plages/semaine-type")
def show_week() -> ResponseReturnValue:
    """A picture of the coming week, from Monday on."""
    with reading() as work:
        choice = chosen_agenda(work)
        monday = choice.today + timedelta(days=7 - choice.today.weekday())
        drawn = week_of_openings(work, choice.agenda, monday, me())
    return render_template("agent/usual_week.html", choice=choice, monday=monday, sheet=drawn)


@views.route("/plages/nouvelle", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Open time; with `copie`, starting from a range that exists."""
    with reading() as work:
        choice = chosen_agenda(work)
        offer = offer_for(work, choice.agenda)
        copied = key_in_address("copie")
        model = opening_ranges.opening_range_of(work, me().id, copied) if copied is not None else None
        series = model.series if model else None
        form = OpeningForm(offer, series, data=values_of(model) if model else blank(offer, *start_in_address(choice)))
        plan = _accepted(form)
        if plan is None:
            return _form_page(work, form, choice.agenda, None, back=url_for(".show", agenda=choice.key))
    return carry_out(
        [choice.agenda.id],
        lambda work: opening_ranges.create(work, clock(), me().id, choice.agenda.id, plan),
        lambda opening: _saved(opening, choice.key),
        title=_("Create an opening range"),
        back=url_for(".show", agenda=choice.key),
    )


@views.route(f"/plages/<{KEY}:range_id>", methods=["GET", "POST"])
def change(range_id: int) -> ResponseReturnValue:
    """Change a range, all its dates."""
    with reading() as work:
        opening = opening_ranges.opening_range_of(work, me().id, range_id)
        agenda = work.get_one(Agenda, opening.agenda_id)
        part = Part(opening)
        form = _form_of(work, agenda, part)
        plan = _accepted(form)
        if plan is None:
            return _form_page(work, form, agenda, part, back=url_for(".show", agenda=agenda.id))
    return carry_out(
        [agenda.id],
        lambda work: opening_ranges.change(work, clock(), me().id, range_id, plan),
        lambda changed: _saved(changed, agenda.id),
        title=_("Change the opening range %(name)s", name=opening.name),
        back=url_for(".show", agenda=agenda.id),
        summary=sentence(plan.hours(opening.zone, opening.series.excluded)),
    )


@views.post("/plages/apercu")
def show_preview() -> ResponseReturnValue:
    """The preview alone, for the form that asks while somebody types."""
    with reading() as work:
        range_id, copied = key_in_address("plage"), key_in_address("copie")
        opening = opening_ranges.opening_range_of(work, me().id, range_id) if range_id is not None else None
        model = opening_ranges.opening_range_of(work, me().id, copied) if copied is not None else opening
        agenda = work.get_one(Agenda, opening.agenda_id) if opening else chosen_agenda(work).agenda
        part = part_in_address(opening) if opening else None
        offer = offer_for(work, agenda, opening)
        form = _form_of(work, agenda, part) if part else OpeningForm(offer, model.series if model else None)
        return render_template("agent/opening_preview.html", form=form, **_previewed(work, form, agenda, part))


@views.route(f"/plages/<{KEY}:range_id>/supprimer", methods=["GET", "POST"])
def remove(range_id: int) -> ResponseReturnValue:
    """Say what removing does, and do it once confirmed."""
    with reading() as work:
        opening = opening_ranges.opening_range_of(work, me().id, range_id)
    if request.method == "POST":
        return carry_out(
            [opening.agenda_id],
            lambda work: opening_ranges.remove(work, clock(), me().id, range_id),
            _removed,
            title=_("Remove the opening range %(name)s", name=opening.name),
            back=url_for(".show", agenda=opening.agenda_id),
            from_form=False,
        )
    return render_template(
        "agent/confirm.html",
        title=_("Remove the opening range %(name)s", name=opening.name),
        sentences=[
            sentence(opening.hours),
            _("Nobody can book in it any more. If it has appointments, you choose next what becomes of each."),
        ],
        do=_("Remove the opening range"),
        keep=_("Keep the opening range"),
        back=url_for(".show", agenda=opening.agenda_id),
    )


def _saved(opening: OpeningRange, agenda: int | None) -> ResponseReturnValue:
    flash(_("The opening range %(name)s is saved.", name=opening.name), "success")
    return redirect(url_for(".show", agenda=agenda), 303)


def _removed(opening: OpeningRange) -> ResponseReturnValue:
    flash(_("The opening range %(name)s is removed.", name=opening.name), "success")
    return redirect(url_for(".show", agenda=opening.agenda_id), 303)


def _accepted(form: OpeningForm) -> Plan | None:
    """The plan, when the form was sent to be saved and can be; « Mettre à jour l'aperçu » only asks to look."""
    return form.plan if "preview" not in request.form and form.validate_on_submit() else None


def _form_of(session: Session, agenda: Agenda, part: Part[OpeningRange]) -> OpeningForm:
    opening = part.row
    offer = offer_for(session, agenda, opening)
    match part.scope:
        case Scope.ALL:
            return OpeningForm(offer, opening.series, data=values_of(opening))
        case Scope.ONE:
            one = changed_on(opening, part.day)
            data = values_of(one) if one else values_of(opening) | {"first_day": part.day}
            return OpeningForm(offer, single=True, data=data)
        case Scope.FOLLOWING:
            rest = split.onward(opening.series, part.day)
            data = values_of(opening) | {"first_day": part.day} | repetition_values(rest)
            return OpeningForm(offer, rest, data=data)


def _form_page(
    session: Session, form: OpeningForm, agenda: Agenda, part: Part[OpeningRange] | None, back: str
) -> ResponseReturnValue:
    return render_template(
        "agent/opening_form.html",
        form=form,
        agenda=agenda,
        part=part,
        back=back,
        history=history_rows(session, "opening_range", part.row.id, agenda.zone) if part else [],
        preview_url=url_for(
            ".show_preview",
            agenda=agenda.id,
            copie=key_in_address("copie"),
            plage=part.row.id if part else None,
            portee=request.args.get("portee"),
            jour=part.day if part and part.scope is not Scope.ALL else None,
        ),
        **_previewed(session, form, agenda, part),
    )


def _previewed(session: Session, form: OpeningForm, agenda: Agenda, part: Part[OpeningRange] | None) -> dict[str, Any]:
    plan = form.plan
    if plan is None or form.troubles:
        return {"preview": None, "summary": None}
    whole_year = request.form.get("preview") == "year"
    shown = preview(session, clock(), agenda, plan, form.offer, part, whole_year=whole_year)
    series_id = part.row.id if part and part.scope is Scope.ALL else None
    return {"preview": shown, "summary": sentence(shown.hours), "phrase": phrase, "series_id": series_id}


# --- its dates


def _lines(session: Session, agenda: Agenda, opening: OpeningRange) -> list[DateLine]:
    plan = opening_ranges.plan_of(opening)
    if plan.recurrence is None:
        return []
    offer = offer_for(session, agenda, opening)
    shown = preview(session, clock(), agenda, plan, offer, Part(opening), whole_year=True)
    return [
        DateLine(each.day, phrase(each.changed.hours) if each.changed else None, remarks=_remarks(each))
        for each in shown.dates
    ]


def _remarks(coming: Coming) -> list[str]:
    holiday = [_("Holiday (%(name)s): no slot", name=coming.holiday)] if coming.holiday else []
    away = [_("Away that day: %(title)s", title=each.title or _("absence")) for each in coming.absences]
    overlaps = [_("Overlaps the range %(name)s", name=each.opening.name) for each in coming.overlaps]
    return [*holiday, *away, *overlaps]


add_dates(
    views,
    Pages(
        path="plages",
        trade=OPENINGS,
        name_of=lambda opening: _("Opening range %(name)s", name=opening.name),
        kept=N_("Nobody can book then any more. If there are appointments, you choose next what becomes of each."),
        lines=_lines,
        form_of=_form_of,
        plan_of=_accepted,
        page_of=_form_page,
        whole=lambda row: (url_for(".change", range_id=row.id), url_for(".remove", range_id=row.id)),
    ),
)
