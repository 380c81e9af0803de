"""Time on a wall clock, once or repeated: opening ranges and absences are such (T-1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from functools import lru_cache

from rdvdav.hours.interval import Interval, Span
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall import DAY, EPOCH_DAY, day_offset, minute_on


@dataclass(frozen=True, slots=True)
class WallRange:
    """Hours on the days of a series: nine stays nine when the country changes its clocks (T-3).

    Attributes:
        series: The days it opens on.
        opens: Wall time, to the minute.
        closes: Wall time, to the minute; midnight (00:00) goes with *nights*.
        zone: IANA zone of the wall clock.
        nights: How many midnights later it closes: 0 within a day; a whole day is 00:00 to 00:00 with 1.
    """

    series: Series
    opens: time
    closes: time
    zone: str
    nights: int = 0

    def within(self, window: Interval) -> Iterator[Span]:
        """The occurrences that overlap *window*, whole, by start, in epoch minutes.

        Being instants, they hold no skipped minute: neither they nor the slots cut from them can start in one. An
        occurrence that is skipped as a whole does not exist.
        """
        low, high = window
        # No wall clock is more than a day away from UTC.
        expand = _known if self.series.recurrence else _occurrences
        spans = expand(self, low // DAY + EPOCH_DAY - 1 - self.nights, high // DAY + EPOCH_DAY + 2)
        first, past = 0, len(spans)
        while first < past and spans[first][1] <= low:
            first += 1
        while first < past and spans[past - 1][0] >= high:
            past -= 1
        return iter(spans[first:past])


def _occurrences(hours: WallRange, first: int, past: int) -> tuple[Span, ...]:
    """Those of the days `[first, past)`, proleptic ordinals, by start."""
    opens = hours.opens.hour * 60 + hours.opens.minute
    closes = hours.closes.hour * 60 + hours.closes.minute + hours.nights * DAY
    zone, spans = hours.zone, []
    for day in hours.series.ordinals(first, past):
        offset = None if hours.nights else day_offset(day, zone)
        if offset is None:
            start, end = minute_on(day, opens, zone), minute_on(day, closes, zone)
        else:
            midnight = (day - EPOCH_DAY) * DAY - offset
            start, end = midnight + opens, midnight + closes
        if start < end:
            spans.append((start, end))
    return tuple(spans)


_known = lru_cache(maxsize=1024)(_occurrences)
"""Of series: agendas often share their hours, and searches their days."""
