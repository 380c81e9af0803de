"""« À replanifier »: the service took the time slot away; the link of its mail leads to others at once (4.2, B14, L-5)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import cancel
from rdvdav.booking.linked import INFOS, linked_seat
from rdvdav.booking.move import move
from rdvdav.citizens.link import LinkPurpose
from rdvdav.i18n import gettext as _
from rdvdav.i18n import moment, wall
from rdvdav_web.citizen import words
from rdvdav_web.citizen.guard import count_search
from rdvdav_web.citizen.listing import list_slots
from rdvdav_web.citizen.moving import hold_pressed, other_times, same_place
from rdvdav_web.citizen.portal import Portal, enter, is_opened, views, visit
from rdvdav_web.transaction import clock, reading, transaction

REPLAN = "/rdv/<slug>/a-replanifier/<link_token>"


@views.get(REPLAN)
def replan(slug: str, link_token: str) -> ResponseReturnValue:
    """Why there is nothing at that time any more, and what is free; later, what was chosen."""
    visit()
    count_search()
    with reading() as session:
        portal, mine, seat = _linked(session, slug, link_token)
        listing = None
        if mine.status is Status.TO_REPLAN and mine.motif.online:
            search = other_times(session, portal.zone, mine, seat.citizen_id)
            listing = list_slots(session, search, same_place("citizen.replan", link_token=link_token))
        page = render_template("citizen/replan.html", **_shown(portal, mine), listing=listing, link_token=link_token)
        return page, 400 if listing is not None and listing.filters.errors else 200


@views.post(REPLAN)
def choose(slug: str, link_token: str) -> ResponseReturnValue:
    """Take the slot of the pressed button: the appointment stands again, at its new time."""
    with transaction() as session:
        portal, mine, seat = _linked(session, slug, link_token)
        if mine.status is not Status.TO_REPLAN:
            return redirect(url_for(".replan", link_token=link_token), 303)
        actor = Actor.citizen(seat.citizen_id)
        token = hold_pressed(session, portal, mine, seat.citizen_id)
    # Of its own: the old agendas and the new ones are locked at once, in order (D-1).
    with transaction() as session:
        moved = move(session, clock(), token, actor)
    flash(_("The appointment is moved to %(moment)s.", moment=moment(wall(moved.starts_at, portal.zone))), "success")
    return redirect(url_for(".replan", link_token=link_token), 303)


@views.route(f"{REPLAN}/renoncer", methods=["GET", "POST"])
def give_up(slug: str, link_token: str) -> ResponseReturnValue:
    """« Je ne souhaite plus de rendez-vous »: say what it means, and do it once confirmed."""
    with reading() as session:
        portal, mine, seat = _linked(session, slug, link_token)
        if mine.status is not Status.TO_REPLAN:
            return redirect(url_for(".replan", link_token=link_token), 303)
        if request.method == "GET":
            form = FlaskForm()
            return render_template("citizen/give_up.html", **_shown(portal, mine), form=form, link_token=link_token)
    with transaction() as session:
        cancel(session, clock(), mine.id, Actor.citizen(seat.citizen_id))
    flash(_("The appointment is cancelled."), "success")
    return redirect(url_for(".replan", link_token=link_token), 303)


def _linked(session: Session, slug: str, link_token: str) -> tuple[Portal, Appointment, Participation]:
    portal = enter(session, slug)
    opening = INFOS if is_opened(link_token) else (LinkPurpose.REPLAN,)
    return portal, *linked_seat(session, clock(), link_token, portal.organisation.id, opening)


def _shown(portal: Portal, mine: Appointment) -> dict[str, Any]:
    return {
        "appointment": mine,
        "starts": wall(mine.starts_at, portal.zone),
        "subject": words.subject(mine),
        "to_replan": mine.status is Status.TO_REPLAN,
        "stands": mine.status is Status.PLANNED,
    }
