"""From the organisation to a free slot: its page, then one question a page (3.1 to 3.7). Nothing is written before a slot is held."""

from datetime import datetime
from itertools import groupby
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.booking.hold import Wish, keep_all
from rdvdav.directory.motif import MOST_AT_ONCE
from rdvdav.directory.public import organisations_by_territory, territory_at
from rdvdav.i18n import gettext as _
from rdvdav.i18n import moment, wall
from rdvdav.slots.load import Scope
from rdvdav.slots.meetings import Meeting, meetings
from rdvdav.slots.offer import refers
from rdvdav.slots.search import places_with_next
from rdvdav_web.citizen import words
from rdvdav_web.citizen.demand import EVERYWHERE, Demand, NotOffered, Step, read_demand
from rdvdav_web.citizen.forms import ConditionsForm
from rdvdav_web.citizen.guard import count_search
from rdvdav_web.citizen.listing import Address, Search, list_slots, refusal, wanted_slots
from rdvdav_web.citizen.portal import (
    Portal,
    enter,
    here,
    hold_key,
    is_referrer,
    public,
    remember_hold,
    remembered_hold,
    views,
    visit,
)
from rdvdav_web.frame import Frame, show_in
from rdvdav_web.transaction import clock, reading, transaction


@views.get("/")
def organisations() -> Response:
    """Whom one can book with: all organisations, by territory."""
    with reading() as session:
        territories = organisations_by_territory(session)
        return public(render_template("citizen/organisations.html", territories=territories))


@views.get("/territoire/<territory_slug>")
def territory(territory_slug: str) -> Response:
    """The organisations of one territory."""
    with reading() as session:
        found, organisations = territory_at(session, territory_slug)
        here = url_for(".territory", territory_slug=territory_slug)
        show_in(Frame(name=found.name, home_url=here, tagline=_("Book an appointment")))
        return public(render_template("citizen/territory.html", territory=found, organisations=organisations))


@views.get("/rdv/<slug>")
def organisation(slug: str) -> Response:
    """The page of one organisation."""
    with reading() as session:
        portal = enter(session, slug)
        page = render_template("citizen/organisation.html", refers=refers(session, portal.organisation.id))
        return public(page)


@views.get("/rdv/<slug>/service")
def services(slug: str) -> ResponseReturnValue:
    """Which service?"""
    with reading() as session:
        portal, demand = _asked(session, slug)
        if demand.service is not None:
            return redirect(demand.next_url)
        return render_template("citizen/services.html", portal=portal, demand=demand, step=Step.SERVICE)


@views.get("/rdv/<slug>/motif")
def motifs(slug: str) -> ResponseReturnValue:
    """What for?"""
    with reading() as session:
        _portal, demand = _asked(session, slug)
        if demand.service is None or demand.motif is not None:
            return redirect(demand.next_url)
        groups = [
            (name, list(group)) for name, group in groupby(demand.motifs_of_service, key=lambda motif: motif.category)
        ]
        return render_template("citizen/motifs.html", demand=demand, step=Step.MOTIF, groups=groups, mode=words.mode)


@views.route("/rdv/<slug>/conditions", methods=["GET", "POST"])
def conditions(slug: str) -> ResponseReturnValue:
    """What to know before: only of motifs with a restriction."""
    with reading() as session:
        _portal, demand = _asked(session, slug)
        if demand.motif is None or not demand.motif.restriction:
            return redirect(demand.next_url)
        form = ConditionsForm()
        if form.validate_on_submit():
            return redirect(url_for(".places", **demand.onward | {"lu": 1}), 303)
        page = render_template("citizen/conditions.html", demand=demand, step=Step.MOTIF, form=form)
        return page, 422 if form.errors else 200


@views.get("/rdv/<slug>/lieu")
def places(slug: str) -> ResponseReturnValue:
    """Where? The place with the earliest slot first."""
    count_search()
    with reading() as session:
        portal, demand = _asked(session, slug)
        if demand.motif is None or _unread(demand) or len(demand.places_of_motif) <= 1:
            return redirect(demand.next_url)
        choices = [
            {
                "place": place,
                "next": wall(slot.starts_at, portal.zone) if slot else None,
                "url": _slots_at(demand, place.id),
            }
            for place, slot in places_with_next(session, clock(), demand.motif, Scope(citizen_id=portal.citizen_id))
        ]
        return render_template(
            "citizen/places.html",
            demand=demand,
            step=Step.PLACE,
            choices=choices,
            everywhere_url=_slots_at(demand, EVERYWHERE),
        )


