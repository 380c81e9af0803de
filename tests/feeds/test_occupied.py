"""Free/busy and availability: hours, and not a word of what (K-43)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import icalendar
import pytest
import vobject
from ical.lint import lines_of
from make import Maker
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.directory.organisation import HolidayChange
from rdvdav.feeds.change import changing
from rdvdav.feeds.occupied import WEEKS, availability_text, free_busy_text

MONDAY = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
NINE = MONDAY + timedelta(days=1, hours=9)
Periods = list[tuple[datetime, datetime]]


def periods(text: str, kind: str) -> Periods:
    """What icalendar reads of one FBTYPE."""
    [found] = icalendar.Calendar.from_ical(text).walk("VFREEBUSY")
    entries = found.get("FREEBUSY", [])
    entries = entries if isinstance(entries, list) else [entries]
    return [(p.start, p.end) for p in entries if p.params["FBTYPE"] == kind]


def free_busy(session: Session, clock: StoppedClock, agenda: Agenda) -> str:
    session.flush()
    return free_busy_text(session, clock, agenda.id, "abc")


def on(day: int, start: int, end: int) -> tuple[datetime, datetime]:
    """Hours of Paris on a day of November 2026."""
    return datetime(2026, 11, day, start - 1, tzinfo=UTC), datetime(2026, 11, day, end - 1, tzinfo=UTC)


def test_taken_time_is_merged_and_told_without_a_word(session: Session, make: Maker, clock: StoppedClock) -> None:
    make.organisation(name="Mairie de Sainte-Anne")
    agenda = make.agenda()
    motif = make.motif(name="Passeport")
    make.opening_range(agenda, [motif], name="Permanence", opens=time(8), closes=time(18))
    make.appointment(agenda, NINE, motif=motif, minutes=60)
    make.appointment(agenda, NINE + timedelta(minutes=30), motif=motif, minutes=90)
    make.absence(agenda, title="Dentiste", starts=time(11), ends=time(12))
    for status in (Status.CANCELLED_BY_CITIZEN, Status.TO_REPLAN):
        away = make.appointment(agenda, NINE + timedelta(days=1), motif=motif)
        with changing(session, clock, [agenda.id]) as change:
            away.become(status)
            change.publish(away)

    text = free_busy(session, clock, agenda)

    assert periods(text, "BUSY") == [on(24, 9, 12)]
    for word in ("Passeport", "Permanence", "Dentiste", "Claire", "Martin", "Mairie", "SUMMARY", "ORGANIZER"):
        assert word not in text
    component = vobject.readOne(text).vfreebusy
    assert component.dtstart.value == MONDAY
    assert component.dtend.value == MONDAY + timedelta(weeks=WEEKS)
    assert component.uid.value == "abc@rdv.example.test"
    assert len(component.contents["freebusy"]) == text.count("\r\nFREEBUSY;")


def test_hours_outside_opening_ranges_and_holidays_are_unavailable(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    organisation = make.organisation()
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif()])
    make.appointment(agenda, NINE - timedelta(hours=2))
    organisation.holiday_changes.append(HolidayChange(day=date(2026, 11, 26), closed=True, name="Pont"))

    text = free_busy(session, clock, agenda)
    busy, closed = periods(text, "BUSY"), periods(text, "BUSY-UNAVAILABLE")

    open_hours = [(end, start) for (_, end), (start, _) in pairwise(sorted(busy + closed)) if end < start]
    assert open_hours[:4] == [on(23, 9, 12), on(24, 9, 12), on(25, 9, 12), on(27, 9, 12)]
    assert (datetime(2026, 12, 24, 8, tzinfo=UTC), datetime(2026, 12, 24, 11, tzinfo=UTC)) in open_hours
    assert not any(start.date() == date(2026, 12, 25) for start, _ in open_hours)
    assert busy == [(NINE - timedelta(hours=2), NINE - timedelta(hours=1, minutes=30))]
    assert all(end <= start for (_, end), (start, _) in pairwise(sorted(busy + closed)))


def test_without_opening_range_nobody_is_available(session: Session, make: Maker, clock: StoppedClock) -> None:
    text = free_busy(session, clock, make.agenda())

    assert periods(text, "BUSY-UNAVAILABLE") == [(MONDAY, MONDAY + timedelta(weeks=WEEKS))]


@pytest.mark.parametrize("write", [free_busy_text, availability_text])
def test_the_same_state_gives_the_same_bytes_all_day(
    session: Session, make: Maker, clock: StoppedClock, write: object
) -> None:
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif()])
    session.flush()
    first = write(session, clock, agenda.id, "abc")

    clock.advance(timedelta(hours=15, minutes=59))
    assert write(session, clock, agenda.id, "abc") == first

    clock.advance(timedelta(minutes=1))
    assert write(session, clock, agenda.id, "abc") != first
    assert "DTSTART:20261122T230000Z" in write(session, clock, agenda.id, "abc")
    clock.advance(timedelta(days=6))
    assert "DTSTART:20261129T230000Z" in write(session, clock, agenda.id, "abc")


def test_lines_are_ended_and_short_enough(session: Session, make: Maker, clock: StoppedClock) -> None:
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif()])

    for text in (free_busy(session, clock, agenda), availability_text(session, clock, agenda.id, "a" * 32)):
        assert lines_of(text) == []


# --- availability


def test_availability_tells_the_opening_ranges_as_they_repeat(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    make.organisation()
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif()], name="Permanence", excluded_days=["2026-12-01"])
    make.opening_range(agenda, [make.motif()], first_day=date(2026, 12, 5), last_day=date(2026, 12, 5), recurrence=None)
    make.opening_range(agenda, [make.motif()], first_day=date(2026, 11, 2), last_day=date(2026, 11, 2), recurrence=None)
    make.absence(agenda, title="Dentiste")
    session.flush()

    text = availability_text(session, clock, agenda.id, "abc")

    calendar = icalendar.Calendar.from_ical(text)
    [whole] = calendar.walk("VAVAILABILITY")
    weekly, once = calendar.walk("AVAILABLE")
    assert (whole["BUSYTYPE"], whole.decoded("DTSTART")) == ("BUSY-UNAVAILABLE", MONDAY)
    assert whole.decoded("DTEND") == datetime(2028, 12, 1, tzinfo=UTC)
    assert weekly["RRULE"].to_ical() == b"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    excluded = {day.dt.date() for day in weekly["EXDATE"].dts}
    assert {date(2026, 12, 1), date(2026, 12, 25), date(2027, 5, 6)} <= excluded
    assert date(2026, 12, 24) not in excluded
    assert weekly["DTSTART"].params["TZID"] == "Europe/Paris"
    assert once.decoded("DTSTART") == datetime(2026, 12, 5, 8, tzinfo=UTC)
    assert text.count("BEGIN:VTIMEZONE") == 1
    for word in ("Permanence", "Dentiste", "Claire", "Lieu", "SUMMARY"):
        assert word not in text


def test_availability_of_nobody_there_is_a_component_all_the_same(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    text = availability_text(session, clock, make.agenda().id, "abc")

    assert "BEGIN:VAVAILABILITY" in text
    assert "BEGIN:AVAILABLE" not in text
