"""What stood in a database before a migration still stands there after it, on both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from conftest import a_postgresql
from sqlalchemy import text

from rdvdav.database import Database
from rdvdav.migrations import config, is_current, upgrade
from rdvdav.tokens import new_slug

ROWS = """
INSERT INTO territory (id, name, slug, created_at) VALUES (1, 'T', 't', '2026-01-01 00:00:00');
INSERT INTO organisation (id, territory_id, name, slug, zone, holiday_calendar, detail_level, created_at)
    VALUES (4, 1, 'O', 'o', 'Europe/Paris', 'FR', 'motif', '2026-01-01 00:00:00');
INSERT INTO agent (id, email, first_name, last_name, principal, created_at)
    VALUES (2, 'a@example.test', 'A', 'B', 'p', '2026-01-01 00:00:00');
INSERT INTO membership (id, territory_id, agent_id, organisation_id, role, created_at)
    VALUES (1, 1, 2, 4, 'basic', '2026-01-01 00:00:00');
INSERT INTO agenda (id, territory_id, kind, agent_id, name, zone, detail_level, version, created_at)
    VALUES (3, 1, 'agent', 2, 'A B', 'Europe/Paris', 'motif', 0, '2026-01-01 00:00:00');
INSERT INTO audit_entry (id, territory_id, at, actor, kind, subject, subject_id, details) VALUES
    (1, 1, '2026-01-01 00:00:00', 'system', 'agenda.published', 'agenda', 3, '{}'),
    (2, 1, '2026-01-01 00:00:00', 'system', 'organisation.holidays_changed', 'organisation', 4, '{}'),
    (3, 1, '2026-01-01 00:00:00', 'system', 'absence.removed', 'absence', 99, '{}');
INSERT INTO citizen (id, territory_id, first_name, last_name, words, created_at, updated_at)
    VALUES (5, 1, 'C', 'D', 'c d', '2026-01-01 00:00:00', '2026-01-01 00:00:00')
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/old.sqlite")
        yield database
        database.dispose()
        return
    with a_postgresql(request.getfixturevalue("postgresql_server"), f"migrated_{new_slug(8).lower()}") as database:
        yield database


def test_lines_of_the_journal_learn_whose_they_are(empty: Database) -> None:
    command.upgrade(config(empty), "0001")
    with empty.transaction() as session:
        for statement in ROWS.split(";"):
            session.connection().exec_driver_sql(statement)

    upgrade(empty)

    assert is_current(empty)
    with empty.reading() as session:
        found = session.execute(text("SELECT id, organisation_id FROM audit_entry ORDER BY id")).all()
        told = session.execute(text("SELECT mails_wanted, sms_wanted FROM citizen")).all()
    assert [tuple(row) for row in found] == [(1, 4), (2, 4), (3, None)]
    assert [tuple(map(bool, row)) for row in told] == [(True, True)]


LINKED = """
INSERT INTO territory (id, name, slug, created_at) VALUES (1, 'T', 't', '2026-01-01 00:00:00');
INSERT INTO organisation (id, territory_id, name, slug, zone, holiday_calendar, detail_level, created_at)
    VALUES (4, 1, 'O', 'o', 'Europe/Paris', 'FR', 'motif', '2026-01-01 00:00:00');
INSERT INTO link (id, territory_id, digest, purpose, created_at)
    VALUES (1, 1, 'abcdefghabcdefghabcdefghabcdefgh', 'appointment', '2026-01-01 00:00:00')
"""


def test_links_sent_before_open_what_they_opened(empty: Database) -> None:
    command.upgrade(config(empty), "0006")
    with empty.transaction() as session:
        for statement in LINKED.split(";"):
            session.connection().exec_driver_sql(statement)

    upgrade(empty)
    with empty.reading() as session:
        found = session.execute(text("SELECT purpose, invitation_id, waiting_list_entry_id FROM link")).one()
    assert tuple(found) == ("replan", None, None)

    command.downgrade(config(empty), "0006")
    with empty.reading() as session:
        assert session.scalar(text("SELECT purpose FROM link")) == "appointment"
