"""Half-open intervals and what is left of them, compared with plain sets of minutes."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rdvdav.hours.interval import Interval, Intervals, Span

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def minutes(spans: Iterable[Span]) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end)}


def test_touching_intervals_do_not_overlap() -> None:
    assert not Interval(0, 10).overlaps(Interval(10, 20))
    assert not Interval(10, 20).overlaps(Interval(0, 10))
    assert Interval(0, 10).overlaps(Interval(9, 20))


def test_merging_joins_what_touches_overlaps_or_nests_and_drops_what_is_empty() -> None:
    merged = Intervals([(30, 40), (0, 10), (10, 20), (15, 18), (25, 25), (50, 45)])

    assert list(merged) == [Interval(0, 20), Interval(30, 40)]


def test_gaps_of_touching_spans_stay_apart() -> None:
    assert list(Intervals([(5, 6)]).gaps([(0, 10), (10, 20)])) == [(0, 5), (6, 10), (10, 20)]


def test_gaps_are_found_one_by_one() -> None:
    def spans() -> Iterator[Span]:
        yield 0, 10
        raise AssertionError("asked for more than was needed")

    assert next(Intervals([(3, 4)]).gaps(spans())) == (0, 3)


@given(SPANS)
def test_intervals_are_the_union_of_their_spans_sorted_and_apart(spans: list[tuple[int, int]]) -> None:
    merged = list(Intervals(spans))

    assert minutes(merged) == minutes(spans)
    assert all(before.end < after.start for before, after in pairwise(merged))
    assert all(interval.start < interval.end for interval in merged)


@given(SPANS, SPANS)
def test_minus_takes_away_exactly_those_minutes(spans: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    left = Intervals(spans).minus(Intervals(others))

    assert minutes(left) == minutes(spans) - minutes(others)
    assert left == Intervals(left)


@given(SPANS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted).map(tuple), max_size=6))
def test_gaps_of_overlapping_spans_are_each_complete(
    taken: list[tuple[int, int]], spans: list[tuple[int, int]]
) -> None:
    spans = sorted(spans)
    expected = [
        tuple(gap) for span in spans for gap in Intervals({(m, m + 1) for m in minutes([span]) - minutes(taken)})
    ]

    assert list(Intervals(taken).gaps(spans)) == expected


@given(SPANS, st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_clipping_keeps_the_minutes_of_the_window(spans: list[tuple[int, int]], window: tuple[int, int]) -> None:
    clipped = Intervals(spans).clip(window)

    assert minutes(clipped) == minutes(spans) & set(range(*window))


@given(SPANS)
def test_a_minute_is_inside_or_not(spans: list[tuple[int, int]]) -> None:
    merged = Intervals(spans)

    assert {minute for minute in range(-2, 63) if minute in merged} == minutes(spans)
    assert bool(merged) is bool(minutes(spans))
    assert {minute for minute in range(-2, 63) if merged.hull.start <= minute < merged.hull.end} >= minutes(spans)


@given(SPANS)
def test_bounds_and_pairs_build_the_same(spans: list[tuple[int, int]]) -> None:
    real = [span for span in spans if span[0] < span[1]]
    by_bounds = Intervals.of_bounds([start for start, _ in real], [end for _, end in real])

    assert by_bounds == Intervals(spans)
    assert hash(by_bounds) == hash(Intervals(spans))
