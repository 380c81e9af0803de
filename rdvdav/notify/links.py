"""Where the link of a message about an appointment leads: by mail and by SMS alike (M-5)."""

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.link import LinkPurpose, new_link
from rdvdav.clock import Clock
from rdvdav.outbox.event import Event
from rdvdav.policy.installation import installation


def message_link(
    session: Session, clock: Clock, event: Event, appointment: Appointment, seat: Participation
) -> tuple[str, list[str]]:
    """A link of the message's own, and the clear tokens in it. The caller commits."""
    portal = f"{installation(session).public_url}/rdv/{appointment.organisation.slug}"
    match event:
        case Event.APPOINTMENT_CANCELLED:
            return portal, []
        case Event.APPOINTMENT_WITHDRAWN:
            token = new_link(session, clock, seat.territory_id, seat.id, LinkPurpose.REPLAN)
            return f"{portal}/a-replanifier/{token}", [token]
        case _:  # « Infos/Annulation », once the surname is said (B09)
            token = new_link(session, clock, seat.territory_id, seat.id)
            return f"{portal}/i/{token}", [token]
