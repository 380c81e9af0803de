"""What readers get of a collection: plain rows of stored text, never rendered and never parsed on the way (K-4, K-26)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, null, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.object import CalendarObject, Collection, CollectionKind, Occurrence
from rdvdav.policy.sight import OWN

COLOUR = "#2a6f97"
"""Colour that clients give a calendar until its reader picks another one there."""

KINDS = tuple(CollectionKind)

NAMED_AT_ONCE = 500
"""Hrefs in one statement; databases limit the number of parameters."""


class Calendar(NamedTuple):
    """A collection as its readers see it: its row, and whose it is."""

    id: int
    slug: str
    kind: CollectionKind
    level: DetailLevel
    epoch: str
    version: int
    floor: int
    window_start: datetime
    changed_at: datetime
    name: str
    zone: str
    owner: str | None
    """Principal of the agent whose time it shows; None for a desk or a room."""


CALENDAR = (
    Collection.id,
    Collection.slug,
    Collection.kind,
    Collection.level,
    Collection.epoch,
    Collection.version,
    Collection.floor,
    Collection.window_start,
    Collection.changed_at,
    Agenda.name,
    Agenda.zone,
    Agent.principal,
)
"""What a `Calendar` is made of, in its order; `Agent` is the one the agenda belongs to."""


class Shown(NamedTuple):
    """One thing in a collection; its text only when asked for."""

    href: str
    etag: str
    modified_at: datetime
    text: str | None = None


def calendars_of(session: Session, agent_id: int) -> list[Calendar]:
    """The calendars of the agent's own agenda, the main one first; one statement."""
    rows = session.execute(
        select(*CALENDAR)
        .select_from(Collection)
        .join(Agenda, Agenda.id == Collection.agenda_id)
        .join(Agent, OWN)
        .where(Agent.id == agent_id, Collection.level == Agenda.detail_level)
        .order_by(Collection.id)
    )
    return in_order(map(Calendar._make, rows))


def in_order(calendars: Iterable[Calendar]) -> list[Calendar]:
    """As they are listed: of each agenda the main one first."""
    return sorted(calendars, key=lambda calendar: KINDS.index(calendar.kind))


def every_object(session: Session, calendar: Calendar, *, texts: bool = False) -> Iterator[Shown]:
    """All that *calendar* shows."""
    return _shown(session, calendar, texts=texts)


def objects_matching(
    session: Session,
    calendar: Calendar,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    uid_part: str | None = None,
    any_case: bool = True,
    texts: bool = False,
) -> Iterator[Shown]:
    """What overlaps the half-open stretch from *start* to *end* (RFC 4791 §9.9) and has *uid_part* in its UID (§9.7.5).

    None leaves a side open, or every UID in.
    """
    conditions: list[ColumnElement[bool]] = []
    if start is not None:
        conditions.append(CalendarObject.ends_at > start)
    if end is not None:
        conditions.append(CalendarObject.starts_at < end)
    if calendar.kind is not CollectionKind.MAIN and (start is not None or end is not None):
        conditions.append(_happens(start, end))
    if uid_part:
        uid, part = (func.lower(CalendarObject.uid), uid_part.lower()) if any_case else (CalendarObject.uid, uid_part)
        conditions.append(func.replace(uid, part, "") != uid)  # LIKE minds capitals on one database only
    return _shown(session, calendar, *conditions, texts=texts)


def objects_named(
    session: Session, calendar: Calendar, hrefs: Sequence[str], *, texts: bool = False
) -> Iterator[Shown]:
    """Those of *hrefs* that *calendar* shows, in any order."""
    text = CalendarObject.text if texts else null()
    query = select(
        CalendarObject.ends_at, CalendarObject.href, CalendarObject.etag, CalendarObject.modified_at, text
    ).where(CalendarObject.collection_id == calendar.id, CalendarObject.text.is_not(None))
    for first in range(0, len(hrefs), NAMED_AT_ONCE):
        for ends_at, *found in session.execute(
            query.where(CalendarObject.href.in_(hrefs[first : first + NAMED_AT_ONCE]))
        ):
            if (
                ends_at > calendar.window_start
            ):  # asked here: in SQL it tempts SQLite to walk the whole window by its index
                yield Shown._make(found)


def _happens(start: datetime | None, end: datetime | None) -> ColumnElement[bool]:
    """True of a single event, and of a series that has an occurrence in the stretch; beyond what is written of it, of any."""
    written = exists().where(
        Occurrence.collection_id == CalendarObject.collection_id, Occurrence.href == CalendarObject.href
    )
    if start is not None:
        written = written.where(Occurrence.ends_at > start)
    if end is not None:
        written = written.where(Occurrence.starts_at < end)
    beyond = CalendarObject.ends_at > CalendarObject.occurs_until
    if end is not None:
        beyond &= CalendarObject.occurs_until < end
    return or_(CalendarObject.occurs_until.is_(None), written, beyond)


def in_window(calendar: Calendar) -> ColumnElement[bool]:
    """True of a row that *calendar* shows: no tombstone, and not over before its window (K-42)."""
    return (
        (CalendarObject.collection_id == calendar.id)
        & CalendarObject.text.is_not(None)
        & (CalendarObject.ends_at > calendar.window_start)
    )


def _shown(session: Session, calendar: Calendar, *conditions: ColumnElement[bool], texts: bool) -> Iterator[Shown]:
    text = CalendarObject.text if texts else null()
    query = select(CalendarObject.href, CalendarObject.etag, CalendarObject.modified_at, text)
    return map(Shown._make, session.execute(query.where(in_window(calendar), *conditions)))
