"""Recurrence: reading RRULE values, expanding them, first and last days (T-5)."""

from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from rdvdav.hours.recurrence import Frequency, RecurrenceUnreadable, Rule, Series, monthly, read, weekly

MONDAY = date(2026, 11, 23)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def by_dateutil(first_day: date, text: str, low: date, high: date) -> list[date]:
    """All of the text but our own reading of it; UNTIL is a day, as for us."""
    rule = rrulestr(text, dtstart=datetime.combine(first_day, datetime.min.time()))
    return [day.date() for day in rule.between(_midnight(low), _midnight(high), inc=True)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())


@settings(max_examples=400)
@given(
    first_day=DAYS,
    days=st.sets(st.integers(0, 6)),
    interval=st.integers(1, 5),
    until=st.none() | DAYS,
    low=DAYS,
    length=st.integers(-2, 200),
)
def test_the_short_cut_for_weekly_series_equals_dateutil(
    first_day: date, days: set[int], interval: int, until: date | None, low: date, length: int
) -> None:
    text = weekly(days, interval, until)
    high = low + timedelta(days=length)

    assert read(text).plainly_weekly
    assert Series(first_day, text).between(low, high) == by_dateutil(first_day, text, low, high)


PARTS = st.fixed_dictionaries(
    {"FREQ": st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]), "INTERVAL": st.integers(1, 5).map(str)},
    optional={
        "BYDAY": st.sampled_from(["MO", "TU,TH", "SA,SU", "MO,TU,WE,TH,FR"]),
        "WKST": st.sampled_from(["MO", "SU"]),
        "BYMONTH": st.sampled_from(["1,7", "11", "2,3,4,5,6"]),
        "COUNT": st.integers(1, 40).map(str),
    },
)
MONTHLY_PARTS = st.fixed_dictionaries(
    {"FREQ": st.just("MONTHLY"), "INTERVAL": st.integers(1, 5).map(str)},
    optional={
        "BYDAY": st.sampled_from(["1MO", "-1FR", "2TU,4TU", "MO,TU,WE,TH,FR"]),
        "BYSETPOS": st.sampled_from(["1", "-1"]),
        "UNTIL": DAYS.map(lambda day: f"{day:%Y%m%d}"),
    },
).filter(lambda parts: "BYDAY" in parts or "BYSETPOS" not in parts)
BY_DATE = st.fixed_dictionaries(
    {"FREQ": st.just("MONTHLY"), "BYMONTHDAY": st.sampled_from(["1", "15,30", "-1", "31"])},
)


@settings(max_examples=400, deadline=None)
@given(DAYS, PARTS | MONTHLY_PARTS | BY_DATE, DAYS, st.integers(0, 200))
def test_any_rule_equals_dateutil_wherever_the_window_lies(
    first_day: date, parts: dict[str, str], low: date, length: int
) -> None:
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    high = low + timedelta(days=length)

    assert Series(first_day, text).between(low, high) == by_dateutil(first_day, text, low, high)
    assert read(str(read(text))) == read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=3", [date(2027, 2, 3), date(2027, 2, 6), date(2027, 2, 9)]),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=2WE", [date(2027, 2, 10)]),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=2WE", []),
    ],
)
def test_intervals_are_counted_from_the_first_day_however_late_one_looks(text: str, expected: list[date]) -> None:
    assert Series(date(2026, 11, 23), text).between(date(2027, 2, 1), date(2027, 2, 11)) == expected


def test_weeks_are_counted_from_the_monday_before_the_first_day() -> None:
    series = Series(date(2026, 11, 25), weekly([0, 4], interval=2))

    assert series.between(MONDAY, date(2026, 12, 20)) == [date(2026, 11, 27), date(2026, 12, 7), date(2026, 12, 11)]


@pytest.mark.parametrize(("week_starts", "days"), [("MO", [5, 10, 19, 24]), ("SU", [5, 17, 19, 31])])
def test_weeks_may_start_on_another_day(week_starts: str, days: list[int]) -> None:
    """The example of RFC 5545 §3.3.10."""
    series = Series(date(1997, 8, 5), f"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST={week_starts}")

    assert series.between(date(1997, 8, 1), date(1997, 8, 31)) == [date(1997, 8, day) for day in days]


