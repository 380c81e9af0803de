"""One date of a series changed, removed, restored, and the series split: openings and absences alike (S02), and what calendars say."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from ical.lint import problems
from icalendar import Calendar
from make import MONDAY, Maker
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import AbsenceKind
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Claim
from rdvdav.agenda.days import days_of
from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.directory.agent import Agent
from rdvdav.errors import NotFound
from rdvdav.feeds.change import changing
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.free_busy import free_busy
from rdvdav.feeds.object import CalendarObject, Collection, CollectionKind
from rdvdav.feeds.occupied import availability_text, free_busy_text
from rdvdav.feeds.read import calendars_of, objects_matching
from rdvdav.feeds.rebuild import differences
from rdvdav.hours.recurrence import weekly
from rdvdav.planning import absences, opening_ranges
from rdvdav.planning.part import NoSuchDate, all_days, lost

FIRST = MONDAY + timedelta(days=1)
SECOND, THIRD, FOURTH, FIFTH = (FIRST + timedelta(weeks=number) for number in range(1, 5))
WEDNESDAY = SECOND + timedelta(days=1)
UNTIL = FIFTH + timedelta(days=2)


@dataclass
class Series:
    """A series under test: five Tuesdays from nine to twelve, published."""

    session: Session
    clock: StoppedClock
    agent: Agent
    agenda: Agenda
    trade: Any
    plan: Any
    row: Any
    collection: Collection
    hours: Callable[..., Any]

    def act(self, what: str, *arguments: Any) -> Any:
        """Call a use case on the series, a minute later than the last one."""
        self.clock.advance(timedelta(minutes=1))
        return getattr(self.trade, what)(self.session, self.clock, self.agent.id, self.row.id, *arguments)

    def once(self, day: date, start: int, end: int) -> Any:
        return self.hours(self.plan, day, start, end, None)

    @property
    def objects(self) -> list[CalendarObject]:
        self.session.expire_all()
        query = select(CalendarObject).where(CalendarObject.collection_id == self.collection.id)
        return sorted(self.session.scalars(query), key=lambda row: (row.deleted, row.starts_at))

    def in_calendar(self) -> list[tuple[date, int, int]]:
        """What an independent reader of all stored texts sees that winter: day, hours."""
        found = []
        for row in self.objects:
            if row.text is not None:
                assert problems(row.text) == []
                found += recurring_ical_events.of(Calendar.from_ical(row.text)).between(MONDAY, date(2027, 3, 1))
        return sorted(_wall(event.start, event.end) for event in found)

    def in_agenda(self) -> list[tuple[date, int, int]]:
        """What the agenda's page shows of the same weeks."""
        self.session.expire_all()
        days = days_of(self.session, self.session.get_one(Agenda, self.agenda.id), MONDAY, UNTIL + timedelta(weeks=9))
        return [(day.date, each.start.hour, each.end.hour) for day in days for each in [*day.openings, *day.absences]]

    def settle(self) -> list[tuple[date, int, int]]:
        """What happens, after checking that calendars, agenda and stored rows all agree."""
        assert differences(self.session, self.clock, self.agenda.id) == []
        assert self.in_calendar() == self.in_agenda()
        return self.in_agenda()


_PARIS = ZoneInfo("Europe/Paris")


def _wall(start: datetime, end: datetime) -> tuple[date, int, int]:
    return start.date(), start.astimezone(_PARIS).hour, end.astimezone(_PARIS).hour


@pytest.fixture(params=["openings", "absences"])
def series(request: pytest.FixtureRequest, session: Session, clock: StoppedClock, make: Maker) -> Series:
    agent = make.agent()
    agenda = make.agenda_of(agent)
    rule = weekly([1], until=UNTIL)
    if request.param == "openings":
        kind, trade, plan = CollectionKind.OPENINGS, opening_ranges, _opening_plan(make, rule)
    else:
        plan = absences.Plan("Réunion", AbsenceKind.MEETING, FIRST, FIRST, time(9), time(12), rule)
        kind, trade = CollectionKind.ABSENCES, absences
    collection = open_collection(session, clock, agenda.id, kind)
    row = trade.create(session, clock, agent.id, agenda.id, plan)
    hours = _opening_hours if request.param == "openings" else _absence_hours
    return Series(session, clock, agent, agenda, trade, plan, row, collection, hours)


