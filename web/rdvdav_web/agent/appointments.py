"""One appointment as staff see it; the links in agents' calendars lead here (ux 6.3)."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, NEXT, OUTCOMES, Status
from rdvdav.booking.collective import may_be_joined
from rdvdav.booking.outcome import is_expected, its_day_has_come
from rdvdav.citizens.phone import is_mobile
from rdvdav.feeds.disclosure import location_of
from rdvdav.i18n import N_, moment, wall
from rdvdav.i18n import gettext as _
from rdvdav.notify.audience import hears
from rdvdav.planning.appointments import (
    agendas_of,
    appointment_in_sight,
    appointment_to_cancel,
    cancel_by_staff,
    may_be_cancelled,
    messages_of,
)
from rdvdav.planning.one_appointment import colleagues_of, may_remove, reads_comment
from rdvdav_web.agent.forms import TextField
from rdvdav_web.agent.journal import history_rows, mail_link, message_row, phone_link, referrer_lines
from rdvdav_web.agent.office import key_in_address, me
from rdvdav_web.agent.words import STATUS_KINDS, people, presence, status_word
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("appointments", __name__)


class CancelForm(FlaskForm):
    """At whose wish, why, and who hears of it."""

    by = RadioField(
        N_("Cancelled"),
        choices=[
            SelectChoice("service", N_("By the service")),
            SelectChoice("usager", N_("At the wish of the citizen")),
        ],
        default="service",
        validate_choice=False,
    )
    reason = TextField(
        N_("Reason for cancelling"), [Length(max=500, message=N_("Shorten the reason to 500 characters."))]
    )
    tell = BooleanField(N_("Tell the participants by e-mail"), default=True)


class CommentForm(FlaskForm):
    """Context for colleagues."""

    comment = TextField(
        N_("Internal comment"), [Length(max=2000, message=N_("Shorten the comment to 2000 characters."))]
    )


@views.get("/rendez-vous/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """All about one appointment."""
    return page(reference)


def page(reference: str, form: CommentForm | None = None) -> ResponseReturnValue:
    """The page of one appointment; *form* is the comment as it was typed, when it can't be kept so."""
    with reading() as work:
        appointment = appointment_in_sight(work, me().id, reference)
        zone = appointment.organisation.zone
        starts, now = wall(appointment.starts_at, zone), wall(clock().now(), zone)
        shows_comment = reads_comment(work, me().id, appointment)
        agendas = agendas_of(work, appointment)
        return render_template(
            "agent/appointment.html",
            form=form,
            appointment=appointment,
            zone=zone,
            starts=starts,
            ends=wall(appointment.ends_at, zone),
            people=people(appointment),
            status=presence(appointment, now) or status_word(appointment.status, starts.date(), now.date()),
            status_kind=STATUS_KINDS.get(appointment.status, "neutral"),
            cancellable=may_be_cancelled(appointment),
            movable="agent.moving.show" in current_app.view_functions and may_be_cancelled(appointment),
            outcomes=_outcomes(appointment),
            seats=[_seat(appointment, seat, zone) for seat in appointment.participations],
            agendas=agendas,
            colleagues=colleagues_of(work, clock(), me().id, appointment),
            removable=may_remove(work, me().id, appointment),
            joinable=may_be_joined(clock(), appointment),
            location=location_of(appointment),
            shows_comment=shows_comment,
            comment=form or CommentForm(None, data={"comment": appointment.comment if shows_comment else ""}),
            again=_again(appointment, [agenda.id for agenda in agendas]),
            history=history_rows(work, "appointment", appointment.id, zone),
            messages=[message_row(message, zone, name) for message, name in messages_of(work, appointment)],
        )