@views.get("/rdv/<slug>/creneau")
def slots(slug: str) -> ResponseReturnValue:
    """When? The next ten days that have slots."""
    visit()
    count_search()
    with reading() as session:
        portal, demand = _asked(session, slug)
        search = _search(portal, demand)
        if search is None:
            return redirect(demand.next_url)
        if search.motif.collective:
            return _meetings_page(session, portal, demand, search)
        listing = list_slots(session, search, _address(demand))
        page = render_template("citizen/slots.html", demand=demand, step=Step.SLOT, listing=listing)
        return page, 400 if listing.filters.errors else 200


@views.post("/rdv/<slug>/creneau")
def hold(slug: str) -> ResponseReturnValue:
    """Keep the chosen slots for this visit; what it kept for the same motif is given up. With `vers` only turn the page."""
    with transaction() as session:
        portal, demand = _asked(session, slug)
        search = _search(portal, demand)
        if search is None:
            return redirect(demand.next_url, 303)
        if "vers" in request.form:
            return redirect(_other_days(demand), 303)
        wishes = [_meeting(session, search)] if search.motif.collective else wanted_slots(session, search)
        if refused := refusal(search, wishes):
            listing = list_slots(session, search, _address(demand), refused=refused)
            return render_template("citizen/slots.html", demand=demand, step=Step.SLOT, listing=listing), 422
        key = hold_key(search.motif.id)
        kept = keep_all(
            session,
            clock(),
            motif_id=search.motif.id,
            wishes=wishes,
            citizen_id=portal.citizen_id,
            visit=visit(),
            address=here(),
            replaces=remembered_hold(key),
            referred=is_referrer(),
        )
    remember_hold(key, kept.token)
    for wish in kept.lost:
        when = moment(wall(wish.starts_at, portal.zone))
        flash(
            _("The time slot of %(moment)s has just been taken. The others are kept for you.", moment=when), "warning"
        )
    return redirect(url_for(".you", hold_token=kept.token), 303)


def _meetings_page(session: Session, portal: Portal, demand: Demand, search: Search) -> str:
    """The dates of a collective motif, each with its seats (3.8)."""
    found = meetings(session, clock(), search.motif, Scope(citizen_id=portal.citizen_id))
    rows = [
        {"meeting": each, "starts": wall(each.appointment.starts_at, portal.zone), "ends": _ends(each, portal)}
        for each in found
    ]
    return render_template("citizen/meetings.html", demand=demand, step=Step.SLOT, rows=rows)


def _ends(meeting: Meeting, portal: Portal) -> datetime:
    return wall(meeting.appointment.ends_at, portal.zone)


def _meeting(session: Session, search: Search) -> Wish:
    """The collective appointment whose button was pressed.

    Raises:
        NotOffered: It is none of those one may choose.
    """
    wanted = request.form.get("seance", "")
    for each in meetings(session, clock(), search.motif, Scope(citizen_id=search.citizen_id)):
        if each.appointment.reference == wanted:
            return Wish(each.appointment.starts_at, each.appointment.place_id, each.slot.agenda_id)
    raise NotOffered


def _other_days(demand: Demand) -> str:
    """The list from another day on; what is ticked stays chosen."""
    more = {name: request.args.getlist(name) for name in ("moment", "jours", "agent") if request.args.get(name)}
    chosen = request.form.getlist("creneau")[:MOST_AT_ONCE]
    return url_for(".slots", **demand.answers | more | {"du": request.form["vers"], "creneau": chosen})


def _asked(session: Session, slug: str) -> tuple[Portal, Demand]:
    portal = enter(session, slug)
    return portal, read_demand(session, portal.organisation, request.args)


def _unread(demand: Demand) -> bool:
    return bool(demand.motif and demand.motif.restriction and not demand.accepted)


def _search(portal: Portal, demand: Demand) -> Search | None:
    """What to search; None while a question before is open."""
    open_place = len(demand.places_of_motif) > 1 and demand.place is None and not demand.everywhere
    if demand.motif is None or _unread(demand) or open_place:
        return None
    motif, places = demand.motif, demand.places_of_motif
    most = min(motif.slots_at_once, motif.per_citizen_limit or motif.slots_at_once)
    return Search(motif, demand.place, places, portal.zone, portal.citizen_id, most)


def _address(demand: Demand) -> Address:
    def address(**more: Any) -> str:
        return url_for("citizen.slots", **demand.answers | more)

    return address


def _slots_at(demand: Demand, place: int | str) -> str:
    return url_for("citizen.slots", **demand.answers | {"lieu": place} | demand.carried)
