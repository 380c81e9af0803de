"""What each command works on, and how errors become sentences that say what to do next."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from rdvdav import settings as all_settings
from rdvdav.clock import Clock, SystemClock
from rdvdav.database import Database
from rdvdav.errors import RdvdavError
from rdvdav.serving import NotMigrated
from rdvdav.settings import Settings, SettingsUnreadable


@dataclass(frozen=True)
class House:
    """One installation, opened for one command."""

    settings: Settings
    database: Database
    clock: Clock


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Hand *function* the house first, and turn errors into sentences; the exit code is then 1."""

    def run(*arguments: Any, **options: Any) -> None:
        with _sentences():
            settings = all_settings.load()
            logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
            database = Database(settings.database_url, read_url=settings.database_read_url)
            try:
                function(House(settings, database, SystemClock()), *arguments, **options)
            finally:
                database.dispose()

    return update_wrapper(run, function)


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except (SettingsUnreadable, NotMigrated) as error:
        raise click.ClickException(str(error)) from error
    except RdvdavError as error:
        raise click.ClickException(first_line(error)) from error
    except (OperationalError, ProgrammingError) as error:
        kind = type(error.orig).__name__
        raise click.ClickException(
            f"The database did not answer as expected ({kind}). Is it new? `rdvdav migrate`. Else `rdvdav doctor` says why."
        ) from error


def first_line(error: RdvdavError) -> str:
    """What the docstring of an error says it is; commands speak English."""
    return (type(error).__doc__ or type(error).__name__).strip().splitlines()[0]
