"""What takes an agenda's time, and how a search sees it: rule S-2."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, compress, repeat
from operator import sub
from typing import NamedTuple, overload

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


class BusyTimes(Sequence[Busy]):
    """Many entries by columns: what searches read tens of thousands of is never made a tuple each."""

    __slots__ = ("afters", "befores", "ends", "starts")

    def __init__(self, starts: list[int], ends: list[int], befores: list[int], afters: list[int]) -> None:
        """The columns, in the same order. No pauses at all are empty lists."""
        self.starts, self.ends, self.befores, self.afters = starts, ends, befores, afters

    @classmethod
    def of(cls, entries: Sequence[Busy]) -> "BusyTimes":
        """The columns of *entries*."""
        if isinstance(entries, BusyTimes):
            return entries
        return cls(*map(list, zip(*entries, strict=True))) if entries else cls([], [], [], [])

    def add(self, starts: list[int], ends: list[int], before: int = 0, after: int = 0) -> None:
        """More entries, which all need the same pauses."""
        if before or after or self.befores:
            known, more = len(self.starts) - len(self.befores), len(starts)
            self.befores += [0] * known + [before] * more
            self.afters += [0] * known + [after] * more
        self.starts += starts
        self.ends += ends

    def begun(self, until: int) -> "BusyTimes":
        """Those that begin, with the pause before them, before *until*."""
        early = [start < until for start in map(sub, self.starts, self.befores or repeat(0))]
        columns = (self.starts, self.ends, self.befores, self.afters)
        return BusyTimes(*(list(compress(column, early)) for column in columns))

    def __len__(self) -> int:
        """How many."""
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> Busy: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Busy]: ...
    def __getitem__(self, index: int | slice) -> Busy | Sequence[Busy]:
        """One entry, or some."""
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        pauses = (self.befores[index], self.afters[index]) if self.befores else (0, 0)
        return Busy(self.starts[index], self.ends[index], *pauses)


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
        busy = BusyTimes.of(self.busy)
        if until is not None:
            busy = busy.begun(until + after)
        starts, ends = _moved(busy.starts, -1, busy.befores, after), _moved(busy.ends, 1, busy.afters, before)
        for start, end in chain(self.closed, () if ignores_holidays else self.holidays):
            if start < end:
                starts.append(start)
                ends.append(end)
        return Intervals.of_bounds(starts, ends)


def _moved(minutes: list[int], way: int, pauses: list[int], least: int) -> list[int]:
    """Each of *minutes* away by its pause, by *least* if that is larger; a new list. Mostly there are no pauses at all."""
    if max(pauses, default=0) > least:
        return [minute + way * max(pause, least) for minute, pause in zip(minutes, pauses, strict=True)]
    return [minute + way * least for minute in minutes] if least else minutes.copy()


NOTHING_TAKEN = Taken()


def whole_days(days: Iterable[date], zone: str) -> list[Span]:
    """Local days as time: what holidays close, and absences « Toute la journée »."""
    return [day_bounds(day, zone) for day in days]
