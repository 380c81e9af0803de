"""What stands in an agenda on some days: cut at midnight, by the agenda's clocks, in four statements."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from make import MONDAY, Maker
from sqlalchemy.orm import Session

from rdvdav.agenda.days import days_of, days_of_all
from rdvdav.agenda.status import Status
from rdvdav.booking.seats import take_seat
from rdvdav.database import Database

SUNDAY = MONDAY + timedelta(days=6)
TUESDAY = MONDAY + timedelta(days=1)


def at(hour: int, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour - 1), UTC)


def test_a_week_shows_openings_absences_and_appointments_by_wall_time(session: Session, make: Maker) -> None:
    agenda, motif = make.agenda(), make.motif()
    make.opening_range(agenda, [motif])
    make.absence(agenda, starts=time(14), ends=time(16))
    booked = make.appointment(agenda, at(9), motif=motif)
    make.appointment(make.agenda(), at(10), motif=motif)

    monday, tuesday, *_others, sunday = days_of(session, agenda, MONDAY, SUNDAY)

    assert [(each.start, each.end) for each in monday.openings] == [(time(9), time(12))]
    assert [(each.start, each.end) for each in tuesday.absences] == [(time(14), time(16))]
    assert [(each.start, each.end, each.appointment.id) for each in monday.appointments] == [
        (time(9), time(9, 30), booked.id)
    ]
    assert (sunday.openings, sunday.absences, sunday.appointments) == ([], [], [])


def test_what_lasts_over_midnight_stands_on_each_of_its_days(session: Session, make: Maker) -> None:
    agenda = make.agenda()
    make.absence(agenda, first_day=MONDAY, end_day=MONDAY + timedelta(days=2), starts=time(15), ends=time(10))

    days = days_of(session, agenda, MONDAY, SUNDAY)

    assert [[(each.start, each.end) for each in day.absences] for day in days[:4]] == [
        [(time(15), time())],
        [(time(), time())],
        [(time(), time(10))],
        [],
    ]


@pytest.mark.parametrize(
    ("status", "hour", "conflict"),
    [
        (Status.PLANNED, 9, True),
        (Status.DONE, 9, True),
        (Status.CANCELLED_BY_STAFF, 9, False),
        (Status.TO_REPLAN, 9, False),
        (Status.PLANNED, 12, False),
    ],
)
def test_what_holds_time_inside_an_absence_is_in_conflict(
    session: Session, make: Maker, status: Status, hour: int, conflict: bool
) -> None:
    agenda = make.agenda()
    make.absence(agenda, starts=time(8), ends=time(12))
    make.appointment(agenda, at(hour, TUESDAY)).status = status
    session.flush()

    (day,) = days_of(session, agenda, TUESDAY, TUESDAY)

    assert [each.conflict for each in day.appointments] == [conflict]


def test_nine_stays_nine_on_both_sides_of_a_clock_change(session: Session, make: Maker) -> None:
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif()], first_day=date(2027, 3, 22), recurrence="FREQ=DAILY")

    days = days_of(session, agenda, date(2027, 3, 22), date(2027, 4, 4))

    assert {(each.start, each.end) for day in days for each in day.openings} == {(time(9), time(12))}
    assert len([each for day in days for each in day.openings]) == 14


def test_a_range_of_another_zone_stands_where_the_agenda_sees_it(session: Session, make: Maker) -> None:
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif()], zone="Indian/Reunion", recurrence=None, last_day=MONDAY)

    (monday,) = days_of(session, agenda, MONDAY, MONDAY)

    assert [(each.start, each.end) for each in monday.openings] == [(time(6), time(9))]


def test_a_block_says_who_comes_for_what_and_where(session: Session, make: Maker) -> None:
    agenda, place = make.agenda(), make.place(name="Mairie annexe")
    motif = make.motif(name="Passeport", colour=5)
    first, second = (
        make.citizen(first_name="Jeanne", last_name="Roux", phone="+33612345678"),
        make.citizen(first_name="Paul", last_name="Roy", phone=None),
    )
    booked = make.appointment(agenda, at(9), motif=motif, citizen=first, place=place, seats=3)
    take_seat(session, booked, second.id, by_email=True, at=make.clock.now())
    gone = take_seat(session, booked, make.citizen().id, by_email=True, at=make.clock.now())
    assert gone
    gone.status = Status.CANCELLED_BY_CITIZEN
    session.flush()

    (day,) = days_of(session, agenda, MONDAY, MONDAY)

    seen = day.appointments[0].appointment
    assert (seen.people, seen.phones) == (("Jeanne Roux", "Paul Roy"), ("+33612345678",))
    assert (seen.motif, seen.colour, seen.place, seen.reference) == ("Passeport", 5, "Mairie annexe", booked.reference)


def test_several_agendas_each_on_its_own_clocks(session: Session, make: Maker) -> None:
    here, there = make.agenda(), make.agenda()
    there.zone = "Indian/Reunion"
    late = make.appointment(here, at(22))  # one o'clock of the next day there
    together = make.appointment(there, at(22))
    both = make.appointment(here, at(11))
    both.claim({here.id: None, there.id: None})
    session.flush()

    found = days_of_all(session, [here, there], MONDAY, TUESDAY)

    assert {
        agenda_id: [[each.appointment.id for each in day.appointments] for day in days]
        for agenda_id, days in found.items()
    } == {here.id: [[both.id, late.id], []], there.id: [[both.id], [together.id]]}


@pytest.mark.parametrize(("agendas", "number"), [(1, 1), (1, 40), (5, 10)])
def test_four_statements_whatever_stands_there(
    session: Session, database: Database, make: Maker, statements: Callable[[Database], Any], agendas: int, number: int
) -> None:
    shown, motif = [make.agenda() for _ in range(agendas)], make.motif()
    for agenda in shown:
        for index in range(number):
            make.appointment(agenda, at(9) + timedelta(minutes=30 * index), motif=motif)
            make.opening_range(agenda, [motif])
            make.absence(agenda)
    session.flush()
    session.expire_all()
    assert {agenda.zone for agenda in shown} == {"Europe/Paris"}

    with statements(database) as seen:
        found = days_of_all(session, shown, MONDAY, SUNDAY)
        counted = [each for days in found.values() for day in days for each in day.appointments]
        assert len(counted) >= agendas * number
        assert all(each.appointment.people and each.appointment.motif for each in counted)
    assert len(seen) == 4
