"""Words for what the core refuses to agents."""

from rdvdav.administration.sendings import NotSendable
from rdvdav.agenda.status import NoSuchMove
from rdvdav.booking.collective import NotOpen
from rdvdav.booking.outcome import NotExpected, TooEarly
from rdvdav.i18n import gettext as _
from rdvdav.planning import absences, opening_ranges
from rdvdav.planning.appointments import Settled
from rdvdav.planning.moving import Fixed
from rdvdav.planning.one_appointment import NotForYou, NotRemovable
from rdvdav.privacy.erase import StillComing
from rdvdav.records.invitations import NothingToBook, NotOpenAnyMore
from rdvdav.records.invite import NoAddress
from rdvdav.records.merge import NotTwo
from rdvdav_web.errors import Notice, notice


@notice.register
def _settled(_error: Settled) -> Notice:
    return Notice(
        403,
        _("This appointment can no longer be cancelled"),
        _("It was attended, missed or cancelled already. Nothing was changed."),
        _("Go back to the previous page and reload it."),
    )


@notice.register
def _not_sendable(_error: NotSendable) -> Notice:
    return Notice(
        409,
        _("This message can no longer be sent or given up"),
        _("It has left meanwhile, or it is of no use any more. Nothing was changed."),
        _("Go back to the previous page and reload it."),
    )


@notice.register
def _too_early(_error: TooEarly) -> Notice:
    return Notice(
        403,
        _("It is too early to say what became of it"),
        _("The status is given from the day of the appointment on; of one to be replanned, after its end."),
        _("Go back to the previous page."),
    )


@notice.register
def _not_expected(_error: NotExpected) -> Notice:
    return Notice(
        409,
        _("Nobody is expected here today"),
        _("The appointment was moved, cancelled or settled meanwhile, or is on another day. Nothing was changed."),
        _("Go back to the previous page and reload it."),
    )


@notice.register
def _no_such_move(_error: NoSuchMove) -> Notice:
    return Notice(
        409,
        _("The appointment can't get this status"),
        _("It has another status by now, from which this one can't be reached. Nothing was changed."),
        _("Go back to the previous page and reload it."),
    )


@notice.register
def _not_for_you(_error: NotForYou) -> Notice:
    return Notice(
        403,
        _("This comment belongs to another service"),
        _("The internal comment is read and changed by agents of its author's service only. Nothing was changed."),
        _("Go back to the previous page."),
    )


@notice.register
def _not_removable(_error: NotRemovable) -> Notice:
    return Notice(
        403,
        _("Only administrators remove an appointment for good"),
        _("Cancel it instead: its time becomes free all the same. Nothing was changed."),
        _("Go back to the previous page."),
    )


@notice.register
def _not_open(_error: NotOpen) -> Notice:
    return Notice(
        409,
        _("Nobody can be added to this appointment"),
        _("It is over, cancelled, or for one person only. Nothing was changed."),
        _("Go back to the previous page and reload it."),
    )


@notice.register(opening_ranges.Contradictory)
@notice.register(absences.Contradictory)
def _contradictory(_error: opening_ranges.Contradictory | absences.Contradictory) -> Notice:
    return Notice(
        409,
        _("This could not be saved"),
        _("What you could choose has changed while the form was open. Nothing was changed."),
        _("Go back to the previous page, reload it, then send the form again."),
    )


@notice.register
def _still_coming(_error: StillComing) -> Notice:
    return Notice(
        403,
        _("This record cannot be deleted yet"),
        _("This person has an appointment to come. Nothing was changed."),
        _("Cancel the appointment first, or wait until it is over."),
    )


@notice.register
def _not_two(_error: NotTwo) -> Notice:
    return Notice(
        403,
        _("These records cannot be merged"),
        _("Choose two different records of the same territory. Nothing was changed."),
        _("Go back to the previous page and choose another record."),
    )


@notice.register
def _no_address(_error: NoAddress) -> Notice:
    return Notice(
        403,
        _("This person cannot be invited"),
        _("The record has no address to write to. Nothing was sent."),
        _("Add an e-mail address or a mobile number to the record first."),
    )


@notice.register
def _nothing_to_book(_error: NothingToBook) -> Notice:
    return Notice(
        404,
        _("There is nothing to invite to"),
        _("This reason does not exist any more, or is not one you may invite to. Nothing was sent."),
        _("Go back to the previous page and choose another one."),
    )


@notice.register
def _not_open_any_more(_error: NotOpenAnyMore) -> Notice:
    return Notice(
        409,
        _("This invitation is not open any more"),
        _("It was used, is over or revoked already. Nothing was changed."),
        _("Go back to the record of the person; you can invite again."),
    )


@notice.register
def _fixed(_error: Fixed) -> Notice:
    return Notice(
        403,
        _("This appointment can no longer be moved"),
        _("It was attended, missed or cancelled already. Nothing was changed."),
        _("Go back to the previous page and reload it."),
    )