def _opening_plan(make: Maker, rule: str) -> opening_ranges.Plan:
    motif, place = make.motif(), make.place()
    return opening_ranges.Plan("Matin", place.id, frozenset({motif.id}), FIRST, time(9), time(12), rule)


def _opening_hours(plan: Any, day: date, start: int, end: int, rule: str | None) -> Any:
    return replace(plan, first_day=day, opens=time(start), closes=time(end), recurrence=rule)


def _absence_hours(plan: Any, day: date, start: int, end: int, rule: str | None) -> Any:
    return replace(plan, first_day=day, end_day=day, starts=time(start), ends=time(end), recurrence=rule)


USUAL = [(day, 9, 12) for day in (FIRST, SECOND, THIRD, FOURTH, FIFTH)]


def test_one_date_moves_and_the_others_stay(series: Series) -> None:
    series.act("change_one", SECOND, series.once(WEDNESDAY, 14, 17))

    assert series.settle() == [USUAL[0], (WEDNESDAY, 14, 17), *USUAL[2:]]
    [row] = series.objects
    assert row.uid == series.row.uid
    assert row.text is not None
    assert row.text.count("BEGIN:VEVENT") == 2
    assert "RECURRENCE-ID;TZID=Europe/Paris:20261201T090000\r\nDTSTART:20261202T130000Z" in row.text
    assert "EXDATE" not in row.text
    assert (row.sequence, series.session.get_one(Agenda, series.agenda.id).version) == (1, 2)


def test_a_changed_date_is_changed_again_and_restored(series: Series) -> None:
    series.act("change_one", SECOND, series.once(WEDNESDAY, 14, 17))
    series.act("change_one", SECOND, series.once(SECOND, 10, 11))
    assert series.settle() == [USUAL[0], (SECOND, 10, 11), *USUAL[2:]]

    series.act("restore", SECOND)

    assert series.settle() == USUAL
    assert [row.sequence for row in series.objects] == [3]
    with pytest.raises(NoSuchDate):
        series.act("restore", SECOND)


def test_one_date_goes_and_comes_back(series: Series) -> None:
    series.act("remove_one", SECOND)
    assert series.settle() == [USUAL[0], *USUAL[2:]]
    assert "EXDATE;TZID=Europe/Paris:20261201T090000" in (series.objects[0].text or "")
    with pytest.raises(NoSuchDate):
        series.act("change_one", SECOND, series.once(SECOND, 10, 11))

    series.act("restore", SECOND)
    assert series.settle() == USUAL


def test_a_changed_date_can_be_removed(series: Series) -> None:
    series.act("change_one", SECOND, series.once(WEDNESDAY, 14, 17))
    series.act("remove_one", SECOND)

    assert series.settle() == [USUAL[0], *USUAL[2:]]


def test_with_its_last_date_goes_the_series(series: Series) -> None:
    for day in (FIRST, THIRD, FIFTH, FOURTH):
        series.act("remove_one", day)
    series.act("change_one", SECOND, series.once(WEDNESDAY, 14, 17))
    assert series.settle() == [(WEDNESDAY, 14, 17)]

    series.act("remove_one", SECOND)

    assert series.settle() == []
    assert [row.deleted for row in series.objects] == [True]
    with pytest.raises(NotFound):
        series.act("remove")


@pytest.mark.parametrize("day", [FIRST, FIFTH])
def test_the_first_and_the_last_date_move_out_of_the_series_span(series: Series, day: date) -> None:
    away = FIRST - timedelta(days=1) if day == FIRST else FIFTH + timedelta(days=10)

    series.act("change_one", day, series.once(away, 14, 15))

    others = [each for each in USUAL if each[0] != day]
    assert series.settle() == sorted([*others, (away, 14, 15)])
    [row] = series.objects
    assert row.starts_at <= datetime.combine(away, time(13), UTC)
    assert row.ends_at >= datetime.combine(away, time(14), UTC) or day == FIRST


