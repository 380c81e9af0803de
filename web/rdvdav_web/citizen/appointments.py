"""« Mes rendez-vous »: find, see, keep in a calendar, move, cancel (3.13 to 3.16). Another person's answer like none at all."""

from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.limits import until_cancel, until_move
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.booking.cancel import cancel, require_cancellable
from rdvdav.booking.mine import NoSuchAppointment, appointment_of, appointments_of, seated_of
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.phone import phone_words
from rdvdav.directory.motif import Modality
from rdvdav.i18n import gettext as _
from rdvdav.i18n import wall
from rdvdav_web.citizen import calendars, words
from rdvdav_web.citizen.forms import CancelForm
from rdvdav_web.citizen.identity import ask
from rdvdav_web.citizen.people import seated_for
from rdvdav_web.citizen.people_forms import EmailForm
from rdvdav_web.citizen.portal import Portal, enter, views
from rdvdav_web.citizen.sign_on import sign_out_here, sign_out_there
from rdvdav_web.transaction import clock, house, reading, transaction

APPOINTMENT = "/rdv/<slug>/rendez-vous/<reference>"


class NotSignedIn(Exception):
    """The page belongs to a person, and nobody is signed in: the address must be proved first."""


@views.errorhandler(NotSignedIn)
def _identify_first(_error: NotSignedIn) -> ResponseReturnValue:
    view_args = request.view_args or {}
    if request.method == "GET":
        browser["wanted"] = view_args.get("reference")
    return redirect(url_for(".appointments"), 303)


@views.get("/rdv/<slug>/mes-rendez-vous")
def appointments(slug: str) -> ResponseReturnValue:
    """One's appointments, upcoming or past; who is not signed in is asked for an e-mail address."""
    with reading() as session:
        portal = enter(session, slug, mine=True)
        if portal.citizen is None:
            return render_template("citizen/find.html", form=EmailForm())
        past = request.args.get("passes") == "1"
        now = clock().now()
        mine = [each for each in appointments_of(session, portal.citizen.id) if (each.ends_at <= now) is past]
        cards = [
            _card(portal, person, each)
            for each in (mine if past else reversed(mine))
            for person in seated_of(each, portal.citizen.id)
        ]
        return render_template("citizen/appointments.html", cards=cards, past=past)


@views.post("/rdv/<slug>/mes-rendez-vous")
def find(slug: str) -> ResponseReturnValue:
    """Mail a code to whoever looks for appointments."""
    with reading() as session:
        portal = enter(session, slug, mine=True)
        form = EmailForm()
        if not form.validate():
            return render_template("citizen/find.html", form=form), 422
    with transaction() as session:
        secret = ask(session, portal, form.identity, None)
    return redirect(url_for(".mailbox", visit=secret), 303)


@views.post("/rdv/<slug>/deconnexion")
def sign_out(slug: str) -> ResponseReturnValue:
    """End the session, and forget what was typed."""
    with transaction() as session:
        enter(session, slug)
        leaving = sign_out_here(session)
    for name in (
        "proof",
        "typed",
        "answers",
        "wanted",
        "holds",
        "visit",
        "sign_ons",
        "opened",
        "referrer",
        "beneficiary",
    ):
        browser.pop(name, None)
    there = sign_out_there(*leaving) if leaving is not None else None
    if there is not None:
        return there
    flash(_("You are signed out."), "info")
    return redirect(url_for(".organisation"), 303)


@views.get(APPOINTMENT)
def appointment(slug: str, reference: str) -> ResponseReturnValue:
    """One appointment and what can be done with it."""
    with reading() as session:
        portal, citizen, mine = owned(session, slug, reference)
        return render_template("citizen/appointment.html", **details(portal, citizen, mine), confirmed=False)


@views.get(f"{APPOINTMENT}/confirme")
def confirmed(slug: str, reference: str) -> ResponseReturnValue:
    """What was just booked or moved; reloading books nothing."""
    with reading() as session:
        portal, citizen, mine = owned(session, slug, reference)
        fresh = mine.status_for(citizen.id) not in CANCELLED
        return render_template("citizen/appointment.html", **details(portal, citizen, mine), confirmed=fresh)


@views.get(f"{APPOINTMENT}/rendez-vous.ics")
def calendar_file(slug: str, reference: str) -> FlaskResponse:
    """The appointment as a file for any calendar program."""
    with reading() as session:
        _portal, citizen, mine = owned(session, slug, reference)
        text = calendars.calendar_file(mine, citizen, house().settings.public_url)
    headers = {"Content-Disposition": 'attachment; filename="rendez-vous.ics"'}
    return FlaskResponse(text, mimetype="text/calendar", headers=headers)


@views.get(f"{APPOINTMENT}/annuler")
def ask_cancel(slug: str, reference: str) -> ResponseReturnValue:
    """What cancelling means, before it is done."""
    with reading() as session:
        portal, citizen, mine = owned(session, slug, reference)
        if mine.status_for(citizen.id) in CANCELLED:
            return redirect(url_for(".appointment", reference=reference))
        require_cancellable(clock(), mine)
        return render_template("citizen/cancel.html", **details(portal, citizen, mine), form=CancelForm())


