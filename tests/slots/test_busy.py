"""What takes time, and the pauses around it (S-2)."""

from datetime import UTC, date, datetime

import pytest

from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import day_bounds, to_minutes
from rdvdav.slots.busy import Busy, BusyTimes, Taken, whole_days

NINE = to_minutes(datetime(2026, 11, 24, 9, tzinfo=UTC))


def seen(taken: Taken, before: int = 0, after: int = 0, *, ignores_holidays: bool = False) -> list[Interval]:
    return list(taken.seen(before, after, ignores_holidays=ignores_holidays))


def test_starts_round_down_and_ends_up() -> None:
    begun = datetime(2026, 11, 24, 9, 0, 59, tzinfo=UTC)

    assert Busy.of(begun, begun.replace(minute=30, second=1), 5, 10) == Busy(NINE, NINE + 31, 5, 10)
    assert Busy.of(begun, begun.replace(minute=30, second=0)) == Busy(NINE, NINE + 30)


@pytest.mark.parametrize(
    ("own", "searched", "expected"),
    [
        ((0, 0), (0, 0), (100, 130)),
        # The appointment's own pauses, the searched one's, the larger of the two.
        ((10, 15), (0, 0), (90, 145)),
        ((0, 0), (20, 5), (95, 150)),
        ((10, 15), (20, 5), (90, 150)),
        ((10, 15), (10, 15), (85, 145)),
        ((10, 30), (20, 15), (85, 160)),
    ],
)
def test_between_two_appointments_the_larger_pause_counts(
    own: tuple[int, int], searched: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert seen(Taken([Busy(100, 130, *own)]), *searched) == [expected]


def test_each_appointment_has_its_own_pauses() -> None:
    taken = Taken([Busy(200, 210), Busy(100, 130, 10, 40)])

    assert seen(taken, 5, 20) == [(80, 170), (180, 215)]


def test_pauses_lie_between_appointments_only() -> None:
    assert seen(Taken(closed=[(300, 400)], holidays=[(500, 600)]), 20, 20) == [(300, 400), (500, 600)]


def test_a_motif_may_ignore_holidays_but_no_absence() -> None:
    taken = Taken([Busy(10, 20)], closed=[(30, 40)], holidays=[(0, 1440)])

    assert seen(taken) == [(0, 1440)]
    assert seen(taken, ignores_holidays=True) == [(10, 20), (30, 40)]


def test_all_that_is_busy_is_merged() -> None:
    taken = Taken([Busy(10, 20), Busy(12, 14), Busy(20, 30)], closed=[(28, 40), (50, 50)], holidays=[(60, 70)])

    assert seen(taken) == [(10, 40), (60, 70)]


def test_many_entries_are_the_same_by_columns() -> None:
    entries = [Busy(10, 20), Busy(40, 50), Busy(30, 35, 5, 10), Busy(60, 70)]
    columns = BusyTimes([], [], [], [])
    columns.add([10, 40], [20, 50])
    columns.add([30], [35], 5, 10)
    columns.add([60], [70])

    assert list(columns) == list(BusyTimes.of(entries)) == entries
    assert columns[1:3] == entries[1:3]
    assert list(columns.begun(40)) == [entries[0], entries[2]]
    assert seen(Taken(columns), 2, 3) == seen(Taken(entries), 2, 3)


def test_what_lies_behind_may_be_left_out_but_nothing_that_counts() -> None:
    taken = Taken([Busy(100, 110, 60), Busy(150, 160), Busy(300, 310)], closed=[(105, 115)])

    near = taken.seen(0, 60, ignores_holidays=False, until=95)

    assert [start for start, _ in near if start < 95] == [40]
    assert 300 not in near


def test_a_holiday_is_a_whole_local_day() -> None:
    [day] = whole_days([date(2026, 12, 25)], "America/Martinique")

    assert day == day_bounds(date(2026, 12, 25), "America/Martinique")
    assert day[0] == to_minutes(datetime(2026, 12, 25, 4, tzinfo=UTC))
