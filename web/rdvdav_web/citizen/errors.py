"""What the portal says when a rule stands in the way: words for the core's errors, and the two pages that are more than words."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.hold import Hold
from rdvdav.booking.bookable import NotBookable
from rdvdav.booking.cancel import NotCancellable, TooLateToCancel
from rdvdav.booking.held import HoldExpired, NoMoreExtensions, NoSuchHold
from rdvdav.booking.hold import TooManyHolds
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.identify import AddressTaken, NoSuchProof, ProofExpired, TooSoon
from rdvdav.booking.invited import InvitationUsed
from rdvdav.booking.limit import LimitReached
from rdvdav.booking.linked import NoSuchLink
from rdvdav.booking.mine import NoSuchAppointment, appointment_numbered
from rdvdav.booking.move import NotMovable, TooLateToMove
from rdvdav.citizens.relative import NoSuchRelative, TooManyRelatives
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.errors import NotFound, RdvdavError, Refused, Stale
from rdvdav.federation.client import SignOnFailed
from rdvdav.i18n import gettext as _
from rdvdav.i18n import moment, wall
from rdvdav.i18n import ngettext as _n
from rdvdav.policy.sign_on import NoSuchSignOn
from rdvdav.slots.load import Scope
from rdvdav.slots.near import nearest, offered_at
from rdvdav_web.citizen.demand import NotOffered, demand_of
from rdvdav_web.citizen.forms import read_instant, write_instant
from rdvdav_web.citizen.identity import keep_typed
from rdvdav_web.citizen.kept import moments
from rdvdav_web.citizen.listing import value_of
from rdvdav_web.citizen.portal import Portal, all_held, held, views
from rdvdav_web.errors import Notice, notice
from rdvdav_web.transaction import clock, reading

Leaf = TypeVar("Leaf", bound=RdvdavError)


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


def on_portal(words: Callable[[Leaf], Notice]) -> Callable[[Leaf], Notice]:
    """Words for a citizen on a portal; elsewhere the error is told in its family's."""

    @wraps(words)
    def told(error: Leaf) -> Notice:
        if "portal" in g:
            return words(error)
        family = next(each for each in type(error).__mro__ if each in {NotFound, Refused, Stale})
        return notice.dispatch(family)(error)

    return told


@notice.register
def _no_such_organisation(_error: NoSuchOrganisation) -> Notice:
    return Notice(
        404,
        _("This organisation is not here"),
        _("The address may be incomplete, or the organisation no longer takes appointments on line."),
        actions=[{"label": _("See all organisations"), "url": url_for("citizen.organisations")}],
    )


@notice.register
@on_portal
def _not_offered(_error: NotOffered) -> Notice:
    return Notice(
        404,
        _("This appointment is not offered on line"),
        _("What this address asks for does not exist, or can no longer be booked on line."),
        _("Choose among what can be booked, or contact us."),
        actions=[_start()],
    )


@notice.register
@on_portal
def _not_bookable(_error: NotBookable) -> Notice:
    return Notice(
        403,
        _("This appointment is not offered on line"),
        _("This kind of appointment can no longer be booked or moved on line."),
        _("Contact us: we will find a time with you."),
        actions=[_start()],
    )


@notice.register
@on_portal
def _no_such_hold(_error: NoSuchHold) -> Notice:
    return Notice(
        404,
        _("No time slot is kept at this address"),
        _("The address may be incomplete, or the slot was kept too long ago."),
        _("Choose a time slot again: it takes a minute."),
        actions=[_start()],
    )


@notice.register
@on_portal
def _too_many_holds(_error: TooManyHolds) -> Notice:
    return Notice(
        429,
        _("You already keep several time slots"),
        _("So that everybody finds one, we keep at most three at a time for one person."),
        _("Finish one of your bookings, or try again in a few minutes."),
    )


@notice.register
@on_portal
def _limit_reached(error: LimitReached) -> Notice:
    if request.endpoint == "citizen.confirm_referral":  # how many somebody else has is not for a referrer to know
        return Notice(
            403,
            _("This appointment cannot be booked online for this person"),
            _("Nothing was booked."),
            _("Contact us: we will find a time with you."),
            actions=[_start()],
        )
    return Notice(
        403,
        _("You cannot take more appointments of this kind"),
        _n(
            "So that everybody finds one, a person may have only one appointment to come of this kind.",
            "So that everybody finds one, a person may have at most %(num)d appointments to come of this kind.",
            error.limit,
        ),
        _("Cancel or move one of yours, or contact us."),
        actions=[{"label": _("My appointments"), "url": url_for("citizen.appointments")}],
    )


@notice.register
@on_portal
def _no_such_proof(_error: NoSuchProof) -> Notice:
    return Notice(
        404,
        _("This link is not valid"),
        _("It may be incomplete, or have been used for something that is over."),
        _("Check that you opened the whole address of the message, or ask for another one."),
        actions=[_ask_again()],
    )


@notice.register
@on_portal
def _address_taken(_error: AddressTaken) -> Notice:
    return Notice(
        409,
        _("This address is that of another record"),
        _("You proved that the address is yours, and a record with it exists already. Nothing was changed."),
        _("Sign out and find your appointments with this address, or ask us to make one record of the two."),
        actions=[{"label": _("My details"), "url": url_for("citizen.account")}],
    )


