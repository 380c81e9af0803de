"""« Déplacer »: a date and a time are chosen, or dropped by a drag in the agenda; then one check, old and new (ux 6.2, S-11)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.booking.choices import agendas_for, places_for
from rdvdav.booking.freely import LONGEST, ToAccept
from rdvdav.feeds.disclosure import location_of
from rdvdav.hours.wall import instant_of
from rdvdav.i18n import N_, moment, wall
from rdvdav.i18n import gettext as _
from rdvdav.planning.appointments import agendas_of
from rdvdav.planning.moving import Outlook, Wish, movable, move_freely, outlook
from rdvdav.policy.sight import NoSuchAgenda, visible_agendas
from rdvdav_web.agent.forms import DayField, HourField, key_of
from rdvdav_web.agent.office import key_in_address, me
from rdvdav_web.agent.warning_words import warning_words
from rdvdav_web.agent.words import people
from rdvdav_web.signin import local_path
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("moving", __name__)


class MoveForm(FlaskForm):
    """Where to; the answers live in the address."""

    class Meta:
        """A form that changes nothing needs no token."""

        csrf = False

    jour = DayField(N_("Date"), [InputRequired(N_("Type a date, for example 24/11/2026."))])
    heure = HourField(N_("Time"), [InputRequired(N_("Type a time, for example 09:30."))])
    duree = IntegerField(
        N_("Duration in minutes"),
        [Optional(), NumberRange(1, LONGEST, message=N_("Type a number of minutes, for example 30."))],
    )
    lieu = SelectField(N_("Place"), coerce=key_of, validate_choice=False)
    agenda = SelectField(N_("Agenda"), coerce=key_of, validate_choice=False)

    @property
    def is_filled(self) -> bool:
        """Whether the address says anything of where to."""
        return bool(request.args.get("jour") or request.args.get("heure"))


@views.get("/rendez-vous/<reference>/deplacer")
def show(reference: str) -> ResponseReturnValue:
    """Ask where to; once the address says it, what would happen."""
    with reading() as work:
        return _page(work, reference)


@views.post("/rendez-vous/<reference>/deplacer")
def send(reference: str) -> ResponseReturnValue:
    """Move it there, all warnings of the page accepted."""
    with reading() as work:
        wish = _wish(work, movable(work, me().id, reference), _form())
        if wish is None:
            return _page(work, reference)
    accepted, tell = frozenset(request.form.getlist("accepte")), "prevenir" in request.form
    with transaction() as work:
        appointment = move_freely(work, clock(), me().id, reference, wish, accepted=accepted, tell=tell)
        zone = appointment.organisation.zone
    when = moment(wall(appointment.starts_at, zone))
    flash(_("The appointment is moved to %(moment)s.", moment=when), "success")
    return redirect(_return_path() or url_for("agent.appointments.show", reference=reference), 303)


@views.errorhandler(ToAccept)
def _to_accept(_error: ToAccept) -> ResponseReturnValue:
    """The check again, with what came between reading and moving."""
    with reading() as work:
        return _page(work, (request.view_args or {})["reference"], between=True)


def _page(session: Session, reference: str, *, between: bool = False) -> ResponseReturnValue:
    appointment = movable(session, me().id, reference)
    form = _form()
    own = agendas_of(session, appointment)
    wish = _wish(session, appointment, form)
    facts = {
        "appointment": appointment,
        "people": people(appointment),
        "agendas": own,
        "back": _return_path() or url_for("agent.appointments.show", reference=reference),
        "kept": {"de": request.args.get("de"), "retour": _return_path()},
    }
    if wish is None:
        _offer(session, appointment, own, form)
        return render_template("agent/move.html", form=form, **facts, **_times(appointment, own))
    look = outlook(session, clock(), me().id, reference, wish)
    return render_template("agent/move_check.html", look=look, between=between, **facts, **_check(look, own))


def _form() -> MoveForm:
    form = MoveForm(request.args)
    if form.is_filled:
        form.validate()
    return form


def _wish(session: Session, appointment: Appointment, form: MoveForm) -> Wish | None:
    """What the address asks for; None while it says too little, or says it wrong."""
    if not form.is_filled or form.errors or form.jour.data is None or form.heure.data is None:
        return None
    own = agendas_of(session, appointment)
    to = form.agenda.data if "agenda" in request.args else None
    starts_at = instant_of(form.jour.data, form.heure.data, _zone(own))
    place_id = form.lieu.data if request.args.get("lieu") else None
    return Wish(starts_at, _leaves(session, own), to, form.duree.data, place_id)


def _leaves(session: Session, own: Sequence[Agenda]) -> int:
    """The agenda it leaves if it goes to another one: the one named, else the first of those one may see."""
    named = key_in_address("de")
    if named is not None:
        return named
    seen = visible_agendas(session, me().id)
    found = next((agenda.id for agenda in own if agenda.id in seen), None)
    if found is None:
        raise NoSuchAgenda
    return found


def _offer(session: Session, appointment: Appointment, own: Sequence[Agenda], form: MoveForm) -> None:
    """Fill in how it stands, and whose agendas it may go to."""
    leaves = _leaves(session, own)
    others = [each for each in agendas_for(session, me().id, appointment.motif) if each not in own]
    mine = [each for each in own if each.id == leaves]
    places = [SelectChoice(each.id, each.name) for each in places_for(session, appointment.motif)]
    stays = appointment.address is not None or appointment.place_id not in {each.value for each in places}
    form.lieu.choices = [SelectChoice("", location_of(appointment)), *places] if stays else places
    form.agenda.choices = [SelectChoice(each.id, each.name) for each in [*mine, *others]]
    if not form.is_filled:
        starts = wall(appointment.starts_at, _zone(own))
        form.jour.data, form.heure.data = starts.date(), starts.time()
        form.duree.data = (appointment.ends_at - appointment.starts_at) // timedelta(minutes=1)
        form.lieu.data = key_of("") if stays else appointment.place_id
        form.agenda.data = leaves


def _check(look: Outlook, own: Sequence[Agenda]) -> dict[str, object]:
    """The words of the check page."""
    zone = _zone(own)
    names = {agenda.id: agenda.name for agenda in [*own, *look.agendas]}
    return {
        **_times(look.appointment, own),
        "new_starts": wall(look.starts_at, zone),
        "new_ends": wall(look.ends_at, zone),
        "warnings": [(warned.key, warning_words(warned, names, zone)) for warned in look.warnings],
    }


def _times(appointment: Appointment, own: Sequence[Agenda]) -> dict[str, datetime]:
    zone = _zone(own)
    return {"starts": wall(appointment.starts_at, zone), "ends": wall(appointment.ends_at, zone)}


def _zone(own: Sequence[Agenda]) -> str:
    """The clocks of the agenda: what its grid shows."""
    return own[0].zone


def _return_path() -> str:
    """The agenda one came from; nothing for any other address."""
    path = local_path(request.args.get("retour", ""))
    home = url_for("agent.agenda.show")
    return path if path == home or path.startswith(f"{home}?") else ""
