"""An appointment as its calendar object (K-10, K-12)."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from ical.examples import BUSY, CANCELLED, CREATED, FULL, MOVED
from ical.parsers import by_icalendar

from rdvdav.ical.event import Entry, EventStatus, etag, render, vevent_of


def lines(entry: Entry) -> list[str]:
    return render(entry).split("\r\n")


def test_times_are_utc_whatever_zone_they_came_in() -> None:
    paris = ZoneInfo("Europe/Paris")
    local = replace(CREATED, starts_at=CREATED.starts_at.astimezone(paris), ends_at=CREATED.ends_at.astimezone(paris))

    assert render(local) == render(CREATED)
    assert "DTSTART:20260402T070000Z" in lines(local)
    assert "VTIMEZONE" not in render(local)


def test_both_stamps_are_the_time_of_the_change() -> None:
    assert "DTSTAMP:20260303T091500Z" in lines(MOVED)
    assert "LAST-MODIFIED:20260303T091500Z" in lines(MOVED)
    assert "CREATED:20260302T091500Z" in lines(MOVED)


@pytest.mark.parametrize("status", EventStatus)
def test_the_status_is_told(status: EventStatus) -> None:
    assert f"STATUS:{status}" in lines(replace(CREATED, status=status))


def test_openings_leave_the_time_free() -> None:
    assert "TRANSP:OPAQUE" in lines(CREATED)
    assert "TRANSP:TRANSPARENT" in lines(replace(CREATED, transparent=True))


def test_only_the_full_level_is_private_and_names_its_service() -> None:
    assert {"CLASS:PRIVATE", "CATEGORIES:État civil"} <= set(lines(FULL))
    assert not {name.partition(":")[0] for name in lines(CREATED)} & {"CLASS", "CATEGORIES"}


def test_busy_says_nothing_else() -> None:
    (event,) = by_icalendar(render(BUSY))

    assert event["summary"] == "Occupé"
    assert not event.keys() & {"location", "description", "url", "class"}


@pytest.mark.parametrize("entry", [CREATED, CANCELLED, FULL])
def test_nobody_is_named_and_nothing_is_asked(entry: Entry) -> None:
    assert not {name.partition(":")[0] for name in lines(entry)} & {"METHOD", "ORGANIZER", "ATTENDEE"}


def test_the_tag_follows_the_bytes() -> None:
    assert etag(render(CREATED)) == etag(render(replace(CREATED)))
    assert etag(render(CREATED)) != etag(render(MOVED))
    assert etag(render(CREATED)).startswith('"')


def test_a_feed_takes_the_event_out_of_its_object() -> None:
    trap = replace(CREATED, description="x" * 63 + "BEGIN:VEVENT\r\nEND:VCALENDAR\r\n")
    rendered = render(trap)

    assert rendered.endswith(vevent_of(rendered) + "END:VCALENDAR\r\n")
    assert vevent_of(rendered).startswith("BEGIN:VEVENT\r\nUID:")
    assert vevent_of(rendered).endswith("\r\nEND:VEVENT\r\n")


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        render(replace(CREATED, stamp=datetime.fromisoformat("2026-03-02T09:15")))


def test_an_event_that_ends_first_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before"):
        replace(CREATED, ends_at=CREATED.starts_at - timedelta(minutes=1))