def test_two_dates_at_the_same_hours_of_one_day_are_two(series: Series) -> None:
    series.act("change_one", SECOND, series.once(THIRD, 9, 12))

    assert series.settle() == [USUAL[0], USUAL[2], *USUAL[2:]]


def test_all_dates_change_and_those_changed_before_stay_while_they_fall_on_the_series(series: Series) -> None:
    series.act("change_one", SECOND, series.once(SECOND, 14, 17))
    series.act("remove_one", THIRD)
    wider = series.hours(series.plan, FIRST, 8, 11, weekly([1, 3], until=UNTIL))

    assert lost(series.row, wider.hours("UTC").series) == []
    series.act("change", wider)

    thursdays = [day + timedelta(days=2) for day in (FIRST, SECOND, THIRD, FOURTH, FIFTH)]
    assert series.settle() == sorted([(day, 8, 11) for day in (FIRST, FOURTH, FIFTH, *thursdays)] + [(SECOND, 14, 17)])

    other_days = series.hours(series.plan, FIRST, 8, 11, weekly([3], until=UNTIL))
    assert [each.original_day for each in lost(series.row, other_days.hours("UTC").series)] == [SECOND]
    series.act("change", other_days)
    assert series.settle() == [(day, 8, 11) for day in thursdays]
    assert series.row.excluded_days == []


@pytest.mark.parametrize("day", [FIRST, SECOND])
def test_a_series_made_single_keeps_no_changed_date(series: Series, day: date) -> None:
    series.act("change_one", day, series.once(WEDNESDAY, 14, 17))

    series.act("change", series.once(FIRST, 9, 10))

    assert series.settle() == [(FIRST, 9, 10)]


def test_what_follows_a_date_becomes_a_single_one(series: Series) -> None:
    series.act("change_one", THIRD, series.once(THIRD, 14, 17))
    series.act("remove_one", FOURTH)

    series.act("change_from", THIRD, series.once(THIRD, 9, 10))

    assert series.settle() == [*USUAL[:2], (THIRD, 9, 10)]


def test_this_date_and_the_following_become_another_series_with_their_changed_dates(series: Series) -> None:
    series.act("change_one", SECOND, series.once(WEDNESDAY, 14, 17))
    series.act("change_one", FOURTH, series.once(FOURTH, 15, 16))
    series.act("remove_one", FIFTH)

    rest = series.act("change_from", THIRD, series.hours(series.plan, THIRD, 8, 11, weekly([1], until=UNTIL)))

    assert series.settle() == [USUAL[0], (WEDNESDAY, 14, 17), (THIRD, 8, 11), (FOURTH, 15, 16)]
    assert [row.uid for row in series.objects] == [series.row.uid, rest.uid]
    assert series.row.series.rule.until == THIRD - timedelta(days=1)
    assert (series.objects[0].sequence, series.objects[1].sequence) == (4, 0)
    assert all_days(series.row).last() == SECOND


def test_changed_dates_that_are_none_of_the_new_series_go(series: Series) -> None:
    series.act("change_one", FOURTH, series.once(FOURTH, 15, 16))
    thursdays = series.hours(series.plan, THIRD + timedelta(days=2), 8, 11, weekly([3], until=UNTIL))

    assert [each.original_day for each in lost(series.row, thursdays.hours("UTC").series, THIRD)] == [FOURTH]
    series.act("change_from", THIRD, thursdays)

    expected = [(day + timedelta(days=2), 8, 11) for day in (THIRD, FOURTH, FIFTH)]
    assert series.settle() == [*USUAL[:2], *expected]


def test_from_its_first_date_on_is_the_whole_series(series: Series) -> None:
    same = series.act("change_from", FIRST, series.hours(series.plan, FIRST, 8, 11, weekly([1], until=UNTIL)))

    assert same.id == series.row.id
    assert series.settle() == [(day, 8, 11) for day, _start, _end in USUAL]
    series.act("remove_from", FIRST)
    assert series.settle() == []


