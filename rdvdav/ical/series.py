"""Openings and absences: events of the wall clock, most of them repeated (K-10)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rrulestr

from rdvdav.ical.event import Facts, component, utc
from rdvdav.ical.text import calendar, serialise
from rdvdav.ical.timezone import vtimezone

_LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, kw_only=True)
class SeriesEntry(Facts):
    """A stretch of wall time, once or repeated.

    Attributes:
        zone: IANA zone of the wall clock.
        starts, ends: Naive wall times. The recurrence counts from `starts`, which need not be one of its days.
        whole_days: Both are midnights, and the event is shown without hours.
        recurrence: An RRULE value (RFC 5545 §3.3.10) without UNTIL and COUNT; empty for once.
        until: The last local day on which it may start; None for endless.
        excluded: Local days on which it does not start.
        checked_until: The last local day for which a stretch that spans a clock change gets its true end.
        spans: Its next occurrences as instants, from start to end: what is written in a zone that has no yearly rules.
    """

    zone: str
    starts: datetime
    ends: datetime
    whole_days: bool = False
    recurrence: str = ""
    until: date | None = None
    excluded: frozenset[date] = frozenset()
    checked_until: date | None = None
    spans: tuple[tuple[datetime, datetime], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what readers would take otherwise than it is meant."""
        if self.starts.tzinfo or self.ends.tzinfo or self.ends <= self.starts:
            raise ValueError(f"{self.uid} must start before it ends, in wall times without a zone")
        if self.whole_days and {self.starts.time(), self.ends.time()} != {time()}:
            raise ValueError(f"{self.uid} takes whole days, so it must start and end at midnight")
        if {"UNTIL", "COUNT"} & {part.partition("=")[0].upper() for part in self.recurrence.split(";")}:
            raise ValueError(f"{self.uid} must say its last day by until, not in {self.recurrence}")

    @property
    def length(self) -> timedelta:
        """From start to end on the wall clock."""
        return self.ends - self.starts


def render_series(entry: SeriesEntry) -> str:
    """The whole calendar object of *entry*; hours that repeat bring the VTIMEZONE they are told in.

    In a zone without yearly rules they are a list of instants in UTC, as far as `spans` goes (K-10).

    Raises:
        ValueError: It never happens.
    """
    if not entry.recurrence:
        times = {"DTSTART": _once(entry, entry.starts), "DTEND": _once(entry, entry.ends)}
        return calendar([serialise(component(entry, times))])
    timezone = "" if entry.whole_days else vtimezone(entry.zone)
    events = _repeated(entry) if timezone is not None else _listed(entry)
    return calendar(filter(None, [timezone, *map(serialise, events)]))


def _once(entry: SeriesEntry, wall: datetime) -> date:
    """A wall time of a single event: the day, or the instant in UTC."""
    return wall.date() if entry.whole_days else _instant(entry, wall)


def _repeated(entry: SeriesEntry) -> Iterator[icalendar.Event]:
    """The series and, in place of each stretch that a clock change makes longer or shorter, one with its true end."""
    first = next(_occurrences(entry), None)
    if first is None:
        raise ValueError(f"{entry.uid} never happens")
    odd = list(_odd(entry))
    skipped = [datetime.combine(day, entry.starts.time()) for day in entry.excluded if day > first.date()]
    skipped += [start for start in odd if _span(entry, start) <= timedelta()]
    yield component(entry, _series_times(entry, first, sorted(skipped)))
    for start in odd:
        if start not in skipped:
            yield component(entry, {"RECURRENCE-ID": _local(entry, start), **_times(entry, start)})


def _listed(entry: SeriesEntry) -> Iterator[icalendar.Event]:
    """The occurrences as instants: one event that lists them, and one in place of each that lasts longer or shorter."""
    if not entry.spans:
        raise ValueError(f"{entry.uid} has no occurrence to list")
    (start, end), *others = entry.spans
    more = {"RDATE": [utc(each) for each, _end in others]} if others else {}
    yield component(entry, {"DTSTART": utc(start), "DTEND": utc(end), **more})
    for each, its_end in others:
        if its_end - each != end - start:
            yield component(entry, {"RECURRENCE-ID": utc(each), "DTSTART": utc(each), "DTEND": utc(its_end)})


def _series_times(entry: SeriesEntry, first: datetime, skipped: list[datetime]) -> Mapping[str, object]:
    """When the series begins, how it repeats, and where it does not."""
    rule = icalendar.vRecur.from_ical(entry.recurrence)
    if entry.until:
        last = datetime.combine(entry.until, _LAST_SECOND)
        rule["UNTIL"] = [entry.until if entry.whole_days else _instant(entry, last)]
    excluded = {"EXDATE": [_local(entry, start) for start in skipped]} if skipped else {}
    return {**_times(entry, first, repeated=True), "RRULE": rule, **excluded}


def _times(entry: SeriesEntry, start: datetime, *, repeated: bool = False) -> Mapping[str, object]:
    """Start and end of one stretch."""
    if repeated and not entry.whole_days and _span(entry, start) != entry.length:
        # From an end beyond a clock change, some readers count real hours for the days to come, others wall hours.
        return {"DTSTART": _local(entry, start), "DURATION": entry.length}
    return {"DTSTART": _local(entry, start), "DTEND": _local(entry, start + entry.length)}


def _odd(entry: SeriesEntry) -> Iterator[datetime]:
    """The wall starts of the checked stretches that span a clock change."""
    checked = entry.checked_until
    if entry.whole_days or checked is None:
        return
    for start in takewhile(lambda start: start.date() <= checked, _occurrences(entry)):
        if _span(entry, start) != entry.length:
            yield start


def _span(entry: SeriesEntry, start: datetime) -> timedelta:
    """How long the stretch from *start* really lasts; not above zero when it lies in a skipped hour."""
    return _instant(entry, start + entry.length) - _instant(entry, start)


def _occurrences(entry: SeriesEntry) -> Iterator[datetime]:
    """The wall starts, one after the other."""
    last = entry.until or date.max
    starts = takewhile(lambda start: start.date() <= last, rrulestr(entry.recurrence, dtstart=entry.starts))
    return (start for start in starts if start.date() not in entry.excluded)


def _local(entry: SeriesEntry, wall: datetime) -> date:
    """A wall time as the series writes it: the day, or the hour with its TZID."""
    return wall.date() if entry.whole_days else wall.replace(tzinfo=ZoneInfo(entry.zone))


def _instant(entry: SeriesEntry, wall: datetime) -> datetime:
    """The instant of a wall time, the first of two."""
    return wall.replace(tzinfo=ZoneInfo(entry.zone)).astimezone(UTC)