@notice.register
@on_portal
def _no_such_relative(_error: NoSuchRelative) -> Notice:
    return Notice(
        404,
        _("We do not find this person"),
        _("The address may be incomplete, or this person is no longer among your relatives."),
        actions=[{"label": _("My relatives"), "url": url_for("citizen.relatives")}],
    )


@notice.register
@on_portal
def _too_many_relatives(_error: TooManyRelatives) -> Notice:
    return Notice(
        403,
        _("You cannot add another relative"),
        _("One person answers for twenty relatives at most, and not for others while somebody answers for them."),
        _("Remove a relative you no longer book for, or contact us."),
        actions=[{"label": _("My relatives"), "url": url_for("citizen.relatives")}],
    )


@notice.register
def _no_such_sign_on(_error: NoSuchSignOn) -> Notice:
    return Notice(
        404,
        _("This connection is over"),
        _("It was begun too long ago, or in another browser, or it has served already. Nothing was changed."),
        _("Go back to your booking or to your appointments, and identify yourself again."),
        actions=[{"label": _("See all organisations"), "url": url_for("citizen.organisations")}],
    )


@notice.register
@on_portal
def _sign_on_failed(_error: SignOnFailed) -> Notice:
    return Notice(
        403,
        _("The connection did not succeed"),
        _("The identity provider did not say who you are. Nothing was changed."),
        _("Try again, or go on with your e-mail address."),
    )


@notice.register
@on_portal
def _no_such_link(_error: NoSuchLink) -> Notice:
    return Notice(
        404,
        _("This link is not valid any more"),
        _("What it led to may be over, or the address may be incomplete."),
        _("Contact us, or find your appointment by your e-mail address: you get a new link."),
        actions=[{"label": _("Get a new link"), "url": url_for("citizen.appointments")}],
    )


@notice.register
@on_portal
def _invitation_used(_error: InvitationUsed) -> Notice:
    return Notice(
        409,
        _("This invitation was used already"),
        _("An appointment was booked under it. The message of confirmation leads to it."),
        _("To change it, open the link of that message, or contact us."),
        actions=[{"label": _("Find my appointments"), "url": url_for("citizen.appointments")}],
    )


@notice.register
@on_portal
def _proof_expired(_error: ProofExpired) -> Notice:
    return Notice(
        409,
        _("This code is over"),
        _("The code and the link of a message work for half an hour, and a wrong code may be typed five times."),
        _("Ask for another one: nothing you chose is lost."),
        actions=[_ask_again()],
    )


@notice.register
@on_portal
def _no_such_appointment(_error: NoSuchAppointment) -> Notice:
    return Notice(
        404,
        _("We do not find this appointment"),
        _("The address may be incomplete, or the appointment was made with another e-mail address."),
        actions=[{"label": _("My appointments"), "url": url_for("citizen.appointments")}],
    )


@notice.register
@on_portal
def _too_late_to_move(error: TooLateToMove) -> Notice:
    return Notice(
        403,
        _("It is too late to move this appointment on line"),
        _("It could be moved on line until %(moment)s.", moment=_local(error.until)),
        _("Contact us if you cannot come."),
        actions=[_back()],
    )


@notice.register
@on_portal
def _not_movable(_error: NotMovable) -> Notice:
    return Notice(
        403,
        _("This appointment cannot be moved on line"),
        _("It is over or cancelled, or this kind of appointment is moved by us only."),
        _("Contact us if you cannot come."),
        actions=[_back()],
    )


@notice.register
@on_portal
def _too_late_to_cancel(error: TooLateToCancel) -> Notice:
    return Notice(
        403,
        _("It is too late to cancel this appointment on line"),
        _("It could be cancelled on line until %(moment)s.", moment=_local(error.until)),
        _("Contact us if you cannot come."),
        actions=[_back()],
    )


@notice.register
@on_portal
def _not_cancellable(_error: NotCancellable) -> Notice:
    return Notice(
        403,
        _("This appointment cannot be cancelled on line"),
        _("It is over, or this kind of appointment is cancelled by us only."),
        _("Contact us if you cannot come."),
        actions=[_back()],
    )


def _start() -> dict[str, str]:
    return {"label": _("Book an appointment"), "url": url_for("citizen.services")}


def _back() -> dict[str, str]:
    reference = (request.view_args or {}).get("reference")
    link_token = (request.view_args or {}).get("link_token")
    if link_token is not None:
        return {"label": _("Back to the appointment"), "url": url_for("citizen.infos", link_token=link_token)}
    if reference is None:
        return {"label": _("My appointments"), "url": url_for("citizen.appointments")}
    return {"label": _("Back to the appointment"), "url": url_for("citizen.appointment", reference=reference)}


def _ask_again() -> dict[str, str]:
    token = (request.view_args or {}).get("hold_token")
    url = url_for("citizen.you", hold_token=token) if token else url_for("citizen.appointments")
    return {"label": _("Ask for another message"), "url": url}


def _local(instant: datetime) -> str:
    return moment(wall(instant, g.portal.zone))
