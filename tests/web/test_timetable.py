"""Blocks of the agenda stand where their hours say, by classes the style sheet knows."""

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdvdav_web import theme, timetable

SHEET = Path(theme.__file__).with_name("static").joinpath("agenda.css").read_text()


@pytest.mark.parametrize(
    ("start", "end", "classes"),
    [
        (time(9, 30), time(10, 45), "from-h9 from-m30 for-h1 for-m15"),
        (time(9, 32), time(9, 41), "from-h9 from-m30 for-h0 for-m15"),
        (time(6), time(9), "from-h8 from-m0 for-h1 for-m0"),
        (time(17), time(0), "from-h17 from-m0 for-h1 for-m0"),
        (time(6), time(8), "outside"),
        (time(18), time(19), "outside"),
    ],
)
def test_a_block_is_placed_by_its_hours_and_cut_at_the_edges(start: time, end: time, classes: str) -> None:
    assert timetable.place(start, end, first_hour=8, last_hour=18) == classes


def test_the_line_of_now_is_shown_inside_the_hours_only() -> None:
    assert timetable.mark(time(10, 41), 8, 18) == "from-h10 from-m40"
    assert timetable.mark(time(18), 8, 18) == "outside"
    assert timetable.mark(time(7, 59), 8, 18) == "outside"


minutes = st.integers(0, 24 * 60 - 1)
spans = st.tuples(minutes, minutes).filter(lambda pair: pair[0] < pair[1])


def at(minute: int) -> time:
    return time(minute // 60, minute % 60)


@given(spans, st.integers(0, 22))
def test_every_class_a_block_may_get_is_in_the_sheet(span: tuple[int, int], first_hour: int) -> None:
    for name in timetable.place(at(span[0]), at(span[1]), first_hour, 24).split():
        assert f".{name} {{" in SHEET
    assert f".first-{first_hour} {{" in SHEET


@given(st.lists(spans, max_size=timetable.WIDEST))
def test_blocks_that_overlap_never_share_a_lane(pairs: list[tuple[int, int]]) -> None:
    lanes = timetable.side_by_side([(at(start), at(end)) for start, end in pairs])

    for index, (start, end) in enumerate(pairs):
        lane, width = lanes[index]
        assert 1 <= lane <= width
        assert f".lane-{lane} {{" in SHEET
        assert f".of-{width} {{" in SHEET
        for other, (other_start, other_end) in enumerate(pairs[:index]):
            if start < other_end and other_start < end:
                assert lanes[other][0] != lane
                assert lanes[other][1] == width


def test_blocks_that_only_touch_have_the_whole_width() -> None:
    assert timetable.side_by_side([(time(9), time(10)), (time(10), time(0))]) == [(1, 1), (1, 1)]


def test_many_overlaps_share_the_last_lane() -> None:
    assert timetable.side_by_side([(time(9), time(10))] * 8)[-1] == (timetable.WIDEST, timetable.WIDEST)


@pytest.mark.parametrize(
    ("lengths", "name"), [([30, 15], "scale-15"), ([10], "scale-10"), ([5], "scale-5"), ([], "scale-15")]
)
def test_short_blocks_stretch_the_grid(lengths: list[int], name: str) -> None:
    assert timetable.scale(lengths) == name
