"""« RDV collectifs »: the list with its free seats, a new one, and adding people (S13, ux 8.6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from rdvdav.administration.teams import teams_in_sight
from rdvdav.booking.choices import agendas_for, motifs_for, places_for
from rdvdav.booking.collective import MOST_SEATS, add_person, contradictions_of, may_be_joined, open_collective
from rdvdav.booking.freely import Plan, ToAccept, look_at
from rdvdav.booking.people import Doubles, attach_citizen, citizen_in_sight, create_citizen, doubles_of, find_people
from rdvdav.booking.warning import Kind, Warned
from rdvdav.citizens.find import Found
from rdvdav.directory.motif import Motif
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_, moment, wall
from rdvdav.i18n import gettext as _
from rdvdav.planning.appointment_list import list_appointments, motifs_listed, places_listed
from rdvdav.planning.appointments import appointment_in_sight
from rdvdav.policy.sight import agendas_of_sight
from rdvdav_web.agent.appointment_list import row_of
from rdvdav_web.agent.booking import address_to_fill_in
from rdvdav_web.agent.booking_form import BookingForm, values_in
from rdvdav_web.agent.forms import LineField, NumberField, key_of, one_line
from rdvdav_web.agent.list_form import ListForm, key_in, key_words
from rdvdav_web.agent.office import current_organisation, home_for, key_in_address, me
from rdvdav_web.agent.person_form import PersonForm, person_form
from rdvdav_web.agent.warning_words import warning_words
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("collective", __name__)


class CollectiveListForm(ListForm):
    """The filters of the list, and whether there is a seat left."""

    places = BooleanField(N_("With seats left"))

    def state(self, **changes: Any) -> dict[str, Any]:
        """The answers as arguments of an address."""
        return super().state(**{"places": "y" if self.places.data else None} | changes)


class CollectiveForm(BookingForm):
    """A new one: what it is called and how many may come, besides motif, time, place and agents."""

    title = LineField(
        N_("Title"),
        [
            InputRequired(N_("Type a title, for example Workshop on household budgets.")),
            Length(max=120, message=N_("Shorten the title to 120 characters.")),
        ],
    )
    seats = NumberField(
        N_("Seats"),
        [
            InputRequired(N_("Type how many people may come, from 1 to 1000.")),
            NumberRange(1, MOST_SEATS, N_("Type how many people may come, from 1 to 1000.")),
        ],
    )


@views.get("/rdv-collectifs")
def show() -> ResponseReturnValue:
    """A page of the list."""
    form = CollectiveListForm(request.args)
    with reading() as work:
        motifs = [motif for motif in motifs_listed(work, me().id) if motif.collective]
        agendas, teams = work.scalars(agendas_of_sight(me().id)).all(), teams_in_sight(work, me().id)
        form.offer(agendas, teams, motifs, places_listed(work, me().id))
        today = local_day(to_minutes(clock().now()), current_organisation().zone)
        filters = replace(form.filters(work, today), collective=True, with_seats=bool(form.places.data))
        after, before = key_in(request.args.get("apres", "")), key_in(request.args.get("avant", ""))
        listed = list_appointments(work, clock(), me().id, filters, after=after, before=before)
        rows = [row_of(each, listed.names, may_open=each.id in listed.open_to_me) for each in listed.appointments]
    return render_template(
        "agent/collective.html",
        form=form,
        filtered=bool(form.state()),
        listed=listed,
        rows=rows,
        before=key_words(listed.before),
        after=key_words(listed.after),
        possible=bool(motifs),
    )


@dataclass
class Draft:
    """The form as far as it is filled in; *plan* is None while too little is known."""

    form: CollectiveForm
    zone: str
    motif: Motif | None
    plan: Plan | None
    possible: bool


@views.get("/rdv-collectifs/nouveau")
def new() -> ResponseReturnValue:
    """The form, filled in with what the address says."""
    with reading() as work:
        return _page(_draft(work))


@views.post("/rdv-collectifs/nouveau")
def send() -> ResponseReturnValue:
    """Make it, once what speaks against it is accepted."""
    with reading() as work:
        draft = _draft(work)
        draft.form.validate()
        if draft.plan is not None:
            draft.form.say(contradictions_of(work, me().id, draft.plan))
        elif draft.motif is None:
            draft.form.motif.errors = [N_("Choose a motif.")]
    accepted = frozenset(draft.form.accepted.data or ())
    if draft.form.errors or draft.plan is None:
        return _page(draft)
    title, seats = draft.form.title.data or "", draft.form.seats.data or 1
    with transaction() as work:
        made = open_collective(work, clock(), me().id, draft.plan, title=title, seats=seats, accepted=accepted)
    flash(_("The appointment of %(moment)s is created.", moment=moment(wall(made.starts_at, draft.zone))), "success")
    return redirect(url_for("agent.appointments.show", reference=made.reference), 303)


@views.errorhandler(ToAccept)
def _to_accept(error: ToAccept) -> ResponseReturnValue:
    """The page again, with what is to be accepted."""
    if request.endpoint == "agent.collective.add":
        return _add_page((request.view_args or {})["reference"], warnings=error.warnings)
    with reading() as work:
        draft = _draft(work)
    draft.form.accepted.errors = [N_("Tick each warning to create the appointment all the same.")]
    return _page(draft)


def _draft(work: Session) -> Draft:
    """What was sent, else what the address says; and what speaks against it, as boxes of the form."""
    data = values_in(request.args, key_in_address("agenda")) | {
        "title": one_line(request.args.get("titre")),
        "seats": seats if 0 < (seats := key_of(request.args.get("places", ""))) <= MOST_SEATS else None,
    }
    if request.method == "GET":
        data["address"] = address_to_fill_in(work)
    form = CollectiveForm(data=data if request.method == "GET" else None)
    rows = [row for row in motifs_for(work, me().id, also=form.motif.data or None) if row[0].collective]
    chosen = {motif.id: (motif, organisation) for motif, _service, organisation in rows}
    motif, organisation = chosen.get(form.motif.data or 0, (None, current_organisation()))
    form.offer(rows, agendas_for(work, me().id, motif), places_for(work, motif))
    if motif is not None and form.seats.data is None and request.method == "GET":
        form.seats.data = motif.seats
    plan, names = form.plan(motif, organisation.zone), {choice.value: choice.label for choice in form.others.choices}
    warnings = look_at(work, clock(), me().id, plan).warnings if plan else []
    form.accepted.choices = [SelectChoice(each.key, warning_words(each, names, organisation.zone)) for each in warnings]
    return Draft(form, organisation.zone, motif, plan, bool(rows))


def _page(draft: Draft) -> ResponseReturnValue:
    return render_template("agent/collective_form.html", form=draft.form, possible=draft.possible)


@views.route("/rendez-vous/<reference>/ajouter", methods=["GET", "POST"])
def add(reference: str) -> ResponseReturnValue:
    """Look for a person, or make the record in place, then give a seat, once what speaks against it is accepted."""
    if request.form.get("action"):
        return _create(reference)
    if request.method == "GET" or "search" in request.form:
        found = None
        if request.method == "POST":
            with reading() as work:
                found = find_people(work, me().id, one_line(request.form.get("search")))
        return _add_page(reference, found)
    citizen_id, tell = key_of(request.form.get("citizen", "")), "mute" not in request.form
    accepted = frozenset(request.form.getlist("accepted"))
    with transaction() as work:
        appointment = appointment_in_sight(work, me().id, reference)
        seat = add_person(work, clock(), me().id, appointment.id, citizen_id, tell=tell, accepted=accepted)
        name = seat.citizen.name if seat else ""
    if name:
        flash(_("%(name)s has a seat.", name=name), "success")
    else:
        flash(_("This person had a seat already."), "info")
    return redirect(url_for("agent.appointments.show", reference=reference), 303)


CREATING = frozenset({"create", "create-anyway", "attach"})
"""What the buttons of a record made in place say."""


def _create(reference: str) -> ResponseReturnValue:
    """Who is not known yet; one that may be there already is shown first, and chosen by a button."""
    action, _sep, key = request.form["action"].partition(":")
    if action == "choose":
        return _go_on(reference, key_of(key))
    if action not in CREATING:
        return _add_page(reference)
    person = person_form()
    if action != "attach" and not person.validate():
        return _add_page(reference, person=person)
    with reading() as work:
        home = home_for(appointment_in_sight(work, me().id, reference).organisation_id)
        doubles = doubles_of(work, me().id, home.territory_id, person.person)
    if action != "attach":
        known = doubles.seen or doubles.masked
        if doubles.bars(person.person.email) or (known and action != "create-anyway"):
            return _add_page(reference, person=person, doubles=doubles)
    with transaction() as work:
        if action == "attach":
            citizen = attach_citizen(work, clock(), me().id, home.id, person.person.email or "")
            said = _("%(name)s is attached to your organisation.", name=citizen.name)
        else:
            citizen = create_citizen(work, clock(), me().id, home.id, person.person)
            said = _("The record of %(name)s is created.", name=citizen.name)
    flash(said, "success")
    return _go_on(reference, citizen.id)


def _go_on(reference: str, citizen_id: int) -> ResponseReturnValue:
    """The page with the person found, to whom a seat can be given."""
    return redirect(url_for(".add", reference=reference, usager=citizen_id), 303)


def _add_page(
    reference: str,
    found: Found | None = None,
    *,
    warnings: Sequence[Warned] = (),
    person: PersonForm | None = None,
    doubles: Doubles | None = None,
) -> ResponseReturnValue:
    with reading() as work:
        appointment = appointment_in_sight(work, me().id, reference)
        zone = appointment.organisation.zone
        chosen = key_in_address("usager")
        if chosen is not None and found is None and person is None:
            found = Found([citizen_in_sight(work, me().id, chosen)])
        return render_template(
            "agent/collective_add.html",
            appointment=appointment,
            starts=wall(appointment.starts_at, zone),
            joinable=may_be_joined(clock(), appointment),
            seated={seat.citizen_id for seat in appointment.seated},
            found=found,
            searched=one_line(request.form.get("search")),
            warnings=[(each.key, _speaks(each, zone)) for each in warnings],
            form=person,
            draft={"person": person or person_form(formdata=None)},
            doubles=doubles,
        )


def _speaks(warned: Warned, zone: str) -> str:
    if warned.kind is Kind.FULL:
        return _("All seats are taken. Adding this person makes one participant more than there are seats.")
    return warning_words(warned, {}, zone)
