"""Where slots may start in free time: the flow grid (S-3) and the fixed one (S-4). Plain loops over stretches: the busiest of all.

Both take an opening's occurrences by start and give starts in order, lazily, within the bounds.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from rdvdav.hours.interval import Intervals, Span
from rdvdav.slots.need import Bounds

CATCH_UP = 5
"""Minutes by which a running interval's first start moves on until it is no longer past."""


def flow(occurrences: Iterable[Span], taken: Intervals, duration: int, bounds: Bounds) -> Iterator[int]:
    """In each free interval one start after the other, from its start on (S-3).

    If that is past, from start + k x 5 min, the smallest that is not before `bounds.now`. Only *now* moves the grid:
    `bounds.earliest`, a minimum notice for instance, drops starts and moves none.
    """
    return chain.from_iterable(_flow(occurrences, taken, duration, bounds))


def _flow(occurrences: Iterable[Span], taken: Intervals, duration: int, bounds: Bounds) -> Iterator[range]:
    now, earliest, latest = bounds.now, bounds.earliest, bounds.latest
    for start, end in taken.gaps(occurrences):
        if start < now:
            start = _step_up(start, now, CATCH_UP)
        if start < earliest:
            start = _step_up(start, earliest, duration)
        past = end - duration + 1
        if start < past:
            yield range(start, past if past < latest else latest, duration)


def fixed(occurrences: Iterable[Span], taken: Intervals, duration: int, step: int, bounds: Bounds) -> Iterator[int]:
    """Opening start + k x *step*, wherever the whole slot is free (S-4)."""
    return chain.from_iterable(_fixed(occurrences, taken, duration, step, bounds))


def _fixed(occurrences: Iterable[Span], taken: Intervals, duration: int, step: int, bounds: Bounds) -> Iterator[range]:
    for opens, closes in occurrences:
        for start, end in taken.gaps([(opens, closes)]):
            first = _step_up(opens, max(start, bounds.earliest), step)
            yield range(first, min(end - duration + 1, bounds.latest), step)


def _step_up(start: int, least: int, step: int) -> int:
    """The smallest start + k x step that is not before *least*."""
    return start - (start - least) // step * step
