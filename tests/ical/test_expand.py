"""A series as its single occurrences, cut from its stored text (RFC 4791 §9.6.5)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import recurring_ical_events
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from ical.examples import LEAVE, NIGHT, OPENING, TRAINING
from ical.lint import problems
from ical.parsers import by_icalendar
from icalendar import Calendar

from rdvdav.ical.expand import Span, expanded
from rdvdav.ical.series import SeriesEntry, render_series

SPAN = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))


def happening(entry: SeriesEntry) -> list[tuple[datetime, datetime]]:
    """The occurrences of a spring, as an independent reader of the series finds them, in UTC."""
    found = recurring_ical_events.of(Calendar.from_ical(render_series(entry))).between(*SPAN)
    return sorted((event.start.astimezone(UTC), event.end.astimezone(UTC)) for event in found)


@pytest.mark.parametrize("entry", [OPENING, NIGHT], ids=["opening", "night"])
def test_each_occurrence_is_an_event_of_its_own_with_nothing_repeated(entry: SeriesEntry) -> None:
    spans = [Span(start, start, end) for start, end in happening(entry)]

    text = expanded(render_series(entry), spans, entry.zone)

    assert problems(text) == []
    assert [(event["dtstart"], event["dtend"]) for event in by_icalendar(text)] == [
        (start, end) for _original, start, end in spans
    ]
    events = Calendar.from_ical(text).walk("VEVENT")
    assert [event["RECURRENCE-ID"].dt for event in events] == [start for start, _start, _end in spans]
    assert {str(event["UID"]) for event in events} == {entry.uid}
    assert not any(name in text for name in ("RRULE", "EXDATE", "VTIMEZONE", "TZID", "DURATION"))
    assert len(list(vobject.readOne(text).vevent_list)) == len(spans)


def test_whole_days_stay_days() -> None:
    leave = replace(LEAVE, recurrence="FREQ=WEEKLY", until=date(2026, 12, 31))
    midnight = datetime(2026, 3, 29, 23, 0, tzinfo=UTC)  # in Paris, before and after the change of clocks
    start = midnight - timedelta(hours=1)
    spans = [Span(start, start, midnight + timedelta(hours=23))]

    [event] = Calendar.from_ical(expanded(render_series(leave), spans, "Europe/Paris")).walk("VEVENT")

    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 3, 30), date(2026, 3, 31))


def test_no_occurrence_gives_no_event() -> None:
    assert "VEVENT" not in expanded(render_series(TRAINING), [], TRAINING.zone)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_no_words_look_like_a_time(summary: str) -> None:
    words = f"DTSTART:20260101T000000Z\r\nRRULE:FREQ=DAILY {summary}"
    entry = replace(OPENING, summary=words, description="\nEND:VEVENT\nDTEND:x\n" + summary)

    text = expanded(render_series(entry), [Span(SPAN[0], *SPAN)], entry.zone)

    [event] = Calendar.from_ical(text).walk("VEVENT")
    [series, *_] = Calendar.from_ical(render_series(entry)).walk("VEVENT")
    assert (event["SUMMARY"], event["DESCRIPTION"]) == (series["SUMMARY"], series["DESCRIPTION"])
    assert event["DTSTART"].dt == SPAN[0]
