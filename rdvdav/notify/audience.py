"""Who hears of what."""

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.directory.motif import Visibility


def hears(appointment: Appointment, seat: Participation) -> bool:
    """Whether a participant is told of what happens to the appointment by e-mail (M-2)."""
    notified = appointment.motif.visibility is Visibility.NOTIFIED
    reader = seat.citizen.reached
    return notified and seat.by_email and reader.mails_wanted and reader.email is not None
