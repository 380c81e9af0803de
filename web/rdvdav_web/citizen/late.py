"""Who came too late: the slot is taken or no longer kept, a code is asked for too soon; each page leads on, and nothing typed is lost."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.hold import Hold
from rdvdav.booking.held import HoldExpired, NoMoreExtensions
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.identify import TooSoon
from rdvdav.booking.mine import appointment_numbered
from rdvdav.i18n import gettext as _
from rdvdav.i18n import wall
from rdvdav.slots.load import Scope
from rdvdav.slots.near import nearest, offered_at
from rdvdav_web.citizen.demand import demand_of
from rdvdav_web.citizen.fields import read_instant, write_instant
from rdvdav_web.citizen.identity import keep_typed
from rdvdav_web.citizen.kept import moments
from rdvdav_web.citizen.listing import value_of
from rdvdav_web.citizen.portal import Portal, all_held, held, views
from rdvdav_web.transaction import clock, reading


@views.errorhandler(SlotTaken)
def _slot_taken(_error: SlotTaken) -> ResponseReturnValue:
    """Back to the list, which offers the nearest slots first (3.7 e)."""
    token = (request.view_args or {}).get("hold_token")
    if "seance" in request.form:
        flash(_("The last seat has just been taken. Choose another date."), "warning")
    if request.endpoint == "citizen.confirm_invited":
        with reading() as session:
            _portal, hold = held(session, g.slug, str(token))
            return _invitation_again(hold.motif_id, write_instant(hold.starts_at))
    if token is None:
        moment_, _at, _place = request.form.get("creneau", "").partition("@")
        return redirect(_list_again(request.args.to_dict(flat=False), moment_), 303)
    with reading() as session:
        portal, holds = all_held(session, g.slug, token)
        hold = holds[0]
        wanted = write_instant(hold.starts_at)
        if hold.moves_appointment_id is not None and portal.citizen is not None:
            mine = appointment_numbered(session, portal.citizen.id, hold.moves_appointment_id)
            return redirect(url_for(".ask_move", reference=mine.reference, pris=wanted), 303)
        demand = demand_of(session, portal.organisation, holds)
        return redirect(url_for(".slots", **demand.answers, pris=wanted), 303)


def _invitation_again(motif_id: int | None, taken: str | None) -> ResponseReturnValue:
    """Back to the slots of the invitation."""
    link_token = (request.view_args or {})["link_token"]
    return redirect(url_for(".invitation", link_token=link_token, motif=motif_id, pris=taken), 303)


def _list_again(args: dict[str, Any], wanted: str) -> str:
    named = request.view_args or {}
    endpoint = ".ask_move" if "reference" in named else ".replan" if "link_token" in named else ".slots"
    if request.endpoint == "citizen.hold_invited":
        endpoint = ".invitation"
    known = {
        name: values for name, values in args.items() if name in {"motif", "lieu", "lu", "moment", "jours", "agent"}
    }
    pris = wanted if read_instant(wanted) else None
    return url_for(endpoint, **(request.view_args or {}), **known, pris=pris)


@views.errorhandler(HoldExpired)
def _hold_expired(_error: HoldExpired) -> ResponseReturnValue:
    """« Le délai est dépassé »: the slot again if it is free, else the three nearest; what was typed is kept (3.12)."""
    token = (request.view_args or {})["hold_token"]
    if request.endpoint in {"citizen.check_invited", "citizen.confirm_invited"}:
        flash(_("The time is up.") + " " + _("Choose a time slot again: it takes a minute."), "warning")
        return _invitation_again(None, None)
    if request.endpoint not in {"citizen.referrer", "citizen.beneficiary", "citizen.confirm_referral"}:
        keep_typed(request.form)
    with reading() as session:
        portal, holds = all_held(session, g.slug, token)
        hold = holds[0]
        free = [each for each in holds if _still_free(session, portal, each)]
        scope = Scope.one(hold.place_id, citizen_id=portal.citizen_id)
        near = [] if free or hold.motif.collective else nearest(session, clock(), hold.motif, hold.starts_at, scope)
        zone = portal.zone
        page = render_template(
            "citizen/expired.html",
            free=moments(portal, free),
            gone=moments(portal, [each for each in holds if each not in free]),
            hold_token=token,
            near=[
                {"starts": wall(slot.starts_at, zone), "value": value_of(slot.starts_at, slot.place_id)}
                for slot in near
            ],
            list_url=_list_of(session, portal, hold),
        )
        return page, 409


def _still_free(session: Session, portal: Portal, hold: Hold) -> bool:
    scope = Scope.one(hold.place_id, citizen_id=portal.citizen_id)
    return bool(offered_at(session, clock(), hold.motif, hold.starts_at, scope))


def _list_of(session: Session, portal: Portal, hold: Hold) -> str:
    if hold.moves_appointment_id is not None and portal.citizen is not None:
        mine = appointment_numbered(session, portal.citizen.id, hold.moves_appointment_id)
        return url_for(".ask_move", reference=mine.reference)
    return url_for(".slots", **demand_of(session, portal.organisation, [hold]).answers)


@views.errorhandler(TooSoon)
def _too_soon(error: TooSoon) -> ResponseReturnValue:
    seconds = max(1, round((error.retry_at - clock().now()).total_seconds()))
    flash(
        _("The message has just been sent. You can ask for another one in %(seconds)s s.", seconds=seconds), "warning"
    )
    return redirect(url_for(".mailbox", **request.view_args or {}), 303)


@views.errorhandler(NoMoreExtensions)
def _no_more_extensions(_error: NoMoreExtensions) -> ResponseReturnValue:
    flash(_("This slot cannot be kept any longer. Confirm your appointment before the time is up."), "warning")
    return redirect(url_for(".check", hold_token=(request.view_args or {})["hold_token"]), 303)
