"""What takes an agenda's time, and how a search sees it: rule S-2."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple

from rdvdav.hours.interval import Intervals, Span
from rdvdav.hours.wall import day_bounds, to_minutes, to_minutes_up
from rdvdav.slots.capacity import Seating


class Busy(NamedTuple):
    """An appointment or a hold: epoch minutes, and the pauses it needs around it.

    The pauses are those of its motif, or of the opening it was booked in where that opening has its own.
    """

    start: int
    end: int
    before: int = 0
    after: int = 0

    @classmethod
    def of(cls, starts_at: datetime, ends_at: datetime, before: int = 0, after: int = 0) -> "Busy":
        """From instants: the start rounds down to the minute, the end up."""
        return cls(to_minutes(starts_at), to_minutes_up(ends_at), before, after)


@dataclass(frozen=True, slots=True)
class Taken:
    """All that takes the time of one agenda, in any order.

    Attributes:
        busy: Appointments that hold time and live holds; buffers lie between these and the searched appointment.
        closed: Absences, marks, busy time from elsewhere: an appointment may touch them, whatever its buffers.
        holidays: As `closed`, but skipped by motifs that ignore holidays; see `whole_days`.
        shared: What people may join here (S-7), each listed once, on its first agenda; its time is in `busy` too.
    """

    busy: Sequence[Busy] = ()
    closed: Sequence[Span] = ()
    holidays: Sequence[Span] = ()
    shared: Sequence[Seating] = ()

    def seen(self, before: int, after: int, *, ignores_holidays: bool, until: int | None = None) -> Intervals:
        """The minutes an appointment with these buffers cannot use; those from *until* on may be left out.

        Between two appointments the larger buffer counts: the one that ends needs it after, the other before.
        """
        busy = self.busy
        if until is not None:
            busy = [entry for entry in busy if entry.start - entry.before < until + after]
        starts, ends, befores, afters = map(list, zip(*busy, strict=True)) if busy else ([], [], [], [])
        starts, ends = _moved(starts, -1, befores, after), _moved(ends, 1, afters, before)
        for start, end in chain(self.closed, () if ignores_holidays else self.holidays):
            if start < end:
                starts.append(start)
                ends.append(end)
        return Intervals.of_bounds(starts, ends)


def _moved(minutes: list[int], way: int, pauses: list[int], least: int) -> list[int]:
    """Each of *minutes* away by its pause, by *least* if that is larger. Mostly there are no pauses at all."""
    if max(pauses, default=0) > least:
        return [minute + way * max(pause, least) for minute, pause in zip(minutes, pauses, strict=True)]
    return [minute + way * least for minute in minutes] if least else minutes


NOTHING_TAKEN = Taken()


def whole_days(days: Iterable[date], zone: str) -> list[Span]:
    """Local days as time: what holidays close, and absences « Toute la journée »."""
    return [day_bounds(day, zone) for day in days]
