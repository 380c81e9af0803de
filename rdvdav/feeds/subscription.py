"""From a secret to what its address shows (K-40, K-43, K-45): validators first, the text only when it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.feeds.address import ADDRESS, ADDRESSES, Address, FeedAddress, FeedContent
from rdvdav.feeds.object import Collection, rank_of
from rdvdav.feeds.occupied import availability_text, free_busy_text
from rdvdav.feeds.read import CALENDAR, Calendar
from rdvdav.feeds.several import SEVERAL, parts_of
from rdvdav.feeds.webcal import etag_of, etag_of_several, feed_of, feed_of_several
from rdvdav.ical.event import etag
from rdvdav.policy.sight import OWN
from rdvdav.tokens import digest


@dataclass(frozen=True)
class Subscription:
    """A live address and what it leads to.

    Attributes:
        agenda_id: The agent's own agenda.
        zone: Of that agenda.
        name: Of the organisation, place or service, else of the agenda.
        calendar: For one of the agent's own calendars: the collection that is read.
    """

    address: Address
    agenda_id: int
    zone: str
    name: str
    calendar: Calendar | None

    @property
    def title(self) -> str:
        """What the calendar is called in its reader's program."""
        return self.calendar.title if self.calendar else self.name


class Served(NamedTuple):
    """What is answered.

    Attributes:
        etag: Strong and quoted.
        changed_at: None where a date can't tell all changes: of what left sight, or of hours that are computed.
        text: Makes the text; call it while the session is open.
    """

    etag: str
    changed_at: datetime | None
    text: Callable[[], str]


# Columns of tables, not of mapped classes, in statements made once: a 304 spends more on making one than on running it.
_COLLECTIONS, _AGENDAS, _AGENTS, _ORGANISATIONS, _PLACES, _SERVICES = (
    kind.__table__ for kind in (Collection, Agenda, Agent, Organisation, Place, Service)
)
_ANCHOR = _COLLECTIONS.alias("anchor")
_SIBLING = (
    (_COLLECTIONS.c.agenda_id == _AGENDAS.c.id)
    & (_COLLECTIONS.c.kind == _ANCHOR.c.kind)
    & (rank_of(_COLLECTIONS.c.level) <= rank_of(ADDRESSES.level))
    & (rank_of(_COLLECTIONS.c.level) <= rank_of(_AGENDAS.c.detail_level))
)
"""Joins the collections of the kind asked for that show no more than was asked for and is let out."""

# Sub-queries, not joins: PostgreSQL would weigh every order of eight tables at each reading.
_NAME = func.coalesce(
    select(_ORGANISATIONS.c.name).where(_ORGANISATIONS.c.id == ADDRESSES.organisation_id).scalar_subquery(),
    select(_PLACES.c.name).where(_PLACES.c.id == ADDRESSES.place_id).scalar_subquery(),
    select(_SERVICES.c.name).where(_SERVICES.c.id == ADDRESSES.service_id).scalar_subquery(),
    _AGENDAS.c.name,
)
_LIVE: Select[*tuple[Any, ...]] = (
    select(*ADDRESS, _AGENDAS.c.id, _AGENDAS.c.zone, _NAME, *CALENDAR)
    .select_from(FeedAddress.__table__)
    .join(_AGENTS, _AGENTS.c.id == ADDRESSES.agent_id)
    .join(_AGENDAS, OWN)
    .outerjoin(_ANCHOR, _ANCHOR.c.id == ADDRESSES.collection_id)
    .outerjoin(_COLLECTIONS, _SIBLING)
    .where(ADDRESSES.revoked_at.is_(None), _AGENTS.c.left_at.is_(None))
    .order_by(ADDRESSES.id, rank_of(_COLLECTIONS.c.level).desc())
)
_WIDTH = len(ADDRESS)
_BY_SECRET = _LIVE.where(ADDRESSES.digest == bindparam("digest")).limit(1)
_OF_AGENT = _LIVE.where(ADDRESSES.agent_id == bindparam("agent"))


def feed_by_secret(session: Session, secret: str, *, free_busy: bool = False) -> Subscription | None:
    """What the address with *secret* leads to; one statement.

    Nothing once it is revoked, its agent left, or the agenda is another's; nor for *free_busy* asked of an address of anything else,
    or the reverse.
    """
    row = session.execute(_BY_SECRET, {"digest": digest(secret)}).first()
    found = _read(row) if row else None
    if found is None or (found.address.content is FeedContent.FREE_BUSY) is not free_busy:
        return None
    return found


def subscriptions_of(session: Session, agent_id: int) -> list[Subscription]:
    """The agent's live addresses with what they lead to, oldest first; one statement."""
    found: dict[int, Subscription] = {}
    for row in session.execute(_OF_AGENT, {"agent": agent_id}):
        subscription = _read(row)
        if subscription:
            found.setdefault(subscription.address.id, subscription)
    return list(found.values())


def served(session: Session, clock: Clock, subscription: Subscription) -> Served:
    """What *subscription* answers now: of one calendar known from its row alone, of several with one statement more."""
    address, calendar = subscription.address, subscription.calendar
    if calendar is not None:
        return Served(etag_of(calendar), calendar.changed_at, lambda: feed_of(session, calendar).text)
    if address.content in SEVERAL:
        parts = parts_of(session, address.agent_id, address.level)
        shown = address, parts, subscription.name, subscription.zone
        return Served(etag_of_several(*shown), None, lambda: feed_of_several(session, *shown).text)
    write = free_busy_text if address.content is FeedContent.FREE_BUSY else availability_text
    text = write(session, clock, subscription.agenda_id, address.digest.hex()[:32])
    return Served(etag(text), None, lambda: text)


def _read(row: Row[*tuple[Any, ...]]) -> Subscription | None:
    address, found = Address._make(row[:_WIDTH]), row[_WIDTH:]
    agenda_id, zone, name = found[:3]
    calendar = Calendar._make(found[3:]) if found[3] is not None else None
    if address.content is FeedContent.COLLECTION and calendar is None:
        return None
    return Subscription(address, agenda_id, zone, name, calendar)
