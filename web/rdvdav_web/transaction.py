"""The door's side of the database: `transaction()` when a view may write, `reading()` when not; `clock()` tells the time."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.settings import Settings


@dataclass(frozen=True)
class House:
    """All that an application is handed: nothing in the door reads it from elsewhere."""

    database: Database
    clock: Clock
    settings: Settings


def house() -> House:
    """What this application was made with."""
    found: House = current_app.extensions["rdvdav"]
    return found


def transaction() -> AbstractContextManager[Session]:
    """A session that may write, committed at the end of the block."""
    return house().database.transaction()


def reading() -> AbstractContextManager[Session]:
    """A session on one snapshot."""
    return house().database.reading()


def clock() -> Clock:
    """The application's clock."""
    return house().clock
