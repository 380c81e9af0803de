"""Giving an appointment another time on line (3.15): the list of slots, then the check page of its new hold."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.booking.bookable import require_bookable
from rdvdav.booking.hold import keep
from rdvdav.booking.move import require_movable
from rdvdav.i18n import wall
from rdvdav.slots.offer import needs_place, places_offering
from rdvdav_web.citizen.appointments import APPOINTMENT, owned
from rdvdav_web.citizen.demand import NotOffered
from rdvdav_web.citizen.guard import count_search
from rdvdav_web.citizen.listing import Address, Search, list_slots, wanted_slot
from rdvdav_web.citizen.portal import Portal, here, hold_key, remember_hold, remembered_hold, views, visit
from rdvdav_web.transaction import clock, reading, transaction


@views.get(f"{APPOINTMENT}/deplacer")
def ask_move(slug: str, reference: str) -> ResponseReturnValue:
    """Other times; the present one is kept until the new one is confirmed."""
    visit()
    count_search()
    with reading() as session:
        portal, mine = _movable(session, slug, reference)
        address = same_place("citizen.ask_move", reference=reference)
        listing = list_slots(session, other_times(session, portal.zone, mine, portal.citizen_id), address)
        page = render_template(
            "citizen/move.html", appointment=mine, starts=wall(mine.starts_at, portal.zone), listing=listing
        )
        return page, 400 if listing.filters.errors else 200


@views.post(f"{APPOINTMENT}/deplacer")
def hold_other(slug: str, reference: str) -> ResponseReturnValue:
    """Keep another time for the appointment, then have it checked."""
    with transaction() as session:
        portal, mine = _movable(session, slug, reference)
        key = hold_key(mine.motif_id, mine.id)
        token = hold_pressed(session, portal, mine, portal.citizen_id, replaces=remembered_hold(key))
    remember_hold(key, token)
    return redirect(url_for(".check", hold_token=token), 303)


def _movable(session: Session, slug: str, reference: str) -> tuple[Portal, Appointment]:
    portal, _citizen, mine = owned(session, slug, reference)
    require_movable(clock(), mine)
    require_bookable(mine.motif)
    return portal, mine


def other_times(session: Session, zone: str, mine: Appointment, citizen_id: int | None) -> Search:
    """Other times at the same place, unless the address names another one that receives for the motif."""
    if not needs_place(mine.motif):
        return Search(mine.motif, None, (), zone, citizen_id)
    places = places_offering(session, clock(), [mine.motif_id]).get(mine.motif_id, [])
    named = request.args.get("lieu", "")
    if not named:
        return Search(mine.motif, mine.place, places, zone, citizen_id)
    place = next((place for place in places if str(place.id) == named), None)
    if place is None:
        raise NotOffered
    return Search(mine.motif, place, places, zone, citizen_id)


def hold_pressed(
    session: Session, portal: Portal, mine: Appointment, citizen_id: int | None, replaces: str | None = None
) -> str:
    """Hold the slot of the pressed button for the appointment."""
    wanted = wanted_slot(session, other_times(session, portal.zone, mine, citizen_id))
    return keep(
        session,
        clock(),
        motif_id=mine.motif_id,
        place_id=wanted.place_id,
        starts_at=wanted.starts_at,
        agenda_id=wanted.agenda_id,
        citizen_id=citizen_id,
        visit=visit(),
        address=here(),
        moves=mine.id,
        replaces=replaces,
    )


def same_place(endpoint: str, **named: str) -> Address:
    """Addresses of the page that stay at the place that was asked for."""
    if request.args.get("lieu"):
        named["lieu"] = request.args["lieu"]
    return lambda **more: url_for(endpoint, **named | more)
