"""« Indisponibilités »: list, form with the appointments concerned, removal (S03, ux 7.5)."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.hours import split
from rdvdav.hours.sentence import phrase, sentence
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.planning import absences
from rdvdav.planning.absence_preview import preview_absence
from rdvdav.planning.absences import ABSENCES, Plan
from rdvdav.planning.part import Part, Scope, changed_on
from rdvdav_web.agent.absence_form import AbsenceForm, blank, values_of
from rdvdav_web.agent.consequences import carry_out
from rdvdav_web.agent.dates import DateLine, Pages, add_dates, part_in_address
from rdvdav_web.agent.journal import history_rows
from rdvdav_web.agent.office import KEY, chosen_agenda, key_in_address, me, start_in_address
from rdvdav_web.agent.repetition import repetition_values
from rdvdav_web.agent.words import ABSENCE_KINDS, absence_words, people
from rdvdav_web.transaction import clock, reading

views = Blueprint("absences", __name__)


@views.get("/indisponibilites")
def show() -> ResponseReturnValue:
    """The absences going on or to come; with `passees`, those that are over."""
    past = "passees" in request.args
    with reading() as work:
        choice = chosen_agenda(work)
        found = absences.absences(work, clock(), choice.agenda, past=past)
        to_come = absences.to_come(work, clock(), choice.agenda) if found and not past else []
        concerned = [len(absences.touched(to_come, absences.times_of(absence))) for absence in found]
    return render_template(
        "agent/absences.html",
        choice=choice,
        past=past,
        rows=list(zip(found, concerned, strict=True)),
        sentence=sentence,
        phrase=phrase,
        kinds=ABSENCE_KINDS,
    )


@views.route("/indisponibilites/nouvelle", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Be away."""
    with reading() as work:
        choice = chosen_agenda(work)
        form = AbsenceForm(data=blank(*start_in_address(choice)))
        plan = _accepted(form)
        if plan is None:
            return _form_page(work, form, choice.agenda, None, back=url_for(".show", agenda=choice.key))
    return carry_out(
        [choice.agenda.id],
        lambda work: absences.create(work, clock(), me().id, choice.agenda.id, plan),
        lambda absence: _saved(absence, choice.key),
        title=_("Create an absence"),
        back=url_for(".show", agenda=choice.key),
        summary=sentence(plan.hours(choice.agenda.zone)),
    )


@views.route(f"/indisponibilites/<{KEY}:absence_id>", methods=["GET", "POST"])
def change(absence_id: int) -> ResponseReturnValue:
    """Change an absence."""
    with reading() as work:
        absence = absences.absence_of(work, me().id, absence_id)
        agenda = work.get_one(Agenda, absence.agenda_id)
        part = Part(absence)
        form = _form_of(work, agenda, part)
        plan = _accepted(form)
        if plan is None:
            return _form_page(work, form, agenda, part, back=url_for(".show", agenda=agenda.id))
    return carry_out(
        [agenda.id],
        lambda work: absences.change(work, clock(), me().id, absence_id, plan),
        lambda absence: _saved(absence, agenda.id),
        title=_("Change the absence"),
        back=url_for(".show", agenda=agenda.id),
        summary=sentence(plan.hours(absence.zone)),
    )


@views.post("/indisponibilites/apercu")
def show_preview() -> ResponseReturnValue:
    """The preview alone, for the form that asks while somebody types."""
    with reading() as work:
        absence_id = key_in_address("indisponibilite")
        absence = absences.absence_of(work, me().id, absence_id) if absence_id is not None else None
        agenda = work.get_one(Agenda, absence.agenda_id) if absence else chosen_agenda(work).agenda
        part = part_in_address(absence) if absence else None
        form = _form_of(work, agenda, part) if part else AbsenceForm()
        return render_template("agent/absence_preview.html", form=form, **_previewed(work, form, agenda, part))