def _outcomes(appointment: Appointment) -> list[tuple[str, str]]:
    """The buttons of this moment: word to send, and label."""
    if not its_day_has_come(clock(), appointment):
        return []
    possible = NEXT[appointment.status] | {appointment.status}
    found = []
    if Status.DONE in possible and appointment.status is not Status.DONE:
        found.append(("honore", _("Appointment attended")))
    if Status.NO_SHOW in possible and appointment.status is not Status.NO_SHOW and not appointment.motif.collective:
        found.append(("absence", _("Unexcused absence")))
    if appointment.status in OUTCOMES and appointment.holds_time:
        found.append(("planifie", _("Take the outcome back")))
    return found


def _seat(appointment: Appointment, seat: Participation, zone: str) -> dict[str, Any]:
    expected, shared = is_expected(clock(), appointment, seat), appointment.shared
    settled = shared and its_day_has_come(clock(), appointment) and seat.status not in CANCELLED
    return {
        "seat": seat,
        "phone": phone_link(seat.citizen.called),
        "mail": mail_link(seat.citizen.reached.email),
        "mobile": is_mobile(seat.citizen.called or ""),
        "reached": bool(seat.citizen.reached.email) or is_mobile(seat.citizen.called or ""),
        "referrer": referrer_lines(seat.referrer) if seat.referrer else None,
        "seated": seat in appointment.seated,
        "expected": expected,
        "settled": settled and appointment.status not in CANCELLED,
        "may_leave": shared and may_be_cancelled(appointment) and seat.status not in CANCELLED,
        "status": status_word(seat.status, wall(appointment.starts_at, zone).date(), wall(clock().now(), zone).date())
        if shared
        else "",
        "status_kind": STATUS_KINDS.get(seat.status, "neutral"),
        "arrived": wall(seat.arrived_at, zone) if seat.arrived_at else None,
    }


def _again(appointment: Appointment, agendas: list[int]) -> dict[str, str]:
    """Where « Dupliquer » and « Reprendre un rendez-vous » lead: all filled in but the time."""
    citizens = [seat.citizen_id for seat in appointment.seated]
    minutes = int((appointment.ends_at - appointment.starts_at).total_seconds()) // 60
    copy: dict[str, Any] = {
        "motif": appointment.motif_id,
        "lieu": appointment.place_id,
        "agent": agendas,
        "duree": minutes,
        "copie": appointment.reference if appointment.address else None,
    }
    if appointment.motif.collective:
        copy |= {"titre": appointment.title, "places": appointment.seats}
        return {"same": url_for("agent.collective.new", **copy)}
    return {
        "same": url_for("agent.booking.new", usager=citizens, **copy),
        "follow_up": url_for("agent.finding.show", motif=appointment.motif_id, usager=citizens[:1]),
    }


@views.route("/rendez-vous/<reference>/annuler", methods=["GET", "POST"])
def cancel(reference: str) -> ResponseReturnValue:
    """Say what cancelling does, and do it once confirmed; of a shared one perhaps one person's seat."""
    form, citizen_id = CancelForm(), key_in_address("usager")
    if request.method == "GET" and request.args.get("par") == "usager":
        form.by.data = "usager"
    if form.validate_on_submit():
        with transaction() as work:
            appointment = cancel_by_staff(
                work,
                clock(),
                me().id,
                reference,
                form.reason.data or "",
                wished=form.by.data == "usager",
                tell=bool(form.tell.data),
                citizen_id=citizen_id,
            )
        starts = wall(appointment.starts_at, appointment.organisation.zone)
        flash(_("The appointment of %(moment)s is cancelled.", moment=moment(starts)), "success")
        return redirect(url_for(".show", reference=reference), 303)
    with reading() as work:
        appointment = appointment_to_cancel(work, me().id, reference)
        starts = wall(appointment.starts_at, appointment.organisation.zone)
        leaving = [seat for seat in appointment.seated if citizen_id in {None, seat.citizen_id}]
        return render_template(
            "agent/cancel.html",
            form=form,
            appointment=appointment,
            starts=starts,
            people=", ".join(seat.citizen.name for seat in leaving) if citizen_id else people(appointment),
            told=sum(hears(appointment, seat) for seat in leaving),
        )
