"""« À traiter »: appointments in conflict, to be re-planned, over without outcome; each line can be settled at once (L-4, L-5, L-8)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from rdvdav.i18n import N_, ngettext, short_date, wall
from rdvdav.i18n import gettext as _
from rdvdav.planning.fates import Fate
from rdvdav.planning.unsettled import Unsettled, Unsolved, settle, unsettled
from rdvdav_web.agent.consequences import WORDS, DecisionForm, chosen_lines, decisions_of, line_of, trouble
from rdvdav_web.agent.forms import key_of
from rdvdav_web.agent.journal import phone_link
from rdvdav_web.agent.office import key_in_address, me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("unsettled", __name__)

LISTS = {
    "conflits": (Unsettled.CONFLICT, N_("Conflicts"), N_("No appointment is in conflict.")),
    "a-replanifier": (Unsettled.TO_REPLAN, N_("To be replanned"), N_("No appointment waits to be replanned.")),
    "passes-sans-statut": (Unsettled.OVER, N_("Past without status"), N_("No past appointment lacks its status.")),
}
"""By the name in the address: the list, its title, and what it says when it is empty."""
LEAVE: dict[Fate, str] = WORDS | {Fate.KEEP: N_("Leave as it is")}
WITHOUT_TIME = {Fate.KEEP, Fate.NEAREST, Fate.CANCEL}
"""What can become of one that has no time to come any more."""


@views.route("/a-traiter", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """One of the lists, of all agendas in sight or of one; what is chosen for its lines is carried out."""
    name = request.args["liste"] if request.args.get("liste") in LISTS else "conflits"
    which, title, empty = LISTS[name]
    form, chosen = DecisionForm.of_request(), dict(chosen_lines())
    if form.decided(chosen):
        with transaction() as work:
            settled = settle(work, clock(), me().id, decisions_of(form, chosen))
        flash(ngettext("%(num)d appointment is settled.", "%(num)d appointments are settled.", settled), "success")
        return redirect(request.full_path, 303)
    with reading() as work:
        found = unsettled(
            work, clock(), me().id, which, agenda_id=key_in_address("agenda"), page=key_of(request.args.get("page"))
        )
        words = {fate: said for fate, said in LEAVE.items() if which is Unsettled.CONFLICT or fate in WITHOUT_TIME}
        lines = [line_of(hit, chosen, words) for hit in found.hits]
        rows = [_facts(found, number) for number in range(len(lines))]
    return render_template(
        "agent/unsettled.html",
        name=name,
        title=_(title),
        empty=_(empty),
        tabs=[(key, _(label)) for key, (_which, label, _empty) in LISTS.items()],
        found=found,
        lines=lines,
        rows=rows,
        form=form,
        words=[(fate.value, _(said)) for fate, said in words.items()],
        everyone=request.form.get("pour-tous", ""),
        trouble=trouble(),
        agenda=key_in_address("agenda"),
    )


def _facts(found: Unsolved, number: int) -> dict[str, Any]:
    """What a line says besides its choice."""
    appointment = found.hits[number].appointment
    zone, since = appointment.organisation.zone, appointment.withdrawn_at
    return {
        "phones": [phone_link(seat.citizen.called) for seat in appointment.seated if seat.citizen.called],
        "agendas": ", ".join(found.names.get(claim.agenda_id, "…") for claim in appointment.claims),
        "since": short_date(wall(since, zone)) if since else "–",
    }
