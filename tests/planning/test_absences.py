"""Absences: by whom, over which time, and which appointments they concern."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from make import MONDAY, Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence, AbsenceKind
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.errors import NotFound
from rdvdav.planning.absences import (
    Contradictory,
    Plan,
    absences,
    change,
    concerned,
    contradictions,
    create,
    remove,
)

TUESDAY = MONDAY + timedelta(days=1)
ALL_DAY = Plan("Congé d'hiver", AbsenceKind.LEAVE, TUESDAY, TUESDAY)


def at(hour: int, day: date = TUESDAY) -> datetime:
    return datetime.combine(day, time(hour - 1), UTC)


def test_an_absence_is_made_changed_and_removed_with_a_trace_each(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)

    absence = create(session, clock, agent.id, agenda.id, ALL_DAY)
    assert (absence.all_day, absence.zone, absence.last_day) == (True, "Europe/Paris", TUESDAY)
    later = replace(ALL_DAY, end_day=TUESDAY + timedelta(days=3), starts=time(14), ends=time(9))
    change(session, clock, agent.id, absence.id, later)
    assert (absence.all_day, absence.end_day, absence.last_day) == (False, later.end_day, later.end_day)
    remove(session, clock, agent.id, absence.id)

    assert session.scalars(select(Absence)).all() == []
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.kind for entry in entries] == ["absence.created", "absence.changed", "absence.removed"]
    assert all(entry.personal == {"title": "Congé d'hiver"} for entry in entries)
    assert all("title" not in entry.details for entry in entries)


def test_only_who_may_open_an_agenda_may_close_it(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    colleague = make.agent()
    stranger = make.agent(organisation=make.organisation(), services=[make.service()])
    absence = create(session, clock, colleague.id, agenda.id, ALL_DAY)

    for attempt in (
        lambda: create(session, clock, stranger.id, agenda.id, ALL_DAY),
        lambda: change(session, clock, stranger.id, absence.id, ALL_DAY),
        lambda: remove(session, clock, stranger.id, absence.id),
        lambda: remove(session, clock, colleague.id, 999_999),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert session.scalars(select(Absence)).all() == [absence]


@pytest.mark.parametrize(
    ("first", "end", "starts", "ends", "right"),
    [
        (0, 0, None, None, True),
        (0, 3, None, None, True),
        (1, 0, None, None, False),
        (0, 0, time(9), time(12), True),
        (0, 0, time(12), time(12), False),
        (0, 0, time(12), time(9), False),
        (0, 1, time(12), time(9), True),
        (0, 1, time(18), time(), True),
        (1, 0, time(9), time(12), False),
    ],
)
def test_an_absence_runs_forward(
    session: Session,
    clock: StoppedClock,
    make: Maker,
    first: int,
    end: int,
    starts: time | None,
    ends: time | None,
    right: bool,
) -> None:
    agent = make.agent()
    agenda_id = make.agenda_of(agent).id
    days = MONDAY + timedelta(days=first), MONDAY + timedelta(days=end)
    plan = Plan("", AbsenceKind.OTHER, *days, starts, ends)

    assert bool(contradictions(plan)) is not right
    if right:
        create(session, clock, agent.id, agenda_id, plan)
        session.flush()
    else:
        with pytest.raises(Contradictory):
            create(session, clock, agent.id, agenda_id, plan)


def test_appointments_inside_are_listed_and_kept(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)
    inside = make.appointment(agenda, at(11))
    make.appointment(agenda, at(12))
    make.appointment(make.agenda(), at(11))
    cancelled = make.appointment(agenda, at(10))
    cancelled.become(Status.CANCELLED_BY_STAFF)
    session.flush()
    plan = replace(ALL_DAY, starts=time(9), ends=time(11, 30))

    found = concerned(session, clock, agenda, plan.hours(agenda.zone))
    create(session, clock, agent.id, agenda.id, plan)

    assert found == [inside]
    assert session.get_one(Appointment, inside.id).status is Status.PLANNED


def test_what_is_over_concerns_nobody(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    make.appointment(agenda, at(9))
    hours = replace(ALL_DAY, end_day=TUESDAY + timedelta(days=1)).hours(agenda.zone)

    assert len(concerned(session, clock, agenda, hours)) == 1
    clock.advance(timedelta(days=2))
    assert concerned(session, clock, agenda, hours) == []


def test_several_days_reach_from_the_first_hour_to_the_last(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    for hour, day in (
        (13, TUESDAY),
        (15, TUESDAY),
        (9, TUESDAY + timedelta(days=1)),
        (11, TUESDAY + timedelta(days=2)),
    ):
        make.appointment(agenda, at(hour, day))
    plan = replace(ALL_DAY, end_day=TUESDAY + timedelta(days=2), starts=time(14), ends=time(11))

    found = concerned(session, clock, agenda, plan.hours(agenda.zone))

    assert [appointment.starts_at for appointment in found] == [at(15), at(9, TUESDAY + timedelta(days=1))]


def test_the_list_parts_at_today(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    over = make.absence(agenda, first_day=MONDAY - timedelta(days=1))
    today = make.absence(agenda, first_day=MONDAY)

    assert list(absences(session, clock, agenda, past=True)) == [over]
    assert list(absences(session, clock, agenda, past=False)) == [today]
