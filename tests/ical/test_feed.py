"""The constant lines of a feed (K-41)."""

import icalendar
import pytest
from ical.examples import CREATED, HEAD, OPENING
from ical.lint import problems
from ical.parsers import by_icalendar

from rdvdav.ical.event import render, vevent_of
from rdvdav.ical.feed import feed_head, feed_text, head_hash
from rdvdav.ical.series import render_series


def test_the_head_tells_every_program_what_it_looks_for() -> None:
    calendar = icalendar.Calendar.from_ical(feed_text(HEAD, ()))

    assert str(calendar["X-WR-CALNAME"]) == str(calendar["NAME"]) == "Agenda d’Awa Diop"
    assert str(calendar["X-WR-TIMEZONE"]) == "Europe/Paris"
    assert str(calendar["X-APPLE-CALENDAR-COLOR"]) == "#000091"
    assert str(calendar["COLOR"]) == "navy"
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n" in HEAD
    assert "METHOD" not in calendar


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Martinique", "Africa/Cairo"])
def test_an_empty_feed_is_a_sound_calendar(zone: str) -> None:
    assert problems(feed_text(feed_head("Agenda", zone, "#18753c"), ())) == []


def test_events_and_series_stand_side_by_side() -> None:
    objects = [render(CREATED), render_series(OPENING)]
    feed = feed_text(HEAD, map(vevent_of, objects))

    assert problems(feed) == []
    assert by_icalendar(feed) == [event for rendered in objects for event in by_icalendar(rendered)]


def test_the_hash_follows_the_head() -> None:
    assert head_hash(HEAD) == head_hash(feed_head("Agenda d’Awa Diop", "Europe/Paris", "#000091"))
    assert head_hash(HEAD) != head_hash(feed_head("Agenda d’Awa Diop", "Europe/Paris", "#000092"))


@pytest.mark.parametrize(("colour", "name"), [("#FF0000", "red"), ("#0063cb", "steelblue"), ("#18753c", "green")])
def test_the_colour_also_has_a_name(colour: str, name: str) -> None:
    assert f"COLOR:{name}\r\n" in feed_head("Agenda", "Europe/Paris", colour)
