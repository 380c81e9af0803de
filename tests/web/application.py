"""One application for all tests of a process: to lay its routes out takes longer than most tests."""

from flask import Flask

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.policy.installation import installation
from rdvdav.settings import Settings
from rdvdav_web import create_app
from rdvdav_web.transaction import House

_LAID_OUT: dict[tuple[str, bool], Flask] = {}


def application(database: Database, clock: Clock, settings: Settings, *, csrf: bool = True) -> Flask:
    """What `create_app` makes, on the database, clock and settings of this test.

    Args:
        csrf: Whether forms must carry their token, as they do outside tests.
    """
    laid_out = settings.public_url, settings.demonstration  # all that the routes depend on
    if laid_out not in _LAID_OUT:
        _LAID_OUT[laid_out] = create_app(database, clock, settings)
    app = _LAID_OUT[laid_out]
    app.extensions["rdvdav"] = House(database, clock, settings)
    with database.reading() as session:
        app.secret_key = installation(session).signing_key
    app.config["WTF_CSRF_ENABLED"] = csrf
    return app
