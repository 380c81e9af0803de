"""What readers get of a collection: plain rows of stored text, never rendered and never parsed on the way (K-4, K-26)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, bindparam, exists, func, null, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.object import CalendarObject, Collection, CollectionKind, Occurrence
from rdvdav.i18n import translations
from rdvdav.policy.sight import OWN

COLOUR = "#2a6f97"
"""Colour that clients give a calendar until its reader picks another one there."""

KINDS = tuple(CollectionKind)

EARLIEST = datetime.min.replace(tzinfo=UTC)

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
    longest_minutes: int
    name: str
    zone: str
    owner: str | None
    """Principal of the agent whose time it shows; None for a desk or a room."""

    @property
    def title(self) -> str:
        """What programs call it: the agenda's name, and what it shows of it unless that is appointments."""
        _ = translations("fr").gettext
        match self.kind:
            case CollectionKind.ABSENCES:
                return _("%(name)s – absences") % {"name": self.name}
            case CollectionKind.OPENINGS:
                return _("%(name)s – opening ranges") % {"name": self.name}
            case _:
                return self.name

    @property
    def repeats(self) -> bool:
        """Whether it may hold series: appointments never are."""
        return self.kind is not CollectionKind.MAIN


# Columns of tables, not of mapped classes, in statements made once: polls spend more time on making one than on running it.
OBJECTS, COLLECTIONS, AGENDAS, AGENTS = (kind.__table__.c for kind in (CalendarObject, Collection, Agenda, Agent))

CALENDAR: tuple[ColumnElement[Any], ...] = (
    COLLECTIONS.id,
    COLLECTIONS.slug,
    COLLECTIONS.kind,
    COLLECTIONS.level,
    COLLECTIONS.epoch,
    COLLECTIONS.version,
    COLLECTIONS.floor,
    COLLECTIONS.window_start,
    COLLECTIONS.changed_at,
    COLLECTIONS.longest_minutes,
    AGENDAS.name,
    AGENDAS.zone,
    AGENTS.principal,
)
"""What a `Calendar` is made of, in its order; the agent is the one the agenda belongs to."""

IN_COLLECTION: ColumnElement[bool] = (OBJECTS.collection_id == bindparam("collection")) & OBJECTS.text.is_not(None)
IN_WINDOW: ColumnElement[bool] = IN_COLLECTION & (OBJECTS.ends_at > bindparam("window"))
"""True of a row that a calendar shows: no tombstone, and not over before its window (K-42). Its parameters: `shown_by`."""

_START, _END = bindparam("start", type_=OBJECTS.ends_at.type), bindparam("end", type_=OBJECTS.ends_at.type)
_AFTER: ColumnElement[bool] = OBJECTS.ends_at > _START
BEGUN: ColumnElement[bool] = OBJECTS.starts_at >= bindparam("begun", type_=OBJECTS.starts_at.type)
"""True of a single event that may still go on at an instant: `begun_for` gives its parameter."""
_BEFORE: ColumnElement[bool] = OBJECTS.starts_at < _END
_NAMED: ColumnElement[bool] = OBJECTS.href.in_(bindparam("hrefs", expanding=True))


def _has_part(uid: ColumnElement[str]) -> ColumnElement[bool]:
    return func.replace(uid, bindparam("part", type_=Text), "") != uid  # LIKE minds capitals on one database only


_UID, _UID_IN_ANY_CASE = _has_part(OBJECTS.uid), _has_part(func.lower(OBJECTS.uid))


class Shown(NamedTuple):
    """One thing in a collection; its text only when asked for."""

    href: str
    etag: str
    modified_at: datetime
    text: str | None = None


def calendars_of(session: Session, agent_id: int) -> list[Calendar]:
    """The calendars of the agent's own agenda, the main one first; one statement."""
    return in_order(map(Calendar._make, session.execute(_CALENDARS_OF, {"agent": agent_id})))


def in_order(calendars: Iterable[Calendar]) -> list[Calendar]:
    """As they are listed: of each agenda the main one first."""
    return sorted(calendars, key=lambda calendar: KINDS.index(calendar.kind))


_CALENDARS_OF = (
    select(*CALENDAR)
    .select_from(Collection)
    .join(Agenda, Agenda.id == Collection.agenda_id)
    .join(Agent, OWN)
    .where(Agent.id == bindparam("agent"), Collection.level == Agenda.detail_level)
    .order_by(Collection.id)
)


def shown_by(calendar: Calendar) -> dict[str, Any]:
    """The parameters of `IN_WINDOW`."""
    return {"collection": calendar.id, "window": calendar.window_start}


def begun_for(calendar: Calendar, start: datetime) -> dict[str, datetime]:
    """The parameter of `BEGUN`: no single event of *calendar* that began before it is still going on at *start*."""
    return {"begun": start - min(timedelta(minutes=calendar.longest_minutes), start - EARLIEST)}


def every_object(session: Session, calendar: Calendar, *, texts: bool = False) -> Iterator[Shown]:
    """All that *calendar* shows."""
    return map(Shown._make, session.execute(_shown(texts), shown_by(calendar)).all())


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
    parameters = shown_by(calendar)
    if start is not None:
        conditions.append(_AFTER)
        parameters["start"] = start
        if not calendar.repeats:
            conditions.append(BEGUN)
            parameters |= begun_for(calendar, start)
    if end is not None:
        conditions.append(_BEFORE)
        parameters["end"] = end
    if calendar.repeats and (start is not None or end is not None):
        conditions.append(_happens(from_start=start is not None, to_end=end is not None))
    if uid_part:
        conditions.append(_UID_IN_ANY_CASE if any_case else _UID)
        parameters["part"] = uid_part.lower() if any_case else uid_part
    return map(Shown._make, session.execute(_shown(texts, *conditions), parameters).all())


def objects_named(
    session: Session, calendar: Calendar, hrefs: Sequence[str], *, texts: bool = False
) -> Iterator[Shown]:
    """Those of *hrefs* that *calendar* shows, in any order."""
    for first in range(0, len(hrefs), NAMED_AT_ONCE):
        parameters = {"collection": calendar.id, "hrefs": hrefs[first : first + NAMED_AT_ONCE]}
        for found in session.execute(_named(texts), parameters).all():
            # Asked here: in SQL it tempts SQLite to walk the whole window by its index.
            if found[0] > calendar.window_start:
                yield Shown._make(found[1:])


@cache
def _happens(*, from_start: bool, to_end: bool) -> ColumnElement[bool]:
    """True of a single event, and of a series that has an occurrence in the stretch; beyond what is written of it, of any."""
    written = exists().where(Occurrence.collection_id == OBJECTS.collection_id, Occurrence.href == OBJECTS.href)
    beyond = OBJECTS.ends_at > OBJECTS.occurs_until
    if from_start:
        written = written.where(Occurrence.ends_at > _START)
    if to_end:
        written = written.where(Occurrence.starts_at < _END)
        beyond &= OBJECTS.occurs_until < _END
    return or_(OBJECTS.occurs_until.is_(None), written, beyond)


@cache
def _shown(texts: bool, *conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*columns_of_shown(texts)).where(IN_WINDOW, *conditions)


@cache
def _named(texts: bool) -> Select[Any]:
    return select(OBJECTS.ends_at, *columns_of_shown(texts)).where(IN_COLLECTION, _NAMED)


def columns_of_shown(texts: bool) -> tuple[ColumnElement[Any], ...]:
    """What a `Shown` is made of, in its order."""
    return OBJECTS.href, OBJECTS.etag, OBJECTS.modified_at, OBJECTS.text if texts else null()