@views.route(f"/indisponibilites/<{KEY}:absence_id>/supprimer", methods=["GET", "POST"])
def remove(absence_id: int) -> ResponseReturnValue:
    """Say what removing does, and do it once confirmed."""
    with reading() as work:
        absence = absences.absence_of(work, me().id, absence_id)
    if request.method == "POST":
        return carry_out(
            [absence.agenda_id],
            lambda work: absences.remove(work, clock(), me().id, absence_id),
            _removed,
            title=_("Remove an absence"),
            back=url_for(".show", agenda=absence.agenda_id),
            from_form=False,
        )
    return render_template(
        "agent/confirm.html",
        title=_("Remove an absence"),
        sentences=[
            absence_words(absence),
            sentence(absence.hours),
            _("The time can be booked again at once where an opening range covers it."),
        ],
        do=_("Remove the absence"),
        keep=_("Keep the absence"),
        back=url_for(".show", agenda=absence.agenda_id),
    )


def _saved(absence: Absence, agenda: int | None) -> ResponseReturnValue:
    flash(_("The absence is saved: %(sentence)s.", sentence=sentence(absence.hours)), "success")
    return redirect(url_for(".show", agenda=agenda), 303)


def _removed(absence: Absence) -> ResponseReturnValue:
    flash(_("The absence is removed: %(sentence)s.", sentence=sentence(absence.hours)), "success")
    return redirect(url_for(".show", agenda=absence.agenda_id), 303)


def _accepted(form: AbsenceForm) -> Plan | None:
    """The plan, when the form was sent to be saved and can be; « Mettre à jour l'aperçu » only asks to look."""
    return form.plan if "preview" not in request.form and form.validate_on_submit() else None


def _form_of(_session: Session, _agenda: Agenda, part: Part[Absence]) -> AbsenceForm:
    absence = part.row
    moved = (
        {"first_day": part.day, "end_day": part.day + timedelta(days=absence.days_more)} if part.day > date.min else {}
    )
    match part.scope:
        case Scope.ALL:
            return AbsenceForm(absence.series, data=values_of(absence))
        case Scope.ONE:
            one = changed_on(absence, part.day)
            return AbsenceForm(single=True, data=values_of(one) if one else values_of(absence) | moved)
        case Scope.FOLLOWING:
            rest = split.onward(absence.series, part.day)
            return AbsenceForm(rest, data=values_of(absence) | moved | repetition_values(rest))


def _form_page(
    session: Session, form: AbsenceForm, agenda: Agenda, part: Part[Absence] | None, back: str
) -> ResponseReturnValue:
    return render_template(
        "agent/absence_form.html",
        form=form,
        agenda=agenda,
        part=part,
        back=back,
        history=history_rows(session, "absence", part.row.id, agenda.zone) if part else [],
        preview_url=url_for(
            ".show_preview",
            agenda=agenda.id,
            indisponibilite=part.row.id if part else None,
            portee=request.args.get("portee"),
            jour=part.day if part and part.scope is not Scope.ALL else None,
        ),
        **_previewed(session, form, agenda, part),
    )


def _previewed(session: Session, form: AbsenceForm, agenda: Agenda, part: Part[Absence] | None) -> dict[str, Any]:
    plan = form.plan
    if plan is None or form.troubles:
        return {"summary": None}
    shown = preview_absence(session, clock(), agenda, plan, part, whole_year=request.form.get("preview") == "year")
    concerned = absences.concerned(session, clock(), agenda, *shown.times)
    return {
        "preview": shown,
        "summary": sentence(shown.hours),
        "phrase": phrase,
        "concerned": concerned,
        "zone": agenda.zone,
        "people": people,
        "series_id": part.row.id if part and part.scope is Scope.ALL else None,
    }


# --- its dates


def _lines(session: Session, agenda: Agenda, absence: Absence) -> list[DateLine]:
    if absence.recurrence is None:
        return []
    plan = absences.plan_of(absence)
    shown = preview_absence(session, clock(), agenda, plan, Part(absence), whole_year=True)
    return [
        DateLine(
            each.day,
            phrase(each.changed.hours) if each.changed else None,
            remarks=[_("Holiday: %(name)s", name=each.holiday)] if each.holiday else (),
        )
        for each in shown.dates
    ]


add_dates(
    views,
    Pages(
        path="indisponibilites",
        trade=ABSENCES,
        name_of=absence_words,
        kept=N_("The time can be booked again at once where an opening range covers it."),
        lines=_lines,
        form_of=_form_of,
        plan_of=_accepted,
        page_of=_form_page,
        whole=lambda row: (url_for(".change", absence_id=row.id), url_for(".remove", absence_id=row.id)),
    ),
)
