"""« Trouver un RDV »: free slots of a motif by place and day, each a link to the appointment it would become (S05, ux 7.6)."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from rdvdav.administration.teams import teams_in_sight
from rdvdav.booking.choices import motifs_for
from rdvdav.booking.people import citizen_in_sight, find_people
from rdvdav.citizens.find import Found as People
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.i18n import gettext as _
from rdvdav.i18n import wall
from rdvdav.slots.find import SPAN_DAYS, find_slots
from rdvdav.slots.offer import agents_offering, places_offering
from rdvdav.slots.slot import Slot
from rdvdav.slots.why import NoSlot
from rdvdav_web.agent.finding_form import FindingForm
from rdvdav_web.agent.forms import one_line
from rdvdav_web.agent.office import agendas_wanted, current_organisation, me
from rdvdav_web.agent.reason_words import OF_HOURS, reason_words
from rdvdav_web.transaction import clock, reading

MOST_OTHERS = 8
"""Other agents listed under one start; the filter finds the rest."""

views = Blueprint("finding", __name__)


@views.get("/trouver-un-rdv")
def show() -> ResponseReturnValue:
    """The search, and what it finds once a motif is chosen."""
    return _page()


@views.post("/trouver-un-rdv")
def find_person() -> ResponseReturnValue:
    """People for whom to search: names stay out of addresses."""
    with reading() as work:
        people = find_people(work, me().id, one_line(request.form.get("search")))
    return _page(people)


def _page(people: People | None = None) -> ResponseReturnValue:
    form = FindingForm(request.args)
    with reading() as work:
        motifs = motifs_for(work, me().id, widened=bool(form.large.data), also=form.motif.data or None)
        rows = {motif.id: (motif, organisation) for motif, _service, organisation in motifs}
        motif, organisation = rows.get(form.motif.data or 0, (None, current_organisation()))
        agents = agents_offering(work, clock(), motif.id) if motif else []
        places = places_offering(work, clock(), [motif.id])[motif.id] if motif else []
        form.offer(motifs, agents, places, teams_in_sight(work, me().id))
        citizen = citizen_in_sight(work, me().id, form.citizen_id) if form.citizen_id else None
        found = None
        if motif is not None:
            found = find_slots(
                work,
                clock(),
                motif,
                first_day=_first_day(form, organisation),
                places=_only(form.chosen("lieu")),
                agendas=agendas_wanted(work, form.chosen("agent"), form.chosen("equipe")),
                citizen_id=form.citizen_id or None,
            )
    return render_template(
        "agent/finding.html",
        form=form,
        motif=motif,
        organisation=organisation,
        citizen=citizen,
        people=people,
        searched=one_line(request.form.get("search")),
        found=found,
        most=MOST_OTHERS,
        earlier=_earlier(found.first_day, organisation) if found else None,
        later=found.last_day + timedelta(days=1) if found else None,
        reason=reason_words(found.why, motif) if found and found.why and motif else "",
        remedies=_remedies(found.why, form) if found and found.why else [],
        free_booking=url_for("agent.booking.new", **_filled(form)),
        book=_books(form, motif, organisation),
    )


def _only(key: int | None) -> list[int] | None:
    return None if key is None else [key]


def _first_day(form: FindingForm, organisation: Organisation) -> date:
    """Where the span begins: today, or the day that was asked for if it is not over."""
    today = wall(clock().now(), organisation.zone).date()
    return max(form.first_day or today, today)


def _earlier(first: date, organisation: Organisation) -> date | None:
    """Where the span before begins; nothing before today."""
    today = wall(clock().now(), organisation.zone).date()
    return max(first - timedelta(days=SPAN_DAYS), today) if first > today else None


def _remedies(why: NoSlot, form: FindingForm) -> list[tuple[str, str]]:
    """What can be done about it: words and address of each remedy that exists, the likeliest first."""
    anywhere = form.state(lieu=None, agent=None, equipe=None)
    remedies = []
    if why.cause in OF_HOURS:
        remedies.append((_("Create an opening range"), url_for("agent.opening_ranges.new")))
    if form.chosen("agent") or form.chosen("equipe") or form.chosen("lieu"):
        remedies.append((_("All agents and places"), url_for(".show", **anywhere)))
    if not form.large.data:
        remedies.append((_("Widen"), url_for(".show", **anywhere | {"large": 1})))
    return [*remedies, (_("Outside any slot"), url_for("agent.booking.new", **_filled(form)))]


def _filled(form: FindingForm) -> dict[str, Any]:
    return {name: value for name, value in form.state().items() if name in {"motif", "usager"}}


def _books(form: FindingForm, motif: Motif | None, organisation: Organisation) -> Any:
    """A function from a slot to the address of the appointment it would become, all filled in."""

    def book(slot: Slot) -> str:
        starts = wall(slot.starts_at, organisation.zone)
        return url_for(
            "agent.booking.new",
            motif=motif.id if motif else None,
            usager=form.citizen_id or None,
            jour=starts.date().isoformat(),
            heure=starts.strftime("%H:%M"),
            lieu=slot.place_id,
            agent=[agenda_id for agenda_id, _opening in slot.parts],
        )

    return book
