"""What a webhook hears of: every change, how it was and how it is, in the transaction it happened in (C15, M-1)."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from make import MONDAY, Maker
from sqlalchemy import select

from rdvdav.agenda.absence import AbsenceKind
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import cancel
from rdvdav.booking.outcome import set_outcome
from rdvdav.booking.staff import book_for, move_to
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.planning import absences, opening_ranges
from rdvdav.planning.one_appointment import comment_on, remove_for_good
from rdvdav.webhooks.webhook import Delivery, Kind

NINE = datetime(2026, 11, 24, 8, tzinfo=UTC)


@dataclass(frozen=True)
class House:
    """Ids of an organisation where one agent receives."""

    organisation: int
    elsewhere: int
    agent: int
    agenda: int
    motif: int
    place: int
    citizen: int


@pytest.fixture
def house(database: Database, clock: StoppedClock) -> House:
    with database.transaction() as session:
        make = Maker(session, clock)
        organisation, elsewhere = make.organisation(), make.organisation()
        agent, motif, place = make.agent(role="admin"), make.motif(), make.place()
        agenda = make.agenda_of(agent)
        make.opening_range(agenda, [motif], place_id=place.id, recurrence="FREQ=DAILY")
        citizen = make.citizen(first_name="Jeanne", last_name="Roux")
        ids = (organisation.id, elsewhere.id, agent.id, agenda.id, motif.id, place.id, citizen.id)
        make.webhook(kinds=list(Kind))
        return House(*ids)


def told(database: Database) -> list[dict[str, Any]]:
    with database.reading() as session:
        return [json.loads(row.body) for row in session.scalars(select(Delivery).order_by(Delivery.id))]


def test_each_step_of_an_appointment_is_told_as_it_was_and_as_it_is(
    database: Database, clock: StoppedClock, house: House
) -> None:
    actor = Actor.agent(house.agent)
    with database.transaction() as session:
        booked = book_for(
            session, clock, actor, agenda_id=house.agenda, motif_id=house.motif, starts_at=NINE,
            citizen_id=house.citizen, place_id=house.place,
        )  # fmt: skip
    with database.transaction() as session:
        comment_on(session, clock, house.agent, booked.reference, "Secret de l'équipe")
    with database.transaction() as session:
        move_to(session, clock, actor, session.merge(booked), NINE + timedelta(hours=1))
    clock.advance(timedelta(days=1, hours=2))
    with database.transaction() as session:
        set_outcome(session, clock, actor, [booked.id], Status.DONE)
    with database.transaction() as session:
        set_outcome(session, clock, actor, [booked.id], Status.PLANNED)
    with database.transaction() as session:
        cancel(session, clock, booked.id, actor)
    with database.transaction() as session:
        remove_for_good(session, clock, house.agent, booked.reference, tell=False)

    found = told(database)
    assert [
        (each["type"], (each["before"] or {}).get("status"), (each["after"] or {}).get("status")) for each in found
    ] == [
        ("appointment.booked", None, "planned"),
        ("appointment.moved", "planned", "planned"),
        ("appointment.outcome_set", "planned", "done"),
        ("appointment.outcome_set", "done", "planned"),
        ("appointment.cancelled", "planned", "cancelled_by_staff"),
        ("appointment.removed", "cancelled_by_staff", None),
    ]
    first, moved = found[:2]
    assert first["after"]["starts_at"] == "2026-11-24T08:00:00Z"
    assert first["after"]["participations"][0]["citizen"]["last_name"] == "Roux"
    assert first["after"]["agendas"][0]["agent"]["id"] == house.agent
    assert [moved[when]["starts_at"] for when in ("before", "after")] == [
        "2026-11-24T08:00:00Z",
        "2026-11-24T09:00:00Z",
    ]
    assert all(later["before"] == earlier["after"] for earlier, later in pairwise(found))
    assert first["timestamp"] == "2026-11-23T07:00:00.000000Z", "all are as long, so that they sort as texts"
    assert "Secret" not in json.dumps(found)


def test_openings_and_absences_are_told_too(database: Database, clock: StoppedClock, house: House) -> None:
    plan = absences.Plan("Congé", AbsenceKind.LEAVE, MONDAY, MONDAY)
    with database.transaction() as session:
        absence = absences.create(session, clock, house.agent, house.agenda, plan)
    with database.transaction() as session:
        absences.change(session, clock, house.agent, absence.id, replace(plan, starts=time(14), ends=time(16)))
    with database.transaction() as session:
        absences.remove(session, clock, house.agent, absence.id)
    opening = opening_ranges.Plan("Soir", house.place, frozenset({house.motif}), MONDAY, time(17), time(19))
    with database.transaction() as session:
        opening_ranges.create(session, clock, house.agent, house.agenda, opening)

    found = told(database)
    assert [(each["type"], each["before"] is None, each["after"] is None) for each in found] == [
        ("absence.created", True, False),
        ("absence.changed", False, False),
        ("absence.removed", False, True),
        ("opening_range.created", True, False),
    ]
    assert (found[1]["before"]["from"], found[1]["after"]["from"]) == (None, "14:00:00")
    assert found[3]["after"]["motifs"][0]["id"] == house.motif


@pytest.mark.parametrize(
    ("columns", "hears"),
    [
        ({}, True),
        ({"organisation_id": "organisation"}, True),
        ({"organisation_id": "elsewhere"}, False),
        ({"kinds": [Kind.ABSENCE]}, False),
        ({"active": False}, False),
        ({"territory_id": "another"}, False),
    ],
)
def test_only_who_follows_hears(sqlite: Database, clock: StoppedClock, columns: dict[str, Any], *, hears: bool) -> None:
    with sqlite.transaction() as session:
        make = Maker(session, clock)
        known = {"organisation": make.organisation().id, "elsewhere": make.organisation().id}
        known["another"] = make.territory().id
        agent, motif, place, citizen = make.agent(), make.motif(), make.place(), make.citizen()
        agenda = make.agenda_of(agent)
        make.opening_range(agenda, [motif], place_id=place.id, recurrence="FREQ=DAILY")
        make.webhook(
            **{name: known.get(value, value) if isinstance(value, str) else value for name, value in columns.items()}
        )
    with sqlite.transaction() as session:
        facts = {"agenda_id": agenda.id, "motif_id": motif.id, "citizen_id": citizen.id, "place_id": place.id}
        book_for(session, clock, Actor.agent(agent.id), starts_at=NINE, **facts)

    assert len(told(sqlite)) == hears


def test_what_is_undone_is_not_told(sqlite: Database, clock: StoppedClock) -> None:
    with sqlite.transaction() as session:
        make = Maker(session, clock)
        agent = make.agent()
        agenda = make.agenda_of(agent)
        make.webhook(kinds=list(Kind))
    plan = absences.Plan("Congé", AbsenceKind.LEAVE, MONDAY, MONDAY)
    with sqlite.transaction() as session:
        absences.create(session, clock, agent.id, agenda.id, plan)
        session.rollback()

    assert told(sqlite) == []


def test_following_costs_as_many_statements_for_however_many(
    database: Database, clock: StoppedClock, house: House, statements: Any
) -> None:
    counts = []
    for number in (1, 8):
        start = NINE + timedelta(days=7 * number)
        with database.transaction() as session:
            make = Maker(session, clock)
            place, motif = house.place, house.motif
            ids = [
                book_for(
                    session, clock, Actor.agent(house.agent), agenda_id=house.agenda, motif_id=motif, place_id=place,
                    starts_at=start + timedelta(days=day), citizen_id=make.citizen(territory_id=1).id,
                ).id
                for day in range(number)
            ]  # fmt: skip
        clock.advance(timedelta(days=90))
        with statements(database) as seen, database.transaction() as session:
            set_outcome(session, clock, Actor.agent(house.agent), ids, Status.DONE)
            session.flush()
            before = len(seen)
            session.commit()
        counts.append(len(seen) - before)
        clock.advance(timedelta(days=-90))

    assert counts[0] == counts[1]
