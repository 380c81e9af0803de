"""What leaves calendars by the passing of time (K-42): cancelled appointments by a tombstone, past ones as the window moves on."""

from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select, update

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import CANCELLED
from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.feeds.change import changing
from rdvdav.feeds.object import CalendarObject, Collection
from rdvdav.policy.installation import installation

WINDOW_MOVES_EVERY = timedelta(days=7)
"""Seldom, because it changes the sync token of every calendar; each has a weekday and hour of its own, that of its making."""


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


def move_windows(database: Database, clock: Clock, most: int = 1000) -> int:
    """Let up to *most* calendars forget a week of their past; how many. One commit per agenda."""
    with database.reading() as session:
        start = clock.now() - installation(session).window
        late = Collection.window_start <= start - WINDOW_MOVES_EVERY
        found = session.scalars(select(Collection.agenda_id).where(late).distinct().limit(most)).all()
    for agenda_id in found:
        with database.transaction() as session, changing(session, clock, [agenda_id]):
            mine = (Collection.agenda_id == agenda_id) & late
            session.execute(update(Collection).where(mine).values(window_start=start, changed_at=clock.now()))
    return len(found)
