"""The portal of a small town on each kind of database."""

import pytest
from flask import Flask
from web.application import application
from web.citizen.town import Town, build
from web.citizen.visitor import Visitor

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.settings import Settings


@pytest.fixture
def town(database: Database, clock: StoppedClock) -> Town:
    with database.transaction() as session:
        return build(session, clock)


@pytest.fixture
def app(database: Database, clock: StoppedClock, settings: Settings, town: Town) -> Flask:
    return application(database, clock, settings)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)
