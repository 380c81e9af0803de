"""Words for why a search finds no slot (ux 7.6)."""

from rdvdav.directory.motif import Motif
from rdvdav.i18n import duration, plain_date
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n
from rdvdav.slots.why import Cause, NoSlot

OF_HOURS = {Cause.NO_OPENING, Cause.NONE_IN_SPAN, Cause.OTHER_PLACES, Cause.OTHER_AGENTS, Cause.TOO_SHORT}
"""Causes that opening more time does away with."""


def reason_words(why: NoSlot, motif: Motif) -> str:
    """One reason as one or two sentences, with its facts."""
    match why.cause:
        case Cause.TAKEN:
            return " ".join([_until(why), *_absent(why)])
        case Cause.ABSENT:
            return _n("%(num)d agent is away.", "%(num)d agents are away.", max(why.absent, 1))
        case Cause.NONE_IN_SPAN:
            return " ".join([_("No opening range on these days."), *_opens_on(why)])
        case Cause.MAX_NOTICE:
            return " ".join([_("The farthest day that may be booked is reached."), *_last_day(why)])
        case Cause.MIN_NOTICE:
            return " ".join([_("These days are too near to be booked."), *_opens_on(why)])
        case Cause.OTHER_AGENTS:
            return _n(
                "No opening range of this agent carries this motif; that of %(num)d other agent does.",
                "No opening range of this agent carries this motif; those of %(num)d other agents do.",
                why.agendas,
            )
        case Cause.TOO_SHORT:
            return _(
                "No opening range is long enough for this motif (%(duration)s).", duration=duration(motif.duration)
            )
        case _:
            return _plain(why.cause)


def _plain(cause: Cause) -> str:
    words = {
        Cause.NO_CITIZEN: _("This motif is for people who are followed: choose who comes."),
        Cause.NO_REFERENT: _("This motif is for people who are followed, and no agent follows this person."),
        Cause.NOT_PLANNED: _("No collective appointment is planned on these days."),
        Cause.NO_OPENING: _("0 opening range carries this motif."),
        Cause.OTHER_PLACES: _("No opening range at this place carries this motif."),
        Cause.PAST: _("These days are over."),
        Cause.TOO_FEW_AGENDAS: _("The agents and rooms this motif takes are never free at the same time."),
        Cause.HOLIDAYS: _("All opening ranges of these days fall on public holidays."),
    }
    return words[cause]


def _until(why: NoSlot) -> str:
    return _("All is taken until %(date)s.", date=plain_date(why.until)) if why.until else _("All is taken.")


def _absent(why: NoSlot) -> list[str]:
    return [_n("%(num)d agent is away.", "%(num)d agents are away.", why.absent)] if why.absent else []


def _opens_on(why: NoSlot) -> list[str]:
    return [_("The next one is on %(date)s.", date=plain_date(why.opens_on))] if why.opens_on else []


def _last_day(why: NoSlot) -> list[str]:
    return [_("It is %(date)s.", date=plain_date(why.until))] if why.until else []
