"""« Liste d'attente » (3.17, B12): what one waits for, confirmed by mail, left with one button; the messages lead to the slots."""

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from rdvdav.agenda.status import CANCELLED
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.booking.mine import NoSuchAppointment
from rdvdav.booking.waiting_list import Wish, confirm, entry_under, leave, reference_of, wait
from rdvdav.i18n import gettext as _
from rdvdav.i18n import translated, wall, weekday
from rdvdav_web.citizen.appointments import APPOINTMENT, owned
from rdvdav_web.citizen.demand import Demand, read_demand
from rdvdav_web.citizen.forms import PARTS, WEEKDAYS, WaitingForm
from rdvdav_web.citizen.portal import Portal, enter, here, views
from rdvdav_web.formats import sentence
from rdvdav_web.transaction import clock, reading, transaction

LIST = "/rdv/<slug>/liste-d-attente"
ENTRY = f"{LIST}/<link_token>"
A_MONDAY = date(2026, 11, 23)


@views.route(LIST, methods=["GET", "POST"])
def wait_for_slot(slug: str) -> ResponseReturnValue:
    """Wait for a slot of the motif, and at the place, that the address names; who is not signed in confirms by mail."""
    with reading() as session:
        portal = enter(session, slug)
        demand = read_demand(session, portal.organisation, request.args)
        if demand.motif is None:
            return redirect(demand.next_url)
        form = _form(portal)
        if not form.validate_on_submit():
            return _form_page(portal, form, demand=demand), 422 if form.errors else 200
        wish = _wish(form, demand.motif.id, demand.place.id if demand.place else None)
    with transaction() as session:
        portal = enter(session, slug)
        wait(session, clock(), wish, address=here(), email=form.address, citizen=portal.citizen)
    return _asked(portal, url_for(".slots", **demand.answers))


@views.route(f"{APPOINTMENT}/plus-tot", methods=["GET", "POST"])
def wait_for_earlier(slug: str, reference: str) -> ResponseReturnValue:
    """Wait for an earlier time of an appointment of one's own, at its place."""
    with reading() as session:
        portal, citizen, mine = owned(session, slug, reference)
        if mine.status_for(citizen.id) in CANCELLED or not mine.motif.online or mine.starts_at <= clock().now():
            raise NoSuchAppointment
        form = _form(portal)
        starts = wall(mine.starts_at, portal.zone)
        if not citizen.email or not form.validate_on_submit():
            return _form_page(portal, form, starts=starts, appointment=mine), 422 if form.errors else 200
        wish = _wish(form, mine.motif_id, mine.place_id)
    with transaction() as session:
        portal, citizen, mine = owned(session, slug, reference)
        wait(session, clock(), wish, address=here(), citizen=citizen, seat=mine.seat_of(citizen.id))
    return _asked(portal, url_for(".appointment", reference=reference))


@views.get(ENTRY)
def waiting_entry(slug: str, link_token: str) -> ResponseReturnValue:
    """How a wish stands: one button confirms it, one ends it. Looking changes nothing, so programs that look into mails do no harm."""
    with reading() as session:
        portal = enter(session, slug)
        entry = entry_under(session, link_token, portal.organisation.id)
        return render_template("citizen/waiting_entry.html", entry=entry, rows=_rows(entry), link_token=link_token)


@views.post(ENTRY)
def change_entry(slug: str, link_token: str) -> ResponseReturnValue:
    """Press one of the two."""
    with transaction() as session:
        portal = enter(session, slug)
        change = confirm if request.form.get("action") == "confirmer" else leave
        change(session, clock(), link_token, portal.organisation.id)
    return redirect(url_for(".waiting_entry", link_token=link_token), 303)


@views.get(f"{ENTRY}/creneaux")
def waiting_slots(slug: str, link_token: str) -> ResponseReturnValue:
    """From the message to the slots that suit: to book, or to move the appointment one has."""
    with reading() as session:
        portal = enter(session, slug)
        entry = entry_under(session, link_token, portal.organisation.id)
        filters: dict[str, Any] = {
            "du": request.args.get("du") or None,
            "moment": entry.part or None,
            "jours": [WEEKDAYS[day] for day in entry.weekdays if 0 <= day < len(WEEKDAYS)],
        }
        reference = reference_of(session, entry)
        if reference is not None:
            return redirect(url_for(".ask_move", reference=reference, **filters))
        return redirect(url_for(".slots", motif=entry.motif_id, lieu=entry.place_id, **filters))


def _form(portal: Portal) -> WaitingForm:
    return WaitingForm(
        signed_in=portal.citizen is not None, weekdays=_list("jours"), part=request.args.get("moment", "")
    )


def _list(name: str) -> list[str]:
    return request.args.getlist(name)


def _wish(form: WaitingForm, motif_id: int, place_id: int | None) -> Wish:
    days = tuple(WEEKDAYS.index(word) for word in form.weekdays.data or () if word in WEEKDAYS)
    return Wish(motif_id, place_id, days, form.part.data if form.part.data in PARTS else "")


def _form_page(portal: Portal, form: WaitingForm, demand: Demand | None = None, **shown: Any) -> str:
    return render_template("citizen/waiting.html", form=form, demand=demand, citizen=portal.citizen, **shown)


def _asked(portal: Portal, back: str) -> ResponseReturnValue:
    """Say what happens next; the same whether the address is known or not."""
    if portal.citizen is not None:
        flash(_("You are on the waiting list. A message confirms it."), "success")
    else:
        flash(_("We have sent you a message: open its link to confirm that you want to be told."), "success")
    return redirect(back, 303)


def _rows(entry: WaitingListEntry) -> list[dict[str, str]]:
    named = [weekday(A_MONDAY + timedelta(days=day)) for day in entry.weekdays if 0 <= day < len(WEEKDAYS)]
    return [
        {"label": _("Reason"), "value": entry.motif.name, "url": ""},
        {"label": _("Place"), "value": entry.place.name if entry.place else _("Any place"), "url": ""},
        {"label": _("Days"), "value": sentence(", ".join(named)) or _("Any day"), "url": ""},
        {"label": _("Time of day"), "value": translated(PARTS.get(entry.part, PARTS[""])), "url": ""},
    ]
