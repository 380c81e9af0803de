"""The two ways into the database, on both kinds."""

from contextlib import suppress

from sqlalchemy import text
from sqlalchemy.exc import InternalError

from rdvdav.database import Database


def test_nothing_a_read_does_is_kept(database: Database) -> None:
    with suppress(InternalError), database.reading() as session:  # PostgreSQL refuses it at once
        session.execute(text("DELETE FROM installation"))

    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM installation")) == 1


def test_a_read_stays_on_its_snapshot(database: Database) -> None:
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM installation")) == 1
        with database.transaction() as other:
            other.execute(text("DELETE FROM installation"))

        assert session.scalar(text("SELECT count(*) FROM installation")) == 1


def test_a_read_outlives_a_connection_that_the_server_cut(postgresql: Database) -> None:
    with postgresql.reading() as session:
        mine = session.scalar(text("SELECT pg_backend_pid()"))
    with postgresql.engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:mine, 5000)"), {"mine": mine})

    with postgresql.reading() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != mine


def test_what_was_read_holds_no_transaction_open(postgresql: Database) -> None:
    with postgresql.reading() as session:
        session.execute(text("SELECT 1"))

    open_ones = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    with postgresql.engine.connect() as connection:
        assert connection.scalar(text(open_ones)) == 0
