"""Many at once for few slots, from several processes, on both databases (D-1 to D-3, I-1)."""

from collections import Counter
from datetime import timedelta

import pytest
from booking.crowd import Attempt, StaffAttempt, race
from booking_times import NINE
from conftest import NOW
from make import Maker
from sqlalchemy import select

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.booking.freely import Plan
from rdvdav.booking.warning import Kind
from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.object import CalendarObject
from rdvdav.outbox.message import Message

pytestmark = pytest.mark.slow
PER_SLOT = 8
"""Attempts on each of twenty slots; 200 hold too, in three minutes instead of ten seconds."""
HALF_AN_HOUR = timedelta(minutes=30)


def scene(database: Database, agents: int = 1) -> tuple[int, int, list[int]]:
    """A motif, its place, and citizens; as many agents as wanted offer working mornings."""
    with database.transaction() as session:
        make = Maker(session, StoppedClock(NOW))
        motif, place = make.motif(), make.place()
        for _ in range(agents):
            make.opening_range(make.agenda(), [motif], place_id=place.id)
        return motif.id, place.id, [make.citizen().id for _ in range(20)]


def require_whole(database: Database, expected: int) -> None:
    """Every appointment has its object and mail, no two overlap, versions count the changes."""
    with database.reading() as session:
        appointments = session.scalars(select(Appointment)).all()
        assert len(appointments) == expected
        claims = Counter((c.agenda_id, c.starts_at) for c in session.scalars(select(Claim)))
        assert set(claims.values()) == {1}
        objects = session.scalars(select(CalendarObject)).all()
        assert {o.uid for o in objects} == {a.uid for a in appointments}
        assert len(session.scalars(select(Message)).all()) == expected
        assert sum(a.version for a in session.scalars(select(Agenda))) == expected
        for agenda in session.scalars(select(Agenda)):
            versions = sorted(o.version for o in objects if o.version and o.appointment_id in _on(session, agenda.id))
            assert versions == list(range(1, agenda.version + 1))


def _on(session, agenda_id: int) -> set[int]:
    return set(session.scalars(select(Claim.appointment_id).where(Claim.agenda_id == agenda_id)))


def test_two_hundred_want_one_slot_and_one_gets_it(database: Database) -> None:
    motif, place, citizens = scene(database)

    outcomes = race(database, [Attempt(n, citizens[n % 20], motif, place, NINE) for n in range(200)])

    assert sum(outcome.agenda_id is not None for outcome in outcomes) == 1
    assert {outcome.alternatives for outcome in outcomes if outcome.agenda_id is None} == {3}
    require_whole(database, 1)


