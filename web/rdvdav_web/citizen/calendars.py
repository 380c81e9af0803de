"""An appointment in the citizen's own calendar: a file for every program, links that hand it to other sites (3.13)."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from rdvdav.agenda.appointment import Appointment
from rdvdav.booking.mine import NoSuchAppointment
from rdvdav.citizens.citizen import Citizen
from rdvdav.feeds.citizen_event import citizen_event, title_outside
from rdvdav.feeds.disclosure import location_of
from rdvdav.i18n import gettext as _
from rdvdav.i18n import language
from rdvdav.ical.invitation import download

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"
OUTLOOK_AT_WORK = "https://outlook.office.com/calendar/0/deeplink/compose"


def calendar_file(appointment: Appointment, citizen: Citizen, public_url: str) -> bytes:
    """The .ics file: the same event as in the mails, so that neither doubles the other (K-52).

    Raises:
        NoSuchAppointment: It is not the citizen's.
    """
    seat = appointment.seat_of(citizen.id)
    if seat is None:
        raise NoSuchAppointment
    entry = citizen_event(appointment, seat, public_url, stamp=appointment.stamped_at)
    return download(entry, contact=appointment.organisation.contact or None)


def other_sites(appointment: Appointment) -> list[tuple[str, str]]:
    """Name and address of sites that take the appointment into their calendar. They get title, hours and place, nobody's name."""
    title, place = title_outside(appointment), location_of(appointment, language())
    starts, ends = appointment.starts_at, appointment.ends_at
    compact = f"{starts.astimezone(UTC):%Y%m%dT%H%M%SZ}/{ends.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    google = {"action": "TEMPLATE", "text": title, "dates": compact, "location": place}
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "startdt": _extended(starts),
        "enddt": _extended(ends),
        "location": place,
    }
    return [
        (_("Google Calendar"), f"{GOOGLE}?{urlencode(google)}"),
        ("Outlook.com", f"{OUTLOOK}?{urlencode(outlook)}"),
        (_("Outlook at work"), f"{OUTLOOK_AT_WORK}?{urlencode(outlook)}"),
    ]


def _extended(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
