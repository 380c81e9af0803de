"""« Salle d'attente »: who is expected today, who has arrived, who is late, who was seen (A09, ux 6.4)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from rdvdav.administration.teams import teams_in_sight
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.i18n import gettext as _
from rdvdav.i18n import hour_words, wall
from rdvdav.planning.outcomes import Waiting, arrive, expected_today, set_seat_outcome
from rdvdav.policy.sight import agendas_of_sight
from rdvdav_web.agent.forms import key_of
from rdvdav_web.agent.journal import phone_link
from rdvdav_web.agent.office import current_organisation, me
from rdvdav_web.agent.to_complete import ALL, OF_TEAM, OUTCOMES, asked
from rdvdav_web.agent.words import STATUS_KINDS, late, status_word
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("waiting", __name__)


@views.get("/salle-d-attente")
def show() -> ResponseReturnValue:
    """Today, of all agendas in sight or of one."""
    with reading() as work:
        agendas = work.scalars(agendas_of_sight(me().id)).all()
        teams, chosen = teams_in_sight(work, me().id), request.args.get("agenda") or ALL
        found = expected_today(work, clock(), me().id, asked(work, chosen))
        lines = [_line(found, each, seat) for each in found.appointments for seat in each.seated]
        now = wall(clock().now(), current_organisation().zone)
    return render_template(
        "agent/waiting.html",
        agendas=agendas,
        teams=teams,
        chosen=chosen,
        all=ALL,
        of_team=OF_TEAM,
        now=now,
        sections=[
            (_("Waiting"), sorted((line for line in lines if line["arrived"]), key=lambda line: line["arrived"])),
            (_("Expected"), [line for line in lines if line["expected"] and not line["arrived"]]),
            (_("Seen or missed"), [line for line in lines if not line["expected"]]),
        ],
    )


@views.post("/salle-d-attente")
def note() -> ResponseReturnValue:
    """« Usager arrivé », its undoing, or an outcome; then back to where the button stood."""
    seat_says(request.form.get("action", ""))
    return redirect(url_for(".show", agenda=request.args.get("agenda")), 303)


def seat_says(action: str) -> None:
    """Carry out what a button says of one seat: a word and the id of the seat."""
    word, _sep, seat = action.partition(":")
    with transaction() as work:
        match word:
            case "arrive" | "pas-arrive":
                appointment = arrive(work, clock(), me().id, key_of(seat), undo=word == "pas-arrive")
            case _ if word in OUTCOMES:
                appointment = set_seat_outcome(work, clock(), me().id, key_of(seat), OUTCOMES[word])
            case _:
                return
        zone = appointment.organisation.zone
        chosen = next(each for each in appointment.participations if each.id == key_of(seat))
        flash(_said(word, chosen, zone), "success")


def _said(word: str, seat: Participation, zone: str) -> str:
    name = seat.citizen.name
    if word == "arrive" and seat.arrived_at is not None:
        return _("%(name)s arrived at %(time)s.", name=name, time=hour_words(wall(seat.arrived_at, zone)))
    return {
        "honore": _("%(name)s was received.", name=name),
        "absence": _("%(name)s did not come.", name=name),
        "planifie": _("The outcome for %(name)s is taken back.", name=name),
    }.get(word) or _("The arrival of %(name)s is taken back.", name=name)


def _line(found: Waiting, appointment: Appointment, seat: Participation) -> dict[str, Any]:
    zone = appointment.organisation.zone
    starts, now = wall(appointment.starts_at, zone), wall(clock().now(), zone)
    expected = appointment.status is Status.PLANNED and seat.status is Status.PLANNED
    arrived = wall(seat.arrived_at, zone) if expected and seat.arrived_at else None
    delay = "" if arrived or not expected else late(appointment.starts_at, now)
    return {
        "seat": seat,
        "appointment": appointment,
        "starts": starts,
        "expected": expected,
        "arrived": arrived,
        "late": delay,
        "phone": phone_link(seat.citizen.called),
        "agendas": ", ".join(found.names[claim.agenda_id] for claim in appointment.claims),
        "state": _state(seat, starts.date(), arrived, delay),
        "state_kind": "info" if arrived else "warning" if delay else STATUS_KINDS.get(seat.status, "neutral"),
    }


def _state(seat: Participation, on: Any, arrived: Any, delay: str) -> str:
    if arrived:
        return _("arrived at %(time)s", time=hour_words(arrived))
    return delay or (_("Expected") if seat.status is Status.PLANNED else status_word(seat.status, on, on))
