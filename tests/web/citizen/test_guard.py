"""Trying out secrets, codes and searches ends in a page that says when to try again; it counts in the database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from web.application import application
from web.citizen.test_booking import AMINA, hold_slot
from web.citizen.town import PORTAL, Town, last_code, last_link
from web.citizen.visitor import Visitor

from rdvdav.booking.identify import WRONG_PER_EMAIL
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.settings import Settings


@pytest.fixture
def database(sqlite: Database) -> Database:
    """The counting itself is tried on both."""
    return sqlite


def require_told(visitor: Visitor, when: str) -> None:
    assert visitor.answer.status_code == 429
    assert "Trop de tentatives" in visitor.page.words
    assert when in visitor.page.words
    assert int(visitor.answer.headers["Retry-After"]) > 0


def test_secrets_that_open_nothing_are_counted_by_network(app: Flask, clock: StoppedClock, town: Town) -> None:
    visitor = Visitor(app, "2001:db8:0:1::1")
    paths = ["reservation/{}/vous", "mes-rendez-vous/lien/{}", "a-replanifier/{}", "mes-rendez-vous/code/{}"]
    for n in range(30):
        visitor.open(f"{PORTAL}/{paths[n % 4].format(f'guess{n}')}")
        assert visitor.answer.status_code == 404

    for who in (visitor, Visitor(app, "2001:db8:0:1:ffff::9")):
        who.open(f"{PORTAL}/reservation/guess/vous")
        require_told(who, "Réessayez dans 60 min.")
    visitor.open(PORTAL)
    assert visitor.answer.status_code == 200
    other = hold_slot(Visitor(app, "2001:db8:0:2::1"), town)
    assert other.answer.status_code == 200
    clock.advance(timedelta(hours=1))
    visitor.open(f"{PORTAL}/reservation/guess/vous")
    assert visitor.answer.status_code == 404


def test_wrong_codes_for_one_address_end_but_the_link_still_opens(
    app: Flask, database: Database, clock: StoppedClock, town: Town
) -> None:
    for n in range(WRONG_PER_EMAIL.count // 5):
        visitor = Visitor(app, f"192.0.2.{n}")
        visitor.open(f"{PORTAL}/mes-rendez-vous")
        visitor.press("Continuer", email=AMINA["email"])
        for _ in range(5):
            visitor.press("Continuer", code="000000" if last_code(database) != "000000" else "111111")
    visitor.open(f"{PORTAL}/mes-rendez-vous")
    visitor.press("Continuer", email=AMINA["email"])

    visitor.press("Continuer", code=last_code(database))
    require_told(visitor, "Réessayez à partir du mardi 24 novembre 2026 à 8 h.")
    visitor.open(last_link(database))
    assert "Confirmez votre adresse e-mail" in visitor.page.words


def test_searches_from_one_network_end_for_five_minutes(
    database: Database, clock: StoppedClock, settings: Settings, town: Town
) -> None:
    app = application(database, clock, replace(settings, searches_per_address=20))
    visitor, path = Visitor(app), f"{PORTAL}/creneau?motif={town.card}"
    served = 0
    while served <= 40 and visitor.open(path) and visitor.answer.status_code == 200:
        served += 1

    assert 10 <= served <= 30  # one search of ten is written down, for ten
    require_told(visitor, "Réessayez dans 5 min.")
    other = Visitor(app, "192.0.2.77")
    other.open(path)
    assert other.answer.status_code == 200
    clock.advance(timedelta(minutes=5))
    visitor.open(path)
    assert visitor.answer.status_code == 200
