"""What a monitoring system watches: how many messages wait, for how long, and whether a worker runs. Nothing personal."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import case, func, select

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import Installation


def metrics(database: Database, clock: Clock) -> bytes:
    """The state of the outbox in the text format of Prometheus; two statements."""
    now, registry = clock.now(), CollectorRegistry()
    depth = Gauge("rdvdav_outbox_messages", "Messages by way out and state", ["channel", "state"], registry=registry)
    age = Gauge("rdvdav_outbox_oldest_seconds", "Age of the oldest message that is due", ["channel"], registry=registry)
    seen = Gauge("rdvdav_worker_seen_seconds", "Time since a worker last said that it runs", registry=registry)
    due = Message.dropped_at.is_(None) & (Message.due_at <= now)
    kind = case((Message.dropped_at.is_not(None), "given_up"), (Message.due_at <= now, "due"), else_="later")
    # Messages that failed keep their age although they are tried later.
    since = func.min(case((due, func.coalesce(Message.first_tried_at, Message.due_at))))
    query = (
        select(Message.channel, kind, func.count(), since)
        .where(Message.sent_at.is_(None))
        .group_by(Message.channel, kind)
    )
    for channel in Channel:
        age.labels(channel).set(0)
        for state in ("due", "later", "given_up"):
            depth.labels(channel, state).set(0)
    with database.reading() as session:
        for channel, state, count, oldest in session.execute(query):
            depth.labels(channel, state).set(count)
            if oldest is not None:
                age.labels(channel).set((now - oldest).total_seconds())
        at = session.scalar(select(Installation.worker_seen_at).where(Installation.id == 1))
    if at is not None:
        seen.set((now - at).total_seconds())
    return generate_latest(registry)
