"""Words for what staff must accept (S-11)."""

from collections.abc import Iterable, Mapping

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.booking.warning import Kind, Warned
from rdvdav.directory.motif import Motif
from rdvdav.i18n import N_, hour_words, hours_range, wall
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n
from rdvdav_web.agent.words import ABSENCE_KINDS, people

KINDS = {
    Kind.PAST: N_("time in the past"),
    Kind.OVERLAP: N_("overlap"),
    Kind.HELD: N_("time being booked on line"),
    Kind.ABSENCE: N_("absence"),
    Kind.OTHER_PLACE: N_("other place"),
    Kind.SAME_DAY: N_("same motif the same day"),
    Kind.LIMIT: N_("more appointments to come than one person may have"),
    Kind.FULL: N_("more people than seats"),
}


def accepted_words(keys: Iterable[str]) -> str:
    """What was accepted, in a few words, from the keys the journal keeps."""
    kinds = [kind for kind in KINDS if any(key.split("-")[0] == kind for key in keys)]
    return ", ".join(_(KINDS[kind]) for kind in kinds)


def warning_words(warned: Warned, agendas: Mapping[int, str], zone: str) -> str:
    """One warning as a sentence; *agendas* are names by id."""
    name = agendas.get(warned.agenda_id or 0, "?")
    match warned.fact:
        case Appointment() as other if warned.kind is Kind.OVERLAP:
            hours = hours_range(wall(other.starts_at, zone), wall(other.ends_at, zone))
            return _(
                "%(agenda)s already has an appointment %(hours)s: %(people)s, %(motif)s.",
                agenda=name,
                hours=hours,
                people=people(other),
                motif=other.motif.name,
            )
        case Appointment() as other:
            time = hour_words(wall(other.starts_at, zone))
            return _("This person already has an appointment for this motif that day, at %(time)s.", time=time)
        case Hold() as hold:
            time = hour_words(wall(hold.expires_at, zone))
            return _("Somebody is booking this time of %(agenda)s on line, until %(time)s.", agenda=name, time=time)
        case Absence() as absence:
            title = absence.title or _(ABSENCE_KINDS[absence.kind]).lower()
            return _("%(agenda)s is away: %(title)s.", agenda=name, title=title)
        case OpeningRange() as opening if opening.place is not None:
            return _("%(agenda)s receives elsewhere then: %(place)s.", agenda=name, place=opening.place.name)
        case Motif() as motif:
            limit = motif.per_citizen_limit or 0
            return _n(
                "This person already has an appointment to come of this kind, and may have but one.",
                "This person already has %(num)d appointments to come of this kind, as many as one may have.",
                limit,
            )
        case _ if warned.kind is Kind.FULL:
            return _("There are not enough seats left for all these people.")
        case _:
            return _("This time is in the past.")
