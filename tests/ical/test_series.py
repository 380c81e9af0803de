"""Openings and absences on a wall clock (K-10)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
import vobject
from ical.examples import LEAVE, NIGHT, OPENING, TRAINING
from ical.parsers import by_icalendar
from icalendar import Calendar

from rdvdav.ical.series import SeriesEntry, render_series


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def stretches(entry: SeriesEntry, start: date, end: date) -> list[tuple[datetime, datetime]]:
    """When an independent reader says it happens, on the wall clock."""
    found = recurring_ical_events.of(Calendar.from_ical(render_series(entry))).between(start, end)
    return sorted((on_the_wall(event.start, entry), on_the_wall(event.end, entry)) for event in found)


def on_the_wall(instant: datetime, entry: SeriesEntry) -> datetime:
    """What the clock of *entry* shows."""
    return instant.astimezone(ZoneInfo(entry.zone)).replace(tzinfo=None)


def test_nine_stays_nine_when_the_country_changes_its_clocks() -> None:
    found = stretches(OPENING, date(2026, 3, 1), date(2027, 3, 1))

    assert {(start.time(), end - start) for start, end in found} == {
        (wall("2026-01-01T09:00").time(), timedelta(hours=3.5))
    }


def test_every_day_of_the_rule_is_there_but_the_excluded() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(700)]
    expected = [
        day
        for day in days
        if date(2026, 3, 2) <= day <= date(2026, 12, 31) and day.weekday() in (1, 3) and day not in OPENING.excluded
    ]

    assert [start.date() for start, _ in stretches(OPENING, days[0], days[-1])] == expected
    assert date(2026, 12, 31) in expected


def test_vobject_finds_the_same_days() -> None:
    rules = vobject.readOne(render_series(OPENING)).vevent.rruleset

    assert [start.replace(tzinfo=None) for start in rules] == [
        start for start, _ in stretches(OPENING, date(2026, 1, 1), date(2028, 1, 1))
    ]


def test_the_first_start_is_one_that_happens() -> None:
    (event,) = by_icalendar(render_series(OPENING))

    assert event["dtstart"].date() == date(2026, 3, 5)  # the rule began on a Monday, and the first Tuesday is excluded


def test_the_last_day_is_included_to_its_last_second() -> None:
    assert "UNTIL=20261231T225959Z;" in render_series(OPENING)
    assert "UNTIL=20260701T215959Z;" in render_series(replace(OPENING, until=date(2026, 7, 1)))


def test_excluded_days_are_told_in_the_zone() -> None:
    assert "\r\nEXDATE;TZID=Europe/Paris:20260409T090000,20260514T090000\r\n" in render_series(OPENING)


@pytest.mark.parametrize("first", ["2026-03-07", "2026-03-28", "2026-10-24"])
def test_a_night_ends_at_six_even_when_an_hour_is_missing(first: str) -> None:
    night = replace(NIGHT, starts=wall(f"{first}T22:00"), ends=wall(f"{first}T22:00") + timedelta(hours=8))
    found = stretches(night, date(2026, 3, 1), date(2027, 12, 31))

    assert {end.hour for _, end in found} == {6}
    assert [start.date() for start, _ in found] == [
        date.fromisoformat(first) + timedelta(weeks=number) for number in range(len(found))
    ]
    assert found[-1][0].date() > date(2027, 12, 20)


def test_a_start_in_a_missing_hour_does_not_happen() -> None:
    early = replace(OPENING, starts=wall("2026-03-02T02:30"), ends=wall("2026-03-02T03:00"), recurrence="FREQ=DAILY")
    early = replace(early, checked_until=date(2026, 12, 31))

    days = [start.date() for start, _ in stretches(early, date(2026, 3, 26), date(2026, 4, 1))]

    assert date(2026, 3, 29) not in days
    assert len(days) == 5


def test_whole_days_have_no_hours_and_no_zone() -> None:
    text = render_series(TRAINING)

    assert "\r\nDTSTART;VALUE=DATE:20260907\r\nDTEND;VALUE=DATE:20260908\r\n" in text
    assert "UNTIL=20270630;" in text
    assert "\r\nEXDATE;VALUE=DATE:20261102\r\n" in text
    assert "TZ" not in text


def test_a_leave_is_one_event_over_its_days() -> None:
    (event,) = by_icalendar(render_series(LEAVE))

    assert (event["dtstart"], event["dtend"]) == (date(2026, 7, 13), date(2026, 7, 18))


def test_hours_that_happen_once_are_in_utc() -> None:
    once = replace(OPENING, recurrence="", until=None, excluded=frozenset())

    assert "\r\nDTSTART:20260302T080000Z\r\nDTEND:20260302T113000Z\r\n" in render_series(once)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"recurrence": "FREQ=WEEKLY;COUNT=3"}, "by until"),
        ({"recurrence": "FREQ=WEEKLY;until=20260401"}, "by until"),
        ({"ends": wall("2026-03-02T09:00")}, "before it ends"),
        ({"whole_days": True}, "midnight"),
        ({"whole_days": True, "starts": wall("2026-03-02T00:00")}, "midnight"),
        ({"until": date(2026, 3, 3)}, "never happens"),
        ({"zone": "Africa/Cairo"}, "no occurrence to list"),
    ],
)
def test_what_readers_would_misread_is_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        render_series(replace(OPENING, **change))
