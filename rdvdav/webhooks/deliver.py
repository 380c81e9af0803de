"""Carrying deliveries out: one after the other for each object, again for days, a receiver that is down left alone (C15).

Claimed under a lease, sent outside any transaction, recorded: at least once each, under the same id.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session, aliased, joinedload

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.webhooks.signature import headers
from rdvdav.webhooks.target import NotDelivered
from rdvdav.webhooks.webhook import Delivery, Webhook

LEASE = timedelta(minutes=5)
"""Longer than any conversation lasts."""
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=6)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=30)
"""How long a receiver is left alone after its first failure, and at most."""
PATIENCE = 3
"""Failures in a row after which a receiver is taken to be down."""
TRIED_FOR = timedelta(days=5)
KEPT = timedelta(days=183)
"""How long what was sent can be read in the log (P-3)."""

Post = Callable[[str, dict[str, str], bytes], int]
"""Posts a body with headers to an address: the status; or raises `NotDelivered`."""


def deliver_due(
    database: Database, clock: Clock, post: Post, at_once: int = 20, go_on: Callable[[], bool] = lambda: True
) -> int:
    """Try up to *at_once* deliveries that are due, while *go_on*; how many were. Commits as it goes."""
    with database.transaction() as session:
        delivery = claim(session, clock)
    tried = 0
    while delivery is not None:
        outcome = _try(delivery, clock.now(), post)
        tried += 1
        with database.transaction() as session:
            _note(session, clock, delivery.id, outcome)
            delivery = claim(session, clock) if tried < at_once and go_on() else None
    return tried


def claim(session: Session, clock: Clock) -> Delivery | None:
    """Lease a due delivery before which nothing of its object waits; None when there is none. The caller commits."""
    now, older = clock.now(), aliased(Delivery)
    waits_before = (
        select(older.id)
        .where(older.webhook_id == Delivery.webhook_id, older.kind == Delivery.kind)
        .where(older.object_id == Delivery.object_id, older.id < Delivery.id)
        .where(older.sent_at.is_(None), older.dropped_at.is_(None))
        .exists()
    )
    due = (
        select(Delivery)
        .join(Webhook)
        .where(Delivery.sent_at.is_(None), Delivery.dropped_at.is_(None), Delivery.due_at <= now)
        .where(or_(Delivery.leased_until.is_(None), Delivery.leased_until <= now))
        .where(Webhook.active, or_(Webhook.paused_until.is_(None), Webhook.paused_until <= now))
        .where(~waits_before)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(1)
        .options(joinedload(Delivery.webhook, innerjoin=True))
        .with_for_update(skip_locked=True, of=Delivery)
    )
    delivery = session.scalar(due)
    if delivery is not None:
        delivery.leased_until = now + LEASE
        delivery.tries += 1
        session.flush()
    return delivery


def _try(delivery: Delivery, now: datetime, post: Post) -> NotDelivered | int:
    """Post it, signed: the status, or why it did not arrive."""
    webhook = delivery.webhook
    above = headers(secrets_of(webhook, now), delivery.uid, now, delivery.body)
    try:
        return post(webhook.url, above, delivery.body.encode())
    except NotDelivered as failure:
        return failure


def secrets_of(webhook: Webhook, now: datetime) -> list[str]:
    """What signs by now: the secret, and the one before it for a while."""
    old = webhook.old_secret if webhook.old_secret_ends_at and webhook.old_secret_ends_at > now else None
    return [webhook.secret, *([old] if old else [])]


def _note(session: Session, clock: Clock, delivery_id: int, outcome: NotDelivered | int) -> None:
    """Record how a try ended, and when there is another one."""
    now = clock.now()
    delivery = session.get_one(Delivery, delivery_id)
    delivery.leased_until = None
    webhook = session.get_one(Webhook, delivery.webhook_id, with_for_update=True)
    if isinstance(outcome, int):
        delivery.sent_at, delivery.status, delivery.fault, delivery.answer = now, outcome, None, None
        webhook.failures, webhook.paused_until = 0, None
        return
    delivery.fault, delivery.status, delivery.answer = outcome.fault, outcome.status, outcome.answer
    delivery.due_at = now + min(FIRST_DELAY * 2 ** min(delivery.tries - 1, 10), LONGEST_DELAY)
    webhook.failures += 1
    if webhook.failures >= PATIENCE:
        pause = FIRST_PAUSE * 2 ** min(webhook.failures - PATIENCE, 10)
        webhook.paused_until = now + min(pause, LONGEST_PAUSE)


def tidy(session: Session, clock: Clock) -> int:
    """Give up what could not be delivered for days, and blank what was told long ago; how much was given up. The caller commits."""
    now = clock.now()
    waiting = (Delivery.sent_at.is_(None), Delivery.dropped_at.is_(None))
    late = update(Delivery).where(*waiting, Delivery.asked_at < now - TRIED_FOR)
    given_up = session.execute(late.values(dropped_at=now, leased_until=None))
    over = or_(Delivery.sent_at.is_not(None), Delivery.dropped_at.is_not(None))
    old = update(Delivery).where(over, Delivery.asked_at < now - KEPT, Delivery.body != "")
    session.execute(old.values(body="", answer=None))
    return cast("CursorResult[Any]", given_up).rowcount
