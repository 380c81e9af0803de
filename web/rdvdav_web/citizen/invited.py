"""« Invitation à prendre rendez-vous »: who invites, why, until when, then a slot, for a person who is known (4.3, B13).

The link opens booking under its invitation, and nothing about the person but the first name.
"""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.agenda.hold import Hold
from rdvdav.booking.held import EXTENSIONS, NoSuchHold, extend, require_live
from rdvdav.booking.hold import keep
from rdvdav.booking.invited import book_invited, invitation_under, motifs_offered, note_opened
from rdvdav.directory.motif import Motif
from rdvdav.i18n import duration, moment, wall
from rdvdav.i18n import gettext as _
from rdvdav.notify.sms import sends_sms
from rdvdav.slots.offer import needs_place, places_offering
from rdvdav_web.citizen import words
from rdvdav_web.citizen.demand import NotOffered
from rdvdav_web.citizen.forms import InvitedForm
from rdvdav_web.citizen.guard import count_search
from rdvdav_web.citizen.listing import Address, Search, list_slots, wanted_slot
from rdvdav_web.citizen.portal import (
    Portal,
    enter,
    held,
    here,
    hold_key,
    remember_hold,
    remember_opened,
    remembered_hold,
    views,
    visit,
)
from rdvdav_web.formats import sentence
from rdvdav_web.transaction import clock, reading, transaction

INVITATION = "/rdv/<slug>/invitation/<link_token>"
HELD = f"{INVITATION}/<hold_token>"


@views.get(INVITATION)
def invitation(slug: str, link_token: str) -> ResponseReturnValue:
    """Who invites, why, until when; what for, where several things can be booked; then the free slots."""
    visit()
    count_search()
    with reading() as session:
        portal, invited = _invited(session, slug, link_token)
        first_look = invited.opened_at is None
        page = _page(session, portal, invited, link_token)
    if first_look:
        with transaction() as session:
            note_opened(session, clock(), link_token)
    return page


@views.post(INVITATION)
def hold_invited(slug: str, link_token: str) -> ResponseReturnValue:
    """Keep the slot of the pressed button under the invitation."""
    with transaction() as session:
        portal, invited = _invited(session, slug, link_token)
        motif = _motif(motifs_offered(session, invited))
        if motif is None or invited.booked_at is not None:
            return redirect(url_for(".invitation", link_token=link_token), 303)
        wanted = wanted_slot(session, _search(session, portal, invited, motif))
        key = f"{hold_key(motif.id)}-{invited.id}"
        token = keep(
            session,
            clock(),
            motif_id=motif.id,
            place_id=wanted.place_id,
            starts_at=wanted.starts_at,
            agenda_id=wanted.agenda_id,
            citizen_id=invited.citizen_id,
            visit=visit(),
            address=here(),
            replaces=remembered_hold(key),
            invitation_id=invited.id,
        )
    remember_hold(key, token)
    return redirect(url_for(".check_invited", link_token=link_token, hold_token=token), 303)


@views.get(HELD)
def check_invited(slug: str, link_token: str, hold_token: str) -> ResponseReturnValue:
    """The last look; what the motif needs and is not known yet is asked here."""
    with reading() as session:
        portal, invited, slot = _held(session, slug, link_token, hold_token)
        if slot.appointment_id is not None:
            return redirect(url_for(".invitation", link_token=link_token))
        return _check_page(session, portal, invited, slot, link_token, hold_token, _form(portal, invited, slot.motif))


@views.post(HELD)
def confirm_invited(slug: str, link_token: str, hold_token: str) -> ResponseReturnValue:
    """Book; the appointment is then shown as the link of its message would show it. Two clicks make one."""
    with transaction() as session:
        portal, invited, slot = _held(session, slug, link_token, hold_token)
        if "prolonger" in request.form:
            extend(session, clock(), hold_token)
            return redirect(url_for(".check_invited", link_token=link_token, hold_token=hold_token), 303)
        form = _form(portal, invited, slot.motif)
        if not form.validate():
            return _check_page(session, portal, invited, slot, link_token, hold_token, form), 422
        _appointment, token = book_invited(
            session, clock(), link_token, hold_token, phone=form.e164, birth_date=form.born
        )
    remember_opened(token)
    flash(_("Your appointment is confirmed."), "success")
    return redirect(url_for(".infos", link_token=token), 303)


