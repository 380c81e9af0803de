"""What « Envois » shows of the days before: the last bookings were told, and one mail came back (8.11)."""

from datetime import timedelta

from sqlalchemy import select

from rdvdav.agenda.appointment import Appointment, Channel
from rdvdav.agenda.status import Status
from rdvdav.audit.record import SYSTEM, Actor
from rdvdav.clock import Clock, StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.change import changing
from rdvdav.notify.announce import announce
from rdvdav.outbox.deliver import deliver_due
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.outbox.receipt import note_returned

TOLD = 12
"""Bookings: enough to see, and few enough to be quick."""
AHEAD = timedelta(days=7)
"""Their reminders are all to come, whatever holidays lie between."""


def write(database: Database, clock: Clock) -> None:
    """Tell of the last bookings as if each had been told at its time. Commits as it goes; nothing leaves the house."""
    with database.reading() as session:
        query = (
            select(Appointment.id, Appointment.created_at)
            .where(Appointment.status == Status.PLANNED, Appointment.starts_at > clock.now() + AHEAD)
            .where(Appointment.seats == 1)
            .order_by(Appointment.created_at.desc(), Appointment.id)
            .limit(TOLD)
        )
        last = session.execute(query).all()
    for appointment_id, created_at in reversed(last):
        _tell(database, StoppedClock(created_at), appointment_id)
    with database.transaction() as session:
        to_citizens = select(Message).where(Message.citizen_id.is_not(None), Message.sent_at.is_not(None))
        returned = session.scalar(to_citizens.order_by(Message.id.desc()).offset(2).limit(1))
        if returned is not None:
            ids, addresses = {returned.message_id}, {returned.recipient.lower()}
            note_returned(session, clock, ids, addresses, "the mail came back (5.1.1)", gone=True)


def _tell(database: Database, then: Clock, appointment_id: int) -> None:
    with database.transaction() as session:
        appointment = session.get_one(Appointment, appointment_id)
        by_citizen = appointment.channel is Channel.INTERNET
        actor = Actor.citizen(appointment.participations[0].citizen_id) if by_citizen else SYSTEM
        with changing(session, then, [claim.agenda_id for claim in appointment.claims]):
            announce(session, then, Event.APPOINTMENT_CREATED, appointment, actor=actor)
    deliver_due(database, then, lambda _message: None, at_once=100)
