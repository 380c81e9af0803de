"""The list of appointments: who may list what, each filter, pages by key, and what is « à renseigner »."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from make import Maker
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.planning.appointment_list import (
    ROWS_A_PAGE,
    Filters,
    Standing,
    count_to_complete,
    list_appointments,
)

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
PARIS = ["Europe/Paris"]


def ids(session: Session, clock: StoppedClock, agent_id: int, **filters: Any) -> set[int]:
    found = list_appointments(session, clock, agent_id, Filters(**filters))
    assert found.total == len(found.appointments)
    return {appointment.id for appointment in found.appointments}


@pytest.fixture
def scene(session: Session, make: Maker, clock: StoppedClock) -> dict[str, Any]:
    """Two organisations of one territory, two services, and one appointment in each of four corners."""
    territory = make.territory()
    town, other = make.organisation(), make.organisation()
    civil, social = make.service(), make.service()
    secretariat = make.service(is_secretariat=True)
    motifs = {
        (place, service): make.motif(organisation_id=place.id, service_id=service.id)
        for place in (town, other)
        for service in (civil, social)
    }
    host = make.agenda_of(make.agent(organisation=town, services=[social]))
    away = make.agenda_of(make.agent(organisation=other, services=[civil]))
    booked = {
        "town civil": make.appointment(host, NOON, motif=motifs[town, civil]),
        "town social": make.appointment(host, NOON + timedelta(hours=1), motif=motifs[town, social]),
        "other civil": make.appointment(away, NOON, motif=motifs[other, civil]),
    }
    return {
        "basic": make.agent(organisation=town, services=[civil]).id,
        "host": host.agent_id,
        "secretary": make.agent(organisation=town, services=[secretariat]).id,
        "admin": make.agent(organisation=town, services=[], role="admin").id,
        "territory": make.agent(organisation=other, services=[], administers=territory).id,
        "ids": {name: appointment.id for name, appointment in booked.items()},
    }


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("basic", {"town civil"}),
        ("host", {"town civil", "town social"}),  # the first is assigned to this agent, the second of the own service
        ("secretary", {"town civil", "town social"}),
        ("admin", {"town civil", "town social"}),
        ("territory", {"town civil", "town social", "other civil"}),
    ],
)
def test_each_role_lists_what_the_table_says(
    session: Session, clock: StoppedClock, scene: dict[str, Any], who: str, sees: set[str]
) -> None:
    assert ids(session, clock, scene[who]) == {scene["ids"][name] for name in sees}


def test_only_what_stands_in_an_agenda_in_sight_can_be_opened(
    session: Session, clock: StoppedClock, scene: dict[str, Any]
) -> None:
    assert not list_appointments(session, clock, scene["basic"], Filters()).open_to_me
    assert len(list_appointments(session, clock, scene["host"], Filters()).open_to_me) == 2


STANDINGS = [
    (Standing.UPCOMING, {"tomorrow"}),
    (Standing.TO_COMPLETE, {"yesterday", "today", "kept today"}),
    (Standing.TO_REPLAN, {"to replan"}),
    (Standing.DONE, {"done"}),
    (Standing.NO_SHOW, {"missed"}),
    (Standing.CANCELLED, {"by citizen", "by staff"}),
]


@pytest.fixture
def week(session: Session, make: Maker, clock: StoppedClock) -> dict[str, Appointment]:
    """One of each kind in one agenda, around Monday noon."""
    make.service()
    agenda = make.agenda()
    day = timedelta(days=1)
    made = {
        name: make.appointment(agenda, NOON + shift)
        for name, shift in {
            "yesterday": -day,
            "today": timedelta(hours=5),
            "tomorrow": day,
            "to replan": day,
            "done": -day,
            "missed": -day,
            "by citizen": day,
            "by staff": day,
            "kept today": timedelta(hours=6),
            "past without slot": -2 * day,
        }.items()
    }
    statuses = {
        "to replan": Status.TO_REPLAN,
        "done": Status.DONE,
        "missed": Status.NO_SHOW,
        "by citizen": Status.CANCELLED_BY_CITIZEN,
        "by staff": Status.CANCELLED_BY_STAFF,
    }
    for name, status in statuses.items():
        made[name].become(status)
    for name in ("kept today", "past without slot"):
        made[name].withdrawn_at = clock.now()
    session.flush()
    return made


@pytest.mark.parametrize(("standing", "names"), STANDINGS)
def test_each_status_has_its_appointments(
    session: Session,
    clock: StoppedClock,
    make: Maker,
    week: dict[str, Appointment],
    standing: Standing,
    names: set[str],
) -> None:
    agent_id = make.agent().id

    assert ids(session, clock, agent_id, standing=standing) == {week[name].id for name in names}


def test_days_are_those_of_the_organisations_clocks(session: Session, clock: StoppedClock, make: Maker) -> None:
    town = make.organisation()
    island = make.organisation(zone="Indian/Reunion")
    service = make.service()
    late = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)  # 21:30 in Paris, half past midnight of the 24th in La Réunion
    agenda = make.agenda()
    here = make.appointment(agenda, late, motif=make.motif(organisation_id=town.id))
    there = make.appointment(agenda, late, motif=make.motif(organisation_id=island.id, service_id=service.id))
    agent_id = agenda.agent_id
    assert agent_id
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)

    assert ids(session, clock, agent_id, first=monday, last=monday) == {here.id}
    assert ids(session, clock, agent_id, first=tuesday, last=None) == {there.id}
    assert ids(session, clock, agent_id, standing=Standing.TO_COMPLETE) == {here.id}
    assert count_to_complete(session, clock, agent_id, ["Europe/Paris", "Indian/Reunion"]) == 1


def test_the_other_filters(session: Session, clock: StoppedClock, make: Maker) -> None:
    first, second = make.agenda(), make.agenda()
    one = make.appointment(first, NOON)
    motif, place, citizen = make.motif(), make.place(), make.citizen()
    two = make.appointment(second, NOON, motif=motif, place=place, citizen=citizen)
    agent_id = first.agent_id
    assert agent_id

    assert ids(session, clock, agent_id) == {one.id, two.id}
    for filters in (
        {"agenda_ids": [second.id]},
        {"motif_id": motif.id},
        {"place_id": place.id},
        {"citizen_id": citizen.id},
    ):
        assert ids(session, clock, agent_id, **filters) == {two.id}


def test_pages_are_turned_by_key_both_ways_at_a_constant_cost(
    database: Database, clock: StoppedClock, statements: Callable[[Database], Any]
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        agenda = make.agenda()
        # Many begin at once: the key tells them apart.
        made = [make.appointment(agenda, NOON + timedelta(days=n // 20)).id for n in range(2 * ROWS_A_PAGE + 3)]
        agent_id = agenda.agent_id
    assert agent_id

    with database.reading() as session, statements(database) as sent:
        first = list_appointments(session, clock, agent_id, Filters())
        cost = len(sent)
    with database.reading() as session:
        second = list_appointments(session, clock, agent_id, Filters(), after=first.after)
        back = list_appointments(session, clock, agent_id, Filters(), before=second.before)
        with statements(database) as sent:
            third = list_appointments(session, clock, agent_id, Filters(), after=second.after)
        assert [each.id for page in (first, second, third) for each in page.appointments] == made
        assert [each.id for each in back.appointments] == made[:ROWS_A_PAGE]
        assert (first.before, third.after) == (None, None)
        assert back.before is None
        assert first.total == third.total == len(made)
    assert len(sent) <= cost
