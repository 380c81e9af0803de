"""« Nouveau rendez-vous »: one page in four blocks, for a slot that was found or any other time (A02, ux 7.7)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from rdvdav.booking.choices import agendas_for, motifs_for, places_for
from rdvdav.booking.freely import Plan, ToAccept, book_freely, contradictions, letter_for, look_at
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.people import (
    Doubles,
    attach_citizen,
    citizens_in_sight,
    create_citizen,
    doubles_of,
    find_people,
)
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.find import Found
from rdvdav.directory.motif import Motif, Visibility
from rdvdav.directory.organisation import Organisation
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_, moment, wall
from rdvdav.i18n import gettext as _
from rdvdav.planning.appointments import appointment_in_sight
from rdvdav.policy.sight import visible_agendas
from rdvdav_web.agent.booking_form import NOBODY, BookingForm, values_in
from rdvdav_web.agent.forms import key_of
from rdvdav_web.agent.office import current_organisation, home_for, key_in_address, me
from rdvdav_web.agent.person_form import PersonForm
from rdvdav_web.agent.warning_words import warning_words
from rdvdav_web.question_fields import QuestionsForm
from rdvdav_web.transaction import clock, reading, transaction

ADDRESS = "other_address"
"""Where the cookie keeps what is typed of it while the form is asked for again."""

views = Blueprint("booking", __name__)


@dataclass
class Draft:
    """The page as far as it is filled in.

    Attributes:
        organisation: The motif's, else the first one works in: its clocks count, records belong to it.
        plan: None while too little is known.
        questions: What the motif asks; an agent may leave it open.
    """

    form: BookingForm
    person: PersonForm
    motif: Motif | None
    organisation: Organisation
    citizens: list[Citizen]
    plan: Plan | None
    questions: QuestionsForm

    @property
    def home(self) -> Organisation:
        """The organisation a new record belongs to (P-8): the motif's if one works there, else one's first."""
        return home_for(self.organisation.id)

    @property
    def told(self) -> list[Citizen]:
        """Those who would get mail."""
        shown = self.motif is None or self.motif.visibility is Visibility.NOTIFIED
        wanted = self.form.told.data or ()
        return [each for each in self.citizens if shown and each.reached.email and each.id in wanted]

    def state_with(self, citizen_id: int) -> dict[str, Any]:
        """The answers as arguments of an address, one more person coming, who is told."""
        return self.form.state(usager=list(dict.fromkeys([*self.form.citizens, citizen_id])))

    def state_without(self, citizen_id: int) -> dict[str, Any]:
        """The same without one of those who come."""
        return self.form.state(usager=[each for each in self.form.citizens if each != citizen_id])


@views.get("/rendez-vous/nouveau")
def new() -> ResponseReturnValue:
    """The form, filled in with what the address says."""
    with reading() as work:
        return _page(work, _draft(work))


@views.post("/rendez-vous/nouveau")
def send() -> ResponseReturnValue:
    """What a button of the form asks for; each keeps what is typed."""
    action, _sep, key = request.form.get("action", "").partition(":")
    match action:
        case "book":
            return _book()
        case "create" | "create-anyway":
            return _create(anyway=action == "create-anyway")
        case "attach":
            return _attach()
        case "choose" | "drop":
            with reading() as work:
                draft = _draft(work)
                state = draft.state_with(key_of(key)) if action == "choose" else draft.state_without(key_of(key))
                if any(text for _question, text in draft.questions.answers):  # which no address may carry
                    return _page(work, _draft(work, people=state.get("usager", [])))
                return _go_on(draft, state)
        case _:
            with reading() as work:
                draft = _draft(work)
                found = find_people(work, me().id, draft.form.search.data or "") if action == "find" else None
                return _page(work, draft, found=found)


@views.post("/rendez-vous/nouveau/apercu")
def show_preview() -> ResponseReturnValue:
    """What there is to accept and what mail leaves, for the form that asks while somebody types."""
    with reading() as work:
        draft = _draft(work)
        return render_template("agent/booking_preview.html", **_previewed(work, draft))


@views.post("/rendez-vous/nouveau/doublons")
def show_doubles() -> ResponseReturnValue:
    """Who the person that is being typed may be already."""
    with reading() as work:
        draft = _draft(work)
        return render_template("agent/booking_doubles.html", draft=draft, doubles=_doubles(work, draft))


@views.errorhandler(ToAccept)
def _to_accept(_error: ToAccept) -> ResponseReturnValue:
    """The form again, with what came between reading and booking."""
    with reading() as work:
        draft = _draft(work)
        draft.form.accepted.errors = [N_("Tick each warning to create the appointment all the same.")]
        return _page(work, draft)


@views.errorhandler(SlotTaken)
def _slot_taken(error: SlotTaken) -> ResponseReturnValue:
    """The form again: the slot was of an agenda that one may not book freely in (D-2)."""
    with reading() as work:
        draft = _draft(work)
        draft.form.starts.errors = [N_("This slot has just been taken. Choose another one.")]
        near = [
            (wall(slot.starts_at, draft.organisation.zone), slot.agenda_id, slot.place_id)
            for slot in error.alternatives
        ]
        return _page(work, draft, near=near)


def _book() -> ResponseReturnValue:
    with reading() as work:
        draft = _draft(work)
        valid = draft.form.validate() and draft.questions.validate()
        draft.plan = draft.form.plan(draft.motif, draft.organisation.zone)
        draft.form.say(contradictions(work, me().id, draft.plan or _unfinished(draft)))
        if not valid or draft.form.errors or draft.plan is None:
            return _page(work, draft)
    with transaction() as work:
        accepted = frozenset(draft.form.accepted.data or ())
        appointment = book_freely(work, clock(), me().id, draft.plan, accepted, draft.questions.answers)
        in_sight = bool(draft.plan.agenda_ids & visible_agendas(work, me().id))
    when = moment(wall(appointment.starts_at, draft.organisation.zone))
    flash(_("The appointment of %(moment)s is created.", moment=when), "success")
    if draft.told:
        flash(
            _("A confirmation leaves for %(email)s.", email=", ".join(str(each.reached.email) for each in draft.told)),
            "info",
        )
    if not in_sight:
        return redirect(url_for("agent.finding.show", motif=draft.plan.motif_id), 303)
    return redirect(url_for("agent.appointments.show", reference=appointment.reference), 303)


def _create(*, anyway: bool) -> ResponseReturnValue:
    """Make the record, unless the person may be known and nobody looked yet."""
    with reading() as work:
        draft = _draft(work)
        if not draft.person.validate():
            return _page(work, draft, shown=draft.person)
        person, doubles = draft.person.person, _doubles(work, draft)
        if doubles.bars(person.email) or (not anyway and (doubles.seen or doubles.masked)):
            return _page(work, draft, doubles=doubles)
    with transaction() as work:
        citizen = create_citizen(work, clock(), me().id, draft.home.id, person)
    flash(_("The record of %(name)s is created.", name=citizen.name), "success")
    return _go_on(draft, draft.state_with(citizen.id))


def _attach() -> ResponseReturnValue:
    with reading() as work:
        draft = _draft(work)
    with transaction() as work:
        citizen = attach_citizen(work, clock(), me().id, draft.home.id, draft.person.person.email or "")
    flash(_("%(name)s is attached to your organisation.", name=citizen.name), "success")
    return _go_on(draft, draft.state_with(citizen.id))


def _go_on(draft: Draft, state: dict[str, Any]) -> ResponseReturnValue:
    """The form again at an address that says *state*; an address where somebody is met stands in the cookie, not there."""
    cookie[ADDRESS] = draft.form.address.data or ""
    return redirect(url_for(".new", **state), 303)


def address_to_fill_in(session: Session) -> str:
    """The other address that a form begins with: as typed a moment ago, else that of the appointment that is copied.

    Raises:
        NoSuchAppointment: The one copied does not exist, or not for this agent.
    """
    kept, copied = cookie.pop(ADDRESS, ""), request.args.get("copie")
    return kept if kept or not copied else appointment_in_sight(session, me().id, copied).address or ""


def _draft(session: Session, people: list[int] | None = None) -> Draft:
    """The page from what was sent, else from the address; a few statements whatever there is to choose from.

    Args:
        people: Who comes, instead of those the page says.
    """
    own = key_in_address("agenda")
    data = None
    if request.method == "GET":
        data = values_in(request.args, own) | {"address": address_to_fill_in(session)}
    form = BookingForm(data=data)
    if people is not None:
        form.citizen.data = form.told.data = people
    motifs = motifs_for(session, me().id, also=form.motif.data or None)
    rows = {motif.id: (motif, organisation) for motif, _service, organisation in motifs}
    motif, organisation = rows.get(form.motif.data or 0, (None, current_organisation()))
    agendas = agendas_for(session, me().id, motif, also=form.agenda_ids)
    form.offer(motifs, agendas, places_for(session, motif))
    citizens = citizens_in_sight(session, me().id, form.citizens)
    form.told.choices = [SelectChoice(each.id, each.name) for each in citizens if each.reached.email]
    today = local_day(to_minutes(clock().now()), organisation.zone)
    person = PersonForm(organisation.zone, today)
    questions = QuestionsForm.asking(motif.questions if motif else (), optional=True)()
    return Draft(form, person, motif, organisation, citizens, form.plan(motif, organisation.zone), questions)


def _unfinished(draft: Draft) -> Plan:
    """What is typed, with now for a time that is missing: to say all that is wrong at once."""
    return Plan(
        motif_id=draft.form.motif.data or 0,
        citizen_id=next(iter(draft.form.citizens), NOBODY),
        with_citizens=tuple(draft.form.citizens[1:]),
        starts_at=clock().now(),
        minutes=1,
        **draft.form.where(draft.motif),
        agenda_ids=draft.form.agenda_ids,
    )


def _doubles(session: Session, draft: Draft) -> Doubles:
    return doubles_of(session, me().id, draft.home.territory_id, draft.person.person)


def _page(
    session: Session,
    draft: Draft,
    *,
    found: Found | None = None,
    doubles: Doubles | None = None,
    near: list[Any] | None = None,
    shown: PersonForm | None = None,
) -> ResponseReturnValue:
    """The form; *shown* is the part whose errors open the page."""
    return render_template(
        "agent/booking.html",
        form=shown or draft.form,
        found=found,
        doubles=doubles,
        near=near or (),
        **_previewed(session, draft),
    )


def _previewed(session: Session, draft: Draft) -> dict[str, Any]:
    """What there is to accept, as boxes of the form, and what the person would get."""
    zone, plan = draft.organisation.zone, draft.plan
    warnings = look_at(session, clock(), me().id, plan).warnings if plan else []
    names = {choice.value: choice.label for choice in draft.form.others.choices}
    draft.form.accepted.choices = [SelectChoice(warned.key, warning_words(warned, names, zone)) for warned in warnings]
    return {
        "draft": draft,
        "booking": draft.form,
        "zone": zone,
        "starts": wall(plan.starts_at, zone) if plan else None,
        "ends": wall(plan.ends_at, zone) if plan else None,
        "agents": [names[key] for key in sorted(draft.form.agenda_ids) if key in names],
        "today": _today(zone),
        "letter": letter_for(session, plan, draft.told[0].id) if plan and draft.told else None,
    }


def _today(zone: str) -> date:
    return local_day(to_minutes(clock().now()), zone)
