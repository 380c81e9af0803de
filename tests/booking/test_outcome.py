"""Outcomes: the table NEXT and its moments, seats with a status of their own, what calendars then say, who arrived."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import NoSuchMove, Status
from rdvdav.audit.entry import AuditEntry
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.outcome import NotExpected, TooEarly, arrive, set_outcome, set_seat_outcome
from rdvdav.booking.withdraw import withdraw
from rdvdav.clock import StoppedClock
from rdvdav.feeds.object import CalendarObject

PLANNED, DONE, MISSED = Status.PLANNED, Status.DONE, Status.NO_SHOW


def booked(make: Maker, clock: StoppedClock, hours: float = 1, **motif: Any) -> Appointment:
    agenda = make.agenda()
    return make.appointment(agenda, clock.now() + timedelta(hours=hours), motif=make.motif(**motif))


def kinds(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.kind).order_by(AuditEntry.id)))


@pytest.mark.parametrize(
    "way",
    [(DONE,), (MISSED,), (DONE, MISSED, DONE), (DONE, PLANNED, MISSED), (MISSED, PLANNED), (DONE, DONE)],
)
def test_staff_may_correct_an_outcome(
    session: Session, make: Maker, clock: StoppedClock, way: tuple[Status, ...]
) -> None:
    appointment = booked(make, clock)

    for status in way:
        set_outcome(session, clock, SYSTEM, [appointment.id], status)

    assert appointment.status is way[-1]
    assert [seat.status for seat in appointment.participations] == [way[-1]]
    assert appointment.holds_time
    changes = sum(old is not new for old, new in pairwise((PLANNED, *way)))
    assert kinds(session) == ["appointment.outcome_set"] * changes


@pytest.mark.parametrize("status", [Status.CANCELLED_BY_CITIZEN, Status.CANCELLED_BY_STAFF])
def test_what_is_cancelled_stays_so(session: Session, make: Maker, clock: StoppedClock, status: Status) -> None:
    appointment = booked(make, clock)
    appointment.become(status)

    for wanted in (DONE, MISSED, PLANNED):
        with pytest.raises(NoSuchMove):
            set_outcome(session, clock, SYSTEM, [appointment.id], wanted)


@pytest.mark.parametrize(("hours", "possible"), [(-48, True), (-1, True), (15.5, True), (17, False), (48, False)])
def test_an_outcome_is_given_from_the_day_on(
    session: Session, make: Maker, clock: StoppedClock, hours: float, possible: bool
) -> None:
    """It is 8 o'clock in Paris: the day ends in sixteen hours."""
    appointment = booked(make, clock, hours)

    if possible:
        set_outcome(session, clock, SYSTEM, [appointment.id], DONE)
    else:
        with pytest.raises(TooEarly):
            set_outcome(session, clock, SYSTEM, [appointment.id], DONE)


def test_what_was_to_be_replanned_gets_an_outcome_after_its_end_and_takes_no_time(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    appointment = booked(make, clock)
    withdraw(session, clock, appointment.id, SYSTEM, tell=False)
    with pytest.raises(TooEarly):
        set_outcome(session, clock, SYSTEM, [appointment.id], DONE)
    clock.advance(timedelta(hours=1, minutes=30))

    set_outcome(session, clock, SYSTEM, [appointment.id], DONE)

    assert not appointment.holds_time
    shown = session.scalars(select(CalendarObject).where(CalendarObject.appointment_id == appointment.id)).one()
    assert shown.text
    assert not shown.busy
    assert "STATUS:CONFIRMED" in shown.text
    assert "TRANSP:TRANSPARENT" in shown.text
    set_outcome(session, clock, SYSTEM, [appointment.id], MISSED)
    assert not appointment.holds_time
    with pytest.raises(NoSuchMove):
        set_outcome(session, clock, SYSTEM, [appointment.id], PLANNED)


def shared(session: Session, make: Maker, clock: StoppedClock, **motif: Any) -> tuple[Appointment, list[int]]:
    """An appointment of three people."""
    appointment = booked(make, clock, **motif)
    appointment.seats = 3
    for _ in range(2):
        appointment.participations.append(
            Participation(
                territory_id=appointment.territory_id,
                citizen_id=make.citizen().id,
                uid=f"seat-{len(appointment.participations)}@rdv.example.test",
                created_at=clock.now(),
            )
        )
    session.flush()
    return appointment, [seat.id for seat in appointment.participations]


def test_each_participant_of_a_collective_one_has_a_status(session: Session, make: Maker, clock: StoppedClock) -> None:
    appointment, (first, second, third) = shared(session, make, clock, collective=True)

    set_seat_outcome(session, clock, SYSTEM, first, MISSED)
    assert (appointment.status, session.get_one(Participation, first).status) == (PLANNED, MISSED)
    set_outcome(session, clock, SYSTEM, [appointment.id], DONE)

    statuses = {seat.id: seat.status for seat in appointment.participations}
    assert statuses == {first: MISSED, second: DONE, third: DONE}
    set_outcome(session, clock, SYSTEM, [appointment.id], PLANNED)
    assert session.get_one(Participation, first).status is MISSED
    with pytest.raises(NoSuchMove):
        set_outcome(session, clock, SYSTEM, [appointment.id], MISSED)


def test_one_participant_of_an_individual_one_is_the_appointment(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    appointment = booked(make, clock)

    set_seat_outcome(session, clock, SYSTEM, appointment.participations[0].id, DONE)

    assert appointment.status is DONE


def test_an_arrival_keeps_its_first_time_and_can_be_undone(session: Session, make: Maker, clock: StoppedClock) -> None:
    appointment = booked(make, clock)
    seat, arrived = appointment.participations[0].id, clock.now()

    for _ in range(2):
        arrive(session, clock, SYSTEM, seat)
        clock.advance(timedelta(minutes=5))

    assert session.get_one(Participation, seat).arrived_at == arrived
    arrive(session, clock, SYSTEM, seat, undo=True)
    assert session.get_one(Participation, seat).arrived_at is None
    assert kinds(session) == ["appointment.arrived", "appointment.arrival_undone"]


@pytest.mark.parametrize("hours", [-24, 24])
def test_nobody_arrives_on_another_day(session: Session, make: Maker, clock: StoppedClock, hours: float) -> None:
    seat = booked(make, clock, hours).participations[0].id

    with pytest.raises(NotExpected):
        arrive(session, clock, SYSTEM, seat)