def test_twenty_slots_wanted_by_eight_each_give_exactly_twenty(database: Database) -> None:
    motif, place, citizens = scene(database)
    starts = [NINE + timedelta(days=(0, 1, 2, 5)[n // 6]) + HALF_AN_HOUR * (n % 6) for n in range(20)]
    attempts = [Attempt(n, citizens[n % 20], motif, place, starts[n % 20]) for n in range(20 * PER_SLOT)]

    outcomes = race(database, attempts)

    assert sum(outcome.agenda_id is not None for outcome in outcomes) == 20
    assert all(outcome.alternatives > 0 for outcome in outcomes if outcome.agenda_id is None)
    require_whole(database, 20)


def test_both_agents_free_at_a_start_are_used_before_anybody_is_refused(database: Database) -> None:
    motif, place, citizens = scene(database, agents=2)

    outcomes = race(database, [Attempt(n, citizens[n % 20], motif, place, NINE) for n in range(200)])

    booked = [outcome.agenda_id for outcome in outcomes if outcome.agenda_id is not None]
    assert len(booked) == len(set(booked)) == 2
    assert {outcome.alternatives for outcome in outcomes if outcome.agenda_id is None} == {3}
    require_whole(database, 2)


def test_a_crowd_for_one_slot_with_five_seats_gets_five_seats_of_one_appointment(database: Database) -> None:
    with database.transaction() as session:
        make = Maker(session, StoppedClock(NOW))
        motif, place = make.motif(), make.place()
        make.opening_range(make.agenda(), [motif], place_id=place.id, seats=5)
        attempts = [Attempt(n, make.citizen().id, motif.id, place.id, NINE) for n in range(60)]

    outcomes = race(database, attempts)

    assert sum(outcome.agenda_id is not None for outcome in outcomes) == 5
    assert all(outcome.alternatives > 0 for outcome in outcomes if outcome.agenda_id is None)
    with database.reading() as session:
        [appointment] = session.scalars(select(Appointment))
        assert (len(appointment.seated), appointment.seats) == (5, 5)
        assert len(session.scalars(select(Message)).all()) == 5


def test_agents_who_share_one_room_never_meet_in_it(database: Database) -> None:
    with database.transaction() as session:
        make = Maker(session, StoppedClock(NOW))
        motif, place = make.motif(rooms_needed=1), make.place()
        room = make.room()
        for agenda in [*(make.agenda() for _ in range(3)), room]:
            make.opening_range(agenda, [motif], place_id=place.id)
        starts = [NINE, NINE + HALF_AN_HOUR]
        attempts = [Attempt(n, make.citizen().id, motif.id, place.id, starts[n % 2]) for n in range(60)]

    outcomes = race(database, attempts)

    assert sum(outcome.agenda_id is not None for outcome in outcomes) == 2
    with database.reading() as session:
        claims = Counter((claim.agenda_id, claim.starts_at) for claim in session.scalars(select(Claim)))
        assert set(claims.values()) == {1}
        assert sorted(start for agenda_id, start in claims if agenda_id == room.id) == starts


def test_forty_agents_book_one_time_outside_any_slot_and_all_but_one_are_warned(database: Database) -> None:
    evening = NINE + timedelta(hours=10)
    with database.transaction() as session:
        make = Maker(session, StoppedClock(NOW))
        motif, place = make.motif(), make.place()
        agents = [make.agent() for _ in range(4)]
        agenda = make.agenda_of(agents[0])
        people = [make.citizen() for _ in range(20)]
        for person in people:
            known = {"organisation_id": motif.organisation_id, "created_at": NOW}
            session.add(CitizenOrganisation(citizen_id=person.id, **known))
        plans = [
            Plan(motif.id, person.id, evening, 30, place.id, frozenset({agenda.id}))
            for person in people
            for _ in range(2)
        ]
        attempts = [StaffAttempt(agents[n % 4].id, plan) for n, plan in enumerate(plans)]

    outcomes = race(database, attempts)

    assert sum(outcome.agenda_id is not None for outcome in outcomes) == 1
    assert all(Kind.OVERLAP in outcome.to_accept for outcome in outcomes if outcome.agenda_id is None)
    require_whole(database, 1)


def test_two_agents_book_for_one_person_in_two_agendas_and_one_is_warned(database: Database) -> None:
    with database.transaction() as session:
        make = Maker(session, StoppedClock(NOW))
        motif, place, person = make.motif(), make.place(), make.citizen()
        session.add(CitizenOrganisation(citizen_id=person.id, organisation_id=motif.organisation_id, created_at=NOW))
        agents = [make.agent() for _ in range(8)]
        attempts = [
            StaffAttempt(agent.id, Plan(motif.id, person.id, NINE, 30, place.id, frozenset({make.agenda_of(agent).id})))
            for agent in agents
        ]

    outcomes = race(database, attempts)

    assert sum(outcome.agenda_id is not None for outcome in outcomes) == 1
    assert {outcome.to_accept for outcome in outcomes if outcome.agenda_id is None} == {(Kind.SAME_DAY,)}
    require_whole(database, 1)


@pytest.mark.parametrize("limit", [1, 3])
def test_one_person_at_eight_agendas_at_once_gets_no_more_than_one_may(database: Database, limit: int) -> None:
    with database.transaction() as session:
        make = Maker(session, StoppedClock(NOW))
        motif, person, places = make.motif(per_citizen_limit=limit), make.citizen(), [make.place() for _ in range(8)]
        for place in places:  # an agenda each: their locks have nothing to do with one another
            make.opening_range(make.agenda(), [motif], place_id=place.id)
        attempts = [Attempt(n, person.id, motif.id, places[n % 8].id, NINE + n // 8 * HALF_AN_HOUR) for n in range(16)]

    outcomes = race(database, attempts)

    assert sum(outcome.agenda_id is not None for outcome in outcomes) == limit
    assert all(outcome.limit == limit for outcome in outcomes if outcome.agenda_id is None)
    require_whole(database, limit)
