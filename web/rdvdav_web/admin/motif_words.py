"""A motif's options in words: who may book it, from when to when, until when it can be cancelled (ux 10.2)."""

from rdvdav.administration.motifs import Terms
from rdvdav.directory.motif import BookableBy, Choice, Grid, LimitScope, Modality, Visibility
from rdvdav.hours.limit import Limit, Unit
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n

MODALITIES = {
    Modality.ON_SITE: N_("On site"),
    Modality.PHONE: N_("Over the phone"),
    Modality.VIDEO: N_("By video call"),
    Modality.HOME: N_("At people's home"),
}
BOOKABLE_BY = {
    BookableBy.AGENTS: N_("Open to agents only"),
    BookableBy.REFERRERS: N_("Open to agents and referrers"),
    BookableBy.EVERYONE: N_("Open to agents and citizens"),
}
VISIBILITIES = {
    Visibility.NOTIFIED: N_("Shown to the citizen, who gets messages"),
    Visibility.VISIBLE: N_("Shown to the citizen, without any message"),
    Visibility.HIDDEN: N_("Hidden from the citizen, who sees « Appointment »"),
}
GRIDS = {
    Grid.FLOW: N_("One after the other, from the end of the last appointment on"),
    Grid.FIXED: N_("At fixed times, from the opening on"),
}
CHOICES = {
    Choice.FIRST_REGISTERED: N_("Of the opening range created first"),
    Choice.LEAST_LOADED: N_("With the fewest appointments that week"),
    Choice.IN_TURN: N_("Each in turn"),
}
LIMIT_SCOPES = {
    LimitScope.MOTIF: N_("Those of this motif"),
    LimitScope.CATEGORY: N_("Those of its category"),
    LimitScope.SERVICE: N_("Those of its service"),
    LimitScope.ORGANISATION: N_("Those of the organisation"),
}
UNITS = {
    Unit.MINUTES: N_("minutes"),
    Unit.HOURS: N_("hours"),
    Unit.CALENDAR_DAYS: N_("days"),
    Unit.WORKING_DAYS: N_("working days"),
    Unit.MONTHS: N_("months"),
}
COLOURS = (
    N_("Blue"),
    N_("Cyan"),
    N_("Emerald"),
    N_("Green"),
    N_("Lime green"),
    N_("Yellow"),
    N_("Orange"),
    N_("Red"),
    N_("Pink"),
    N_("Fuchsia"),
    N_("Purple"),
    N_("Indigo"),
)
"""The palette, 1 to 12."""


def limit_words(limit: Limit) -> str:
    """« 30 minutes », « 2 jours ouvrés », « 3 mois »."""
    match limit.unit:
        case Unit.MINUTES:
            return _n("%(num)d minute", "%(num)d minutes", limit.n)
        case Unit.HOURS:
            return _n("%(num)d hour", "%(num)d hours", limit.n)
        case Unit.CALENDAR_DAYS:
            return _n("%(num)d day", "%(num)d days", limit.n)
        case Unit.WORKING_DAYS:
            return _n("%(num)d working day", "%(num)d working days", limit.n)
        case Unit.MONTHS:
            return _n("%(num)d month", "%(num)d months", limit.n)


def summary(terms: Terms) -> str:
    """« Réservable par tous, de 30 minutes à 3 mois à l'avance, annulable jusqu'à 4 heures avant. »"""
    if terms.bookable_by is BookableBy.AGENTS:
        return _("Booked by agents only, at any time.")
    most = limit_words(terms.max_notice)
    when = (
        _("from %(least)s to %(most)s in advance", least=limit_words(terms.min_notice), most=most)
        if terms.min_notice.n
        else _("up to %(most)s in advance", most=most)
    )
    return ", ".join([_who(terms), when, *_undone(terms)]) + "."


def _who(terms: Terms) -> str:
    return _("Bookable by everybody") if terms.bookable_by is BookableBy.EVERYONE else _("Bookable by referrers")


def _undone(terms: Terms) -> list[str]:
    """What the citizen may do about it afterwards."""
    said = []
    if terms.may_move:
        said.append(_("can be moved until %(limit)s before", limit=limit_words(terms.move_limit)))
    if terms.may_cancel:
        said.append(_("can be cancelled until %(limit)s before", limit=limit_words(terms.cancel_limit)))
    return said or [_("without moving or cancelling online")]
