"""How much of an appointment is shown in a calendar, by detail level (K-12, K-13). Levels are different texts, never hiding."""

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.directory.motif import Modality
from rdvdav.directory.organisation import DetailLevel
from rdvdav.i18n import translations
from rdvdav.ical.event import Entry, EventStatus

DETAILS_PATH = "/agent/rendez-vous/"
"""Where the link in an event leads: the appointment's page, for those who may see it."""


def event_status(status: Status) -> EventStatus:
    """STATUS of the event of an appointment (K-12, L-5)."""
    if status in CANCELLED:
        return EventStatus.CANCELLED
    return EventStatus.TENTATIVE if status is Status.TO_REPLAN else EventStatus.CONFIRMED


def location_of(appointment: Appointment) -> str:
    """Where it happens, in the words of a calendar's LOCATION (K-12)."""
    _ = translations("fr").gettext
    match appointment.motif.modality:
        case Modality.PHONE:
            return _("By phone")
        case Modality.VIDEO:
            return _("Video call")
        case Modality.HOME:
            return _("At home")
        case _:
            return appointment.place.location if appointment.place else appointment.organisation.name


def entry_of(appointment: Appointment, level: DetailLevel, public_url: str) -> Entry:
    """What an agent's calendar says of *appointment* at *level*; nothing of the citizen (I-6).

    Raises:
        ValueError: No text is rendered at this level yet.
    """
    if level is not DetailLevel.MOTIF:
        raise ValueError(f"nothing is published at level {level}")
    link = f"{public_url}{DETAILS_PATH}{appointment.reference}"
    return Entry(
        uid=appointment.uid,
        sequence=appointment.sequence,
        stamp=appointment.stamped_at,
        created=appointment.created_at,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        status=event_status(appointment.status),
        transparent=appointment.status is Status.TO_REPLAN,
        summary=appointment.motif.name,
        location=location_of(appointment),
        description=link,
        url=link,
    )
