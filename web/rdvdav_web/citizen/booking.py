"""From a held slot to an appointment: who, then a last look (3.9, 3.11, 3.12)."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.booking.book import book_all
from rdvdav.booking.contact import complete
from rdvdav.booking.held import extend, know, require_live
from rdvdav.booking.hold import retake
from rdvdav.booking.limit import require_within
from rdvdav.booking.mine import appointment_numbered
from rdvdav.booking.move import move, require_movable
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.identity import locked_fields
from rdvdav.citizens.phone import phone_words
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.i18n import gettext as _
from rdvdav.i18n import moment, wall
from rdvdav.notify.sms import takes_sms
from rdvdav_web.citizen import words
from rdvdav_web.citizen.demand import Step, demand_of
from rdvdav_web.citizen.forms import CheckForm, ContactForm, IdentityForm
from rdvdav_web.citizen.identity import ask, typed_before
from rdvdav_web.citizen.kept import moments, shown
from rdvdav_web.citizen.people import booked_for, lacks, seated_for
from rdvdav_web.citizen.portal import Portal, all_held, held, here, hold_key, remember_hold, views, visit
from rdvdav_web.transaction import clock, reading, transaction

RESERVATION = "/rdv/<slug>/reservation/<hold_token>"


@views.get(f"{RESERVATION}/vous")
def you(slug: str, hold_token: str) -> ResponseReturnValue:
    """Who comes? Somebody signed in goes on with one button, unless « une autre adresse » is asked for."""
    with reading() as session:
        portal, holds = all_held(session, slug, hold_token)
        slot = holds[0]
        if _booked(holds) or slot.moves_appointment_id is not None:
            return redirect(url_for(".check", hold_token=hold_token))
        require_live(slot, clock())
        if slot.motif.bookable_by is BookableBy.REFERRERS:
            return redirect(url_for(".referrer", hold_token=hold_token))
        form = _you_form(session, portal, slot.motif)
        return _you_page(session, portal, holds, hold_token, form)


@views.post(f"{RESERVATION}/vous")
def tell_who(slug: str, hold_token: str) -> ResponseReturnValue:
    """Take what was typed: a mail proves the address; somebody signed in goes on at once."""
    if "prolonger" in request.form:
        with transaction() as session:
            held(session, slug, hold_token)
            extend(session, clock(), hold_token)
    with reading() as session:
        portal, holds = all_held(session, slug, hold_token)
        slot = holds[0]
        require_live(slot, clock())
        form = _you_form(session, portal, slot.motif)
        if "prolonger" in request.form:  # nothing typed is lost, nothing is checked yet
            return _you_page(session, portal, holds, hold_token, form)
        if not form.validate():
            return _you_page(session, portal, holds, hold_token, form), 422
    with transaction() as session:
        if isinstance(form, IdentityForm):
            secret = ask(session, portal, form.identity, hold_token)
            return redirect(url_for(".mailbox", hold_token=hold_token, visit=secret), 303)
        if portal.citizen is not None:
            complete(session, clock(), portal.citizen.id, phone=form.e164, birth_date=form.born)
            know(session, clock(), hold_token, portal.citizen.id)
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
        portal, holds = all_held(session, slug, hold_token)
        slot = holds[0]
        if portal.citizen is None:
            return _unknown(slot, hold_token)
        if booked := _booked(holds):
            first = appointment_numbered(session, portal.citizen.id, booked[0].appointment_id)
            return redirect(_confirmation(holds, first, hold_token))
        require_live(slot, clock())
        if slot.moves_appointment_id is not None:
            return _move_page(session, portal, slot, portal.citizen, hold_token)
        person = booked_for(session, portal.citizen)
        if person is None:
            return redirect(url_for(".who_for", hold_token=hold_token))
        form = CheckForm.asking(slot.motif.questions)(data=browser.get("answers"))
        return _check_page(session, portal, holds, person, hold_token, form)


@views.post(f"{RESERVATION}/verification")
def confirm(slug: str, hold_token: str) -> ResponseReturnValue:
    """Book, or move. Two clicks make one appointment."""
    with transaction() as session:
        portal, holds = all_held(session, slug, hold_token)
        slot = holds[0]
        if portal.citizen is None:
            return _unknown(slot, hold_token)
        if slot.moves_appointment_id is not None:
            before = appointment_numbered(session, portal.citizen.id, slot.moves_appointment_id)  # theirs, or none
            mover = seated_for(before, portal.citizen)
            mine = move(session, clock(), hold_token, portal.actor, citizen_id=mover.id)
            flash(
                _("The appointment is moved to %(moment)s.", moment=moment(wall(mine.starts_at, portal.zone))),
                "success",
            )
        elif (person := booked_for(session, portal.citizen)) is None:
            return redirect(url_for(".who_for", hold_token=hold_token), 303)
        elif lacks(person, slot.motif):
            return _complete(portal, person, hold_token)
        else:
            form = CheckForm.asking(slot.motif.questions)()
            if not _booked(holds) and not form.validate():
                require_live(slot, clock())
                return _check_page(session, portal, holds, person, hold_token, form), 422
            booked = book_all(
                session,
                clock(),
                hold_token,
                person.id,
                by_email=bool(form.by_email.data),
                by_sms=bool(form.by_sms.data),
                actor=portal.actor,
                answers=form.answers,
            )
            browser.pop("answers", None)
            return redirect(_confirmation(holds, booked.appointments[0], hold_token), 303)
    return redirect(url_for(".confirmed", reference=mine.reference), 303)


@views.get(f"{RESERVATION}/confirme")
def all_confirmed(slug: str, hold_token: str) -> ResponseReturnValue:
    """What was booked in one go, and what somebody else was faster for; reloading books nothing."""
    with reading() as session:
        portal, holds = all_held(session, slug, hold_token)
        booked = _booked(holds)
        if portal.citizen is None or not booked:
            return redirect(url_for(".check", hold_token=hold_token))
        mine = [appointment_numbered(session, portal.citizen.id, hold.appointment_id) for hold in booked]
        lost = [hold for hold in holds if hold.appointment_id is None]
        return render_template(
            "citizen/all_confirmed.html",
            motif=holds[0].motif,
            appointments=[(appointment, wall(appointment.starts_at, portal.zone)) for appointment in mine],
            lost=moments(portal, lost),
            list_url=url_for(".slots", **demand_of(session, portal.organisation, holds[:1]).answers),
            told=words.masked(portal.citizen.email) if portal.citizen.email else "",
        )


def _booked(holds: Sequence[Hold]) -> list[Hold]:
    """Those that have become appointments."""
    return [hold for hold in holds if hold.appointment_id is not None]


def _confirmation(holds: Sequence[Hold], first: Appointment, hold_token: str) -> str:
    """The page of what was booked: of several at once, all together."""
    if len(holds) > 1:
        return url_for(".all_confirmed", hold_token=hold_token)
    return url_for(".confirmed", reference=first.reference)


def _unknown(slot: Hold, hold_token: str) -> Response:
    """Where somebody goes who is not signed in."""
    if slot.moves_appointment_id is not None or slot.appointment_id is not None:
        return redirect(url_for(".appointments"), 303)
    return redirect(url_for(".you", hold_token=hold_token), 303)


def _complete(portal: Portal, person: Citizen, hold_token: str) -> Response:
    """Where what the motif needs to know of the person is said."""
    page = ".you" if person is portal.citizen else ".who_for"
    return redirect(url_for(page, hold_token=hold_token), 303)


def _you_form(session: Session, portal: Portal, motif: Motif) -> ContactForm:
    today = wall(clock().now(), portal.zone).date()
    if portal.citizen is not None and "autre" not in request.args:
        known = {"phone": phone_words(portal.citizen.phone or ""), "birth_date": portal.citizen.birth_date}
        return ContactForm(motif, portal.zone, today, **known)
    return IdentityForm(motif, portal.zone, today, **typed_before(session))


def _you_page(session: Session, portal: Portal, holds: Sequence[Hold], hold_token: str, form: ContactForm) -> str:
    return render_template(
        "citizen/you.html",
        **shown(session, portal, holds, hold_token),
        step=Step.YOU,
        form=form,
        known=None if isinstance(form, IdentityForm) else portal.citizen,
        locked=locked_fields(session, portal.citizen.id) if portal.citizen else {},
        lacking=not isinstance(form, IdentityForm) and ContactForm.needs_of(holds[0].motif),
    )


def _check_page(
    session: Session, portal: Portal, holds: Sequence[Hold], citizen: Citizen, hold_token: str, form: CheckForm
) -> str | Response:
    slot = holds[0]
    if lacks(citizen, slot.motif):
        return _complete(portal, citizen, hold_token)
    first = min(holds, key=lambda hold: hold.id)
    require_within(session, clock(), slot.motif, citizen.id, more=len(holds), before=first)
    page = shown(session, portal, holds, hold_token)
    other = url_for(".you", hold_token=hold_token, autre=1)
    whom = url_for(".who_for", hold_token=hold_token)
    person = [
        {"label": _("Person"), "value": citizen.name, "url": whom, "what": _("the person")},
        {"label": _("E-mail"), "value": citizen.reached.email, "url": other, "what": _("the e-mail address")},
        {"label": _("Phone"), "value": phone_words(citizen.called or ""), "url": other, "what": _("the phone number")},
    ]
    return render_template(
        "citizen/check.html",
        **page,
        step=Step.CHECK,
        form=form,
        person=person,
        citizen=citizen,
        sms_to=phone_words(citizen.called or "") if takes_sms(session, citizen) else "",
        map_url=words.map_url(slot.place),
    )


def _move_page(session: Session, portal: Portal, slot: Hold, citizen: Citizen, hold_token: str) -> str:
    appointment = appointment_numbered(session, citizen.id, slot.moves_appointment_id)
    require_movable(clock(), appointment)
    return render_template(
        "citizen/check_move.html",
        **shown(session, portal, [slot], hold_token),
        starts=wall(slot.starts_at, portal.zone),
        appointment=appointment,
        before=wall(appointment.starts_at, portal.zone),
        subject=words.subject(appointment),
    )
