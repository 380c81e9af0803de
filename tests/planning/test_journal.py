"""Everything is written down, in words, for those who may read it (A10, L-6)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.audit.entry import ActorKind, AuditEntry
from rdvdav.audit.kind import KINDS
from rdvdav.audit.record import SYSTEM, Actor, changed, record
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.planning.journal import NAMES, ROWS_A_PAGE, Wanted, history_of, journal
from rdvdav.tables import metadata
from rdvdav_web.agent.deeds import DEEDS, THINGS

PARIS = Wanted(zone="Europe/Paris")


def test_each_kind_is_about_a_table_and_has_words() -> None:
    subjects = {declared.subject for declared in KINDS.values()}

    assert subjects <= metadata.tables.keys()
    assert DEEDS.keys() == KINDS.keys()
    assert subjects == THINGS.keys()
    assert subjects <= NAMES.keys()


def test_only_what_changed_is_told() -> None:
    before, after = {"name": "Matin", "opens": "09:00"}, {"name": "Matin", "opens": "10:00", "closes": "12:00"}

    assert changed(before, after) == {
        "opens": {"old": "09:00", "new": "10:00"},
        "closes": {"old": None, "new": "12:00"},
    }


def test_administrators_read_what_is_theirs_and_nobody_else_anything(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    territory, abroad = make.territory(), make.territory()
    home, elsewhere = make.organisation(), make.organisation()
    far = make.organisation(territory_id=abroad.id)
    readers = {
        "basic": make.agent(organisation=home),
        "admin": make.agent(organisation=home, role="admin"),
        "territory admin": make.agent(organisation=home, administers=territory),
        "stranger": make.agent(organisation=far, services=[], role="admin"),
    }
    for organisation in (home, elsewhere, far):
        what = "organisation.holidays_changed"
        record(session, clock, SYSTEM, what, organisation.territory_id, organisation.id)

    read = {
        name: {traced.about for traced in journal(session, reader.id, PARIS).lines} for name, reader in readers.items()
    }
    assert read == {
        "basic": set(),
        "admin": {home.name},
        "territory admin": {home.name, elsewhere.name},
        "stranger": {far.name},
    }


def test_a_line_is_of_the_organisation_of_what_it_is_about(session: Session, make: Maker, clock: StoppedClock) -> None:
    make.organisation()
    home = make.organisation()
    agent = make.agent(organisation=home)
    agenda = make.agenda_of(agent)
    motif = make.motif(organisation_id=home.id)
    subjects = {
        "appointment.kept": make.appointment(agenda, clock.now(), motif=motif).id,
        "absence.created": make.absence(agenda).id,
        "agenda.published": agenda.id,
        "opening_range.created": make.opening_range(agenda, [motif], organisation_id=home.id).id,
        "organisation.holidays_changed": home.id,
    }
    for kind, subject_id in subjects.items():
        record(session, clock, SYSTEM, kind, home.territory_id, subject_id)

    assert set(session.scalars(select(AuditEntry.organisation_id))) == {home.id}


@pytest.fixture
def lines(session: Session, make: Maker, clock: StoppedClock) -> tuple[int, int, int]:
    """An administrator's id, an agent's, and an organisation's of which the journal has a page and a half."""
    home = make.organisation()
    admin, agent = make.agent(organisation=home, role="admin"), make.agent(organisation=home)
    for number in range(ROWS_A_PAGE + 10):
        who = Actor.agent(agent.id) if number % 2 else SYSTEM
        record(session, clock, who, "organisation.holidays_changed", home.territory_id, home.id, number=number)
        if number % 5 == 0:
            clock.advance(timedelta(hours=6))
    return admin.id, agent.id, home.id


def test_pages_go_on_where_the_last_one_ended(session: Session, lines: tuple[int, int, int]) -> None:
    first = journal(session, lines[0], PARIS)
    second = journal(session, lines[0], Wanted(zone=PARIS.zone, before=first.older))

    numbers = [traced.entry.details["number"] for traced in (*first.lines, *second.lines)]
    assert numbers == sorted(range(ROWS_A_PAGE + 10), reverse=True)
    assert second.older is None


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"actor": ActorKind.AGENT}, 30),
        ({"actor": ActorKind.CITIZEN}, 0),
        ({"kind": "organisation.holidays_changed", "subject": "organisation"}, 50),
        ({"kind": "appointment.kept"}, 0),
        ({"subject": "organisation", "subject_id": -1}, 0),
        ({"organisation_id": -1}, 0),
        ({"first": date(2026, 11, 23), "last": date(2026, 11, 23)}, 11),
        ({"last": date(2026, 11, 22)}, 0),
        ({"first": date(2026, 11, 26)}, 9),
        ({"before": -1}, 0),
    ],
)
def test_the_list_is_filtered(session: Session, lines: tuple[int, int, int], wanted: dict, count: int) -> None:
    assert len(journal(session, lines[0], Wanted(zone=PARIS.zone, **wanted)).lines) == count


def test_a_page_is_one_statement_however_much_there_is(
    database: Database, clock: StoppedClock, statements: Callable
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        home = make.organisation()
        admin, agenda = make.agent(role="admin"), make.agenda()
        record(session, clock, SYSTEM, "agenda.published", home.territory_id, agenda.id)
        for _number in range(5):
            absence = make.absence(agenda)
            record(session, clock, Actor.agent(admin.id), "absence.created", home.territory_id, absence.id)
    with database.reading() as session, statements(database) as seen:
        found = journal(session, admin.id, PARIS)
        history = history_of(session, "absence", absence.id)
    assert [traced.about for traced in found.lines] == ["Formation"] * 5 + [agenda.name]
    assert [(traced.entry.kind, traced.who) for traced in history] == [("absence.created", admin.name)]
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 2
