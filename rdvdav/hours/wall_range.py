"""Time on a wall clock, once or repeated: opening ranges and absences are such (T-1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

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
        """The occurrences that overlap *window*, whole, by start: epoch minutes, made as they are asked for.

        Being instants, they hold no skipped minute: neither they nor the slots cut from them can start in one. An
        occurrence that is skipped as a whole does not exist.
        """
        opens = self.opens.hour * 60 + self.opens.minute
        closes = self.closes.hour * 60 + self.closes.minute + self.nights * DAY
        # No wall clock is more than a day away from UTC.
        low, high = window
        first = low // DAY + EPOCH_DAY - 1 - self.nights
        last = high // DAY + EPOCH_DAY + 1
        for day in self.series.ordinals(first, last + 1):
            offset = None if self.nights else day_offset(day, self.zone)
            if offset is None:
                start, end = minute_on(day, opens, self.zone), minute_on(day, closes, self.zone)
            else:
                midnight = (day - EPOCH_DAY) * DAY - offset
                start, end = midnight + opens, midnight + closes
            if start < high and low < end and start < end:
                yield start, end
