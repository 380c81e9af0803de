"""The record of one person: who it is, appointments, messages, history; changed, invited, deleted (A03, ux 8.4)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms.validators import Length

from rdvdav.booking.people import EmailKnown, citizen_in_sight
from rdvdav.citizens.identity import locked_fields
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_, wall
from rdvdav.i18n import gettext as _
from rdvdav.privacy.erase import StillComing, erase, is_expected
from rdvdav.records.blocked import unblock_person
from rdvdav.records.change import answer_for, change_citizen, let_follow, let_unfollow, referents_to_choose
from rdvdav.records.invitations import invitations_of
from rdvdav.records.invite import InvitedToday, invite
from rdvdav.records.record import Record, Visit, record_of
from rdvdav_web.agent.citizens import views
from rdvdav_web.agent.forms import TextField, key_of
from rdvdav_web.agent.invitation_words import invitation_row
from rdvdav_web.agent.journal import history_row, mail_link, message_row, phone_link
from rdvdav_web.agent.office import KEY, current_organisation, me
from rdvdav_web.agent.person_form import PersonForm
from rdvdav_web.agent.sending_words import reason_words
from rdvdav_web.agent.words import STATUS_KINDS, status_word
from rdvdav_web.transaction import clock, reading, transaction

ONE = f"/usagers/<{KEY}:citizen_id>"


class RecordForm(PersonForm):
    """A person, and what staff should know."""

    notes = TextField(N_("Notes"), [Length(max=2000, message=N_("Shorten the notes to 2000 characters."))])


@views.get(ONE)
def record(citizen_id: int) -> ResponseReturnValue:
    """All about one person."""
    with reading() as work:
        found = record_of(work, clock().now(), me().id, citizen_id)
        colleagues = referents_to_choose(work, me().id)
        following = {each.id for each in found.referents}
        return render_template(
            "agent/citizen.html",
            citizen=found.citizen,
            record=found,
            upcoming=[_line(visit) for visit in found.upcoming],
            past=[_line(visit) for visit in found.past],
            outcomes=_outcomes(found),
            blocked=[(each.address, reason_words(each.reason)) for each in found.blocked],
            messages=[message_row(message, _zone()) for message in found.messages],
            invitations=[invitation_row(each, _zone()) for each in invitations_of(work, me().id, citizen_id)],
            history=None if found.history is None else [history_row(traced, _zone()) for traced in found.history],
            choosable={key: name for key, name in colleagues.items() if key not in following},
            phone_link=phone_link,
            mail_link=mail_link,
        )


@views.post(f"{ONE}/debloquer")
def unblock(citizen_id: int) -> ResponseReturnValue:
    """Let the person be written to again."""
    with transaction() as work:
        unblock_person(work, clock(), me().id, citizen_id)
    flash(_("Messages can be sent to this address again."), "success")
    return redirect(url_for(".record", citizen_id=citizen_id), 303)


@views.get(f"{ONE}/rendez-vous")
def visits(citizen_id: int) -> ResponseReturnValue:
    """The appointments by motif: all, or those to come."""
    coming_only = "a-venir" in request.args
    with reading() as work:
        found = record_of(work, clock().now(), me().id, citizen_id)
        groups: dict[str, list[dict[str, Any]]] = {}
        for visit in found.upcoming if coming_only else [*found.upcoming, *found.past]:
            groups.setdefault(visit.appointment.motif.name, []).append(_line(visit))
    return render_template(
        "agent/citizen_visits.html", citizen=found.citizen, groups=groups, coming_only=coming_only, record=found
    )


@views.route(f"{ONE}/modifier", methods=["GET", "POST"])
def edit(citizen_id: int) -> ResponseReturnValue:
    """Change who it is and how to reach them."""
    with reading() as work:
        citizen = citizen_in_sight(work, me().id, citizen_id)
        locked = locked_fields(work, citizen_id)
    zone = current_organisation().zone
    form = RecordForm(zone, local_day(to_minutes(clock().now()), zone), obj=citizen)
    for name in locked:
        form[name].data = getattr(citizen, name)  # whatever was sent
    if form.validate_on_submit():
        try:
            with transaction() as work:
                change_citizen(work, clock(), me().id, citizen_id, form.person, form.notes.data)
        except EmailKnown:
            form.email.errors = [N_("Another record has this e-mail: merge the two, or type another address.")]
        else:
            flash(_("The record is saved."), "success")
            return redirect(url_for(".record", citizen_id=citizen_id), 303)
    return render_template("agent/citizen_edit.html", form=form, citizen=citizen, locked=locked)


@views.post(f"{ONE}/inviter")
def send_invitation(citizen_id: int) -> ResponseReturnValue:
    """Write to the person where their appointments are."""
    try:
        with transaction() as work:
            citizen = invite(work, clock(), me().id, citizen_id)
    except InvitedToday:
        flash(_("This person was invited today already. Nothing was sent."), "info")
    else:
        flash(_("An invitation leaves for %(email)s.", email=citizen.email), "success")
    return redirect(url_for(".record", citizen_id=citizen_id), 303)


@views.post(f"{ONE}/referents")
def change_referents(citizen_id: int) -> ResponseReturnValue:
    """Add a « référent », or take one off."""
    with transaction() as work:
        if "retirer" in request.form:
            let_unfollow(work, clock(), me().id, citizen_id, key_of(request.form["retirer"]))
            flash(_("The agent no longer follows this person."), "success")
        else:
            let_follow(work, clock(), me().id, citizen_id, key_of(request.form.get("referent")))
            flash(_("The agent follows this person."), "success")
    return redirect(url_for(".record", citizen_id=citizen_id), 303)


@views.post(f"{ONE}/responsable/retirer")
def drop_responsible(citizen_id: int) -> ResponseReturnValue:
    """Nobody answers for this person any more."""
    with transaction() as work:
        answer_for(work, clock(), me().id, citizen_id, None)
    flash(_("The record is saved."), "success")
    return redirect(url_for(".record", citizen_id=citizen_id), 303)


@views.route(f"{ONE}/supprimer", methods=["GET", "POST"])
def remove(citizen_id: int) -> ResponseReturnValue:
    """Delete a record, once confirmed; refused while an appointment is to come."""
    form = FlaskForm()
    if form.validate_on_submit():
        with transaction() as work:
            erase(work, clock(), me().id, citizen_id)
        flash(_("The record is deleted."), "success")
        return redirect(url_for(".show"), 303)
    with reading() as work:
        citizen = citizen_in_sight(work, me().id, citizen_id)
        if is_expected(work, clock(), citizen_id):
            raise StillComing
    return render_template(
        "agent/confirm.html",
        title=_("Delete the record of %(name)s", name=citizen.name),
        sentences=[
            _("Names, contact, notes and messages are deleted for good; past appointments stay in the statistics."),
            _("The person is not told. This cannot be undone."),
        ],
        do=_("Delete the record"),
        keep=_("Keep the record"),
        back=url_for(".record", citizen_id=citizen_id),
    )


def _line(visit: Visit) -> dict[str, Any]:
    """One appointment as a row: when, what, where, with whom, how it stands."""
    appointment = visit.appointment
    zone = appointment.organisation.zone
    starts = wall(appointment.starts_at, zone)
    today = local_day(to_minutes(clock().now()), zone)
    return {
        "url": url_for("agent.appointments.show", reference=appointment.reference),
        "starts": starts,
        "motif": appointment.motif.name,
        "place": appointment.where.name if appointment.where else "–",
        "agents": visit.agents,
        "status": status_word(visit.status, starts.date(), today),
        "kind": STATUS_KINDS.get(visit.status, "neutral"),
    }


def _outcomes(found: Record) -> list[tuple[str, str, int]]:
    """How the past appointments ended: word, colour, how many."""
    counts: dict[tuple[str, str], int] = {}
    for visit in found.past:
        line = _line(visit)
        key = line["status"], line["kind"]
        counts[key] = counts.get(key, 0) + 1
    return [(word, kind, count) for (word, kind), count in counts.items()]


def _zone() -> str:
    return current_organisation().zone
