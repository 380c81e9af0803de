"""From clocks on the wall to instants and back, in an IANA zone: skipped and repeated hours are settled here (T-3).

One rule covers both: **a wall time is the first minute at which the clock shows it or something later.** So a time in a
skipped hour is the minute of the change, and a time in a repeated hour is its first pass. Zones change by whole minutes
since 1972; earlier offsets are rounded down.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from rdvdav.hours.interval import Interval, Intervals

DAY = 1440
"""Minutes of a day without a change."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.toordinal()
MINUTE = timedelta(minutes=1)


def to_minutes(instant: datetime) -> int:
    """Epoch minutes of an aware *instant*, rounded down."""
    return (instant - EPOCH) // MINUTE


def to_minutes_up(instant: datetime) -> int:
    """Epoch minutes of an aware *instant*, rounded up."""
    return -((EPOCH - instant) // MINUTE)


def from_minutes(minutes: int) -> datetime:
    """The instant, aware, in UTC."""
    return EPOCH + timedelta(minutes=minutes)


def minute_of(day: date, at: time, zone: str) -> int:
    """Epoch minutes at which clocks in *zone* first show *at* on *day*, or something later. Seconds are dropped."""
    return minute_on(day.toordinal(), at.hour * 60 + at.minute, zone)


def instant_of(day: date, at: time, zone: str) -> datetime:
    """The instant at which clocks in *zone* first show *at* on *day*, or something later, in UTC."""
    return from_minutes(minute_of(day, at, zone))


def minute_on(ordinal: int, minute: int, zone: str) -> int:
    """As `minute_of`, for a day given as proleptic ordinal and a minute of that day (1440 is its end)."""
    days, minute = divmod(minute, DAY)
    offset = day_offset(ordinal + days, zone)
    shown = (ordinal + days - EPOCH_DAY) * DAY + minute
    return shown - offset if offset is not None else _first_showing(shown, zone)


@lru_cache(maxsize=8192)
def day_offset(ordinal: int, zone: str) -> int | None:
    """Minutes ahead of UTC all through a local day; None when clocks change in it."""
    midnight = datetime.fromordinal(ordinal)
    offset = _offset(midnight, zone)
    return offset if offset == _offset(midnight + timedelta(days=1), zone) else None


def offset_at(minute: int, zone: str) -> int:
    """Minutes ahead of UTC at an epoch minute."""
    return _whole_minutes(from_minutes(minute).astimezone(ZoneInfo(zone)).utcoffset())


def local_day(minute: int, zone: str) -> date:
    """The day clocks in *zone* show at an epoch minute."""
    return from_minutes(minute).astimezone(ZoneInfo(zone)).date()


def local_week(minute: int, zone: str) -> int:
    """The week, Monday to Sunday, clocks in *zone* show at an epoch minute; weeks count up one by one."""
    return (local_day(minute, zone).toordinal() - 1) // 7


def day_bounds(day: date, zone: str) -> Interval:
    """Midnight to midnight in *zone*: 23 to 25 hours, and right when midnight itself is skipped or repeated."""
    ordinal = day.toordinal()
    return Interval(minute_on(ordinal, 0, zone), minute_on(ordinal, DAY, zone))


def second_passes(window: Interval, zone: str) -> Intervals:
    """The minutes around *window* that clocks in *zone* show for the second time: no slot starts there (T-3)."""
    years = range(from_minutes(window.start).year, from_minutes(window.end).year + 1)
    return Intervals(interval for year in years for interval in _second_passes(year, zone))


@lru_cache(maxsize=512)
def _second_passes(year: int, zone: str) -> tuple[Interval, ...]:
    first = to_minutes(datetime(year, 1, 1, tzinfo=UTC))
    passes = []
    for midnight in range(first, first + 366 * DAY, DAY):
        before, after = offset_at(midnight, zone), offset_at(midnight + DAY, zone)
        if after < before:
            change = _change(midnight, midnight + DAY, after, zone)
            passes.append(Interval(change, change + before - after))
    return tuple(passes)


def _first_showing(shown: int, zone: str) -> int:
    """The first epoch minute whose wall time, counted as if it were UTC, is *shown* or later."""
    wall = from_minutes(shown).replace(tzinfo=None)
    early, late = _offset(wall, zone), _offset(wall.replace(fold=1), zone)
    if early >= late:
        return shown - early
    # PEP 495: inside a gap, fold 0 counts with the offset before the change and fold 1 with the one after it.
    return _change(shown - late, shown - early, late, zone)


def _change(low: int, high: int, offset: int, zone: str) -> int:
    """The minute in `[low, high]` from which *offset* holds."""
    return low + bisect_left(range(low, high), True, key=lambda minute: offset_at(minute, zone) == offset)


def _offset(wall: datetime, zone: str) -> int:
    return _whole_minutes(wall.replace(tzinfo=ZoneInfo(zone)).utcoffset())


def _whole_minutes(offset: timedelta | None) -> int:
    return (offset or timedelta()) // MINUTE
