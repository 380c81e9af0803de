"""Where slots start in free time: flow (S-3) and fixed (S-4). Minutes count from an opening at 540, nine o'clock."""

import pytest

from rdvdav.hours.interval import Intervals
from rdvdav.slots.grid import fixed, flow
from rdvdav.slots.need import Bounds

MORNING = [(540, 720)]


def from_(now: int, *, earliest: int | None = None, latest: int = 10_000) -> Bounds:
    return Bounds(now, now if earliest is None else earliest, latest)


@pytest.mark.parametrize(
    ("taken", "duration", "expected"),
    [
        ([], 60, [540, 600, 660]),
        # The last must fit.
        ([], 50, [540, 590, 640]),
        ([], 180, [540]),
        ([], 181, []),
        # The grid starts again after each busy time.
        ([(600, 610)], 50, [540, 610, 660]),
        ([(540, 541)], 60, [541, 601]),
        # Touching is allowed, on both sides.
        ([(500, 540), (600, 720)], 60, [540]),
        ([(500, 541), (600, 720)], 60, []),
        ([(0, 10_000)], 5, []),
    ],
)
def test_flow_cuts_each_free_interval_from_its_start(
    taken: list[tuple[int, int]], duration: int, expected: list[int]
) -> None:
    assert list(flow(MORNING, Intervals(taken), duration, from_(0))) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (540, [540, 600, 660]),
        (541, [545, 605]),
        (545, [545, 605]),
        (546, [550, 610]),
        (600, [600, 660]),
        (657, [660]),
        (660, [660]),
        (661, []),
        (720, []),
    ],
)
def test_a_running_interval_starts_at_the_next_five_minutes_after_its_start(now: int, expected: list[int]) -> None:
    assert list(flow(MORNING, Intervals(), 60, from_(now))) == expected


def test_the_five_minutes_count_from_the_free_interval_not_from_the_hour() -> None:
    assert list(flow(MORNING, Intervals([(500, 543)]), 60, from_(550))) == [553, 613]


def test_an_interval_that_begins_later_keeps_its_start() -> None:
    assert list(flow(MORNING, Intervals([(560, 602)]), 30, from_(557))) == [602, 632, 662]


def test_a_notice_drops_starts_and_moves_none() -> None:
    assert list(flow(MORNING, Intervals(), 60, from_(530, earliest=541))) == [600, 660]
    assert list(flow(MORNING, Intervals(), 60, from_(541, earliest=547))) == [605]
    assert list(flow(MORNING, Intervals(), 60, from_(530, earliest=600))) == [600, 660]


def test_starts_lie_before_the_latest() -> None:
    assert list(flow(MORNING, Intervals(), 60, from_(0, latest=660))) == [540, 600]
    assert list(fixed(MORNING, Intervals(), 60, 60, from_(0, latest=660))) == [540, 600]


@pytest.mark.parametrize(
    ("taken", "step", "expected"),
    [
        ([], 30, [540, 570, 600, 630, 660]),
        ([], 60, [540, 600, 660]),
        ([], 100, [540, 640]),
        # Busy time hides what it touches; the others keep their place.
        ([(600, 610)], 30, [540, 630, 660]),
        ([(540, 541)], 60, [600, 660]),
        ([(599, 600)], 60, [600, 660]),
        ([(0, 10_000)], 5, []),
    ],
)
def test_fixed_offers_what_is_wholly_free(taken: list[tuple[int, int]], step: int, expected: list[int]) -> None:
    assert list(fixed(MORNING, Intervals(taken), 60, step, from_(0))) == expected


def test_fixed_never_moves() -> None:
    assert list(fixed(MORNING, Intervals(), 60, 30, from_(541))) == [570, 600, 630, 660]
    assert list(fixed(MORNING, Intervals(), 60, 30, from_(570))) == [570, 600, 630, 660]


def test_each_occurrence_has_its_own_grid() -> None:
    assert list(flow([(0, 50), (50, 100)], Intervals(), 30, from_(0))) == [0, 50]
    assert list(fixed([(0, 50), (57, 120)], Intervals(), 30, 30, from_(0))) == [0, 57, 87]
