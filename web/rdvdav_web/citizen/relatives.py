"""Relatives on the portal (B11): « Pour qui ? » on the way to a booking (3.10), and their list in the account."""

from datetime import date

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from rdvdav.booking.held import require_live
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.identity import locked_fields
from rdvdav.citizens.relative import relative_of, relatives_of
from rdvdav.i18n import N_, wall
from rdvdav.i18n import gettext as _
from rdvdav.privacy.erase import is_expected, let_go
from rdvdav.records.relatives import answer_for, change_relative
from rdvdav_web.citizen.appointments import NotSignedIn
from rdvdav_web.citizen.demand import Step
from rdvdav_web.citizen.kept import shown
from rdvdav_web.citizen.people import lacks
from rdvdav_web.citizen.portal import Portal, all_held, enter, for_whom, held, views
from rdvdav_web.citizen.relative_form import ANOTHER, RelativeForm, WhoForm
from rdvdav_web.transaction import clock, reading, transaction

RESERVATION = "/rdv/<slug>/reservation/<hold_token>"
RELATIVES = "/rdv/<slug>/mes-proches"


@views.route(f"{RESERVATION}/pour-qui", methods=["GET", "POST"])
def who_for(slug: str, hold_token: str) -> ResponseReturnValue:
    """For me, for a relative, for another one: who that is is asked here."""
    with reading() as session:
        portal, holds = all_held(session, slug, hold_token)
        slot = holds[0]
        if portal.citizen is None or slot.moves_appointment_id is not None:
            return redirect(url_for(".you", hold_token=hold_token), 303)
        require_live(slot, clock())
        people = {each.id: each for each in (portal.citizen, *relatives_of(session, portal.citizen.id))}
        form = WhoForm(portal.citizen, list(people.values()), _today(portal), chosen=for_whom())
        chosen = people.get(form.chosen or 0)
        if form.validate_on_submit() and chosen is not None and lacks(chosen, slot.motif):
            if chosen is portal.citizen:
                return redirect(url_for(".you", hold_token=hold_token), 303)
            form.who.errors = [N_("The date of birth of this person is missing: add it in “My relatives”.")]
        if not form.is_submitted() or form.errors:
            about = shown(session, portal, holds, hold_token)
            page = render_template("citizen/who_for.html", form=form, step=Step.YOU, **about)
            return page, 422 if form.errors else 200
    person_id = form.chosen
    if form.who.data == ANOTHER:
        with transaction() as session:
            held(session, slug, hold_token)
            person_id = answer_for(session, clock(), portal.citizen.id, *form.described).id
    return redirect(url_for(".check", hold_token=hold_token, pour=person_id), 303)


@views.route(RELATIVES, methods=["GET", "POST"])
def relatives(slug: str) -> ResponseReturnValue:
    """The people one books for; one more."""
    form = RelativeForm()
    with reading() as session:
        portal, citizen = _signed_in(session, slug)
        form.today = _today(portal)
        valid = form.validate_on_submit()
        if not valid:
            mine = relatives_of(session, citizen.id)
            page = render_template("citizen/relatives.html", form=form, relatives=mine)
            return page, 422 if form.errors else 200
    with transaction() as session:
        added = answer_for(session, clock(), citizen.id, *form.described)
    flash(_("%(name)s is among your relatives.", name=added.name), "success")
    return redirect(url_for(".relatives"), 303)


@views.route(f"{RELATIVES}/<int:relative_id>", methods=["GET", "POST"])
def relative(slug: str, relative_id: int) -> ResponseReturnValue:
    """Names and birth date of one of them."""
    with reading() as session:
        portal, citizen = _signed_in(session, slug)
        person = relative_of(session, citizen.id, relative_id)
        locked = locked_fields(session, relative_id)
        form = RelativeForm(obj=person)
        form.today = _today(portal)
        for name in locked:
            form[name].data = getattr(person, name)
        if not form.validate_on_submit():
            page = render_template("citizen/relative.html", form=form, relative=person, locked=locked)
            return page, 422 if form.errors else 200
    with transaction() as session:
        change_relative(session, clock(), citizen.id, relative_id, *form.described)
    flash(_("What you changed is saved."), "success")
    return redirect(url_for(".relatives"), 303)


@views.route(f"{RELATIVES}/<int:relative_id>/retirer", methods=["GET", "POST"])
def drop_relative(slug: str, relative_id: int) -> ResponseReturnValue:
    """Say what it means, and do it once confirmed."""
    with reading() as session:
        _portal, citizen = _signed_in(session, slug)
        person = relative_of(session, citizen.id, relative_id)
        form = FlaskForm()
        if not form.validate_on_submit():
            expected = is_expected(session, clock(), relative_id)
            return render_template("citizen/drop_relative.html", form=form, relative=person, expected=expected)
    with transaction() as session:
        let_go(session, clock(), citizen.id, relative_id)
    flash(_("%(name)s is no longer among your relatives.", name=person.name), "success")
    return redirect(url_for(".relatives"), 303)


def _signed_in(session: Session, slug: str) -> tuple[Portal, Citizen]:
    portal = enter(session, slug, mine=True)
    if portal.citizen is None:
        raise NotSignedIn
    return portal, portal.citizen


def _today(portal: Portal) -> date:
    return wall(clock().now(), portal.zone).date()
