"""The CalDAV door: Radicale over the published collections, reading only. GPL, as Radicale is."""

import logging
from functools import partial
from wsgiref.types import WSGIApplication

from radicale import config

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.settings import Settings
from rdvdav_radicale.application import HEADERS, ReadOnlyApplication
from rdvdav_radicale.auth import Auth
from rdvdav_radicale.entrance import Entrance
from rdvdav_radicale.hardening import LARGEST_BODY, Hardened
from rdvdav_radicale.rights import Rights
from rdvdav_radicale.storage import Storage
from rdvdav_radicale.visit import Visits


def make_application(database: Database, clock: Clock, settings: Settings, *, answerer: bool = True) -> WSGIApplication:
    """The CalDAV application on *database*, to be mounted at `/dav` (K-20). Several may live in one process.

    Without *answerer* Radicale answers everything: the same, at length (K-60).
    """
    # Radicale names people and their addresses in its warnings.
    logging.getLogger("radicale").setLevel(logging.ERROR)
    visits = Visits(database, clock)
    realm = settings.host
    configuration = config.load()
    configuration.update(
        {
            # Radicale would sleep on each 401 and 403; failures are throttled instead (K-22).
            "auth": {"type": partial(Auth, visits), "delay": 0, "realm": realm, "urldecode_username": True},
            "rights": {"type": partial(Rights, visits)},
            "storage": {"type": partial(Storage, visits)},
            "web": {"type": "none"},
            "server": {"delay_on_error": 0, "max_content_length": LARGEST_BODY},
            # Counts events even where nothing is expanded.
            "reporting": {"max_expand_occurrence": 0},
            "headers": dict(HEADERS),
        },
        "rdvdav",
        privileged=True,
    )
    radicale = ReadOnlyApplication(visits, configuration)
    return Hardened(Entrance(visits, radicale, answerer=answerer), realm)
