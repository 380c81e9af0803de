"""Where feeds are cut, told without making them (K-42)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from rdvdav.feeds.object import CalendarObject
from rdvdav.feeds.several import SEVERAL, events_in_sight
from rdvdav.feeds.subscription import Subscription
from rdvdav.feeds.webcal import LIMIT_BYTES, of_calendar, room_for_events


def cuts(
    session: Session, subscriptions: Iterable[Subscription], limit_bytes: int = LIMIT_BYTES
) -> dict[int, datetime]:
    """Start of the first event that each feed leaves out, by address; those that show everything are not in it. One statement."""
    queries = [_cut(each, limit_bytes) for each in subscriptions if each.calendar or each.address.content in SEVERAL]
    return dict(session.execute(union_all(*queries)).all()) if queries else {}


def _cut(subscription: Subscription, limit_bytes: int) -> Select[int, datetime]:
    """Selects the event at which the running total of sizes passes what there is room for."""
    room = room_for_events(subscription.title, subscription.zone, limit_bytes)
    rows = _sizes(subscription).subquery()
    total = func.sum(rows.c.size).over(order_by=(rows.c.ends_at, rows.c.href)).label("total")
    running = select(rows.c.starts_at, rows.c.size, total).where(rows.c.nth == 1).subquery()
    return select(literal(subscription.address.id), running.c.starts_at).where(
        running.c.total > room, running.c.total - running.c.size <= room
    )


def _sizes(subscription: Subscription) -> Select[Any]:
    """Selects what each event adds; of one that comes more than once, `nth` is 1 the first time."""
    columns = CalendarObject.href, CalendarObject.starts_at, CalendarObject.ends_at, CalendarObject.size
    if subscription.calendar:
        return of_calendar(subscription.calendar).order_by(None).add_columns(*columns, literal(1).label("nth"))
    nth = func.row_number().over(partition_by=CalendarObject.href, order_by=CalendarObject.collection_id).label("nth")
    return events_in_sight(subscription.address).order_by(None).add_columns(*columns, nth)
