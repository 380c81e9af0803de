"""Where a block of the agenda stands: classes in place of coordinates, since no page carries a style attribute.

The sheet agenda.css knows `from-h9 from-m30 for-h1 for-m15` (start and length, in steps of five minutes)
and `lane-2 of-3` (overlapping blocks side by side).
"""

from collections.abc import Iterable, Sequence
from datetime import time
from functools import lru_cache

STEP = 5
WIDEST = 6
"""More overlaps than this share the last lane: a column has no room for more."""


@lru_cache(maxsize=4096)
def place(start: time, end: time, first_hour: int, last_hour: int) -> str:
    """Classes of a block from *start* to *end* in a column that shows *first_hour* to *last_hour*.

    An end at midnight is the end of the day. What sticks out is cut; a block wholly outside gets "outside",
    which only the list of small screens shows.
    """
    low, high = first_hour * 60, last_hour * 60
    begins = max(_minutes(start) // STEP * STEP, low)
    ends = min(-(-(_minutes(end) or 24 * 60) // STEP) * STEP, high)
    if ends <= begins:
        return "outside"
    hours, minutes = divmod(ends - begins, 60)
    return f"from-h{begins // 60} from-m{begins % 60} for-h{hours} for-m{minutes}"


def mark(hour: time, first_hour: int, last_hour: int) -> str:
    """Classes of the « now » line at *hour*, "outside" where the column does not show it."""
    if not first_hour * 60 <= _minutes(hour) < last_hour * 60:
        return "outside"
    return f"from-h{hour.hour} from-m{hour.minute // STEP * STEP}"


def step_of(hour: time) -> time:
    """The step of the grid that *hour* falls in."""
    return time(hour.hour, hour.minute // STEP * STEP)


def side_by_side(spans: Sequence[tuple[time, time]]) -> list[tuple[int, int]]:
    """For each span its lane and how many lanes its cluster of overlaps needs, both from 1; order is kept."""
    order = sorted(range(len(spans)), key=lambda index: (_minutes(spans[index][0]), -_end(spans[index])))
    lanes: list[int] = [1] * len(spans)
    widths: list[int] = [1] * len(spans)
    cluster: list[int] = []
    free_from: list[int] = []
    for index in order:
        start = _minutes(spans[index][0])
        if cluster and start >= max(free_from):
            _widen(cluster, len(free_from), widths)
            cluster, free_from = [], []
        lane = next((number for number, free in enumerate(free_from) if free <= start), len(free_from))
        free_from[lane : lane + 1] = [_end(spans[index])]
        lanes[index] = min(lane + 1, WIDEST)
        cluster.append(index)
    _widen(cluster, len(free_from), widths)
    return list(zip(lanes, widths, strict=True))


def scale(lengths: Iterable[int]) -> str:
    """The height of the grid that leaves 24 px to the shortest of *lengths*, in minutes."""
    shortest = min(lengths, default=15)
    return "scale-5" if shortest < 10 else "scale-10" if shortest < 15 else "scale-15"


def _widen(cluster: Iterable[int], width: int, widths: list[int]) -> None:
    for index in cluster:
        widths[index] = min(width, WIDEST)


def _minutes(hour: time) -> int:
    return hour.hour * 60 + hour.minute


def _end(span: tuple[time, time]) -> int:
    return _minutes(span[1]) or 24 * 60