def test_a_series_ends_before_a_date(series: Series) -> None:
    series.act("change_one", FOURTH, series.once(FOURTH, 15, 16))

    series.act("remove_from", THIRD)

    assert series.settle() == USUAL[:2]
    assert len([row for row in series.objects if not row.deleted]) == 1


def test_a_counted_series_is_cut_where_it_stands(series: Series) -> None:
    series.act("change", series.hours(series.plan, FIRST, 9, 12, "FREQ=WEEKLY;BYDAY=TU;COUNT=5"))

    series.act("change_one", FIFTH, series.once(FIFTH, 15, 16))
    series.act("remove_from", THIRD)

    assert series.settle() == USUAL[:2]


@pytest.mark.parametrize("what", ["remove_one", "remove_from", "restore"])
def test_what_is_no_date_is_not_found(series: Series, what: str) -> None:
    with pytest.raises(NoSuchDate):
        series.act(what, WEDNESDAY)
    assert series.settle() == USUAL


def test_a_single_day_has_no_dates(series: Series) -> None:
    series.act("change", series.once(FIRST, 9, 12))

    with pytest.raises(NoSuchDate):
        series.act("remove_one", FIRST)


def test_a_changed_date_is_reached_by_its_series_alone(series: Series) -> None:
    one = series.act("change_one", SECOND, series.once(WEDNESDAY, 14, 17))

    with pytest.raises(NotFound):
        series.trade.remove(series.session, series.clock, series.agent.id, one.id)


def test_strangers_change_no_date(series: Series, make: Maker) -> None:
    stranger = make.agent(organisation=make.organisation(), services=[make.service()])
    act = [series.session, series.clock, stranger.id, series.row.id, SECOND]

    for what in ("change_one", "change_from"):
        with pytest.raises(NotFound):
            getattr(series.trade, what)(*act, series.once(WEDNESDAY, 14, 17))
    for what in ("remove_one", "remove_from", "restore"):
        with pytest.raises(NotFound):
            getattr(series.trade, what)(*act)
    assert series.settle() == USUAL


def test_each_step_is_traced(series: Series) -> None:
    series.act("change_one", SECOND, series.once(WEDNESDAY, 14, 17))
    series.act("remove_one", THIRD)
    series.act("restore", THIRD)
    series.act("remove_from", FOURTH)

    entries = series.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    kinds = [entry.kind.partition(".")[2] for entry in entries]
    assert kinds == ["created", "date_changed", "date_removed", "date_restored", "ended"]
    assert {entry.subject_id for entry in entries} == {series.row.id}
    assert [entry.details.get("original_day") for entry in entries[1:4]] == ["2026-12-01", "2026-12-08", "2026-12-08"]
    assert ("Réunion" in str([entry.details for entry in entries])) is False


def test_an_endless_series_with_a_far_changed_date_is_extended_with_it(series: Series) -> None:
    series.act("change", series.hours(series.plan, FIRST, 9, 12, weekly([1])))
    far = FIRST + timedelta(weeks=110)
    series.act("change_one", far, series.once(far, 14, 15))
    assert differences(series.session, series.clock, series.agenda.id) == []
    series.clock.advance(timedelta(days=90))

    with changing(series.session, series.clock, [series.agenda.id]) as change:
        change.extend(series.row)

    assert differences(series.session, series.clock, series.agenda.id) == []
    [calendar] = [each for each in calendars_of(series.session, series.agent.id) if each.id == series.collection.id]
    at = datetime.combine(far, time(13), UTC)
    assert list(objects_matching(series.session, calendar, start=at, end=at + timedelta(hours=1)))
    assert not list(objects_matching(series.session, calendar, start=at - timedelta(hours=5), end=at))


