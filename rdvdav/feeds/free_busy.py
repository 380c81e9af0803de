"""When an agenda is busy, from the rows alone (RFC 4791 §7.10)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, select, union_all
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from rdvdav.feeds.object import CalendarObject, Occurrence
from rdvdav.feeds.read import BEGUN, IN_WINDOW, OBJECTS, Calendar, begun_for, shown_by
from rdvdav.ical.free_busy import Period, in_utc, render_free_busy

OCCURRENCES = Occurrence.__table__.c


class InUtc(FunctionElement[str]):
    """An instant as `in_utc` writes it. Hundreds of them cost the database half of what they cost here."""

    type = Text()
    inherit_cache = True


@compiles(InUtc, "sqlite")
def _on_sqlite(element: InUtc, compiler: SQLCompiler, **named: Any) -> str:
    return f"strftime('%Y%m%dT%H%M%SZ', {compiler.process(element.clauses, **named)})"


@compiles(InUtc, "postgresql")
def _on_postgresql(element: InUtc, compiler: SQLCompiler, **named: Any) -> str:
    instant = compiler.process(element.clauses, **named)
    return f"""to_char({instant} AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"')"""


_SINGLE = select(InUtc(OBJECTS.starts_at).label("starts"), InUtc(OBJECTS.ends_at)).where(
    IN_WINDOW,
    OBJECTS.busy,
    OBJECTS.occurs_until.is_(None),
    OBJECTS.ends_at > bindparam("start"),
    OBJECTS.starts_at < bindparam("end"),
)
_REPEATED = (
    select(InUtc(OCCURRENCES.starts_at).label("starts"), InUtc(OCCURRENCES.ends_at))
    .join(
        CalendarObject.__table__,
        (OBJECTS.collection_id == OCCURRENCES.collection_id) & (OBJECTS.href == OCCURRENCES.href),
    )
    .where(IN_WINDOW, OBJECTS.busy)
    .where(OCCURRENCES.ends_at > bindparam("start"), OCCURRENCES.starts_at < bindparam("end"))
)
_BUSY = _SINGLE.where(BEGUN).order_by(OBJECTS.starts_at)  # as an index has them
_BUSY_OR_REPEATED = union_all(_SINGLE, _REPEATED).order_by("starts")


def free_busy(session: Session, calendar: Calendar, start: datetime, end: datetime) -> str:
    """The VFREEBUSY of *calendar* between the two instants; one statement. Nothing in it depends on the clock (K-4)."""
    parameters = {**shown_by(calendar), "start": start, "end": end}
    if calendar.repeats:
        rows = session.execute(_BUSY_OR_REPEATED, parameters).all()
    else:
        rows = session.execute(_BUSY, {**parameters, **begun_for(calendar, start)}).all()
    span = in_utc(start), in_utc(end)
    uid = "-".join((calendar.slug, *span))
    return render_free_busy(uid, calendar.changed_at, span, merged(rows, span))


def merged(periods: Iterable[Period], span: Period) -> list[Period]:
    """*periods* that each overlap *span*, by their starts: cut to it, and those that overlap or touch made one."""
    starts: list[str] = []
    ends: list[str] = []
    for start, end in periods:
        if not ends or start > ends[-1]:
            starts.append(start)
            ends.append(end)
        elif end > ends[-1]:
            ends[-1] = end
    if starts:
        starts[0], ends[-1] = max(starts[0], span[0]), min(ends[-1], span[1])
    return list(zip(starts, ends, strict=True))
