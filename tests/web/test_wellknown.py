"""Where clients find the calendars from the site's address alone (K-20)."""

import pytest
from flask.testing import FlaskClient

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.settings import Settings
from rdvdav_web import create_app

METHODS = ["GET", "HEAD", "PROPFIND", "OPTIONS", "REPORT"]


@pytest.fixture
def client(sqlite: Database, clock: StoppedClock, settings: Settings) -> FlaskClient:
    return create_app(sqlite, clock, settings).test_client()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_caldav_is_elsewhere(client: FlaskClient, method: str, slash: str) -> None:
    answer = client.open(f"/.well-known/caldav{slash}", method=method)

    assert (answer.status_code, answer.headers["Location"]) == (301, "/dav/")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_there_are_no_address_books(client: FlaskClient, method: str, slash: str) -> None:
    assert client.open(f"/.well-known/carddav{slash}", method=method).status_code == 404


def test_a_client_at_the_root_is_led_to_caldav(client: FlaskClient) -> None:
    answer = client.open("/", method="PROPFIND", headers={"Depth": "0"})

    assert (answer.status_code, answer.headers["Location"]) == (301, "/dav/")


def test_below_a_prefix_the_prefix_is_kept(client: FlaskClient) -> None:
    answer = client.open("/.well-known/caldav", method="PROPFIND", environ_overrides={"SCRIPT_NAME": "/rdv"})

    assert answer.headers["Location"] == "/rdv/dav/"