def _invited(session: Session, slug: str, link_token: str) -> tuple[Portal, BookingInvitation]:
    portal = enter(session, slug)
    return portal, invitation_under(session, clock(), link_token, portal.organisation.id)


def _held(session: Session, slug: str, link_token: str, hold_token: str) -> tuple[Portal, BookingInvitation, Hold]:
    portal, invited = _invited(session, slug, link_token)
    _portal, slot = held(session, slug, hold_token)
    if slot.invitation_id != invited.id:
        raise NoSuchHold
    if slot.appointment_id is None:
        require_live(slot, clock())
    return portal, invited, slot


def _motif(offered: Any) -> Motif | None:
    """The motif that the address names, or the only one; None while it is to be chosen.

    Raises:
        NotOffered: It names another one.
    """
    named = request.args.get("motif")
    if not named:
        return offered[0] if len(offered) == 1 else None
    found: Motif | None = next((motif for motif in offered if str(motif.id) == named), None)
    if found is None:
        raise NotOffered
    return found


def _search(session: Session, portal: Portal, invited: BookingInvitation, motif: Motif) -> Search:
    """All places together, unless the address names one."""
    places = places_offering(session, clock(), [motif.id]).get(motif.id, []) if needs_place(motif) else []
    named = request.args.get("lieu", "")
    place = next((each for each in places if str(each.id) == named), None)
    if named and place is None:
        raise NotOffered
    only = places[0] if len(places) == 1 else place
    return Search(motif, only, places, portal.zone, invited.citizen_id)


def _page(session: Session, portal: Portal, invited: BookingInvitation, link_token: str) -> ResponseReturnValue:
    offered = motifs_offered(session, invited)
    motif = _motif(offered) if invited.booked_at is None else None
    listing = None
    if motif is not None:
        address = _address(link_token, motif, several=len(offered) > 1)
        listing = list_slots(session, _search(session, portal, invited, motif), address)
    page = render_template(
        "citizen/invitation.html",
        invited=invited,
        used=invited.booked_at is not None,
        offered=offered,
        motif=motif,
        mode=words.mode,
        listing=listing,
        link_token=link_token,
    )
    return page, 400 if listing is not None and listing.filters.errors else 200


def _check_page(
    session: Session,
    portal: Portal,
    invited: BookingInvitation,
    slot: Hold,
    link_token: str,
    hold_token: str,
    form: InvitedForm,
) -> str:
    starts = wall(slot.starts_at, portal.zone)
    again = url_for(".invitation", link_token=link_token, motif=slot.motif_id)
    rows = [
        {"label": _("Date and time"), "value": sentence(moment(starts)), "url": again, "what": _("the time slot")},
        {"label": _("Reason"), "value": slot.motif.name, "url": ""},
        {"label": _("Duration"), "value": duration(slot.motif.duration), "url": ""},
        {"label": _("Place"), "value": slot.place.name, "url": ""}
        if slot.place
        else {"label": _("Way of meeting"), "value": words.mode(slot.motif), "url": ""},
        {"label": _("Person"), "value": invited.citizen.first_name, "url": ""},
    ]
    return render_template(
        "citizen/check_invited.html",
        rows=rows,
        slot=slot,
        starts=starts,
        motif=slot.motif,
        form=form,
        sms=sends_sms(session),
        may_extend=slot.extensions < EXTENSIONS,
        map_url=words.map_url(slot.place),
        hold_token=hold_token,
        link_token=link_token,
    )


def _form(portal: Portal, invited: BookingInvitation, motif: Motif) -> InvitedForm:
    today = wall(clock().now(), portal.zone).date()
    citizen = invited.citizen
    return InvitedForm(motif, portal.zone, today, phone_known=bool(citizen.phone), born=citizen.birth_date)


def _address(link_token: str, motif: Motif, *, several: bool) -> Address:
    kept: dict[str, Any] = {"motif": motif.id} if several else {}
    if request.args.get("lieu"):
        kept["lieu"] = request.args["lieu"]

    def address(**more: Any) -> str:
        return url_for("citizen.invitation", link_token=link_token, **kept | more)

    return address
