"""From an event to words: subject, plain text and HTML, in the reader's language (ux 4.5)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from rdvdav import i18n
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.limits import until_cancel, until_move
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.phone import phone_words
from rdvdav.directory.motif import Modality
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.territory import Territory
from rdvdav.feeds.disclosure import location_of
from rdvdav.i18n import gettext as _
from rdvdav.notify.before import Before, former
from rdvdav.notify.wording import HOUSE, Field, Wording
from rdvdav.outbox.event import Event

MAPS = "https://www.openstreetmap.org/search"

_EMPTY_LINES = re.compile(r"\n\s*\n")

_templates = Environment(
    loader=PackageLoader("rdvdav.notify"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals.update(_=i18n.gettext, ngettext=i18n.ngettext, language=i18n.language)
_templates.filters.update(
    wall=i18n.wall,
    moment=i18n.moment,
    long_date=i18n.long_date,
    hours_range=i18n.hours_range,
    zone_line=i18n.zone_line,
    duration=i18n.duration,
    paragraphs=lambda words: [part.strip() for part in _EMPTY_LINES.split(words) if part.strip()],
)


@dataclass(frozen=True)
class Letter:
    """What somebody reads."""

    subject: str
    text: str
    html: str | None


def about_appointment(
    event: Event,
    appointment: Appointment,
    seat: Participation,
    before: Before | None,
    link: str,
    wording: Wording = HOUSE,
    now: datetime | None = None,
) -> Letter:
    """What a citizen is told when an appointment was made, changed or cancelled, or is near.

    Args:
        now: When it leaves: what can no longer be done by then is not offered.
    """
    zone, motif, citizen = appointment.organisation.zone, appointment.motif, seat.citizen
    location = location_of(appointment, i18n.language())
    until = [limit if limit and (now is None or limit > now) else None for limit in _limits(appointment)]
    own = wording.filled(
        fields(appointment, citizen.name, location, _("appointment") if motif.sensitive else motif.name)
    )
    facts = {
        "event": event,
        "appointment": appointment,
        "motif": motif,
        "citizen": citizen,
        "zone": zone,
        "former": former(before, appointment, motif=not motif.sensitive),
        "location": location,
        "map_link": _map_link(appointment),
        "called": phone_words(citizen.called) if citizen.called and motif.modality is Modality.PHONE else "",
        "pieces": [line.strip() for line in (motif.pieces or "").splitlines() if line.strip()],
        "move_until": _wall(until[0], zone),
        "cancel_until": _wall(until[1], zone),
        "link": link,
        "link_words": _link_words(*until),
        "online": motif.online,
        "own": own,
    }
    name = "withdrawn" if event is Event.APPOINTMENT_WITHDRAWN else "appointment"
    return letter(own.subject or subject_of(event, appointment), name, appointment.organisation, facts)


def _limits(appointment: Appointment) -> tuple[datetime | None, datetime | None]:
    return until_move(appointment), until_cancel(appointment)


def _link_words(move: datetime | None, cancel: datetime | None) -> str:
    """What the link is for: what can still be done."""
    if move and cancel:
        return _("See, move or cancel")
    if move or cancel:
        return _("See or move") if move else _("See or cancel")
    return _("See the appointment")


def subject_of(event: Event, appointment: Appointment) -> str:
    """What happened to which appointment, in the house's own words."""
    starts = i18n.wall(appointment.starts_at, appointment.organisation.zone)
    day, hour, place = i18n.day_of_month(starts.date()), i18n.at(starts), appointment.organisation.name
    match event:
        case Event.APPOINTMENT_MOVED:
            return _("Appointment moved to %(day)s %(hour)s – %(place)s", day=day, hour=hour, place=place)
        case Event.APPOINTMENT_CHANGED:
            return _("Appointment of %(day)s %(hour)s changed – %(place)s", day=day, hour=hour, place=place)
        case Event.APPOINTMENT_CANCELLED:
            return _("Appointment of %(day)s %(hour)s cancelled – %(place)s", day=day, hour=hour, place=place)
        case Event.APPOINTMENT_WITHDRAWN:
            return _("Appointment of %(day)s %(hour)s to be rescheduled – %(place)s", day=day, hour=hour, place=place)
        case Event.APPOINTMENT_REASSIGNED:
            return _("Appointment of %(day)s %(hour)s: another agent – %(place)s", day=day, hour=hour, place=place)
        case Event.APPOINTMENT_REMINDED:
            return _("Reminder: appointment of %(day)s %(hour)s – %(place)s", day=day, hour=hour, place=place)
        case _:
            return _("Appointment of %(day)s %(hour)s – %(place)s", day=day, hour=hour, place=place)


def fields(appointment: Appointment, name: str, location: str, motif: str) -> dict[Field, str]:
    """What stands for each field of a wording: *name* is the reader's, and *motif* and *location* what this one may read."""
    starts = i18n.wall(appointment.starts_at, appointment.organisation.zone)
    return {
        Field.DATE: i18n.long_date(starts.date()),
        Field.TIME: i18n.hour_words(starts),
        Field.PLACE: location,
        Field.MOTIF: motif,
        Field.NAME: name,
        Field.ORGANISATION: appointment.organisation.name,
        Field.REFERENCE: appointment.reference,
    }


def about_code(organisation: Organisation, code: str, link: str, lasts: timedelta, wording: Wording = HOUSE) -> Letter:
    """The mail that proves an address: a code to type, or a link to open."""
    own = wording.filled({Field.ORGANISATION: organisation.name})
    subject = own.subject or _("%(code)s is your code – %(place)s", code=code, place=organisation.name)
    return letter(subject, "code", organisation, {"code": code, "link": link, "lasts": lasts, "own": own})


def about_account(organisation: Organisation, citizen: Citizen, link: str, wording: Wording = HOUSE) -> Letter:
    """The mail that invites somebody to see to their appointments themselves."""
    own = wording.filled({Field.NAME: citizen.name, Field.ORGANISATION: organisation.name})
    subject = own.subject or _("Your appointments online – %(place)s", place=organisation.name)
    return letter(subject, "account", organisation, {"citizen": citizen, "link": link, "own": own})


def note(
    subject: str,
    house: Organisation | Territory,
    lines: Sequence[str],
    button: str,
    link: str,
    small: str = "",
    own: Wording = HOUSE,
) -> Letter:
    """A few lines, a button, and what is said in small below; *own* words, with their fields filled, around them."""
    facts = {"lines": lines, "button_words": button, "link": link, "small": small, "own": own}
    return letter(own.subject or subject, "note", house, facts)


def letter(subject: str, name: str, organisation: Organisation | Territory, facts: Mapping[str, object]) -> Letter:
    """Both forms of one mail; they end with how to reach the organisation."""
    reach = []
    if isinstance(organisation, Organisation):
        reach = [line for line in (organisation.contact, organisation.website, organisation.hours) if line]
    common = {"subject": subject, "organisation": organisation, "reach": reach}
    text, html = (_templates.get_template(f"{name}.{form}").render(facts, **common) for form in ("txt", "html"))
    return Letter(subject, text.strip() + "\n", html)


def _map_link(appointment: Appointment) -> str:
    """A map of the place, on another site that learns the address and nothing else."""
    return f"{MAPS}?{urlencode({'query': appointment.where.address})}" if appointment.where else ""


def _wall(instant: datetime | None, zone: str) -> datetime | None:
    return i18n.wall(instant, zone) if instant else None
