"""Words for what the core refuses to agents."""

from rdvdav.agenda.status import NoSuchMove
from rdvdav.booking.collective import NotOpen
from rdvdav.booking.outcome import NotExpected, TooEarly
from rdvdav.i18n import gettext as _
from rdvdav.planning import absences, opening_ranges
from rdvdav.planning.appointments import Settled
from rdvdav.planning.one_appointment import NotForYou, NotRemovable
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
