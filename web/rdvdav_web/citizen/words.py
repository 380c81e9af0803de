"""Words of the portal for values of the core: how one meets, how an appointment stands."""

from datetime import datetime
from urllib.parse import urlencode

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.directory.motif import Modality, Motif, Visibility
from rdvdav.directory.place import Elsewhere, Place
from rdvdav.i18n import gettext as _
from rdvdav.i18n import pgettext

MAPS = "https://www.openstreetmap.org/search"


def mode(motif: Motif) -> str:
    """« Sur place », « Par téléphone »…"""
    match motif.modality:
        case Modality.PHONE:
            return _("Over the phone")
        case Modality.VIDEO:
            return _("By video call")
        case Modality.HOME:
            return _("At your home")
        case _modality:
            return _("On site")


def status(appointment: Appointment, citizen_id: int, now: datetime) -> tuple[str, str]:
    """The word for how an appointment stands for a citizen (L-1) and the kind of label it is shown as."""
    stands = appointment.status_for(citizen_id)
    if stands in CANCELLED:
        return _("Cancelled"), "error"
    match stands:
        case Status.TO_REPLAN:
            return _("To be rescheduled"), "warning"
        case Status.DONE:
            return _("Took place"), "neutral"
        case Status.NO_SHOW:
            return _("Unexcused absence"), "neutral"
        case _planned:
            return (
                (_("Upcoming"), "success")
                if appointment.ends_at > now
                else (pgettext("appointment", "Past"), "neutral")
            )


def subject(appointment: Appointment) -> str:
    """The motif's name, unless it is hidden from the citizen."""
    return _("Appointment") if appointment.motif.visibility is Visibility.HIDDEN else appointment.motif.name


def masked(email: str) -> str:
    """« a…@exemple.fr »: enough to recognise one's own address."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}…@{host}"


def map_url(place: Place | Elsewhere | None) -> str:
    """Another site's map of the place; nothing where there is none."""
    return f"{MAPS}?{urlencode({'query': place.address})}" if place else ""
