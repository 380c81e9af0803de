"""« Liste des RDV »: filters in the address, a total, a table or cards, to be printed too (A05, ux 8.8)."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from rdvdav.administration.teams import teams_in_sight
from rdvdav.agenda.appointment import Appointment
from rdvdav.booking.people import citizen_in_sight, find_people
from rdvdav.citizens.find import Found as People
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import gettext as _
from rdvdav.i18n import wall
from rdvdav.planning.appointment_list import list_appointments, motifs_listed, places_listed
from rdvdav.policy.sight import agendas_of_sight
from rdvdav_web.agent.forms import one_line
from rdvdav_web.agent.journal import phone_link
from rdvdav_web.agent.list_form import PERIODS, ListForm, key_in, key_words
from rdvdav_web.agent.office import current_organisation, me
from rdvdav_web.agent.words import STATUS_KINDS, people, status_word
from rdvdav_web.transaction import clock, reading

views = Blueprint("appointment_list", __name__)


@views.get("/rendez-vous")
def show() -> ResponseReturnValue:
    """A page of the list."""
    return _page()


@views.post("/rendez-vous")
def find_person() -> ResponseReturnValue:
    """People to filter by: names stay out of addresses."""
    with reading() as work:
        found = find_people(work, me().id, one_line(request.form.get("search")))
    return _page(found)


def _page(found: People | None = None) -> ResponseReturnValue:
    form = ListForm(request.args)
    with reading() as work:
        agendas = work.scalars(agendas_of_sight(me().id)).all()
        form.offer(agendas, teams_in_sight(work, me().id), motifs_listed(work, me().id), places_listed(work, me().id))
        citizen = citizen_in_sight(work, me().id, form.citizen_id) if form.citizen_id else None
        today = local_day(to_minutes(clock().now()), current_organisation().zone)
        after, before = key_in(request.args.get("apres", "")), key_in(request.args.get("avant", ""))
        listed = list_appointments(work, clock(), me().id, form.filters(work, today), after=after, before=before)
        rows = [row_of(each, listed.names, may_open=each.id in listed.open_to_me) for each in listed.appointments]
    periods = [
        {"label": _(label), "url": url_for(".show", **_in_period(form, name)), "current": form.period == name}
        for name, label in PERIODS.items()
    ]
    return render_template(
        "agent/appointment_list.html",
        form=form,
        filtered=bool(form.state()),
        citizen=citizen,
        found=found,
        searched=one_line(request.form.get("search")),
        listed=listed,
        rows=rows,
        periods=periods,
        before=key_words(listed.before),
        after=key_words(listed.after),
    )


def _in_period(form: ListForm, name: str) -> dict[str, Any]:
    return form.state(periode=name, du=None, au=None)


def row_of(appointment: Appointment, names: Mapping[int, str], *, may_open: bool) -> dict[str, Any]:
    """One line: what it says, and where it leads for those who may go there; *names* are those of agendas by id."""
    zone = appointment.organisation.zone
    starts, today = wall(appointment.starts_at, zone), local_day(to_minutes(clock().now()), zone)
    return {
        "appointment": appointment,
        "starts": starts,
        "ends": wall(appointment.ends_at, zone),
        "url": url_for("agent.appointments.show", reference=appointment.reference) if may_open else "",
        "people": people(appointment),
        "phones": [phone_link(seat.citizen.called) for seat in appointment.seated if seat.citizen.called],
        "agendas": ", ".join(names[claim.agenda_id] for claim in appointment.claims),
        "status": status_word(appointment.status, starts.date(), today),
        "status_kind": STATUS_KINDS.get(appointment.status, "neutral"),
    }
