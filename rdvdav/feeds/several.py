"""Appointments of an organisation, a place or a service, from all agendas that an agent may see (K-45).

Policy is asked in each statement, so that what leaves sight leaves the feed. Of each agenda the texts are those of its main
collection at the level asked for, or of the next lower one that there is.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.address import Address, FeedAddress, FeedContent
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.object import CalendarObject, Collection, CollectionKind, rank_of
from rdvdav.policy.sight import OWN, visible

SEVERAL = frozenset({FeedContent.ORGANISATION, FeedContent.PLACE, FeedContent.SERVICE})


class Part(NamedTuple):
    """One agenda's collection, and what tells whether it changed."""

    collection_id: int
    epoch: str
    version: int
    window_start: datetime


def parts_of(session: Session, agent_id: int, level: DetailLevel) -> list[Part]:
    """The collections that *agent_id* may see at *level* or less, one of each agenda; one statement."""
    chosen = _collections(agent_id, level).subquery()
    return [Part._make(row) for row in session.execute(select(*chosen.c[:4]).where(chosen.c.nth == 1))]


def hash_of(parts: Sequence[Part]) -> str:
    """Changes when anything in any of *parts* does, and when one comes or goes."""
    said = ";".join(f"{part[0]}-{part[1]}-{part[2]}-{int(part[3].timestamp())}" for part in parts)
    return sha256(said.encode()).hexdigest()[:32]


def events_of(address: Address, parts: Sequence[Part]) -> Select[Any]:
    """Selects the rows of *parts* that *address* shows: an appointment on several agendas comes as often, its rows in a row."""
    return _rows(address, Collection.id.in_([part.collection_id for part in parts]))


def events_in_sight(address: Address) -> Select[Any]:
    """The same for whatever the agent of *address* may see, decided by the statement itself."""
    chosen = _collections(address.agent_id, address.level).subquery()
    return _rows(address, Collection.id.in_(select(chosen.c.id).where(chosen.c.nth == 1)))


def _rows(address: Address, collections: ColumnElement[bool]) -> Select[Any]:
    match address.content:
        case FeedContent.ORGANISATION:
            shown = CalendarObject.organisation_id == address.organisation_id
        case FeedContent.PLACE:
            shown = CalendarObject.place_id == address.place_id
        case _:
            shown = CalendarObject.service_id == address.service_id
    return (
        select()
        .select_from(CalendarObject)
        .join(Collection, Collection.id == CalendarObject.collection_id)
        .where(collections, shown, CalendarObject.text.is_not(None), CalendarObject.ends_at > Collection.window_start)
        .order_by(CalendarObject.ends_at, CalendarObject.href, CalendarObject.collection_id)
    )


def _collections(agent_id: int, level: DetailLevel) -> Select[Any]:
    """The main collections in sight that show no more than *level* and their agenda lets out; `nth` is 1 for the richest of an agenda."""
    rank = rank_of(Collection.level)
    nth = func.row_number().over(partition_by=Collection.agenda_id, order_by=rank.desc()).label("nth")
    return (
        select(Collection.id, Collection.epoch, Collection.version, Collection.window_start, nth)
        .join(Agenda, Agenda.id == Collection.agenda_id)
        .outerjoin(Agent, OWN)
        .where(
            Collection.kind == CollectionKind.MAIN,
            rank <= level.rank,
            rank <= rank_of(Agenda.detail_level),
            Agent.left_at.is_(None),
            visible(agent_id),
        )
        .order_by(Collection.id)
    )


def open_what_is_read(database: Database, clock: Clock, most: int = 100) -> int:
    """Write up to *most* calendars of colleagues at a lower level that an address asks for; how many. One commit per agenda."""
    with database.reading() as session:
        wanted = select(FeedAddress.agent_id, FeedAddress.level).distinct()
        readers = session.execute(
            wanted.where(FeedAddress.content.in_(SEVERAL), FeedAddress.revoked_at.is_(None))
            .join(Agent, Agent.id == FeedAddress.agent_id)
            .where(Agent.left_at.is_(None))
        ).all()
        missing = {
            (agenda_id, level) for agent_id, level in readers for agenda_id in _missing(session, agent_id, level)
        }
    for agenda_id, level in sorted(missing)[:most]:
        with database.transaction() as session:
            open_collection(session, clock, agenda_id, level=level)
    return min(len(missing), most)


def _missing(session: Session, agent_id: int, level: DetailLevel) -> Sequence[int]:
    """Agendas in sight that let more out than *level*, and have no main collection at it."""
    at_level = (
        select(Collection.id)
        .where(Collection.agenda_id == Agenda.id, Collection.kind == CollectionKind.MAIN, Collection.level == level)
        .exists()
    )
    return session.scalars(
        select(Agenda.id)
        .outerjoin(Agent, OWN)
        .where(visible(agent_id), Agent.left_at.is_(None), rank_of(Agenda.detail_level) > level.rank, ~at_level)
    ).all()
