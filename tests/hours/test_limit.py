"""Limits in minutes, hours, days and months, and the instants they mean (L-3, S-6)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdvdav.hours.holiday import Holidays
from rdvdav.hours.limit import Limit, LimitUnreadable, Unit

PARIS = "Europe/Paris"
FRANCE = Holidays("FR")


def paris(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=ZoneInfo(PARIS)).astimezone(UTC)  # type: ignore[arg-type, misc]


TUESDAY_TEN = paris(2026, 11, 24, 10)


@pytest.mark.parametrize(
    ("text", "instant", "expected"),
    [
        ("30 minutes", TUESDAY_TEN, paris(2026, 11, 24, 9, 30)),
        ("4 hours", TUESDAY_TEN, paris(2026, 11, 24, 6)),
        ("48 hours", TUESDAY_TEN, paris(2026, 11, 22, 10)),
        # Hours elapse: the night of the change has one more.
        ("24 hours", paris(2026, 10, 25, 10), paris(2026, 10, 24, 11)),
        ("2 calendar_days", TUESDAY_TEN, paris(2026, 11, 22)),
        ("0 calendar_days", TUESDAY_TEN, paris(2026, 11, 24)),
        ("1 calendar_days", paris(2026, 10, 26, 9), paris(2026, 10, 25)),
        # Sunday does not count, Saturday does.
        ("1 working_days", paris(2026, 11, 23, 10), paris(2026, 11, 21)),
        ("2 working_days", paris(2026, 11, 23, 10), paris(2026, 11, 20)),
        # Nor does 25 December.
        ("1 working_days", paris(2026, 12, 26, 9), paris(2026, 12, 24)),
        ("1 months", paris(2027, 3, 31, 10, 15), paris(2027, 2, 28, 10, 15)),
    ],
)
def test_the_last_moment_before_an_appointment(text: str, instant: datetime, expected: datetime) -> None:
    assert Limit.parse(text).before(instant, PARIS, FRANCE) == expected


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("30 minutes", TUESDAY_TEN + timedelta(seconds=7), paris(2026, 11, 24, 10, 30, 7)),
        ("24 hours", paris(2026, 3, 28, 10), paris(2026, 3, 29, 11)),
        ("2 calendar_days", TUESDAY_TEN, paris(2026, 11, 26)),
        ("1 working_days", paris(2026, 11, 21, 10), paris(2026, 11, 23)),
        ("1 working_days", paris(2026, 11, 22, 10), paris(2026, 11, 23)),
        ("0 working_days", paris(2026, 11, 22, 10), paris(2026, 11, 22)),
        ("2 working_days", paris(2026, 12, 24, 9), paris(2026, 12, 28)),
        ("3 months", paris(2026, 11, 30, 10, 15, 20), paris(2027, 2, 28, 10, 15, 20)),
    ],
)
def test_the_first_moment_after_a_notice(text: str, now: datetime, expected: datetime) -> None:
    assert Limit.parse(text).after(now, PARIS, FRANCE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 minutes", date(2026, 11, 24)),
        ("14 hours", date(2026, 11, 25)),
        ("10 calendar_days", date(2026, 12, 4)),
        ("5 working_days", date(2026, 11, 30)),
        ("3 months", date(2027, 2, 24)),
    ],
)
def test_the_last_day_that_stays_open(text: str, expected: date) -> None:
    assert Limit.parse(text).last_day(TUESDAY_TEN, PARIS, FRANCE) == expected


def test_days_are_those_of_the_zone() -> None:
    late = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
    tomorrow = Limit(1, Unit.CALENDAR_DAYS)

    assert tomorrow.after(late, PARIS) == datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert tomorrow.after(late, "Indian/Reunion") == datetime(2026, 11, 25, 20, tzinfo=UTC)
    assert tomorrow.after(late, "America/Martinique") == datetime(2026, 11, 25, 4, tzinfo=UTC)


@given(st.integers(0, 100), st.sampled_from(Unit))
def test_a_limit_is_stored_as_text_and_read_back(number: int, unit: Unit) -> None:
    limit = Limit(number, unit)

    assert Limit.parse(str(limit)) == limit


@given(st.integers(0, 60), st.sampled_from(Unit), st.integers(0, 2 * 366 * 1440 * 60))
def test_before_never_lies_after_and_after_with_notice_never_in_the_past(number: int, unit: Unit, seconds: int) -> None:
    instant, limit = TUESDAY_TEN + timedelta(seconds=seconds), Limit(number, unit)

    assert limit.before(instant, PARIS, FRANCE) <= instant
    assert number == 0 or limit.after(instant, PARIS, FRANCE) > instant
    assert limit.before(instant, PARIS, FRANCE) <= Limit(0, unit).before(instant, PARIS, FRANCE)


@pytest.mark.parametrize(
    "text", ["", "48", "hours", "48 Hours", "-1 hours", "1.5 hours", "٣ hours", "2 weeks", "48 hours\n1", "5000 months"]
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(LimitUnreadable) as refused:
        Limit.parse(text)

    assert refused.value.text == text
