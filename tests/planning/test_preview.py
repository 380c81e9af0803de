"""The preview of an opening range: next dates with remarks, how motifs fit, which ranges overlap."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from make import MONDAY, Maker
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.hours.recurrence import Series, weekly
from rdvdav.planning.listing import listed
from rdvdav.planning.offer import offer_for
from rdvdav.planning.opening_ranges import Plan
from rdvdav.planning.part import Part
from rdvdav.planning.preview import Preview, next_days, preview

TUESDAY = MONDAY + timedelta(days=1)
CHRISTMAS = date(2026, 12, 25)


@pytest.fixture
def agenda(make: Maker) -> Agenda:
    return make.agenda()


@pytest.fixture
def plan(make: Maker, agenda: Agenda) -> Plan:
    """Fridays from nine to twelve."""
    motif, place = make.motif(), make.place(name="Mairie centrale")
    return Plan("Matin", place.id, frozenset({motif.id}), MONDAY, time(9), time(12), weekly([4]))


@pytest.fixture
def seen(session: Session, clock: StoppedClock, agenda: Agenda) -> Callable[[Plan], Preview]:
    return lambda plan: preview(session, clock, agenda, plan, offer_for(session, agenda))


def test_ten_dates_from_today_on(seen: Callable[[Plan], Preview], plan: Plan) -> None:
    long_ago = replace(plan, first_day=date(2020, 1, 1))

    days = [coming.day for coming in seen(long_ago).dates]

    assert days[0] == date(2026, 11, 27)
    assert len(days) == 10
    assert all(later - day == timedelta(weeks=1) for day, later in pairwise(days))


def test_a_holiday_is_named_unless_every_motif_ignores_it(
    session: Session, seen: Callable[[Plan], Preview], plan: Plan, make: Maker
) -> None:
    named = {coming.day: coming.holiday for coming in seen(plan).dates if coming.holiday}
    unstoppable = make.motif(ignores_holidays=True)
    also = replace(plan, motif_ids=plan.motif_ids | {unstoppable.id})
    alone = replace(plan, motif_ids=frozenset({unstoppable.id}))

    assert named == {CHRISTMAS: "Noël", date(2027, 1, 1): "Jour de l'an"}
    assert any(coming.holiday for coming in seen(also).dates)
    assert not any(coming.holiday for coming in seen(alone).dates)


def test_absences_and_other_ranges_are_told_on_their_dates_alone(
    seen: Callable[[Plan], Preview], plan: Plan, agenda: Agenda, make: Maker
) -> None:
    motif, annexe = make.motif(), make.place(name="Mairie annexe")
    absence = make.absence(agenda, first_day=date(2026, 12, 4), starts=time(11, 30), ends=time(18))
    make.absence(agenda, first_day=date(2026, 12, 11), starts=time(12), ends=time(18))
    same_hours = make.opening_range(
        agenda, [motif], place_id=annexe.id, first_day=date(2026, 12, 18), recurrence=None, last_day=date(2026, 12, 18)
    )
    touching = make.opening_range(agenda, [motif], opens=time(12), closes=time(14))
    meeting = make.opening_range(
        agenda, [motif], opens=time(11), closes=time(13), recurrence="FREQ=WEEKLY;INTERVAL=4;BYDAY=FR"
    )

    dates = {coming.day: coming for coming in seen(plan).dates}

    assert {day: coming.absences for day, coming in dates.items() if coming.absences} == {date(2026, 12, 4): [absence]}
    overlaps = {
        (day, overlap.opening.id, overlap.place.name if overlap.place else None)
        for day, coming in dates.items()
        for overlap in coming.overlaps
    }
    assert touching.id not in {opening_id for _day, opening_id, _place in overlaps}
    assert overlaps == {
        (date(2026, 12, 18), same_hours.id, "Mairie annexe"),
        (date(2026, 11, 27), meeting.id, None),
        (date(2026, 12, 25), meeting.id, None),
        (date(2027, 1, 22), meeting.id, None),
    }


def test_a_range_does_not_overlap_itself_while_it_is_changed(
    session: Session, clock: StoppedClock, agenda: Agenda, plan: Plan, make: Maker
) -> None:
    opening = make.opening_range(agenda, [make.motif()], excluded_days=["2026-12-04"])

    shown = preview(session, clock, agenda, plan, offer_for(session, agenda, opening), Part(opening))

    assert not any(coming.overlaps for coming in shown.dates)
    assert date(2026, 12, 4) not in [coming.day for coming in shown.dates]


@pytest.mark.parametrize(
    ("closes", "slots", "unused", "a_month"),
    [(time(12), 6, 0, 24), (time(12, 20), 6, 20, 24), (time(9, 30), 1, 0, 4), (time(9, 20), 0, 20, 0)],
)
def test_how_a_motif_fits(
    seen: Callable[[Plan], Preview], plan: Plan, closes: time, slots: int, unused: int, a_month: int
) -> None:
    (fit,) = seen(replace(plan, closes=closes)).fits

    assert (fit.slots, fit.unused_minutes, fit.slots_in_four_weeks) == (slots, unused, a_month)


def test_a_single_day_says_nothing_of_months(seen: Callable[[Plan], Preview], plan: Plan) -> None:
    shown = seen(replace(plan, recurrence=None))

    assert [fit.slots_in_four_weeks for fit in shown.fits] == [0]
    assert [coming.day for coming in shown.dates] == [MONDAY]


@pytest.mark.parametrize(
    ("series", "days"),
    [
        (Series(date(2026, 1, 5), weekly([0], 52)), 10),
        (Series(date(2026, 11, 30), weekly([0], until=date(2026, 12, 7))), 2),
        (Series(date(2026, 11, 2)), 0),
        (Series(MONDAY), 1),
    ],
)
def test_next_days_of_rare_ended_and_past_series(series: Series, days: int) -> None:
    assert len(next_days(series, MONDAY)) == days


def test_the_list_warns_of_overlaps_in_four_statements(
    session: Session,
    clock: StoppedClock,
    database: Database,
    agenda: Agenda,
    make: Maker,
    statements: Callable[[Database], Any],
) -> None:
    motif = make.motif()
    morning = make.opening_range(agenda, [motif], name="Matin")
    afternoon = make.opening_range(agenda, [motif], name="Après-midi", opens=time(12), closes=time(17))
    fridays = make.opening_range(agenda, [motif], name="Vendredi", recurrence="FREQ=WEEKLY;BYDAY=FR")

    with statements(database) as sent:
        rows = {row.opening: row for row in listed(session, clock, agenda, past=False)}

    assert rows[morning].overlaps == [fridays]
    assert rows[fridays].overlaps == [morning]
    assert rows[afternoon].overlaps == []
    assert all(row.place is not None for row in rows.values())
    assert len(sent) <= 4
