"""What the portal says when a rule stands in the way: words for the core's errors; pages that are more than words stand in `late`."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TypeVar

from flask import g, request, url_for

from rdvdav.booking.bookable import NotBookable
from rdvdav.booking.cancel import NotCancellable, TooLateToCancel
from rdvdav.booking.held import NoSuchHold
from rdvdav.booking.hold import TooManyHolds
from rdvdav.booking.identify import AddressTaken, NoSuchProof, ProofExpired
from rdvdav.booking.invited import InvitationUsed
from rdvdav.booking.limit import LimitReached
from rdvdav.booking.linked import NoSuchLink
from rdvdav.booking.mine import NoSuchAppointment
from rdvdav.booking.move import NotMovable, TooLateToMove
from rdvdav.citizens.relative import NoSuchRelative, TooManyRelatives
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.errors import NotFound, RdvdavError, Refused, Stale
from rdvdav.federation.client import SignOnFailed
from rdvdav.i18n import gettext as _
from rdvdav.i18n import moment, wall
from rdvdav.i18n import ngettext as _n
from rdvdav.policy.sign_on import NoSuchSignOn
from rdvdav_web.citizen.demand import NotOffered
from rdvdav_web.errors import Notice, notice

Leaf = TypeVar("Leaf", bound=RdvdavError)


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