def test_until_is_a_day_included() -> None:
    series = Series(MONDAY, weekly([0], until=date(2026, 12, 7)))

    assert series.between(MONDAY, date(2027, 12, 31)) == [MONDAY, date(2026, 11, 30), date(2026, 12, 7)]
    assert series.last() == date(2026, 12, 7)
    assert not series.endless


def test_excluded_days_are_left_out_everywhere() -> None:
    series = Series(MONDAY, weekly([0], until=date(2026, 12, 7)), frozenset({MONDAY, date(2026, 12, 7)}))

    assert series.between(MONDAY, date(2027, 1, 1)) == [date(2026, 11, 30)]
    assert series.first() == series.last() == date(2026, 11, 30)


def test_a_single_day_is_a_series_too() -> None:
    series = Series(MONDAY)

    assert series.between(MONDAY, MONDAY) == [MONDAY]
    assert series.between(MONDAY + timedelta(days=1), date(2027, 1, 1)) == []
    assert series.between(date(2026, 1, 1), MONDAY - timedelta(days=1)) == []
    assert (series.first(), series.last(), series.endless) == (MONDAY, MONDAY, False)


def test_a_first_day_that_does_not_match_is_no_occurrence() -> None:
    series = Series(MONDAY, weekly([3]))

    assert series.first() == date(2026, 11, 26)
    assert series.endless
    assert series.last() is None


def test_a_series_without_any_day_has_neither_first_nor_last() -> None:
    series = Series(MONDAY, weekly([3], until=MONDAY))

    assert (series.first(), series.last()) == (None, None)


def test_counted_series_end() -> None:
    series = Series(MONDAY, "FREQ=MONTHLY;BYDAY=-1FR;COUNT=2")

    assert series.between(MONDAY, date(2028, 1, 1)) == [date(2026, 11, 27), date(2026, 12, 25)]
    assert series.last() == date(2026, 12, 25)


def test_rules_are_built_and_written_one_way() -> None:
    assert weekly([3, 1, 1]) == "FREQ=WEEKLY;BYDAY=TU,TH"
    assert weekly([0], 2, date(2027, 3, 22)) == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20270322"
    assert monthly(1, 2) == "FREQ=MONTHLY;BYDAY=1WE"
    assert monthly(-1, 4, 2) == "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR"
    assert str(read("RRULE:freq=weekly;byday=TH,MO;until=20261231T235959;")) == "FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20261231"
    assert read("FREQ=MONTHLY;BYDAY=+1MO,-1FR") == Rule(Frequency.MONTHLY, days=((-1, 4), (1, 0)))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", ""),
        ("tous les mardis", "TOUS LES MARDIS"),
        ("FREQ=YEARLY", "FREQ=YEARLY"),
        ("FREQ=WEEKLY;BYHOUR=9", "BYHOUR=9"),
        ("INTERVAL=2", "'FREQ'"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=WEEKLY;INTERVAL=1000", "INTERVAL=1000"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX"),
        ("FREQ=WEEKLY;BYDAY=", "BYDAY="),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY=6MO"),
        ("FREQ=WEEKLY;FREQ=DAILY", "FREQ=DAILY"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20270101", "COUNT"),
        ("FREQ=WEEKLY;UNTIL=20261231T225959Z", "UNTIL=20261231T225959Z"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=MONTHLY;BYMONTH=-1", "BYMONTH"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=WEEKLY;BYDAY=MO\n;X=1", "BYDAY=MO\n"),
    ],
)
def test_what_is_no_recurrence_is_refused_by_its_part(text: str, part: str) -> None:
    with pytest.raises(RecurrenceUnreadable) as refused:
        read(text)

    assert (refused.value.text, refused.value.part) == (text, part)


def test_a_day_that_no_calendar_has_and_endless_text_are_refused() -> None:
    for text in ("FREQ=WEEKLY;UNTIL=20260231", "FREQ=WEEKLY;BYDAY=" + ",".join(["MO"] * 300)):
        with pytest.raises(RecurrenceUnreadable):
            read(text)


@given(st.text(max_size=40) | st.lists(st.sampled_from("FREQ=WEEKLY;BYDAY;=MO;,1-COUNT"), max_size=20).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        rule = read(text)
    except RecurrenceUnreadable:
        return
    assert read(str(rule)) == rule
