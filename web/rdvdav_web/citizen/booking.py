"""From a held slot to an appointment: who, then a last look (3.9, 3.11, 3.12)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from rdvdav.agenda.hold import Hold
from rdvdav.audit.record import Actor
from rdvdav.booking.book import book
from rdvdav.booking.hold import EXTENSIONS, extend, require_live, retake
from rdvdav.booking.mine import appointment_numbered
from rdvdav.booking.move import move, require_movable
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.contact import complete
from rdvdav.citizens.phone import phone_words
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.i18n import gettext as _
from rdvdav.i18n import moment, wall
from rdvdav_web.citizen import words
from rdvdav_web.citizen.demand import Demand, Step, demand_of
from rdvdav_web.citizen.forms import CheckForm, ContactForm, IdentityForm
from rdvdav_web.citizen.identity import ask, typed_before
from rdvdav_web.citizen.portal import Portal, held, here, hold_key, remember_hold, views, visit
from rdvdav_web.formats import sentence
from rdvdav_web.transaction import clock, reading, transaction

RESERVATION = "/rdv/<slug>/reservation/<hold_token>"


@views.get(f"{RESERVATION}/vous")
def you(slug: str, hold_token: str) -> ResponseReturnValue:
    """Who comes? Somebody signed in goes on with one button, unless « une autre adresse » is asked for."""
    with reading() as session:
        portal, slot = held(session, slug, hold_token)
        if slot.appointment_id is not None or slot.moves_appointment_id is not None:
            return redirect(url_for(".check", hold_token=hold_token))
        require_live(slot, clock())
        if slot.motif.bookable_by is BookableBy.REFERRERS:
            return redirect(url_for(".referrer", hold_token=hold_token))
        form = _you_form(session, portal, slot.motif)
        return _you_page(session, portal, slot, hold_token, form)


@views.post(f"{RESERVATION}/vous")
def tell_who(slug: str, hold_token: str) -> ResponseReturnValue:
    """Take what was typed: a mail proves the address; somebody signed in goes on at once."""
    if "prolonger" in request.form:
        with transaction() as session:
            held(session, slug, hold_token)
            extend(session, clock(), hold_token)
    with reading() as session:
        portal, slot = held(session, slug, hold_token)
        require_live(slot, clock())
        form = _you_form(session, portal, slot.motif)
        if "prolonger" in request.form:  # nothing typed is lost, nothing is checked yet
            return _you_page(session, portal, slot, hold_token, form)
        if not form.validate():
            return _you_page(session, portal, slot, hold_token, form), 422
    with transaction() as session:
        if isinstance(form, IdentityForm):
            secret = ask(session, portal, form.identity, hold_token)
            return redirect(url_for(".mailbox", hold_token=hold_token, visit=secret), 303)
        if portal.citizen is not None:
            complete(session, clock(), portal.citizen.id, phone=form.e164, birth_date=form.born)
    return redirect(url_for(".check", hold_token=hold_token), 303)


@views.post(f"{RESERVATION}/prolonger")
def prolong(slug: str, hold_token: str) -> ResponseReturnValue:
    """Keep the slot five minutes longer, and go back to the page that asked."""
    with transaction() as session:
        held(session, slug, hold_token)
        extend(session, clock(), hold_token)
    if "visit" in request.args:
        return redirect(url_for(".mailbox", hold_token=hold_token, visit=request.args["visit"]), 303)
    return redirect(url_for(".check", hold_token=hold_token), 303)


@views.post(f"{RESERVATION}/reprendre")
def take_again(slug: str, hold_token: str) -> ResponseReturnValue:
    """Hold the same slot anew after its time was over."""
    with transaction() as session:
        portal, slot = held(session, slug, hold_token)
        key = hold_key(slot.motif_id, slot.moves_appointment_id)
        fresh = retake(session, clock(), hold_token, visit=visit(), address=here(), citizen_id=portal.citizen_id)
    remember_hold(key, fresh)
    return redirect(url_for(".you", hold_token=fresh), 303)


@views.get(f"{RESERVATION}/verification")
def check(slug: str, hold_token: str) -> ResponseReturnValue:
    """The last look: everything said once more; of a move, old and new."""
    with reading() as session:
        portal, slot = held(session, slug, hold_token)
        if portal.citizen is None:
            return _unknown(slot, hold_token)
        if slot.appointment_id is not None:
            booked = appointment_numbered(session, portal.citizen.id, slot.appointment_id)
            return redirect(url_for(".confirmed", reference=booked.reference))
        require_live(slot, clock())
        if slot.moves_appointment_id is not None:
            return _move_page(session, portal, slot, portal.citizen, hold_token)
        return _check_page(session, portal, slot, portal.citizen, hold_token)


@views.post(f"{RESERVATION}/verification")
def confirm(slug: str, hold_token: str) -> ResponseReturnValue:
    """Book, or move. Two clicks make one appointment."""
    form = CheckForm()
    with transaction() as session:
        portal, slot = held(session, slug, hold_token)
        if portal.citizen is None:
            return _unknown(slot, hold_token)
        if slot.moves_appointment_id is not None:
            appointment_numbered(session, portal.citizen.id, slot.moves_appointment_id)  # theirs, or none at all
            mine = move(session, clock(), hold_token, Actor.citizen(portal.citizen.id))
            flash(
                _("The appointment is moved to %(moment)s.", moment=moment(wall(mine.starts_at, portal.zone))),
                "success",
            )
        elif _lacks(portal.citizen, slot.motif):
            return redirect(url_for(".you", hold_token=hold_token), 303)
        else:
            booked = book(session, clock(), hold_token, portal.citizen.id, by_email=form.by_email.data)
            mine = appointment_numbered(session, portal.citizen.id, booked.id)
    return redirect(url_for(".confirmed", reference=mine.reference), 303)


def _unknown(slot: Hold, hold_token: str) -> Response:
    """Where somebody goes who is not signed in."""
    if slot.moves_appointment_id is not None or slot.appointment_id is not None:
        return redirect(url_for(".appointments"), 303)
    return redirect(url_for(".you", hold_token=hold_token), 303)


def _lacks(citizen: Citizen, motif: Motif) -> bool:
    """Whether the motif needs what is not known of the citizen."""
    needs = ContactForm.needs_of(motif)
    return ("phone" in needs and not citizen.phone) or ("birth_date" in needs and citizen.birth_date is None)


def _you_form(session: Session, portal: Portal, motif: Motif) -> ContactForm:
    today = wall(clock().now(), portal.zone).date()
    if portal.citizen is not None and "autre" not in request.args:
        known = {"phone": phone_words(portal.citizen.phone or ""), "birth_date": portal.citizen.birth_date}
        return ContactForm(motif, portal.zone, today, **known)
    return IdentityForm(motif, portal.zone, today, **typed_before(session))


def _you_page(session: Session, portal: Portal, slot: Hold, hold_token: str, form: ContactForm) -> str:
    return render_template(
        "citizen/you.html",
        **_shown(session, portal, slot, hold_token),
        step=Step.YOU,
        form=form,
        known=None if isinstance(form, IdentityForm) else portal.citizen,
        lacking=not isinstance(form, IdentityForm) and ContactForm.needs_of(slot.motif),
    )


def _check_page(session: Session, portal: Portal, slot: Hold, citizen: Citizen, hold_token: str) -> ResponseReturnValue:
    if _lacks(citizen, slot.motif):
        return redirect(url_for(".you", hold_token=hold_token))
    shown = _shown(session, portal, slot, hold_token)
    demand: Demand = shown["demand"]
    when = {
        "label": _("Date and time"),
        "value": sentence(moment(shown["starts"])),
        "url": url_for(".slots", **demand.answers),
        "what": _("the time slot"),
    }
    other = url_for(".you", hold_token=hold_token, autre=1)
    person = [
        {"label": _("Person"), "value": citizen.name, "url": other, "what": _("the person")},
        {"label": _("E-mail"), "value": citizen.email, "url": other, "what": _("the e-mail address")},
        {"label": _("Phone"), "value": phone_words(citizen.phone or ""), "url": other, "what": _("the phone number")},
    ]
    return render_template(
        "citizen/check.html",
        **shown,
        step=Step.CHECK,
        form=CheckForm(),
        rows=[when, *demand.recap, *person],
        citizen=citizen,
        map_url=words.map_url(slot.place),
    )


def _move_page(session: Session, portal: Portal, slot: Hold, citizen: Citizen, hold_token: str) -> str:
    appointment = appointment_numbered(session, citizen.id, slot.moves_appointment_id)
    require_movable(clock(), appointment)
    return render_template(
        "citizen/check_move.html",
        **_shown(session, portal, slot, hold_token),
        appointment=appointment,
        before=wall(appointment.starts_at, portal.zone),
        subject=words.subject(appointment),
    )


def _shown(session: Session, portal: Portal, slot: Hold, hold_token: str) -> dict[str, Any]:
    """What every page about a held slot shows."""
    demand = demand_of(session, portal.organisation, slot)
    return {
        "demand": demand,
        "slot": slot,
        "hold_token": hold_token,
        "starts": wall(slot.starts_at, portal.zone),
        "may_extend": slot.extensions < EXTENSIONS,
    }
