"""The agents' pages over a real database of each kind, and browsers that are signed in."""

import pytest
from flask.testing import FlaskClient
from web.agent.town import Town, build, signed_in

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.settings import Settings


@pytest.fixture
def town(database: Database, clock: StoppedClock, settings: Settings) -> Town:
    """The town on each database."""
    return build(database, clock, settings)


@pytest.fixture
def claire(town: Town, database: Database, clock: StoppedClock) -> FlaskClient:
    """Claire Martin's browser."""
    return signed_in(town, database, clock, town.claire)
