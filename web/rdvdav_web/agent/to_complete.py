"""« Rendez-vous à renseigner »: those whose day has come and of which nobody said what became (L-8, ux 6.5)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from rdvdav.administration.teams import teams_in_sight
from rdvdav.agenda.status import Status
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n
from rdvdav.planning.outcomes import Waiting, incomplete, set_outcome
from rdvdav.policy.sight import agendas_of_sight
from rdvdav_web.agent.appointment_list import row_of
from rdvdav_web.agent.forms import key_of
from rdvdav_web.agent.office import agendas_wanted, me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("to_complete", __name__)

ALL, OF_TEAM = "tous", "equipe-"
"""What the filter says for all agendas, and before the id of a team."""
OUTCOMES = {"honore": Status.DONE, "absence": Status.NO_SHOW, "planifie": Status.PLANNED}
"""What buttons say, by the word they send."""


@views.get("/rendez-vous/a-renseigner")
def show() -> ResponseReturnValue:
    """The list, of one's own agenda unless another is asked for, or all."""
    return _page()


@views.post("/rendez-vous/a-renseigner")
def settle() -> ResponseReturnValue:
    """One line by its button, or all that are ticked."""
    word, _sep, reference = request.form.get("action", "").partition(":")
    references = {reference} if reference else set(request.form.getlist("choix"))
    status = OUTCOMES.get(word)
    if not references or status is None:
        return _page(nothing_ticked=True)
    with transaction() as work:
        settled = set_outcome(work, clock(), me().id, references, status)
    flash(outcome_said(settled, status, next(iter(references)) if len(references) == 1 else ""), "success")
    return redirect(url_for(".show", agenda=request.args.get("agenda")), 303)


def outcome_said(settled: int, status: Status, reference: str = "") -> str:
    """What was done; of one appointment with the link to where it can be corrected."""
    words = {
        Status.DONE: _n("%(num)d appointment is attended.", "%(num)d appointments are attended.", settled),
        Status.NO_SHOW: _n("%(num)d appointment was missed.", "%(num)d appointments were missed.", settled),
        Status.PLANNED: _n("%(num)d appointment has no outcome.", "%(num)d appointments have no outcome.", settled),
    }[status]
    if not reference:
        return words
    url = url_for("agent.appointments.show", reference=reference)
    return Markup('{} <a href="{}">{}</a>').format(words, url, _("Look at it or correct it"))


def _page(*, nothing_ticked: bool = False) -> ResponseReturnValue:
    with reading() as work:
        agendas = work.scalars(agendas_of_sight(me().id)).all()
        teams = teams_in_sight(work, me().id)
        chosen = request.args.get("agenda") or next((str(each.id) for each in agendas if each.agent_id == me().id), ALL)
        found: Waiting = incomplete(work, clock(), me().id, asked(work, chosen))
        rows = [row_of(appointment, found.names, may_open=True) for appointment in found.appointments]
    page = render_template(
        "agent/to_complete.html",
        rows=rows,
        found=found,
        agendas=agendas,
        teams=teams,
        chosen=chosen,
        all=ALL,
        of_team=OF_TEAM,
        all_ticked=bool(request.args.get("coches")),
        nothing_ticked=nothing_ticked,
    )
    return (page, 422) if nothing_ticked else page


def asked(session: Session, chosen: str) -> list[int] | None:
    """The agendas that *chosen* names: one, those of a team, or all of them (None)."""
    if chosen == ALL:
        return None
    team = chosen.removeprefix(OF_TEAM)
    if team != chosen:
        return agendas_wanted(session, None, key_of(team))
    return agendas_wanted(session, key_of(chosen), None)
