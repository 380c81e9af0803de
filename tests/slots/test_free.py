"""Slots of several openings and agendas: S-1 to S-6, S-8, S-9 by example; `test_oracle` covers the rest."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from rdvdav.hours.interval import Interval, Span
from rdvdav.hours.recurrence import Series, weekly
from rdvdav.hours.wall import to_minutes
from rdvdav.hours.wall_range import WallRange
from rdvdav.slots.busy import Busy, Taken
from rdvdav.slots.choice import one_per_start, rivals, winner
from rdvdav.slots.free import free_slots
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.next_one import next_slot
from rdvdav.slots.opening import Opening
from rdvdav.slots.slot import Slot

PARIS = "Europe/Paris"
TUESDAY = date(2026, 11, 24)
YEAR = Bounds.for_staff(datetime(2026, 11, 23, 7, tzinfo=UTC), datetime(2027, 11, 23, 7, tzinfo=UTC))
HALF_HOUR = Need(30)


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> int:
    return to_minutes(datetime.combine(day, time(hour, minute), ZoneInfo(PARIS)))


def opening(
    number: int,
    opens: int,
    closes: int,
    *,
    agenda: int = 1,
    place: int | None = 1,
    day: date = TUESDAY,
    recurrence: str | None = None,
) -> Opening:
    hours = WallRange(Series(day, recurrence), time(opens), time(closes), PARIS)
    return Opening(number, agenda, place, hours)


def starts(slots: list[Slot]) -> list[str]:
    return [f"{slot.starts_at.astimezone(ZoneInfo(PARIS)):%H:%M}" for slot in slots]


def test_a_slot_carries_its_times_agenda_opening_and_place() -> None:
    [slot] = free_slots([opening(7, 9, 10, agenda=3, place=5)], {}, Need(60), YEAR)

    assert slot == Slot(at(9), at(10), agenda_id=3, opening_id=7, place_id=5)
    assert slot.starts_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert slot.ends_at == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_adjacent_openings_are_not_merged() -> None:
    slots = free_slots([opening(1, 9, 10), opening(2, 10, 11)], {}, Need(40), YEAR)

    assert starts(slots) == ["09:00", "10:00"]


def test_the_same_start_of_one_agenda_counts_once_for_the_opening_registered_first() -> None:
    slots = free_slots([opening(8, 9, 11, place=2), opening(3, 10, 12, place=1)], {}, HALF_HOUR, YEAR)

    assert [(slot.start, slot.opening_id, slot.place_id) for slot in slots] == [
        (at(9), 8, 2),
        (at(9, 30), 8, 2),
        (at(10), 3, 1),
        (at(10, 30), 3, 1),
        (at(11), 3, 1),
        (at(11, 30), 3, 1),
    ]


def test_what_is_taken_takes_only_its_own_agenda() -> None:
    openings = [opening(1, 9, 10, agenda=1), opening(2, 9, 10, agenda=2)]

    slots = free_slots(openings, {2: Taken([Busy(at(9), at(9, 30))])}, HALF_HOUR, YEAR)

    assert [(slot.start, slot.agenda_id) for slot in slots] == [(at(9), 1), (at(9, 30), 1), (at(9, 30), 2)]


def test_an_openings_pauses_replace_the_motifs() -> None:
    taken = {1: Taken([Busy(at(10), at(10, 30))])}
    usual = opening(1, 9, 12)

    assert starts(free_slots([usual], taken, Need(60, before=30, after=30), YEAR)) == ["11:00"]
    without = replace(usual, buffer_before=0, buffer_after=0)
    assert starts(free_slots([without], taken, Need(60, before=30, after=30), YEAR)) == ["09:00", "10:30"]
    with_pauses = replace(usual, buffer_before=15, buffer_after=15)
    assert starts(free_slots([with_pauses], taken, Need(30), YEAR)) == ["09:00", "10:45", "11:15"]


def test_two_openings_of_one_agenda_keep_their_own_pauses() -> None:
    taken = {1: Taken([Busy(at(10), at(10, 30))])}
    openings = [replace(opening(1, 9, 12), buffer_before=20), replace(opening(2, 9, 12), buffer_before=0)]

    assert starts(free_slots(openings, taken, HALF_HOUR, YEAR)) == [
        "09:00", "09:30", "10:30", "10:50", "11:00", "11:20", "11:30"
    ]  # fmt: skip


def test_nothing_is_found_in_bounds_that_are_empty_or_backwards() -> None:
    daily = opening(1, 0, 23, recurrence=weekly(range(7)))
    later = YEAR.earliest + 30_000

    for bounds in (replace(YEAR, latest=YEAR.earliest), replace(YEAR, earliest=later, latest=later - 9_000)):
        assert free_slots([daily], {}, HALF_HOUR, bounds) == []
        assert next_slot([daily], {}, HALF_HOUR, bounds) is None


def test_a_skipped_hour_has_no_slots_and_a_repeated_one_only_once() -> None:
    night = WallRange(Series(date(2026, 1, 1), weekly([6])), time(1), time(4), PARIS)
    nights = [Opening(1, 1, None, night), Opening(1, 1, None, night, step=60)]
    spring = YEAR.during(date(2027, 3, 28), date(2027, 3, 28), PARIS)
    autumn = YEAR.during(date(2027, 10, 31), date(2027, 10, 31), PARIS)

    for night_opening in nights:
        assert starts(free_slots([night_opening], {}, Need(60), spring)) == ["01:00", "03:00"]
        assert starts(free_slots([night_opening], {}, Need(60), autumn)) == ["01:00", "02:00", "03:00"]


# --- choosing (S-8)


def test_the_agenda_whose_opening_was_registered_first_wins() -> None:
    openings = [opening(number, 9, 10, agenda=10 - number) for number in (5, 2, 4)]
    slots = free_slots(openings, {}, HALF_HOUR, YEAR)

    assert [(slot.start, slot.agenda_id) for slot in one_per_start(slots)] == [(at(9), 8), (at(9, 30), 8)]
    assert [[slot.opening_id for slot in together] for together in rivals(slots)] == [[2, 4, 5], [2, 4, 5]]


def test_the_choice_does_not_depend_on_the_order_of_openings() -> None:
    openings = [opening(number, 9, 12, agenda=number % 3) for number in range(9)]
    expected = one_per_start(free_slots(openings, {}, HALF_HOUR, YEAR))

    for order in (openings[::-1], openings[4:] + openings[:4]):
        assert one_per_start(free_slots(order, {}, HALF_HOUR, YEAR)) == expected
        assert winner(free_slots(order, {}, HALF_HOUR, YEAR)[:3]) == expected[0]


def test_another_choice_may_be_made() -> None:
    slots = free_slots([opening(1, 9, 10, agenda=1), opening(2, 9, 10, agenda=2)], {}, HALF_HOUR, YEAR)

    assert {slot.agenda_id for slot in one_per_start(slots, lambda slot: (-slot.agenda_id, 0))} == {2}


# --- the earliest (S-9)


class WatchedHours(WallRange):
    """Hours that note how far they were followed."""

    furthest = 0

    def within(self, window: Interval) -> Iterator[Span]:
        for start, end in super().within(window):
            type(self).furthest = max(self.furthest, start)
            yield start, end


def test_the_search_for_the_earliest_stops_at_it() -> None:
    WatchedHours.furthest = 0
    days = Series(TUESDAY, weekly(range(7)))
    openings = [
        Opening(number, number, 1, WatchedHours(days, time(opens), time(18), PARIS))
        for number, opens in [(1, 10), (2, 9), (3, 9)]
    ]
    full = {3: Taken(closed=[(0, 10**9)]), 1: Taken(closed=[(0, at(0, day=date(2026, 11, 26)))])}

    found = next_slot(openings, full, HALF_HOUR, YEAR)

    assert found == Slot(at(9), at(9, 30), 2, 2, 1)
    assert WatchedHours.furthest == at(10, day=date(2026, 11, 26))


def test_an_earlier_slot_that_reaches_into_busy_time_is_none() -> None:
    openings = [opening(1, 10, 11, agenda=1), replace(opening(2, 9, 12, agenda=2), step=25)]
    taken = {2: Taken([Busy(at(8), at(9, 10)), Busy(at(10, 10), at(11))])}

    found = next_slot(openings, taken, Need(60), YEAR)

    assert found == Slot(at(10), at(11), agenda_id=1, opening_id=1, place_id=1)


def test_the_earliest_may_be_months_away() -> None:
    daily = opening(1, 9, 10, recurrence=weekly(range(5)))
    day = date(2027, 9, 15)
    taken = {1: Taken(closed=[(0, at(9, 30, day))])}

    assert next_slot([daily], taken, HALF_HOUR, YEAR) == Slot(at(9, 30, day), at(10, day=day), 1, 1, 1)


def test_there_may_be_none_at_all() -> None:
    assert next_slot([opening(1, 9, 10)], {1: Taken(closed=[(0, 10**9)])}, HALF_HOUR, YEAR) is None
    assert next_slot([], {}, HALF_HOUR, YEAR) is None


@pytest.mark.parametrize("second_opens", [9, 10])
def test_of_equals_the_first_registered_is_the_earliest(second_opens: int) -> None:
    found = next_slot([opening(2, 9, 12, agenda=1), opening(4, second_opens, 12, agenda=2)], {}, HALF_HOUR, YEAR)

    assert found is not None
    assert (found.start, found.opening_id) == (at(9), 2)