@views.post(f"{APPOINTMENT}/annuler")
def cancel_it(slug: str, reference: str) -> ResponseReturnValue:
    """Cancel; the time is free for others at once."""
    form = CancelForm()
    with transaction() as session:
        portal, person, mine = owned(session, slug, reference)
        cancel(session, clock(), mine.id, portal.actor, form.words, citizen_id=person.id)
    flash(_("The appointment is cancelled."), "success")
    return redirect(url_for(".appointment", reference=reference), 303)


def owned(session: Session, slug: str, reference: str) -> tuple[Portal, Citizen, Appointment]:
    """Who it is for, the one who is signed in or a relative, and the appointment of theirs that the address names.

    Raises:
        NotSignedIn: Nobody is.
        NoSuchAppointment: It is not theirs, or of another organisation.
    """
    portal = enter(session, slug, mine=True)
    if portal.citizen is None:
        raise NotSignedIn
    mine = appointment_of(session, portal.citizen.id, reference)
    if mine.organisation_id != portal.organisation.id:
        raise NoSuchAppointment
    return portal, seated_for(mine, portal.citizen), mine


def _card(portal: Portal, citizen: Citizen, mine: Appointment) -> dict[str, Any]:
    """What the list shows of an appointment, of any organisation of the territory."""
    word, kind = words.status(mine, citizen.id, clock().now())
    return {
        "starts": wall(mine.starts_at, mine.organisation.zone),
        "subject": words.subject(mine),
        "where": mine.where.name if mine.where else words.mode(mine.motif),
        "organisation": "" if mine.organisation_id == portal.organisation.id else mine.organisation.name,
        "person": citizen.name,
        "word": word,
        "kind": kind,
        "url": url_for(
            ".appointment", slug=mine.organisation.slug, reference=mine.reference, **_for(portal.citizen, citizen)
        ),
        **_actions(portal, citizen, mine),
    }


def _for(signed_in: Citizen | None, person: Citizen) -> dict[str, Any]:
    """What an address says where it is about a relative."""
    return {} if person is signed_in else {"pour": person.id}


def _actions(portal: Portal, citizen: Citizen, mine: Appointment) -> dict[str, Any]:
    """Until when it may be moved and cancelled, as wall times; and where, while it may."""
    now, zone, slug = clock().now(), mine.organisation.zone, mine.organisation.slug
    named: dict[str, Any] = {"slug": slug, "reference": mine.reference, **_for(portal.citizen, citizen)}
    theirs = mine.status_for(citizen.id) not in CANCELLED
    move_limit, cancel_limit = (until_move(mine), until_cancel(mine)) if theirs else (None, None)
    found: dict[str, Any] = {
        "move_until": wall(move_limit, zone) if move_limit else None,
        "cancel_until": wall(cancel_limit, zone) if cancel_limit else None,
        "move_url": "",
        "cancel_url": "",
    }
    if theirs and mine.status is Status.TO_REPLAN:  # the service took the time away: no limit holds (L-5)
        found["move_until"] = found["cancel_until"] = None
        move_limit = cancel_limit = now
    if move_limit and now <= move_limit:
        found["move_url"] = url_for(".ask_move", **named)
    if cancel_limit and now <= cancel_limit:
        found["cancel_url"] = url_for(".ask_cancel", **named)
    return found


def _may_wait(mine: Appointment) -> bool:
    """Whether an earlier time may be waited for: nobody waits to move what is to be re-planned, or not moved on line."""
    return mine.status is Status.PLANNED and mine.motif.online and mine.motif.may_move


def details(portal: Portal, citizen: Citizen, mine: Appointment) -> dict[str, Any]:
    """All that the page of an appointment shows to who has a seat there."""
    seat = mine.seat_of(citizen.id)
    word, kind = words.status(mine, citizen.id, clock().now())
    return {
        "appointment": mine,
        "cancelled": mine.status_for(citizen.id) in CANCELLED,
        "past": mine.ends_at <= clock().now(),
        "to_replan": mine.status is Status.TO_REPLAN,
        "starts": wall(mine.starts_at, portal.zone),
        "ends": wall(mine.ends_at, portal.zone),
        "subject": words.subject(mine),
        "mode": words.mode(mine.motif),
        "word": word,
        "kind": kind,
        "told": _masked(citizen) if seat and seat.by_email else "",
        "called": phone_words(citizen.called or "") if mine.motif.modality is Modality.PHONE else "",
        "map_url": words.map_url(mine.where),
        "elsewhere": calendars.other_sites(mine),
        "citizen": citizen,
        "page_url": url_for(".appointment", reference=mine.reference),
        "earlier_url": url_for(".wait_for_earlier", reference=mine.reference) if _may_wait(mine) else "",
        "file_url": url_for(".calendar_file", reference=mine.reference),
        **_actions(portal, citizen, mine),
    }


def _masked(citizen: Citizen) -> str:
    reader = citizen.reached
    return words.masked(reader.email) if reader.email and reader.mails_wanted else ""
