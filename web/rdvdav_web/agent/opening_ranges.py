"""« Plages d'ouverture »: list, form with its preview, removal (S01, ux 7.1 and 7.2)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.hours.sentence import sentence
from rdvdav.i18n import gettext as _
from rdvdav.planning import opening_ranges
from rdvdav.planning.listing import listed
from rdvdav.planning.offer import offer_for
from rdvdav.planning.opening_ranges import Plan
from rdvdav.planning.preview import Preview, preview
from rdvdav_web.agent.consequences import carry_out
from rdvdav_web.agent.office import KEY, chosen_agenda, key_in_address, me
from rdvdav_web.agent.opening_form import OpeningForm, blank, values_of
from rdvdav_web.transaction import clock, reading

views = Blueprint("opening_ranges", __name__)


@views.get("/plages")
def show() -> ResponseReturnValue:
    """The ranges going on; with `passees`, those that are over."""
    past = "passees" in request.args
    with reading() as work:
        choice = chosen_agenda(work)
        rows = listed(work, clock(), choice.agenda, past=past)
    return render_template("agent/opening_ranges.html", choice=choice, past=past, rows=rows, sentence=sentence)


@views.route("/plages/nouvelle", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Open time; with `copie`, starting from a range that exists."""
    with reading() as work:
        choice = chosen_agenda(work)
        offer = offer_for(work, choice.agenda)
        copied = key_in_address("copie")
        model = opening_ranges.opening_range_of(work, me().id, copied) if copied is not None else None
        form = OpeningForm(offer, data=values_of(model) if model else blank(choice.today, offer))
        plan = _accepted(form)
        if plan is None:
            return _form_page(work, form, choice.agenda, None, back=choice.key)
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
        form = OpeningForm(offer_for(work, agenda, opening), data=values_of(opening))
        plan = _accepted(form)
        if plan is None:
            return _form_page(work, form, agenda, opening, back=agenda.id)
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
        range_id = key_in_address("plage")
        opening = opening_ranges.opening_range_of(work, me().id, range_id) if range_id is not None else None
        agenda = work.get_one(Agenda, opening.agenda_id) if opening else chosen_agenda(work).agenda
        form = OpeningForm(offer_for(work, agenda, opening))
        return render_template("agent/opening_preview.html", form=form, **_previewed(work, form, agenda, opening))


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


def _form_page(
    session: Session, form: OpeningForm, agenda: Agenda, opening: OpeningRange | None, back: int | None
) -> ResponseReturnValue:
    return render_template(
        "agent/opening_form.html",
        form=form,
        agenda=agenda,
        opening=opening,
        back=url_for(".show", agenda=back),
        preview_url=url_for(".show_preview", agenda=agenda.id, plage=opening.id if opening else None),
        **_previewed(session, form, agenda, opening),
    )


def _previewed(
    session: Session, form: OpeningForm, agenda: Agenda, opening: OpeningRange | None
) -> dict[str, Preview | str | None]:
    plan = form.plan
    if plan is None or form.troubles:
        return {"preview": None, "summary": None}
    shown = preview(session, clock(), agenda, plan, form.offer, opening)
    return {"preview": shown, "summary": sentence(shown.hours)}
