"""The door's side of the database: `transaction()` when a view may write, `reading()` when not; `clock()` tells the time."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property

from flask import current_app
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.federation.client import Client
from rdvdav.federation.provider import providers_of
from rdvdav.settings import Settings


@dataclass(frozen=True)
class House:
    """All that an application is handed: nothing in the door reads it from elsewhere."""

    database: Database
    clock: Clock
    settings: Settings

    @cached_property
    def providers(self) -> Mapping[str, Client]:
        """The identity providers of the installation, by their keys; what is fetched of them is kept.

        Raises:
            SettingsUnreadable: One of them can't be used.
        """
        found = (Client(provider, self.settings.public_url) for provider in providers_of(self.settings))
        return {client.provider.key: client for client in found}


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
