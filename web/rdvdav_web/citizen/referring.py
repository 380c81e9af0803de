"""« Prescripteur »: three pages for who books for somebody else, then what was booked and who is told (3.19, B10).

The referrer's own details are kept in this browser for the next person; the person's only until the booking is confirmed.
"""

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.booking.held import EXTENSIONS, extend, require_live
from rdvdav.booking.referral import Beneficiary, Contact, refer, told_by
from rdvdav.citizens.phone import phone_words
from rdvdav.directory.motif import Motif
from rdvdav.i18n import gettext as _
from rdvdav.i18n import moment, wall
from rdvdav_web.citizen import words
from rdvdav_web.citizen.booking import RESERVATION
from rdvdav_web.citizen.fields import read_day
from rdvdav_web.citizen.people_forms import BeneficiaryForm, ReferrerForm
from rdvdav_web.citizen.portal import Portal, enter, held, here, views
from rdvdav_web.formats import sentence
from rdvdav_web.transaction import clock, reading, transaction


@views.route("/rdv/<slug>/prescripteur", methods=["GET", "POST"])
@views.route(f"{RESERVATION}/prescripteur", methods=["GET", "POST"])
def referrer(slug: str, hold_token: str | None = None) -> ResponseReturnValue:
    """« Vos coordonnées »; before a slot is chosen, what referrers may book is then offered as well."""
    with reading() as session:
        portal, slot = held(session, slug, hold_token) if hold_token else (enter(session, slug), None)
        if "oublier" in request.form:
            browser.pop("referrer", None)
            browser.pop("beneficiary", None)
            return redirect(url_for(".referrer", hold_token=hold_token), 303)
        form = ReferrerForm(portal.zone, _typed("referrer"))
        if form.validate_on_submit():
            browser["referrer"] = vars(form.contact)
            return redirect(url_for(".beneficiary", hold_token=hold_token) if slot else url_for(".services"), 303)
        shown = _about(portal, slot, hold_token) if slot and hold_token else {"slot": None}
        kept = "referrer" in browser
        return render_template("citizen/referrer.html", form=form, kept=kept, **shown), 422 if form.errors else 200


@views.route(f"{RESERVATION}/beneficiaire", methods=["GET", "POST"])
def beneficiary(slug: str, hold_token: str) -> ResponseReturnValue:
    """« La personne que vous orientez »."""
    with reading() as session:
        portal, slot = held(session, slug, hold_token)
        if "referrer" not in browser:
            return redirect(url_for(".referrer", hold_token=hold_token), 303)
        form = _beneficiary_form(portal, slot.motif)
        if form.validate_on_submit():
            person = form.person
            browser["beneficiary"] = vars(person) | {"birth_date": str(person.birth_date or "")}
            return redirect(url_for(".referral", hold_token=hold_token), 303)
        shown = _about(portal, slot, hold_token)
        return render_template("citizen/beneficiary.html", form=form, **shown), 422 if form.errors else 200


@views.get(f"{RESERVATION}/prescription")
def referral(slug: str, hold_token: str) -> ResponseReturnValue:
    """« Vérification »: a warning if the person would get no message."""
    with reading() as session:
        portal, slot = held(session, slug, hold_token)
        if slot.appointment_id is not None:
            return redirect(url_for(".referred", hold_token=hold_token))
        contact, person = _contact(), _person()
        if contact is None or person is None:
            return redirect(url_for(".beneficiary", hold_token=hold_token), 303)
        reached = told_by(session, person) is not None
        shown = _about(portal, slot, hold_token)
        rows = _rows(portal, slot, hold_token, contact, person)
        form = FlaskForm()
        return render_template("citizen/referral.html", form=form, rows=rows, reached=reached, **shown)


@views.post(f"{RESERVATION}/prescription")
def confirm_referral(slug: str, hold_token: str) -> ResponseReturnValue:
    """Book for the person. Two clicks make one appointment."""
    with transaction() as session:
        held(session, slug, hold_token)
        if "prolonger" in request.form:
            extend(session, clock(), hold_token)
            return redirect(url_for(".referral", hold_token=hold_token), 303)
        contact, person = _contact(), _person()
        if contact is None or person is None:
            return redirect(url_for(".referral", hold_token=hold_token), 303)
        refer(session, clock(), hold_token, contact, person, address=here())
        browser["told"] = told_by(session, person)
    browser.pop("beneficiary", None)
    return redirect(url_for(".referred", hold_token=hold_token), 303)


@views.get(f"{RESERVATION}/prescription/confirmee")
def referred(slug: str, hold_token: str) -> ResponseReturnValue:
    """What was booked, and who is told; nothing about the person."""
    with reading() as session:
        portal, slot = held(session, slug, hold_token)
        contact = _contact()
        if slot.appointment_id is None or contact is None:
            return redirect(url_for(".referrer", hold_token=hold_token), 303)
        appointment = session.get_one(Appointment, slot.appointment_id)
        return render_template(
            "citizen/referred.html",
            appointment=appointment,
            starts=wall(appointment.starts_at, portal.zone),
            email=contact.email,
            told=browser.get("told"),
        )


def _about(portal: Portal, slot: Hold, hold_token: str) -> dict[str, Any]:
    """What each page about a held slot shows."""
    if slot.appointment_id is None:
        require_live(slot, clock())
    return {
        "slot": slot,
        "hold_token": hold_token,
        "starts": wall(slot.starts_at, portal.zone),
        "may_extend": slot.extensions < EXTENSIONS,
    }


def _typed(name: str) -> dict[str, Any]:
    """What this browser keeps under *name*, as a form shows it."""
    kept: dict[str, Any] = browser.get(name, {})
    return kept | {"phone": phone_words(kept["phone"])} if kept.get("phone") else kept


def _contact() -> Contact | None:
    return Contact(**browser["referrer"]) if "referrer" in browser else None


def _person() -> Beneficiary | None:
    if "beneficiary" not in browser:
        return None
    kept: dict[str, Any] = browser["beneficiary"]
    return Beneficiary(**kept | {"birth_date": read_day(kept["birth_date"])})


def _beneficiary_form(portal: Portal, motif: Motif) -> BeneficiaryForm:
    today: date = wall(clock().now(), portal.zone).date()
    kept = _typed("beneficiary")
    return BeneficiaryForm(motif, portal.zone, today, **kept | {"birth_date": read_day(kept.get("birth_date", ""))})


def _rows(portal: Portal, slot: Hold, hold_token: str, contact: Contact, person: Beneficiary) -> list[dict[str, str]]:
    """Of the check page: the slot, the person, the referrer."""
    mine = url_for(".referrer", hold_token=hold_token)
    theirs = url_for(".beneficiary", hold_token=hold_token)
    reach = " · ".join(filter(None, (person.email, phone_words(person.phone or "") if person.phone else "")))
    when = sentence(moment(wall(slot.starts_at, portal.zone)))
    where = slot.place.name if slot.place else words.mode(slot.motif)
    name, who = f"{person.first_name} {person.last_name}", f"{contact.first_name} {contact.last_name}"
    return [
        {"label": _("Date and time"), "value": when, "url": ""},
        {"label": _("Reason"), "value": slot.motif.name, "url": ""},
        {"label": _("Place") if slot.place else _("Way of meeting"), "value": where, "url": ""},
        {"label": _("Person you refer"), "value": name, "url": theirs, "what": _("the person")},
        {
            "label": _("Contact of the person"),
            "value": reach or _("not filled in"),
            "url": theirs,
            "what": _("the contact"),
        },
        {"label": _("You"), "value": f"{who}, {contact.structure}", "url": mine, "what": _("your details")},
    ]
