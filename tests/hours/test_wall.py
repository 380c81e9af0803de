"""Wall clocks and instants: skipped and repeated hours, midnights, rounding (T-1, T-3)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import (
    day_bounds,
    from_minutes,
    instant_of,
    local_day,
    minute_of,
    offset_at,
    second_passes,
    to_minutes,
    to_minutes_up,
)

PARIS = "Europe/Paris"
ZONES = [PARIS, "Indian/Reunion", "America/Martinique", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"]


def utc(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        (PARIS, date(2026, 1, 5), time(9), utc(2026, 1, 5, 8)),
        (PARIS, date(2026, 7, 6), time(9), utc(2026, 7, 6, 7)),
        ("Indian/Reunion", date(2026, 7, 6), time(2), utc(2026, 7, 5, 22)),
        ("America/Martinique", date(2026, 7, 6), time(21), utc(2026, 7, 7, 1)),
        # Skipped: the clock jumps from 2:00 to 3:00 at 1:00 UTC.
        (PARIS, date(2026, 3, 29), time(1, 59), utc(2026, 3, 29, 0, 59)),
        (PARIS, date(2026, 3, 29), time(2), utc(2026, 3, 29, 1)),
        (PARIS, date(2026, 3, 29), time(2, 30), utc(2026, 3, 29, 1)),
        (PARIS, date(2026, 3, 29), time(3), utc(2026, 3, 29, 1)),
        (PARIS, date(2026, 3, 29), time(3, 1), utc(2026, 3, 29, 1, 1)),
        # Repeated: 2:00 to 3:00 is shown from 0:00 and again from 1:00 UTC.
        (PARIS, date(2026, 10, 25), time(2), utc(2026, 10, 25, 0)),
        (PARIS, date(2026, 10, 25), time(2, 30), utc(2026, 10, 25, 0, 30)),
        (PARIS, date(2026, 10, 25), time(3), utc(2026, 10, 25, 2)),
        # Half an hour, south of the equator.
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 10), utc(2026, 10, 3, 15, 30)),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), utc(2026, 4, 4, 14, 45)),
        # Midnight itself was skipped.
        ("America/Sao_Paulo", date(2018, 11, 4), time(0), utc(2018, 11, 4, 3)),
    ],
)
def test_a_wall_time_is_the_first_minute_that_shows_it_or_later(
    zone: str, day: date, at: time, expected: datetime
) -> None:
    assert instant_of(day, at, zone) == expected
    assert minute_of(day, at, zone) == to_minutes(expected)


@given(st.sampled_from(ZONES), st.dates(date(1975, 1, 1), date(2037, 1, 1)), st.times())
def test_clocks_show_the_wall_time_again_unless_it_was_skipped(zone: str, day: date, at: time) -> None:
    wall = datetime.combine(day, at.replace(second=0, microsecond=0))
    instant = instant_of(wall.date(), wall.time(), zone)
    shown = instant.astimezone(ZoneInfo(zone))
    before = (instant - timedelta(minutes=1)).astimezone(ZoneInfo(zone))

    assert shown.replace(tzinfo=None) >= wall > before.replace(tzinfo=None)
    assert shown.fold == 0


def test_a_day_of_change_has_23_or_25_hours() -> None:
    lengths = [day_bounds(day, PARIS) for day in (date(2026, 3, 29), date(2026, 6, 1), date(2026, 10, 25))]

    assert [(end - start) // 60 for start, end in lengths] == [23, 24, 25]


def test_a_day_whose_midnight_is_skipped_begins_at_one_and_ends_the_day_before() -> None:
    before, after = (day_bounds(date(2018, 11, day), "America/Sao_Paulo") for day in (3, 4))

    assert before.end == after.start
    assert from_minutes(after.start).astimezone(ZoneInfo("America/Sao_Paulo")).time() == time(1)
    assert after.end - after.start == 23 * 60


def test_a_day_that_never_was_is_empty() -> None:
    never = day_bounds(date(2011, 12, 30), "Pacific/Apia")

    assert never.start == never.end


@pytest.mark.parametrize("zone", ZONES)
def test_days_follow_one_another_without_gap_or_overlap(zone: str) -> None:
    days = [date(2018, 1, 1) + timedelta(days=number) for number in range(3 * 365)]
    bounds = [day_bounds(day, zone) for day in days]

    assert all(one.end == other.start for one, other in pairwise(bounds))
    assert [local_day(start, zone) for start, _ in bounds] == days
    assert [local_day(end - 1, zone) for _, end in bounds] == days


def test_minutes_round_down_and_up() -> None:
    whole, begun = utc(2026, 11, 23, 9, 30), utc(2026, 11, 23, 9, 30, 0, 1)

    assert to_minutes(begun) == to_minutes(whole) == to_minutes_up(whole)
    assert to_minutes_up(begun) == to_minutes(whole) + 1
    assert from_minutes(to_minutes(whole)) == whole
    assert to_minutes(utc(1969, 12, 31, 23, 59, 30)) == -1
    assert to_minutes_up(utc(1969, 12, 31, 23, 59, 30)) == 0


def test_the_second_pass_of_a_repeated_hour_is_known() -> None:
    autumn = to_minutes(utc(2026, 10, 25, 1))
    window = Interval(to_minutes(utc(2026, 9, 1)), to_minutes(utc(2027, 12, 1)))

    assert list(second_passes(window, PARIS)) == [
        (to_minutes(utc(2026, 10, 25, 1)), to_minutes(utc(2026, 10, 25, 2))),
        (to_minutes(utc(2027, 10, 31, 1)), to_minutes(utc(2027, 10, 31, 2))),
    ]
    assert not second_passes(window, "Indian/Reunion")
    assert [offset_at(minute, PARIS) for minute in (autumn - 1, autumn)] == [120, 60]


@pytest.mark.parametrize("zone", ZONES)
def test_second_passes_are_the_minutes_python_calls_folded(zone: str) -> None:
    for year in (1980, 2018, 2019, 2026):
        window = Interval(to_minutes(utc(year, 1, 1)), to_minutes(utc(year, 12, 31)))
        twice = second_passes(window, zone)
        quarters = range(window.start, window.end, 15)

        folded = {minute for minute in quarters if from_minutes(minute).astimezone(ZoneInfo(zone)).fold}
        assert {minute for minute in quarters if minute in twice} == folded
