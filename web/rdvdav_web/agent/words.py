"""Words of the domain as agents read them: statuses, kinds of absence, lists of people."""

from collections.abc import Sequence
from datetime import date, datetime

from rdvdav.agenda.absence import Absence, AbsenceKind
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.seen import Seen
from rdvdav.agenda.status import Status
from rdvdav.i18n import N_, hour_words, pgettext
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n

STATUS_KINDS = {Status.PLANNED: "info", Status.DONE: "success", Status.NO_SHOW: "warning", Status.TO_REPLAN: "warning"}
"""Colour of each status label; the word says the same."""

ABSENCE_KINDS = {
    AbsenceKind.LEAVE: N_("Leave"),
    AbsenceKind.TRAINING: N_("Training"),
    AbsenceKind.MEETING: N_("Meeting"),
    AbsenceKind.OTHER: N_("Other"),
}


def status_word(status: Status, on: date, today: date) -> str:
    """The status of an appointment *on* a day, as screens say it: a planned one is « À renseigner » from its day on (L-1)."""
    match status:
        case Status.PLANNED:
            return _("To be completed") if on <= today else _("Upcoming")
        case Status.TO_REPLAN:
            return _("To be replanned")
        case Status.DONE:
            return _("Attended")
        case Status.NO_SHOW:
            return _("Unexcused absence")
        case _:
            return _("Cancelled")


def presence(appointment: Appointment, now: datetime) -> str:
    """« arrivé à 9 h 24 », « en retard de 12 min », else nothing: who is waited for today, *now* on wall clocks (A09)."""
    arrivals = [seat.arrived_at for seat in appointment.seated]
    return presence_of(appointment.status, appointment.starts_at, arrivals, now)


def presence_of(status: Status, starts_at: datetime, arrivals: Sequence[datetime | None], now: datetime) -> str:
    """The same of an appointment as the agenda says it; *arrivals* holds a moment, or None, for each who has a seat."""
    if status is not Status.PLANNED or starts_at.astimezone(now.tzinfo).date() != now.date():
        return ""
    arrived = [moment for moment in arrivals if moment is not None]
    if len(arrivals) > 1 and arrived:
        return _n("%(num)d of %(all)s arrived", "%(num)d of %(all)s arrived", len(arrived), all=len(arrivals))
    if arrived:
        return _("arrived at %(time)s", time=hour_words(arrived[0].astimezone(now.tzinfo)))
    return late(starts_at, now)


def late(starts_at: datetime, now: datetime) -> str:
    """« en retard de 12 min », from the first whole minute on; nothing before."""
    minutes = int((now - starts_at).total_seconds()) // 60
    if minutes < 1:
        return ""
    if minutes < 60:
        return _("late by %(minutes)s min", minutes=minutes)
    return _("late by %(hours)s h %(minutes)02d", hours=minutes // 60, minutes=minutes % 60)


def people(appointment: Appointment) -> str:
    """Who comes, or the title of a collective appointment."""
    names = ", ".join(seat.citizen.name for seat in appointment.seated)
    return appointment.title or names or _("Nobody")


def who_comes(seen: Seen) -> str:
    """The same of an appointment as the agenda says it."""
    return seen.title or ", ".join(seen.people) or _("Nobody")


def absence_words(absence: Absence) -> str:
    """« Indisponible – réunion de service »; the kind stands in for a missing title."""
    return _("Away – %(title)s", title=absence.title or _(ABSENCE_KINDS[absence.kind]).lower())


def agenda_of(name: str) -> str:
    """« Agenda de Claire Martin », « Agenda d'Amina Benali »."""
    if name[:1].lower() in "aàâeéèêiîoôu":
        return pgettext("before a vowel", "Agenda of %(name)s", name=name)
    return _("Agenda of %(name)s", name=name)
