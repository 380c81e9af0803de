"""« Mes informations » (10.10, B17): contact, switches, an own calendar address, what is kept about one, the end of the account."""

import json

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from rdvdav.booking import identify
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.identity import locked_fields
from rdvdav.citizens.phone import phone_words
from rdvdav.citizens.relative import relatives_of
from rdvdav.feeds.citizen_feed import feed_of_citizen
from rdvdav.i18n import gettext as _
from rdvdav.i18n import wall
from rdvdav.privacy.erase import erase_own, is_expected
from rdvdav.privacy.hand_over import hand_over
from rdvdav.records.account import change_contact
from rdvdav.records.subscription import subscribe, unsubscribe
from rdvdav_web.citizen.appointments import NotSignedIn
from rdvdav_web.citizen.data_words import appointments_in_words, tables_in_words
from rdvdav_web.citizen.people_forms import AccountForm, EmailForm
from rdvdav_web.citizen.portal import Portal, enter, here, views
from rdvdav_web.citizen.sign_on import sign_out_here
from rdvdav_web.transaction import clock, house, reading, transaction
from rdvdav_web.webcal import feed_path

ACCOUNT = "/rdv/<slug>/mes-informations"


@views.route(ACCOUNT, methods=["GET", "POST"])
def account(slug: str) -> ResponseReturnValue:
    """Who one is and how one is reached; the phone number and the switches are saved here."""
    with reading() as session:
        portal, citizen = _signed_in(session, slug)
        switches = {"mails_wanted": citizen.mails_wanted, "sms_wanted": citizen.sms_wanted}
        form = AccountForm(portal.zone, phone=phone_words(citizen.phone or ""), **switches)
        if not form.validate_on_submit():
            return _account_page(session, portal, citizen, form), 422 if form.errors else 200
    wanted = {"mails_wanted": form.mails_wanted.data, "sms_wanted": form.sms_wanted.data}
    with transaction() as session:
        change_contact(session, clock(), citizen.id, phone=form.e164, **wanted)
    flash(_("What you changed is saved."), "success")
    return redirect(url_for(".account"), 303)


@views.route(f"{ACCOUNT}/adresse", methods=["GET", "POST"])
def change_address(slug: str) -> ResponseReturnValue:
    """Another e-mail address: it counts once it is proved."""
    form = EmailForm()
    with reading() as session:
        portal, citizen = _signed_in(session, slug)
        if not form.validate_on_submit():
            page = render_template("citizen/change_address.html", form=form, citizen=citizen)
            return page, 422 if form.errors else 200
    with transaction() as session:
        secret = identify.ask(
            session,
            clock(),
            organisation_id=portal.organisation.id,
            identity=form.identity,
            hold_token=None,
            address=here(),
            account_id=citizen.id,
        )
    return redirect(url_for(".mailbox", visit=secret), 303)


@views.post(f"{ACCOUNT}/abonnement")
def subscribe_calendar(slug: str) -> ResponseReturnValue:
    """A new address of one's calendar, shown once; or none any more."""
    with transaction() as session:
        portal, citizen = _signed_in(session, slug)
        if "arreter" in request.form:
            unsubscribe(session, citizen.id)
            secret = ""
        else:
            secret = subscribe(session, clock(), citizen.id, portal.organisation.id)
    if not secret:
        flash(_("The calendar link is closed: it leads nowhere any more."), "success")
        return redirect(url_for(".account"), 303)
    url = f"{house().settings.public_url}{feed_path(secret)}"
    return render_template("citizen/subscribed.html", url=url, webcal=f"webcal:{url.partition(':')[2]}")


@views.get(f"{ACCOUNT}/mes-donnees")
def data(slug: str) -> ResponseReturnValue:
    """What is kept about one and one's relatives, to be read."""
    with reading() as session:
        portal, citizen = _signed_in(session, slug)
        people = [
            {
                "name": person["name"],
                "tables": tables_in_words(person),
                "appointments": appointments_in_words(person, portal.zone),
            }
            for person in hand_over(session, clock(), citizen.id)["people"]
        ]
        return render_template("citizen/data.html", people=people)


@views.get(f"{ACCOUNT}/mes-donnees.json")
def data_file(slug: str) -> ResponseReturnValue:
    """The same as a file for programs (GDPR art. 15 and 20)."""
    with reading() as session:
        _portal, citizen = _signed_in(session, slug)
        text = json.dumps(hand_over(session, clock(), citizen.id), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="mes-donnees.json"'}
    return FlaskResponse(text, mimetype="application/json", headers=headers)


@views.route(f"{ACCOUNT}/supprimer", methods=["GET", "POST"])
def delete_account(slug: str) -> ResponseReturnValue:
    """Say what it means, and do it once confirmed; refused while something is to come."""
    form = FlaskForm()
    with reading() as session:
        _portal, citizen = _signed_in(session, slug)
        people = [citizen.id, *(each.id for each in relatives_of(session, citizen.id))]
        if not form.validate_on_submit():
            expected = any(is_expected(session, clock(), each) for each in people)
            return render_template("citizen/delete_account.html", form=form, expected=expected)
    with transaction() as session:
        erase_own(session, clock(), citizen.id)
        sign_out_here(session)
    browser.clear()
    flash(_("Your account is deleted."), "success")
    return redirect(url_for(".organisation"), 303)


def _account_page(session: Session, portal: Portal, citizen: Citizen, form: AccountForm) -> str:
    feed = feed_of_citizen(session, citizen.id)
    read_at = wall(feed.last_read_at, portal.zone) if feed and feed.last_read_at else None
    locked = locked_fields(session, citizen.id)
    return render_template(
        "citizen/account.html", form=form, citizen=citizen, locked=locked, feed=feed, read_at=read_at
    )


def _signed_in(session: Session, slug: str) -> tuple[Portal, Citizen]:
    portal = enter(session, slug, mine=True)
    if portal.citizen is None:
        raise NotSignedIn
    return portal, portal.citizen
