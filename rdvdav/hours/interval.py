"""Half-open stretches of time `[start, end)` in whole epoch minutes (T-0, T-2), and what is left of them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import compress
from operator import lt
from typing import NamedTuple

Span = tuple[int, int]
"""A start and an end, as an Interval: the form of inner loops, where a bare pair is four times cheaper to make."""


class Interval(NamedTuple):
    """From *start* on, until before *end*."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether they share a minute; touching ends do not (T-2)."""
        return self.start < other[1] and other[0] < self.end


class Intervals:
    """A set of minutes: sorted intervals that neither overlap nor touch."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        """Merge *spans*, in any order; empty ones count for nothing."""
        real = [span for span in spans if span[0] < span[1]]
        self._starts, self._ends = _merged([start for start, _ in real], [end for _, end in real])

    @classmethod
    def of_bounds(cls, starts: list[int], ends: list[int]) -> "Intervals":
        """Merge intervals given by their starts and by their ends, none of them empty; cheaper than by pairs."""
        intervals = cls.__new__(cls)
        intervals._starts, intervals._ends = _merged(starts, ends)
        return intervals

    def gaps(self, spans: Iterable[Span]) -> Iterator[Span]:
        """The maximal stretches of each of *spans* with none of these minutes; *spans* by start, taken one by one.

        Linear, and lazy. The spans are not merged with each other: where two touch, so do their gaps.
        """
        starts, ends, known, first = self._starts, self._ends, len(self._starts), 0
        for start, end in spans:
            while first < known and ends[first] <= start:
                first += 1
            index = first
            while index < known and starts[index] < end:
                if start < starts[index]:
                    yield start, starts[index]
                start = ends[index]
                index += 1
            if start < end:
                yield start, end

    def minus(self, others: "Intervals") -> "Intervals":
        """These minutes without those of *others*."""
        return Intervals(others.gaps(self))

    def clip(self, window: Span) -> "Intervals":
        """The minutes inside *window*."""
        low, high = window
        return Intervals((max(start, low), min(end, high)) for start, end in self)

    def meets(self, span: Span) -> bool:
        """Whether any minute of *span* is among them."""
        index = bisect_right(self._ends, span[0])
        return index < len(self._starts) and self._starts[index] < span[1]

    @property
    def hull(self) -> Interval:
        """From the first minute to the last; empty when there is none."""
        return Interval(self._starts[0], self._ends[-1]) if self else Interval(0, 0)

    def __iter__(self) -> Iterator[Interval]:
        """The intervals, in order."""
        return map(Interval, self._starts, self._ends)

    def __contains__(self, minute: int) -> bool:
        """Whether the minute is inside one of them."""
        index = bisect_right(self._starts, minute)
        return index > 0 and minute < self._ends[index - 1]

    def __bool__(self) -> bool:
        """Whether there is any minute at all."""
        return bool(self._starts)

    def __eq__(self, other: object) -> bool:
        """The same minutes."""
        return isinstance(other, Intervals) and (self._starts, self._ends) == (other._starts, other._ends)

    def __hash__(self) -> int:
        """Equal sets of minutes hash alike."""
        return hash((*self._starts, *self._ends))

    def __repr__(self) -> str:
        """All intervals, to read a failed test by."""
        return f"Intervals({[tuple(interval) for interval in self]})"


def _merged(starts: list[int], ends: list[int]) -> tuple[list[int], list[int]]:
    """Starts and ends of the union. It pauses after the n-th end, in order, when the next start comes later still."""
    starts.sort()
    ends.sort()
    pauses = list(map(lt, ends, starts[1:]))
    return [*starts[:1], *compress(starts[1:], pauses)], [*compress(ends, pauses), *ends[-1:]]
