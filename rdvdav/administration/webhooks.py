"""« Webhooks » of a territory: made by its admin, told of what changes, each delivery to be read and asked for again (C15, ux 10.7)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, Trace, record
from rdvdav.clock import Clock
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.errors import NotFound
from rdvdav.policy.right import territory_to_administer
from rdvdav.webhooks.follow import Change, tell
from rdvdav.webhooks.signature import new_secret
from rdvdav.webhooks.webhook import Delivery, Kind, Webhook

BOTH_SIGN = timedelta(days=7)
"""How long the old secret signs beside a new one."""
ROWS_A_PAGE = 50


class NoSuchWebhook(NotFound):
    """No such webhook in this territory."""


class NoSuchDelivery(NotFound):
    """No such delivery of this webhook."""


class State(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    FAILING = "failing"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Wanted:
    """What a webhook is told, and where.

    Attributes:
        organisation_id: Of the territory; None for all its organisations.
    """

    name: str
    url: str
    organisation_id: int | None
    kinds: frozenset[Kind]
    active: bool = True


@dataclass(frozen=True)
class WebhookLine:
    """A webhook in the list."""

    webhook: Webhook
    organisation: str | None
    waiting: int
    dropped: int


@dataclass(frozen=True)
class DeliveryPage:
    """One page of the log; *page* counts from 1."""

    rows: list[Delivery]
    total: int
    page: int
    pages: int


def webhook_lines(session: Session, territory_id: int) -> list[WebhookLine]:
    """The webhooks of a territory by name; one statement."""
    waiting = _count(Delivery.sent_at.is_(None), Delivery.dropped_at.is_(None))
    dropped = _count(Delivery.dropped_at.is_not(None))
    query = (
        select(Webhook, Organisation.name, waiting, dropped)
        .outerjoin(Organisation, Organisation.id == Webhook.organisation_id)
        .where(Webhook.territory_id == territory_id)
        .order_by(Webhook.name, Webhook.id)
    )
    return [WebhookLine(*row) for row in session.execute(query)]


def webhook_of(session: Session, territory_id: int, webhook_id: int) -> Webhook:
    """A webhook of a territory.

    Raises:
        NoSuchWebhook: It has none with this id.
    """
    query = select(Webhook).where(Webhook.territory_id == territory_id, Webhook.id == webhook_id)
    found = session.scalar(query)
    if found is None:
        raise NoSuchWebhook
    return found


def organisations_of(session: Session, territory_id: int) -> list[Organisation]:
    """Those a webhook can be narrowed to, by name."""
    query = select(Organisation).where(Organisation.territory_id == territory_id)
    return list(session.scalars(query.order_by(Organisation.name, Organisation.id)))


def create(session: Session, clock: Clock, agent_id: int, territory_id: int, wanted: Wanted) -> Webhook:
    """Make a webhook, with a secret of its own. The caller commits.

    Raises:
        NoSuchTerritory, NoSuchOrganisation: Not this agent's to administer, or not of this territory.
    """
    territory_to_administer(session, agent_id, territory_id)
    webhook = Webhook(territory_id=territory_id, secret=new_secret(), created_at=clock.now())
    _write(session, webhook, wanted)
    _trace(session, clock, agent_id, "webhook.created", webhook)
    return webhook


def change(
    session: Session, clock: Clock, agent_id: int, territory_id: int, webhook_id: int, wanted: Wanted
) -> Webhook:
    """Change what a webhook is told, and where; what waits goes to the new address. The caller commits.

    Raises:
        NoSuchTerritory, NoSuchWebhook, NoSuchOrganisation: Not this agent's to administer, or not there.
    """
    webhook = _held(session, agent_id, territory_id, webhook_id)
    _write(session, webhook, wanted)
    webhook.failures, webhook.paused_until = 0, None
    _trace(session, clock, agent_id, "webhook.changed", webhook)
    return webhook


def renew_secret(session: Session, clock: Clock, agent_id: int, territory_id: int, webhook_id: int) -> Webhook:
    """Give a webhook a new secret; the old one signs beside it for a week. The caller commits.

    Raises:
        NoSuchTerritory, NoSuchWebhook: Not this agent's to administer, or not there.
    """
    webhook = _held(session, agent_id, territory_id, webhook_id)
    webhook.old_secret, webhook.old_secret_ends_at = webhook.secret, clock.now() + BOTH_SIGN
    webhook.secret = new_secret()
    _trace(session, clock, agent_id, "webhook.secret_renewed", webhook)
    return webhook


def remove(session: Session, clock: Clock, agent_id: int, territory_id: int, webhook_id: int) -> str:
    """Remove a webhook with its log; its name. The caller commits.

    Raises:
        NoSuchTerritory, NoSuchWebhook: Not this agent's to administer, or not there.
    """
    webhook = _held(session, agent_id, territory_id, webhook_id)
    _trace(session, clock, agent_id, "webhook.removed", webhook)
    session.delete(webhook)
    session.flush()
    return webhook.name


def send_trial(session: Session, clock: Clock, agent_id: int, territory_id: int, webhook_id: int) -> None:
    """Let a webhook hear that somebody tries it. The caller commits.

    Raises:
        NoSuchTerritory, NoSuchWebhook: Not this agent's to administer, or not there.
    """
    webhook = _held(session, agent_id, territory_id, webhook_id)
    webhook.failures, webhook.paused_until = 0, None
    trace = Trace("webhook.tried", "webhook", webhook.id, territory_id, clock.now())
    tell(session, [(webhook, Change(trace, None, {"id": webhook.id, "name": webhook.name}))])


def deliveries(session: Session, webhook: Webhook, state: State | None = None, page: int = 1) -> DeliveryPage:
    """A page of the log of a webhook, newest first, of one state alone where one is named; two statements."""
    query = select(Delivery).where(Delivery.webhook_id == webhook.id, *_CONDITIONS.get(state, ()))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // ROWS_A_PAGE))
    page = min(max(page, 1), pages)
    rows = session.scalars(query.order_by(Delivery.id.desc()).limit(ROWS_A_PAGE).offset((page - 1) * ROWS_A_PAGE))
    return DeliveryPage(list(rows), total, page, pages)


def delivery_of(session: Session, webhook: Webhook, delivery_id: int) -> Delivery:
    """A delivery of a webhook.

    Raises:
        NoSuchDelivery: It has none with this id.
    """
    found = session.scalar(select(Delivery).where(Delivery.webhook_id == webhook.id, Delivery.id == delivery_id))
    if found is None:
        raise NoSuchDelivery
    return found


def repeat(
    session: Session, clock: Clock, agent_id: int, territory_id: int, webhook_id: int, delivery_id: int
) -> Delivery:
    """Send a delivery now, even one that arrived: the receiver knows it by its id. The caller commits.

    Raises:
        NoSuchTerritory, NoSuchWebhook, NoSuchDelivery: Not this agent's to administer, or not there.
    """
    webhook = _held(session, agent_id, territory_id, webhook_id)
    row = delivery_of(session, webhook, delivery_id)
    if row.body:
        row.sent_at = row.dropped_at = row.fault = row.status = row.answer = None
        row.asked_at = row.due_at = clock.now()
        row.tries = 0
        webhook.failures, webhook.paused_until = 0, None
        _trace(session, clock, agent_id, "webhook.repeated", webhook)
    return row


def state_of(row: Delivery) -> State:
    """How a delivery stands."""
    if row.sent_at is not None:
        return State.SENT
    if row.dropped_at is not None:
        return State.DROPPED
    return State.FAILING if row.fault is not None else State.WAITING


def both_sign_until(webhook: Webhook, now: datetime) -> datetime | None:
    """Until when two secrets sign; None when only one does."""
    ends = webhook.old_secret_ends_at
    return ends if ends is not None and ends > now else None


_OPEN = (Delivery.sent_at.is_(None), Delivery.dropped_at.is_(None))
_CONDITIONS: dict[State | None, tuple[ColumnElement[bool], ...]] = {
    State.WAITING: (*_OPEN, Delivery.fault.is_(None)),
    State.FAILING: (*_OPEN, Delivery.fault.is_not(None)),
    State.SENT: (Delivery.sent_at.is_not(None),),
    State.DROPPED: (Delivery.dropped_at.is_not(None),),
}


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    query = select(func.count()).where(Delivery.webhook_id == Webhook.id, *conditions)
    return query.correlate(Webhook).scalar_subquery()


def _held(session: Session, agent_id: int, territory_id: int, webhook_id: int) -> Webhook:
    """The webhook, its row locked, for who may change it."""
    territory_to_administer(session, agent_id, territory_id)
    webhook = webhook_of(session, territory_id, webhook_id)
    session.refresh(webhook, with_for_update=True)
    return webhook


def _write(session: Session, webhook: Webhook, wanted: Wanted) -> None:
    known = {None, *(organisation.id for organisation in organisations_of(session, webhook.territory_id))}
    if wanted.organisation_id not in known:
        raise NoSuchOrganisation
    webhook.name, webhook.url, webhook.active = wanted.name, wanted.url, wanted.active
    webhook.organisation_id = wanted.organisation_id
    webhook.kinds = sorted(wanted.kinds)
    session.add(webhook)
    session.flush()


def _trace(session: Session, clock: Clock, agent_id: int, kind: str, webhook: Webhook) -> None:
    record(session, clock, Actor.agent(agent_id), kind, webhook.territory_id, webhook.id, name=webhook.name)
