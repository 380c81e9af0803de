"""« Usagers »: whom one's services receive, a search over the own organisations, records to attach and to create (A03, ux 8.4)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.booking.people import Doubles, attach_citizen, citizen_in_sight, create_citizen, doubles_of
from rdvdav.citizens.citizen import Citizen
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.i18n import gettext as _
from rdvdav.records.change import answer_for
from rdvdav.records.listing import (
    attach_found,
    known_next_door,
    last_appointments,
    people_of_organisation,
    people_of_services,
    search,
)
from rdvdav_web.agent.forms import key_of, one_line
from rdvdav_web.agent.office import current_organisation, key_in_address, me, my_organisations
from rdvdav_web.agent.person_form import PersonForm, person_form
from rdvdav_web.transaction import clock, reading, transaction

LONGEST_SEARCH = 100

views = Blueprint("citizens", __name__)


@views.get("/usagers")
def show() -> ResponseReturnValue:
    """People with an appointment in one's services; all of an organisation; or those that are looked for."""
    typed, wanted, last = _typed(request.args.get("q")), key_in_address("organisation"), key_in_address("apres")
    with reading() as work:
        after = citizen_in_sight(work, me().id, last) if last is not None else None
        next_door: Any = ()
        if typed:
            found = search(work, me().id, typed, after=after)
            next_door = known_next_door(work, me().id, typed) if after is None else ()
        elif wanted is not None:
            found = people_of_organisation(work, me().id, wanted, after=after)
        else:
            found = people_of_services(work, me().id, after=after)
        latest = last_appointments(work, me().id, [each.id for each in found.citizens])
    return render_template(
        "agent/citizens.html",
        typed=typed,
        organisation=wanted,
        organisations=my_organisations(),
        home=current_organisation(),
        after=after,
        found=found,
        latest=latest,
        next_door=next_door,
    )


@views.post("/usagers/rattacher")
def attach() -> ResponseReturnValue:
    """Let one's organisation know a person whom the search named."""
    with transaction() as work:
        citizen = attach_found(
            work,
            clock(),
            me().id,
            key_of(request.form.get("organisation")),
            _typed(request.form.get("q")),
            key_of(request.form.get("usager")),
        )
    flash(_("%(name)s is attached to your organisation.", name=citizen.name), "success")
    return redirect(url_for("agent.citizens.record", citizen_id=citizen.id), 303)


@views.get("/usagers/nouveau")
def new() -> ResponseReturnValue:
    """The form of a new record."""
    with reading() as work:
        return _new_page(work, person_form())


@views.post("/usagers/nouveau")
def create() -> ResponseReturnValue:
    """Make the record; one that may be there already is shown first. Each button keeps what is typed."""
    action, _sep, key = request.form.get("action", "").partition(":")
    form, home = person_form(), _home()
    if action == "choose":
        return _show(key_of(key))
    if action == "attach":
        with transaction() as work:
            citizen = attach_citizen(work, clock(), me().id, home.id, form.person.email or "")
        flash(_("%(name)s is attached to your organisation.", name=citizen.name), "success")
        return _show(citizen.id)
    with reading() as work:
        if not form.validate():
            return _new_page(work, form)
        doubles = doubles_of(work, me().id, home.territory_id, form.person)
        anyway = action == "create-anyway"
        if doubles.bars(form.person.email) or (not anyway and (doubles.seen or doubles.masked)):
            return _new_page(work, form, doubles)
    with transaction() as work:
        citizen = create_citizen(work, clock(), me().id, home.id, form.person)
        responsible = key_in_address("responsable")
        if responsible is not None:
            answer_for(work, clock(), me().id, citizen.id, responsible)
    flash(_("The record of %(name)s is created.", name=citizen.name), "success")
    return _show(citizen.id)


@views.post("/usagers/nouveau/doublons")
def show_doubles() -> ResponseReturnValue:
    """Who the person that is being typed may be already."""
    form = person_form()
    with reading() as work:
        doubles = doubles_of(work, me().id, _home().territory_id, form.person)
        return render_template("agent/booking_doubles.html", draft={"person": form}, doubles=doubles)


def _new_page(session: Session, form: PersonForm, doubles: Doubles | None = None) -> ResponseReturnValue:
    responsible: Citizen | None = None
    if (key := key_in_address("responsable")) is not None:
        responsible = citizen_in_sight(session, me().id, key)
    return render_template(
        "agent/citizen_new.html",
        form=form,
        draft={"person": form},
        doubles=doubles,
        responsible=responsible,
        organisations=my_organisations(),
        home=_home(),
    )


def _home() -> Organisation:
    """The organisation a new record belongs to (P-8): the one chosen, else one's first.

    Raises:
        NoSuchOrganisation: The one chosen is not one's own.
    """
    chosen = request.form.get("organisation")
    if not chosen:
        return current_organisation()
    home = next((each for each in my_organisations() if each.id == key_of(chosen)), None)
    if home is None:
        raise NoSuchOrganisation
    return home


def _typed(text: str | None) -> str:
    return one_line(text)[:LONGEST_SEARCH]


def _show(citizen_id: int) -> ResponseReturnValue:
    return redirect(url_for("agent.citizens.record", citizen_id=citizen_id), 303)
