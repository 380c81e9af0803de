"""Openings and absences: events of the wall clock, most of them repeated (K-10)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rrulestr

from rdvdav.hours.wall import instant_of
from rdvdav.ical.event import Facts, component, utc
from rdvdav.ical.text import calendar, serialise
from rdvdav.ical.timezone import vtimezone


class Changed(NamedTuple):
    """One date of a series that is not as the others.

    Attributes:
        original: Local day of the series it stands for.
        entry: What it says, and when it happens instead: once.
    """

    original: date
    entry: "SeriesEntry"


@dataclass(frozen=True, kw_only=True)
class SeriesEntry(Facts):
    """A stretch of wall time, once or repeated.

    Attributes:
        zone: IANA zone of the wall clock.
        starts, ends: Naive wall times. The recurrence counts from `starts`, which need not be one of its days.
        whole_days: Both are midnights, and the event is shown without hours.
        recurrence: An RRULE value (RFC 5545 §3.3.10) without UNTIL and COUNT; empty for once.
        until: The last local day on which it may start; None for endless.
        excluded: Local days on which it does not start; not those of `changed`.
        changed: Dates that are not as the others.
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
    changed: tuple[Changed, ...] = ()
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

    def original(self, day: date) -> datetime:
        """The wall start of the occurrence on *day*, which RECURRENCE-ID says of a changed date."""
        return datetime.combine(day, self.starts.time())

    def original_instant(self, day: date) -> datetime:
        """The instant of that start."""
        return _instant(self, self.original(day))


def render_series(entry: SeriesEntry) -> str:
    """The whole calendar object of *entry*; hours that repeat bring the VTIMEZONE they are told in.

    In a zone without yearly rules they are a list of instants in UTC, as far as `spans` goes (K-10).

    Raises:
        ValueError: It never happens.
    """
    timezone, parts = told(entry)
    return calendar(filter(None, [timezone, *(serialise(component(facts, times)) for facts, times in parts)]))


Part = tuple[Facts, Mapping[str, object]]
"""One component: what it says, and its time properties."""


def told(entry: SeriesEntry) -> tuple[str, list[Part]]:
    """When *entry* happens: the VTIMEZONE it is told in, empty for none, and each component it takes.

    Raises:
        ValueError: It never happens.
    """
    if not entry.recurrence:
        return "", [(entry, _single(entry))]
    timezone = "" if entry.whole_days else vtimezone(entry.zone)
    if timezone is None:
        return "", list(_listed(entry))
    return timezone, list(_repeated(entry))


def _single(entry: SeriesEntry) -> Mapping[str, object]:
    return {"DTSTART": _once(entry, entry.starts), "DTEND": _once(entry, entry.ends)}


def _once(entry: SeriesEntry, wall: datetime) -> date:
    """A wall time of a single event: the day, or the instant in UTC."""
    return wall.date() if entry.whole_days else _instant(entry, wall)


def _repeated(entry: SeriesEntry) -> Iterator[Part]:
    """The series; in place of each stretch that a clock change makes longer or shorter, one with its true end; the changed dates."""
    first = next(_occurrences(entry), None)
    if first is None:
        raise ValueError(f"{entry.uid} never happens")
    changed = {each.original for each in entry.changed}
    odd = [start for start in _odd(entry) if start.date() not in changed]
    skipped = [entry.original(day) for day in entry.excluded if day > first.date()]
    skipped += [start for start in odd if _span(entry, start) <= timedelta()]
    yield entry, _series_times(entry, first, sorted(skipped))
    for start in odd:
        if start not in skipped:
            # In UTC: its start may lie in the skipped hour, which readers take one for another.
            true_end = utc(_instant(entry, start + entry.length))
            yield entry, {"RECURRENCE-ID": _local(entry, start), "DTSTART": _instant(entry, start), "DTEND": true_end}
    for each in entry.changed:
        # A single event: its times are instants (K-10), whatever the zone and the kind of day the series is told in.
        yield each.entry, {"RECURRENCE-ID": _local(entry, entry.original(each.original)), **_single(each.entry)}


def _listed(entry: SeriesEntry) -> Iterator[Part]:
    """The occurrences as instants: one event that lists them, one in place of each that lasts longer or shorter, the changed dates."""
    instead = {entry.original_instant(each.original): each.entry for each in entry.changed}
    known = sorted([*entry.spans, *((start, start + entry.length) for start in instead)])
    if not known:
        raise ValueError(f"{entry.uid} has no occurrence to list")
    (start, end), *others = known
    more = {"RDATE": [utc(each) for each, _end in others]} if others else {}
    yield entry, {"DTSTART": utc(start), "DTEND": utc(end), **more}
    for each, its_end in others:
        if its_end - each != end - start and each not in instead:
            yield entry, {"RECURRENCE-ID": utc(each), "DTSTART": utc(each), "DTEND": utc(its_end)}
    for original, changed in sorted(instead.items()):
        yield changed, {"RECURRENCE-ID": utc(original), **_single(changed)}


def _series_times(entry: SeriesEntry, first: datetime, skipped: list[datetime]) -> Mapping[str, object]:
    """When the series begins, how it repeats, and where it does not."""
    rule = icalendar.vRecur.from_ical(entry.recurrence)
    if entry.until:
        midnight = _instant(entry, datetime.combine(entry.until + timedelta(days=1), time()))
        rule["UNTIL"] = [entry.until if entry.whole_days else midnight - timedelta(seconds=1)]
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
    """The instant of a wall time, as slots know it: the first of two; of a skipped hour, when clocks change (T-3)."""
    return instant_of(wall.date(), wall.time(), entry.zone)
