"""Occurrences of wall-clock hours as instants (T-1, T-3)."""

from datetime import UTC, date, datetime, time

import pytest

from rdvdav.hours.interval import Interval
from rdvdav.hours.recurrence import Series, weekly
from rdvdav.hours.wall import day_bounds, from_minutes, to_minutes
from rdvdav.hours.wall_range import WallRange

PARIS = "Europe/Paris"
EVER = Interval(to_minutes(datetime(2026, 1, 1, tzinfo=UTC)), to_minutes(datetime(2027, 1, 1, tzinfo=UTC)))


def utc(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type, misc]


def instants(hours: WallRange, window: Interval = EVER) -> list[tuple[datetime, datetime]]:
    return [(from_minutes(start), from_minutes(end)) for start, end in hours.within(window)]


def test_nine_stays_nine_when_clocks_change() -> None:
    sundays = Series(date(2026, 3, 22), weekly([6], until=date(2026, 3, 29)))

    assert instants(WallRange(sundays, time(9), time(12), PARIS)) == [
        (utc(2026, 3, 22, 8), utc(2026, 3, 22, 11)),
        (utc(2026, 3, 29, 7), utc(2026, 3, 29, 10)),
    ]


@pytest.mark.parametrize(
    ("day", "opens", "closes", "expected"),
    [
        (date(2026, 3, 29), time(1), time(4), [(utc(2026, 3, 29, 0), utc(2026, 3, 29, 2))]),
        (date(2026, 3, 29), time(2, 30), time(4), [(utc(2026, 3, 29, 1), utc(2026, 3, 29, 2))]),
        (date(2026, 3, 29), time(1), time(2, 30), [(utc(2026, 3, 29, 0), utc(2026, 3, 29, 1))]),
        (date(2026, 3, 29), time(2, 10), time(2, 50), []),
        (date(2026, 10, 25), time(1), time(4), [(utc(2026, 10, 24, 23), utc(2026, 10, 25, 3))]),
        (date(2026, 10, 25), time(2, 30), time(4), [(utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 3))]),
        (date(2026, 10, 25), time(1), time(2, 30), [(utc(2026, 10, 24, 23), utc(2026, 10, 25, 0, 30))]),
    ],
)
def test_an_occurrence_ends_at_its_local_end_time(
    day: date, opens: time, closes: time, expected: list[tuple[datetime, datetime]]
) -> None:
    assert instants(WallRange(Series(day), opens, closes, PARIS)) == expected


def test_occurrences_come_whole_and_only_if_they_overlap_the_window() -> None:
    hours = WallRange(Series(date(2026, 6, 1), weekly(range(7))), time(9), time(12), "UTC")
    nine, noon = to_minutes(utc(2026, 6, 10, 9)), to_minutes(utc(2026, 6, 10, 12))

    assert list(hours.within(Interval(nine + 10, nine + 11))) == [(nine, noon)]
    assert list(hours.within(Interval(noon - 1, noon))) == [(nine, noon)]
    assert list(hours.within(Interval(noon, noon + 21 * 60))) == []
    assert list(hours.within(Interval(noon, noon + 21 * 60 + 1))) == [(nine + 1440, noon + 1440)]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Auckland", PARIS])
@pytest.mark.parametrize("at", [time(0), time(23, 30)])
def test_no_occurrence_is_missed_far_from_greenwich(zone: str, at: time) -> None:
    hours = WallRange(Series(date(2026, 6, 1), weekly(range(7))), at, time(at.hour, at.minute + 15), zone)
    every_day = [list(hours.within(day_bounds(date(2026, 6, day), zone))) for day in range(1, 31)]

    assert [len(found) for found in every_day] == [1] * 30
    assert list(hours.within(Interval(every_day[0][0][0], every_day[-1][0][1]))) == [found[0] for found in every_day]


def test_an_absence_lasts_over_nights_and_clock_changes() -> None:
    away = WallRange(Series(date(2026, 10, 24)), time(14), time(9), PARIS, nights=2)

    assert instants(away) == [(utc(2026, 10, 24, 12), utc(2026, 10, 26, 8))]
    assert list(away.within(day_bounds(date(2026, 10, 26), PARIS))) == list(away.within(EVER))


def test_a_long_absence_is_found_from_its_last_day() -> None:
    away = WallRange(Series(date(2026, 8, 3)), time(), time(), PARIS, nights=14)

    assert list(away.within(day_bounds(date(2026, 8, 16), PARIS))) == list(away.within(EVER)) != []
    assert list(away.within(day_bounds(date(2026, 8, 17), PARIS))) == []


def test_whole_days_go_from_midnight_to_midnight() -> None:
    leave = WallRange(Series(date(2026, 10, 24)), time(), time(), PARIS, nights=2)
    [(start, end)] = leave.within(EVER)

    assert (start, end) == (day_bounds(date(2026, 10, 24), PARIS).start, day_bounds(date(2026, 10, 25), PARIS).end)


def test_occurrences_are_made_as_they_are_asked_for() -> None:
    days = Series(date(2026, 1, 1), weekly(range(7)))
    occurrences = WallRange(days, time(9), time(12), PARIS).within(EVER)

    assert from_minutes(next(occurrences)[0]) == utc(2026, 1, 1, 8)
    assert from_minutes(next(occurrences)[0]) == utc(2026, 1, 2, 8)
