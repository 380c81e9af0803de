"""What the passing of time does to calendars: cancelled appointments leave by a tombstone, past ones as the window moves on (K-42),
tombstones are forgotten (K-25), and series are known further ahead (K-10, K-26).
"""

from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from sqlalchemy import delete, func, select, update

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.status import CANCELLED
from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.feeds.change import changing
from rdvdav.feeds.disclosure import horizon
from rdvdav.feeds.object import CalendarObject, Collection
from rdvdav.policy.installation import installation

WINDOW_MOVES_EVERY = timedelta(days=7)
"""Seldom, because it changes the sync token of every calendar; each has a weekday and hour of its own, that of its making."""

REMOVED_KNOWN_FOR = timedelta(days=90)
"""How long a client may stay away and still be told what was removed meanwhile."""


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


def forget_removed(database: Database, clock: Clock, most: int = 1000) -> int:
    """Forget what was removed from up to *most* calendars long ago, and refuse older tokens from now on; how many calendars.

    One commit per agenda.
    """
    long_ago = clock.now() - REMOVED_KNOWN_FOR
    forgotten = CalendarObject.text.is_(None) & (CalendarObject.modified_at <= long_ago)
    with database.reading() as session:
        query = select(Collection.id, Collection.agenda_id).join(CalendarObject).where(forgotten).distinct().limit(most)
        found = session.execute(query).all()
    for collection_id, agenda_id in found:
        with database.transaction() as session, changing(session, clock, [agenda_id]):
            mine = (CalendarObject.collection_id == collection_id) & forgotten
            floor = session.scalar(select(func.max(CalendarObject.version)).where(mine))
            if floor is not None:
                session.execute(update(Collection).where(Collection.id == collection_id).values(floor=floor))
                session.execute(delete(CalendarObject).where(mine))
    return len(found)


def extend_series(database: Database, clock: Clock, most: int = 1000) -> int:
    """Write the occurrences of up to *most* series further ahead; how many. One commit per agenda."""
    until = horizon(clock.now())
    with database.reading() as session:
        found = session.execute(
            select(Collection.agenda_id, CalendarObject.uid)
            .join(CalendarObject, CalendarObject.collection_id == Collection.id)
            .where(
                CalendarObject.occurs_until < until,
                CalendarObject.ends_at > CalendarObject.occurs_until,
                CalendarObject.text.is_not(None),
            )
            .distinct()
            .order_by(Collection.agenda_id, CalendarObject.uid)
            .limit(most)
        ).all()
    for agenda_id, rows in groupby(found, key=itemgetter(0)):
        uids = [uid for _agenda, uid in rows]
        with database.transaction() as session, changing(session, clock, [agenda_id]) as change:
            for table in (Absence, OpeningRange):
                change.extend(*session.scalars(select(table).where(table.uid.in_(uids), table.agenda_id == agenda_id)))
    return len(found)
