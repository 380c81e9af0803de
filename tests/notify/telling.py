"""What use cases do: tell of an event within the change of agendas it happens in."""

from typing import Any

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.clock import Clock
from rdvdav.feeds.change import changing
from rdvdav.notify.announce import announce
from rdvdav.outbox.event import Event


def tell(session: Session, clock: Clock, event: Event, appointment: Appointment, **more: Any) -> None:
    """Announce *event* while the agendas of *appointment* are held."""
    with changing(session, clock, [claim.agenda_id for claim in appointment.claims]):
        announce(session, clock, event, appointment, **more)
