"""Cancelled appointments leave calendars after their days as cancelled: a tombstone, through `changing` (K-42)."""

from itertools import groupby
from operator import itemgetter

from sqlalchemy import select

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import CANCELLED
from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.feeds.change import changing
from rdvdav.feeds.object import CalendarObject, Collection
from rdvdav.policy.installation import installation


def retire_cancelled(database: Database, clock: Clock, most: int = 1000) -> int:
    """Take up to *most* events that were cancelled long enough ago off their calendars; how many. One commit per agenda."""
    with database.reading() as session:
        since = clock.now() - installation(session).cancelled_for
        found = session.execute(
            select(Collection.agenda_id, CalendarObject.uid)
            .join(CalendarObject, CalendarObject.collection_id == Collection.id)
            .join(Appointment, Appointment.id == CalendarObject.appointment_id)
            .where(
                Appointment.status.in_(CANCELLED),
                Appointment.cancelled_at <= since,
                CalendarObject.text.is_not(None),
            )
            .order_by(Collection.agenda_id)
            .limit(most)
        ).all()
    for agenda_id, rows in groupby(found, key=itemgetter(0)):
        with database.transaction() as session, changing(session, clock, [agenda_id]) as change:
            for _agenda, uid in rows:
                change.withdraw(uid)
    return len(found)
