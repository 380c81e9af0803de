"""Busy times, computed from rows (RFC 4791 §7.10)."""

from datetime import datetime, timedelta
from itertools import pairwise

import icalendar
import pytest
import vobject
from diary import DAY, TUESDAY_NINE, Diary
from hypothesis import given
from hypothesis import strategies as st
from ical.lint import problems
from sqlalchemy import select

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.change import changing
from rdvdav.feeds.free_busy import free_busy, merged

HALF = timedelta(minutes=30)


@pytest.fixture
def diary(database: Database, clock: StoppedClock) -> Diary:
    return Diary(database, clock)


def text_of(diary: Diary, start: datetime, end: datetime) -> str:
    with diary.database.reading() as session:
        return free_busy(session, diary.calendar, start, end)


def busy(diary: Diary, start: datetime = TUESDAY_NINE, end: datetime = TUESDAY_NINE + DAY) -> list[str]:
    """The periods, as they are written."""
    lines = text_of(diary, start, end).split("\r\n")
    return [line.partition(":")[2] for line in lines if line.startswith("FREEBUSY;FBTYPE=BUSY:")]


def test_appointments_that_overlap_or_touch_are_one_period(diary: Diary) -> None:
    for start in (TUESDAY_NINE, TUESDAY_NINE + HALF, TUESDAY_NINE + HALF / 2, TUESDAY_NINE + 4 * HALF):
        diary.book(start)

    assert busy(diary) == ["20261124T080000Z/20261124T090000Z", "20261124T100000Z/20261124T103000Z"]


def test_periods_are_cut_to_what_was_asked_for(diary: Diary) -> None:
    for start in (TUESDAY_NINE, TUESDAY_NINE + 2 * HALF):
        diary.book(start)

    assert busy(diary, TUESDAY_NINE + HALF / 2, TUESDAY_NINE + 2.5 * HALF) == [
        "20261124T081500Z/20261124T083000Z",
        "20261124T090000Z/20261124T091500Z",
    ]
    assert busy(diary, TUESDAY_NINE + HALF, TUESDAY_NINE + 2 * HALF) == []


@pytest.mark.parametrize("how", ["cancelled", "withdrawn", "to re-plan", "before the window"])
def test_what_takes_no_time_is_left_out(diary: Diary, clock: StoppedClock, how: str) -> None:
    href = diary.book(TUESDAY_NINE)
    assert len(busy(diary)) == 1
    match how:
        case "cancelled":
            diary.cancel(href)
        case "withdrawn":
            diary.withdraw(href)
        case "to re-plan":
            with diary.database.transaction() as session, changing(session, clock, [diary.agenda.id]) as change:
                appointment = session.scalars(select(Appointment)).one()
                appointment.become(Status.TO_REPLAN)
                change.publish(appointment)
        case _:
            diary.set_collection(window_start=TUESDAY_NINE + HALF)

    assert busy(diary) == []


def test_it_is_sound_and_tells_nothing_else(diary: Diary) -> None:
    diary.book(TUESDAY_NINE)

    text = text_of(diary, TUESDAY_NINE, TUESDAY_NINE + DAY)

    assert problems(text) == []
    [component] = icalendar.Calendar.from_ical(text).walk("VFREEBUSY")
    assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "FREEBUSY"} == set(component)
    assert vobject.readOne(text).vfreebusy.freebusy.value == [(TUESDAY_NINE, TUESDAY_NINE + HALF)]
    assert text == text_of(diary, TUESDAY_NINE, TUESDAY_NINE + DAY)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12))), st.integers(0, 40), st.integers(1, 30))
def test_merging_loses_and_adds_no_minute(spans: list[tuple[int, int]], start: int, length: int) -> None:
    end = start + length
    periods = sorted((a, a + b) for a, b in spans if a < end and a + b > start)
    texts = [(f"{a:03}", f"{b:03}") for a, b in periods]

    found = [(int(a), int(b)) for a, b in merged(texts, (f"{start:03}", f"{end:03}"))]

    assert {m for a, b in found for m in range(a, b)} == {
        m for a, b in periods for m in range(a, b) if start <= m < end
    }
    assert all(before[1] < after[0] for before, after in pairwise(found))