def test_free_busy_follows_a_changed_date(series: Series) -> None:
    series.act("change_one", SECOND, series.once(WEDNESDAY, 14, 17))
    [calendar] = [each for each in calendars_of(series.session, series.agent.id) if each.id == series.collection.id]
    span = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 3, tzinfo=UTC)

    text = free_busy(series.session, calendar, *span)
    whole = free_busy_text(series.session, series.clock, series.agenda.id, "x")

    if series.trade is absences:
        assert "20261202T130000Z/20261202T160000Z" in text
        assert text.count("FBTYPE=BUSY") == 1
        assert "FBTYPE=BUSY:20261124T080000Z/20261124T110000Z\r\n" in whole.replace("\r\n ", "")
    else:
        assert "FREEBUSY" not in text.replace("VFREEBUSY", "")
        closed = whole.replace("\r\n ", "")
        assert "20261124T110000Z/20261202T130000Z" in closed
        assert "20261202T160000Z/20261208T080000Z" in closed


def test_availability_follows_a_changed_date(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)
    plan = _opening_plan(make, weekly([1], until=UNTIL))
    row = opening_ranges.create(session, clock, agent.id, agenda.id, plan)
    opening_ranges.change_one(session, clock, agent.id, row.id, SECOND, _opening_hours(plan, WEDNESDAY, 14, 17, None))

    text = availability_text(session, clock, agenda.id, "x")

    assert "DTSTART:20261202T130000Z\r\nDTEND:20261202T160000Z" in text
    assert "EXDATE;TZID=Europe/Paris:20261201T090000" in text


def test_appointments_follow_their_date(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)
    plan = _opening_plan(make, weekly([1], until=UNTIL))
    row = opening_ranges.create(session, clock, agent.id, agenda.id, plan)
    for day in (FIRST, SECOND, THIRD):
        make.appointment(agenda, datetime.combine(day, time(8), UTC))
    session.execute(update(Claim).values(opening_range_id=row.id))

    def of() -> list[int | None]:
        return list(session.scalars(select(Claim.opening_range_id).order_by(Claim.starts_at)))

    one = opening_ranges.change_one(session, clock, agent.id, row.id, SECOND, _opening_hours(plan, SECOND, 8, 12, None))
    assert of() == [row.id, one.id, row.id]
    rest = opening_ranges.change_from(
        session, clock, agent.id, row.id, THIRD, _opening_hours(plan, THIRD, 8, 12, weekly([1]))
    )
    assert of() == [row.id, one.id, rest.id]
    opening_ranges.restore(session, clock, agent.id, row.id, SECOND)
    assert of() == [row.id, row.id, rest.id]
    opening_ranges.remove(session, clock, agent.id, row.id)
    assert of() == [None, None, rest.id]


def test_whole_days_of_a_series_become_hours_and_hours_whole_days(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)
    collection = open_collection(session, clock, agenda.id, CollectionKind.ABSENCES)
    days = absences.Plan("Congé", AbsenceKind.LEAVE, FIRST, FIRST + timedelta(days=1), recurrence=weekly([1]))
    whole = absences.create(session, clock, agent.id, agenda.id, days)
    hours = absences.Plan("Congé", AbsenceKind.LEAVE, WEDNESDAY, WEDNESDAY, time(14), time(17))
    absences.change_one(session, clock, agent.id, whole.id, SECOND, hours)
    daily = absences.create(session, clock, agent.id, agenda.id, replace(hours, recurrence=weekly([2])))
    absences.change_one(session, clock, agent.id, daily.id, WEDNESDAY, replace(days, recurrence=None))

    assert differences(session, clock, agenda.id) == []
    texts = {row.uid: row.text for row in session.scalars(select(CalendarObject)) if row.collection_id == collection.id}
    assert "RECURRENCE-ID;VALUE=DATE:20261201\r\nDTSTART:20261202T130000Z" in (texts[whole.uid] or "")
    assert (
        "RECURRENCE-ID;TZID=Europe/Paris:20261202T140000\r\nDTSTART;VALUE=DATE:20261124\r\nDTEND;VALUE=DATE:20261126"
        in (texts[daily.uid] or "")
    )
    for text in texts.values():
        found = recurring_ical_events.of(Calendar.from_ical(text or "")).between(MONDAY, date(2026, 12, 16))
        assert len(found) == 4 if "RECURRENCE-ID;VALUE=DATE" in (text or "") else 3
