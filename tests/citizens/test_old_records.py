"""People who were there before they were found by words are found after the migration, and their messages are theirs."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from conftest import a_postgresql
from sqlalchemy import MetaData, insert, select, text

from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.find import find
from rdvdav.database import Database
from rdvdav.directory.organisation import Organisation
from rdvdav.migrations import config, upgrade

AT = datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None)


def check(database: Database) -> None:
    """Go from the first schema to the newest with somebody in it."""
    command.upgrade(config(database), "0001")
    there = MetaData()
    there.reflect(database.engine)
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(
                text("SET LOCAL session_replication_role = replica")
            )  # few rows, without all they refer to
        else:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        row = {"id": 1, "territory_id": 1, "created_at": AT, "updated_at": AT, "first_name": "Élise"}
        citizen = row | {"last_name": "N’Diaye", "email": "e@exemple.test", "phone": "+33612345678", "words": " x "}
        territory = {"id": 1, "name": "T", "slug": "t"}
        organisation = {"id": 1, "territory_id": 1, "name": "M", "slug": "m", "zone": "Europe/Paris"}
        for name, values in (
            ("territory", territory),
            ("organisation", organisation | {"holiday_calendar": "FR"}),
            ("citizen", citizen | {"birth_date": date(1962, 3, 4)}),
            ("citizen_organisation", {"citizen_id": 1, "organisation_id": 1}),
        ):
            table = there.tables[name]
            filled = {c.name: "motif" for c in table.columns if not c.nullable and c.name == "detail_level"}
            stamps = {"created_at": AT} if "created_at" in table.columns else {}
            connection.execute(insert(table).values(**(filled | stamps | values)))

    upgrade(database)

    with database.reading() as session:
        everywhere = select(Organisation.id)
        for typed in ("ndiaye", "elise diaye", "34 56", "e@ex", "04/03/1962"):
            expected = [] if typed == "ndiaye" else [1]
            assert [each.id for each in find(session, everywhere, typed).citizens] == expected, typed
        assert session.scalars(select(Citizen.sorted_as)).all() == ["n diaye\telise"]


def test_on_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.sqlite")
    check(database)
    database.dispose()


@pytest.mark.postgresql
def test_on_postgresql(postgresql_server: str) -> None:
    with a_postgresql(postgresql_server, "old_citizens") as database:
        check(database)
