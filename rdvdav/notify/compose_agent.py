"""What agents read of their agendas: no more than their calendars show (M-4, K-13)."""

from dataclasses import dataclass
from enum import StrEnum

from rdvdav import i18n
from rdvdav.agenda.appointment import Appointment
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.territory import Territory
from rdvdav.feeds.disclosure import DETAILS_PATH
from rdvdav.i18n import N_, ngettext
from rdvdav.i18n import gettext as _
from rdvdav.ical.event import Entry
from rdvdav.notify.before import Before, former
from rdvdav.notify.compose import Letter, fields, letter
from rdvdav.notify.wording import Wording
from rdvdav.outbox.event import Event

AGENDA_PATH = "/agent/agenda"
CHOICES_PATH = "/agent/mon-compte/notifications"


class Turn(StrEnum):
    """What happened to an appointment, for one agent."""

    NEW = "new"
    """It came onto the agenda by being made."""
    GIVEN = "given"
    """It came from a colleague, or to one more."""
    TAKEN = "taken"
    """It left the agenda, and goes on without this agent."""
    MOVED = "moved"
    CHANGED = "changed"
    COLLEAGUES = "colleagues"
    """Others receive with this agent than did."""
    JOINED = "joined"
    LEFT = "left"
    """One of several people comes, or comes no more."""
    TO_REPLAN = "to_replan"
    CANCELLED = "cancelled"
    REMOVED = "removed"
    """It was made by mistake, and is deleted."""


ENDS = frozenset({Turn.TAKEN, Turn.CANCELLED, Turn.REMOVED})
"""After these it stands in the agent's calendar no more."""


@dataclass(frozen=True)
class Said:
    """What is said to one agent.

    Attributes:
        entry: What the agent's calendar says of it.
        by: Name of the colleague who did it, an empty text for the citizen; None where nobody is named.
        files: The mail carries a calendar part.
    """

    turn: Turn
    entry: Entry
    before: Before | None
    by: str | None
    public_url: str
    files: bool


_SUBJECTS = {
    Turn.NEW: N_("New appointment of %(moment)s – %(place)s"),
    Turn.GIVEN: N_("Appointment of %(moment)s given to you – %(place)s"),
    Turn.TAKEN: N_("Appointment of %(moment)s no longer yours – %(place)s"),
    Turn.MOVED: N_("Appointment moved to %(moment)s – %(place)s"),
    Turn.CHANGED: N_("Appointment of %(moment)s changed – %(place)s"),
    Turn.COLLEAGUES: N_("Appointment of %(moment)s: other agents – %(place)s"),
    Turn.JOINED: N_("Appointment of %(moment)s: one more participant – %(place)s"),
    Turn.LEFT: N_("Appointment of %(moment)s: one participant less – %(place)s"),
    Turn.TO_REPLAN: N_("Appointment of %(moment)s to be rescheduled – %(place)s"),
    Turn.CANCELLED: N_("Appointment of %(moment)s cancelled – %(place)s"),
    Turn.REMOVED: N_("Appointment of %(moment)s removed – %(place)s"),
}
_HEADLINES = {
    Turn.NEW: N_("You have a new appointment."),
    Turn.GIVEN: N_("An appointment was given to you."),
    Turn.TAKEN: N_("A colleague receives instead of you."),
    Turn.MOVED: N_("An appointment has moved."),
    Turn.CHANGED: N_("An appointment has changed."),
    Turn.COLLEAGUES: N_("The agents of an appointment have changed; you still receive."),
    Turn.JOINED: N_("One more participant has a seat."),
    Turn.LEFT: N_("A participant gave up a seat."),
    Turn.TO_REPLAN: N_("An appointment is to be rescheduled: its time is free again."),
    Turn.CANCELLED: N_("An appointment has been cancelled: its time is free again."),
    Turn.REMOVED: N_("An appointment made by mistake has been removed."),
}
_HOURS = {
    Event.OPENING_CREATED: N_("New opening range"),
    Event.OPENING_CHANGED: N_("Opening range changed"),
    Event.OPENING_REMOVED: N_("Opening range removed"),
    Event.ABSENCE_CREATED: N_("New absence"),
    Event.ABSENCE_CHANGED: N_("Absence changed"),
    Event.ABSENCE_REMOVED: N_("Absence removed"),
}


def choices_link(public_url: str) -> str:
    """Where an agent chooses what to hear of."""
    return f"{public_url}{CHOICES_PATH}"


def about_agenda(said: Said, appointment: Appointment, wording: Wording) -> Letter:
    """What an agent is told of an appointment."""
    zone, entry, place = appointment.organisation.zone, said.entry, appointment.organisation.name
    starts = i18n.wall(appointment.starts_at, zone)
    named = bool(entry.url)  # at the level « busy » a calendar names nothing
    own = wording.filled(fields(appointment, place, entry.location or "", entry.summary))
    day = _("%(day)s %(hour)s", day=i18n.day_of_month(starts.date()), hour=i18n.at(starts))
    subject = own.subject or _(_SUBJECTS[said.turn], moment=day, place=place)
    lines = [line for line in (entry.description or "").splitlines() if line != entry.url]
    gone = said.turn in {Turn.TAKEN, Turn.REMOVED}
    facts = {
        "headline": _(_HEADLINES[said.turn]),
        "by": said.by,
        "former": former(said.before, appointment) if named else [],
        "when": i18n.moment(starts),
        "hours": i18n.hours_range(starts, i18n.wall(appointment.ends_at, zone)),
        "what": entry.summary if named else "",
        "where": entry.location,
        "people": lines,
        "seats": _seats(appointment),
        "filed": _filed(said.files, gone=said.turn in ENDS),
        "button_words": _("See my agenda") if gone else _("See the appointment"),
        "link": f"{said.public_url}{AGENDA_PATH if gone else DETAILS_PATH + appointment.reference}",
        "choices": choices_link(said.public_url),
        "own": own,
    }
    return letter(subject, "agenda", appointment.organisation, facts)


def about_hours(
    event: Event, summary: str, sentence: str, house: Organisation | Territory, said: tuple[str | None, str, bool]
) -> Letter:
    """What an agent is told of an own opening range or absence.

    Args:
        summary: What calendars call it.
        sentence: When it is.
        said: Who did it and whether the mail carries a calendar part, as in `Said`; between them the address of this installation.
    """
    by, public_url, files = said
    facts: dict[str, object] = {
        "headline": _(_HOURS[event]),
        "by": by,
        "former": [],
        "when": sentence,
        "hours": "",
        "what": summary,
        "where": None,
        "people": [],
        "seats": "",
        "filed": _filed(files, gone=event in {Event.OPENING_REMOVED, Event.ABSENCE_REMOVED}),
        "button_words": _("See my agenda"),
        "link": f"{public_url}{AGENDA_PATH}",
        "choices": choices_link(public_url),
        "own": Wording(),
    }
    return letter(f"{_(_HOURS[event])} – {summary}", "agenda", house, facts)


def _filed(files: bool, *, gone: bool) -> str:
    """What the calendar part does, where there is one."""
    if not files:
        return ""
    if gone:
        return _("Your calendar program takes it away by itself, or by the file invite.ics.")
    return _("Your calendar program files this by itself, or by the file invite.ics.")


def _seats(appointment: Appointment) -> str:
    if not appointment.shared:
        return ""
    taken = len(appointment.seated)
    return ngettext(
        "%(num)d of %(seats)d seats taken", "%(num)d of %(seats)d seats taken", taken, seats=appointment.seats
    )
