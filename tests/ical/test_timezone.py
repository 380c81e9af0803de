"""The VTIMEZONEs say what the tz database says, hour by hour around each change (K-10)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.tz import tzical
from ical.lint import problems
from icalendar.timezone import TZP

from rdvdav.ical.text import calendar
from rdvdav.ical.timezone import vtimezone, vtimezone_or_utc

SINCE_2020 = [
    "Europe/Paris",
    "America/Cayenne",
    "America/Guadeloupe",
    "America/Marigot",
    "America/Martinique",
    "America/Miquelon",
    "America/St_Barthelemy",
    "Indian/Mayotte",
    "Indian/Reunion",
    "Pacific/Gambier",
    "Pacific/Marquesas",
    "Pacific/Noumea",
    "Pacific/Tahiti",
    "Pacific/Wallis",
    "Europe/London",
    "Europe/Dublin",  # whose winter is the exception
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Australia/Lord_Howe",  # changes by half an hour
]
SINCE_2026 = [
    "America/Nuuk",  # an hour before the last Sunday begins
    "America/Santiago",  # at 24:00 of the first Saturday
    "Asia/Jerusalem",  # at 26:00 of the fourth Thursday
]
UNSAYABLE = [
    "Africa/Cairo",  # at 24:00 of the last Thursday, which may be in the next month
    "Asia/Gaza",  # with changes of its own for every Ramadan
    "America/Vancouver",  # changed its rules while calendars already show events
]
ENDS = datetime(2036, 1, 1, tzinfo=UTC)


def _instants(zone: ZoneInfo, year: int) -> Iterator[datetime]:
    """From *year* on, noon of quiet days, and every half hour around a change."""
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day < ENDS:
        tomorrow = day + timedelta(days=1)
        if day.astimezone(zone).utcoffset() == tomorrow.astimezone(zone).utcoffset():
            yield day + timedelta(hours=12)
        else:
            yield from (day + timedelta(minutes=30 * number) for number in range(-48, 96))
        day = tomorrow


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "year"), [*((name, 2020) for name in SINCE_2020), *((name, 2026) for name in SINCE_2026)]
)
def test_it_agrees_with_the_tz_database(name: str, year: int) -> None:
    text, zone = vtimezone(name), ZoneInfo(name)
    assert text is not None
    of_dateutil = tzical(StringIO(text)).get(name)
    of_pytz = icalendar.Timezone.from_ical(text).to_tz(tzp=TZP("pytz"), lookup_tzid=False)

    for instant in _instants(zone, year):
        told = instant.astimezone(zone).replace(tzinfo=None, fold=0)
        assert instant.astimezone(of_dateutil).replace(tzinfo=None, fold=0) == told
        assert instant.astimezone(of_pytz).replace(tzinfo=None, fold=0) == told


@pytest.mark.parametrize("name", SINCE_2020 + SINCE_2026)
def test_it_is_sound_and_repeats_by_rule(name: str) -> None:
    text = vtimezone_or_utc(name)

    assert problems(calendar([text])) == []
    assert "RDATE" not in text
    assert text.count("DTSTART:1970") == text.count("TZOFFSETTO")


@pytest.mark.parametrize("name", UNSAYABLE)
def test_what_two_rules_cannot_say_is_left_to_utc(name: str) -> None:
    assert vtimezone(name) is None
    assert "TZID:UTC\r\n" in vtimezone_or_utc(name)


@pytest.mark.parametrize("name", ["Europe/Pezenas", "../../etc/passwd"])
def test_there_is_nothing_for_an_unknown_zone(name: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        vtimezone(name)
