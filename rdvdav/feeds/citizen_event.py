"""An appointment as an event of the citizen's own calendar, in mails, downloads and subscriptions, in the language spoken (K-52)."""

from datetime import datetime

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED
from rdvdav.feeds.disclosure import event_status, location_of
from rdvdav.i18n import gettext as _
from rdvdav.i18n import language
from rdvdav.ical.event import Entry


def citizen_event(appointment: Appointment, seat: Participation, public_url: str, *, stamp: datetime) -> Entry:
    """The event, with the UID of the participation; *stamp* is the instant of this version."""
    link = summary_link(appointment, public_url)
    motif = appointment.motif
    status = seat.status if seat.status in CANCELLED else appointment.status
    return Entry(
        uid=seat.uid,
        sequence=seat.sequence,
        stamp=stamp,
        created=appointment.created_at,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        status=event_status(status),
        summary=title_outside(appointment),
        location=location_of(appointment, language()),
        description="\n\n".join(filter(None, ["" if motif.sensitive else motif.instructions or "", link])),
        url=link,
    )


def title_outside(appointment: Appointment) -> str:
    """What it is called where others may look over a shoulder: nothing of a sensitive motif."""
    if appointment.motif.sensitive:
        return _("Appointment – %(organisation)s", organisation=appointment.organisation.name)
    return f"{appointment.motif.name} – {appointment.organisation.name}"


def summary_link(appointment: Appointment, public_url: str) -> str:
    """Where the citizen sees, moves or cancels it, once identified."""
    return f"{public_url}/rdv/{appointment.organisation.slug}/rendez-vous/{appointment.reference}"
