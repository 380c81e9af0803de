"""When an agenda is busy, from the rows alone (RFC 4791 §7.10)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from rdvdav.feeds.read import IN_WINDOW, OBJECTS, Calendar, shown_by
from rdvdav.ical.free_busy import Period, in_utc, render_free_busy


def takes_time() -> ColumnElement[bool]:
    """True of a row whose event keeps its time from others: neither cancelled nor transparent.

    The stored text tells: a line like these is nothing else, for one that continues another begins with a space.
    """
    lines = ("\r\nSTATUS:CANCELLED\r\n", "\r\nTRANSP:TRANSPARENT\r\n")
    return ~OBJECTS.text.contains(lines[0]) & ~OBJECTS.text.contains(lines[1])


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


_BUSY = (
    select(InUtc(OBJECTS.starts_at), InUtc(OBJECTS.ends_at))
    .where(IN_WINDOW, OBJECTS.ends_at > bindparam("start"), OBJECTS.starts_at < bindparam("end"), takes_time())
    .order_by(OBJECTS.starts_at)
)


def free_busy(session: Session, calendar: Calendar, start: datetime, end: datetime) -> str:
    """The VFREEBUSY of *calendar* between the two instants; one statement. Nothing in it depends on the clock (K-4)."""
    rows = session.execute(_BUSY, {**shown_by(calendar), "start": start, "end": end}).all()
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
