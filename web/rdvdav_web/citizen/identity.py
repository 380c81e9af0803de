"""Proving an e-mail address by a code or a link (3.9), on the way to a booking or to one's appointments.

The answers are the same whether the address is known or not, until it is proved.
"""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from rdvdav.agenda.hold import Hold
from rdvdav.booking import identify
from rdvdav.booking.held import know, require_live
from rdvdav.booking.identify import Identity, NoSuchProof, Proved
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.phone import phone_words
from rdvdav.directory.question import LONGEST_ANSWER
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext
from rdvdav_web.citizen.demand import Step
from rdvdav_web.citizen.fields import read_day
from rdvdav_web.citizen.forms import CodeForm
from rdvdav_web.citizen.kept import shown
from rdvdav_web.citizen.portal import Portal, all_held, enter, here, sign_in, views
from rdvdav_web.question_fields import NAMES
from rdvdav_web.transaction import clock, reading, transaction

MINE = "/rdv/<slug>/mes-rendez-vous"
RESERVATION = "/rdv/<slug>/reservation/<hold_token>"
TYPED = ("first_name", "last_name", "email", "phone", "birth_date")


def ask(session: Session, portal: Portal, identity: Identity, hold_token: str | None) -> str:
    """Mail a code and a link, and remember in this browser what was typed; returns the secret of the code's page."""
    secret = identify.ask(
        session,
        clock(),
        organisation_id=portal.organisation.id,
        identity=identity,
        hold_token=hold_token,
        address=here(),
    )
    browser["proof"] = secret
    return secret


def keep_typed(form: Mapping[str, str]) -> None:
    """Keep what was typed on a page that could not be taken, for the next time it is shown (3.12); nowhere but here."""
    typed = {name: form[name][:254] for name in TYPED if form.get(name)}
    if typed:
        browser["typed"] = typed
    answers = {name: form[name][:LONGEST_ANSWER] for name in NAMES if form.get(name)}
    if answers:
        browser["answers"] = answers


def typed_before(session: Session) -> dict[str, Any]:
    """What this browser typed before, as a form's values."""
    if "typed" in browser:
        typed: dict[str, Any] = browser.pop("typed")
        return typed | {"birth_date": read_day(typed.get("birth_date", ""))}
    found = identify.typed(session, browser["proof"]) if "proof" in browser else None
    if found is None:
        return {}
    return {
        "first_name": found.first_name,
        "last_name": found.last_name,
        "email": found.email,
        "phone": phone_words(found.phone or ""),
        "birth_date": found.birth_date,
    }


@views.get(f"{RESERVATION}/code/<visit>")
@views.get(f"{MINE}/code/<visit>")
def mailbox(slug: str, visit: str, hold_token: str | None = None) -> ResponseReturnValue:
    """« Consultez votre messagerie »: type the code here, or open the link anywhere."""
    with reading() as session:
        return _mailbox_page(session, slug, visit, hold_token, CodeForm())


@views.post(f"{RESERVATION}/code/<visit>")
@views.post(f"{MINE}/code/<visit>")
def prove_by_code(slug: str, visit: str, hold_token: str | None = None) -> ResponseReturnValue:
    """Check the code; a wrong one counts as a try."""
    form = CodeForm()
    if form.validate():
        with transaction() as session:
            portal, _holds = _entered(session, slug, hold_token)
            _require_ours(portal, identify.pending(session, clock(), visit).organisation_id)
            proved = identify.prove_by_code(session, clock(), visit, form.code.data, address=here())
            if not proved.wrong:
                return _go_on(session, proved, hold_token)
        wrong = _("This is not the right code.")
        left = ngettext("%(num)d try is left.", "%(num)d tries are left.", proved.tries_left)
        form.code.errors.append(f"{wrong} {left}")
    with reading() as session:
        return _mailbox_page(session, slug, visit, hold_token, form), 422


@views.post(f"{RESERVATION}/code/<visit>/renvoyer")
@views.post(f"{MINE}/code/<visit>/renvoyer")
def send_again(slug: str, visit: str, hold_token: str | None = None) -> ResponseReturnValue:
    """Mail another code; the first one stays good."""
    with transaction() as session:
        portal, _holds = _entered(session, slug, hold_token)
        _require_ours(portal, identify.pending(session, clock(), visit).organisation_id)
        identify.send_again(session, clock(), visit, hold_token)
    flash(_("A new message has just been sent to you."), "success")
    return redirect(url_for(".mailbox", hold_token=hold_token, visit=visit), 303)


@views.get(f"{RESERVATION}/lien/<link_token>")
@views.get(f"{MINE}/lien/<link_token>")
def link(slug: str, link_token: str, hold_token: str | None = None) -> ResponseReturnValue:
    """What a mailed link opens: one button, so that programs that look into mails use nothing up."""
    with reading() as session:
        portal, _holds = _entered(session, slug, hold_token)
        proof = identify.peek_link(session, clock(), link_token)
        _require_ours(portal, proof.organisation_id)
        account = session.get_one(Citizen, proof.citizen_id).name if identify.is_change(proof) else ""
        return render_template("citizen/link.html", email=proof.email, booking=hold_token is not None, account=account)


@views.post(f"{RESERVATION}/lien/<link_token>")
@views.post(f"{MINE}/lien/<link_token>")
def prove_by_link(slug: str, link_token: str, hold_token: str | None = None) -> ResponseReturnValue:
    """The button of that page."""
    with transaction() as session:
        portal, _holds = _entered(session, slug, hold_token)
        _require_ours(portal, identify.peek_link(session, clock(), link_token).organisation_id)
        return _go_on(session, identify.prove_by_link(session, clock(), link_token), hold_token)


def _entered(session: Session, slug: str, hold_token: str | None) -> tuple[Portal, list[Hold]]:
    return all_held(session, slug, hold_token) if hold_token is not None else (enter(session, slug, mine=True), [])


def _require_ours(portal: Portal, organisation_id: int) -> None:
    if organisation_id != portal.organisation.id:
        raise NoSuchProof


def _go_on(session: Session, proved: Proved, hold_token: str | None) -> Response:
    """The address is proved: back to the booking, to the appointment that was asked for, or to all of them."""
    if proved.citizen is None:
        flash(_("No appointment is linked to this e-mail address."), "info")
        return redirect(url_for(".appointments"), 303)
    if proved.changed:
        flash(_("%(email)s is now the e-mail address of the account.", email=proved.citizen.email), "success")
        return redirect(url_for(".account"), 303)
    sign_in(session, proved.citizen)
    browser.pop("proof", None)
    if hold_token is not None:
        know(session, clock(), hold_token, proved.citizen.id)
        return redirect(url_for(".check", hold_token=hold_token), 303)
    wanted = browser.pop("wanted", None)
    if wanted is not None:
        return redirect(url_for(".appointment", reference=wanted), 303)
    return redirect(url_for(".appointments"), 303)


def _mailbox_page(session: Session, slug: str, visit: str, hold_token: str | None, form: CodeForm) -> str:
    portal, holds = _entered(session, slug, hold_token)
    proof = identify.pending(session, clock(), visit)
    _require_ours(portal, proof.organisation_id)
    about: dict[str, Any] = {"slot": None, "hold_token": None}
    if holds and hold_token is not None:
        require_live(holds[0], clock())
        about = shown(session, portal, holds, hold_token) | {"step": Step.YOU}
    about["account"] = identify.is_change(proof)
    return render_template("citizen/mailbox.html", form=form, email=proof.email, visit=visit, **about)
