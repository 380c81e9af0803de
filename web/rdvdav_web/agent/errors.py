"""Words for what the core refuses to agents."""

from rdvdav.i18n import gettext as _
from rdvdav.planning import absences, opening_ranges
from rdvdav.planning.appointments import Settled
from rdvdav.planning.moving import Fixed
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
def _fixed(_error: Fixed) -> Notice:
    return Notice(
        403,
        _("This appointment can no longer be moved"),
        _("It was attended, missed or cancelled already. Nothing was changed."),
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
