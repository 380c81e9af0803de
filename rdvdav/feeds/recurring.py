"""A series with its changed dates, from the wall clock of the agenda to what calendars are told and SQL must know of it (K-10, K-26)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from rdvdav.feeds.object import FOREVER
from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import day_bounds, from_minutes, local_day, to_minutes
from rdvdav.hours.wall_range import WallRange
from rdvdav.ical.event import Facts
from rdvdav.ical.expand import Span
from rdvdav.ical.series import Changed, SeriesEntry

KEPT_BEHIND = timedelta(days=850)
"""How long before that end the first occurrence written may be: 24 months, and what calendars show of the past."""


class Told(NamedTuple):
    """A series to be rendered, from when to when it happens, its end `FOREVER` where there is none; and each time it does."""

    entry: SeriesEntry
    starts_at: datetime
    ends_at: datetime
    occurrences: tuple[Span, ...]


def series_of(
    facts: Facts,
    hours: WallRange,
    until: datetime,
    *,
    whole_days: bool = False,
    changed: Iterable[tuple[date, Told]] = (),
) -> Told | None:
    """*facts* at the occurrences of *hours*, looked at up to *until* where it repeats; None when it never happens.

    Args:
        changed: Of the days that *hours* leaves out, those that happen otherwise, and how.
    """
    instead = tuple(changed)
    originals = frozenset(day for day, _told in instead)
    # To calendars a changed date is a day of the series; to all else it is a day left out.
    series = replace(hours.series, excluded=hours.series.excluded - originals)
    rule, first = series.rule, series.first()
    if first is None:
        return None
    last = None if series.endless else (rule.until if rule else None) or series.last()
    whole = Interval(
        day_bounds(first, hours.zone).start,
        day_bounds(last + timedelta(days=hours.nights), hours.zone).end if last else to_minutes(until),
    )
    since = max(whole.start, to_minutes(until - KEPT_BEHIND)) if rule else whole.start
    spans = tuple(_instants(hours.within(Interval(since, min(whole.end, to_minutes(until)) if rule else whole.end))))
    if not (rule or spans):  # an hour that clocks skip
        return None
    entry = SeriesEntry(
        **vars(facts),
        zone=hours.zone,
        starts=datetime.combine(series.first_day, hours.opens),
        ends=datetime.combine(series.first_day, hours.closes) + timedelta(days=hours.nights),
        whole_days=whole_days,
        recurrence=str(replace(rule, until=None, count=None)) if rule else "",
        until=last if rule else None,
        excluded=series.excluded,
        changed=tuple(Changed(day, told.entry) for day, told in instead),
        checked_until=local_day(to_minutes(until), hours.zone),
        spans=spans,
    )
    if rule is None:
        return Told(entry, *spans[0], _unchanged(spans))
    starts_at, ends_at = from_minutes(whole.start), from_minutes(whole.end) if last else FOREVER
    moved = [Span(entry.original_instant(day), told.starts_at, told.ends_at) for day, told in instead]
    known = [span for span in moved if span.starts_at < until and span.ends_at > until - KEPT_BEHIND]
    return Told(
        entry,
        min([starts_at, *(span.starts_at for span in moved)]),
        max([ends_at, *(span.ends_at for span in moved)]),
        (*_unchanged(spans), *known),
    )


def _unchanged(spans: Iterable[tuple[datetime, datetime]]) -> tuple[Span, ...]:
    return tuple(Span(start, start, end) for start, end in spans)


def _instants(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[datetime, datetime]]:
    return ((from_minutes(start), from_minutes(end)) for start, end in spans)
