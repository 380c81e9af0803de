"""A second database that hears of the first one's changes only when told: a read replica, as late as a test wants it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import a_postgresql
from diary import TUESDAY_NINE, Diary
from sqlalchemy import insert, select

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.migrations import upgrade
from rdvdav.tables import metadata


@contextmanager
def replicated(primary: Database, folder: Path) -> Iterator[Database]:
    """The primary's address with a replica beside it, on the same engine, still empty. `catch_up` brings it up to date."""
    if primary.is_sqlite:
        yield from _with_replica(primary, f"sqlite:///{folder}/replica.sqlite")
        return
    admin = primary.url.set(database="postgres").render_as_string(hide_password=False)
    with a_postgresql(admin, f"{primary.url.database}_replica") as replica:
        yield from _with_replica(primary, replica.url.render_as_string(hide_password=False))


def _with_replica(primary: Database, url: str) -> Iterator[Database]:
    both = Database(primary.url, read_url=url)
    assert both.replica is not None
    upgrade(both.replica)
    try:
        yield both
    finally:
        both.dispose()


def catch_up(both: Database) -> None:
    """Let the replica have every row of the primary."""
    assert both.replica is not None
    with both.engine.connect() as source, both.replica.engine.begin() as target:
        for table in reversed(metadata.sorted_tables):
            target.execute(table.delete())
        for table in metadata.sorted_tables:
            rows = [dict(row._mapping) for row in source.execute(select(table))]
            if rows:
                target.execute(insert(table), rows)


@pytest.fixture
def both(database: Database, tmp_path: Path) -> Iterator[Database]:
    """A primary with its replica, both empty."""
    with replicated(database, tmp_path) as both:
        yield both


@pytest.fixture
def diary(both: Database, clock: StoppedClock) -> Diary:
    """One appointment, which the replica has heard of."""
    diary = Diary(both, clock)
    diary.book(TUESDAY_NINE)
    catch_up(both)
    return diary
