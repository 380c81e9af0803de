"""Between which instants slots may start (S-6)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rdvdav.hours.limit import Limit
from rdvdav.hours.wall import to_minutes
from rdvdav.slots.need import Bounds

PARIS = "Europe/Paris"


def paris(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=ZoneInfo(PARIS)).astimezone(UTC)  # type: ignore[arg-type, misc]  # year to minute


NOW = paris(2026, 11, 24, 10, 7)


def citizens(now: datetime, notice: str = "30 minutes", most: str = "3 months", zone: str = PARIS) -> Bounds:
    return Bounds.for_citizens(now, Limit.parse(notice), Limit.parse(most), zone)


def test_staff_see_every_future_slot() -> None:
    bounds = Bounds.for_staff(NOW, NOW + timedelta(days=365))

    assert bounds.now == bounds.earliest == to_minutes(NOW)
    assert bounds.latest == to_minutes(NOW) + 365 * 1440


def test_a_minute_begun_is_over() -> None:
    bounds = Bounds.for_staff(NOW + timedelta(seconds=1), NOW + timedelta(days=1))

    assert bounds.now == bounds.earliest == to_minutes(NOW) + 1


def test_the_notice_counts_to_the_instant_inclusive() -> None:
    assert citizens(NOW).earliest == to_minutes(NOW) + 30
    assert citizens(NOW + timedelta(microseconds=1)).earliest == to_minutes(NOW) + 31
    assert citizens(NOW).now == to_minutes(NOW)


def test_a_notice_in_days_that_lies_in_the_past_is_now() -> None:
    assert citizens(NOW, "0 calendar_days").earliest == to_minutes(NOW)


def test_the_whole_last_day_stays_open() -> None:
    assert citizens(NOW, most="2 calendar_days").latest == to_minutes(paris(2026, 11, 27))
    assert citizens(NOW, most="48 hours").latest == to_minutes(paris(2026, 11, 27))
    assert citizens(NOW, most="13 hours").latest == to_minutes(paris(2026, 11, 25))
    assert citizens(NOW, most="14 hours").latest == to_minutes(paris(2026, 11, 26))


def test_the_last_day_is_that_of_the_zone() -> None:
    late = datetime(2026, 11, 24, 22, tzinfo=UTC)

    latest = citizens(late, most="0 calendar_days", zone="Indian/Reunion").latest

    assert latest == to_minutes(datetime(2026, 11, 25, 20, tzinfo=UTC))


def test_days_asked_for_narrow_the_bounds_and_never_widen_them() -> None:
    bounds = citizens(NOW, most="2 calendar_days")

    assert bounds.during(date(2026, 11, 24), date(2026, 11, 26), PARIS) == bounds
    assert bounds.during(date(2020, 1, 1), date(2030, 1, 1), PARIS) == bounds
    assert bounds.during(date(2026, 11, 25), date(2026, 11, 25), PARIS).window == (
        to_minutes(paris(2026, 11, 25)),
        to_minutes(paris(2026, 11, 26)),
    )
    nothing = bounds.during(date(2026, 11, 28), date(2026, 11, 29), PARIS)
    assert nothing.earliest >= nothing.latest


def test_what_must_be_known_reaches_two_days_further() -> None:
    bounds = Bounds(0, 10_000, 20_000)

    assert bounds.touched == (10_000 - 2880, 20_000 + 2880)
