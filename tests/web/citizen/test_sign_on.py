"""Identifying with a provider on the way to a booking and to one's appointments, against a strict one (3.9, B04)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
import requests
from federation.provider import PERSON, Provider, serving
from flask import Flask
from sqlalchemy import select
from web.application import application
from web.citizen.test_booking import hold_slot, identify
from web.citizen.town import PORTAL, Town, build, builders, change
from web.citizen.visitor import Visitor

from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.identity import CitizenIdentity
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.policy.sign_on import SignOn
from rdvdav.settings import Settings


@pytest.fixture
def provider(clock: StoppedClock, settings: Settings) -> Iterator[Provider]:
    with serving(clock, settings.public_url) as provider:
        yield provider


@pytest.fixture
def town(sqlite: Database, clock: StoppedClock) -> Town:
    with sqlite.transaction() as session:
        return build(session, clock)


@pytest.fixture
def app(sqlite: Database, clock: StoppedClock, settings: Settings, town: Town, provider: Provider) -> Flask:
    described = {"franceconnect": provider.settings}
    return application(sqlite, clock, replace(settings, identity_providers=described))


def go_there(visitor: Visitor) -> str:
    """Press the button, follow to the provider; the address it sends back to, below the host."""
    visitor.press("S'identifier avec FranceConnect")
    assert visitor.answer.status_code == 200, visitor.page.words
    there = visitor.href("Continuer vers FranceConnect")
    assert visitor.answer.headers["Refresh"] == f"0; url={there}"
    back = requests.get(there, allow_redirects=False, timeout=5)
    assert back.status_code == 302, back.text
    url = urlsplit(back.headers["Location"])
    return f"{url.path}?{url.query}"


def people(database: Database) -> list[Citizen]:
    with database.reading() as session:
        return list(session.scalars(select(Citizen).order_by(Citizen.id)))


def test_a_booking_goes_on_with_what_the_provider_vouches_for(
    visitor: Visitor, sqlite: Database, town: Town, provider: Provider
) -> None:
    hold_slot(visitor, town)
    assert visitor.has_link("Qu'est-ce que FranceConnect ?")

    visitor.open(go_there(visitor))

    assert visitor.path.endswith("/vous")
    assert "Angela Claire Louise Transmis par FranceConnect" in visitor.page.words
    assert "24 août 1962 Transmis par FranceConnect" in visitor.page.words
    visitor.press("Continuer en tant que Angela Claire Louise DUBOIS")
    visitor.press("Confirmer le rendez-vous")
    assert "Votre rendez-vous est confirmé" in visitor.page.words
    [citizen] = people(sqlite)
    assert (citizen.birth_date, citizen.email, citizen.email_proven_at) == (date(1962, 8, 24), PERSON["email"], None)
    assert provider.refused == []


def test_who_comes_again_is_the_same_person_and_follows_the_provider(
    app: Flask, sqlite: Database, town: Town, provider: Provider
) -> None:
    for name in ("DUBOIS", "MARTIN"):
        provider.person["family_name"] = name
        visitor = Visitor(app)
        visitor.open(f"{PORTAL}/mes-rendez-vous")
        visitor.open(go_there(visitor))
        assert f"Angela Claire Louise {name}" in visitor.answer.text
        assert "Vous n'avez pas de rendez-vous à venir" in visitor.page.words

    assert [citizen.last_name for citizen in people(sqlite)] == ["MARTIN"]


@pytest.mark.parametrize("mood", ["access_denied", "wrong nonce", "token 500"])
def test_a_connection_that_does_not_succeed_is_calm_and_keeps_the_slot(
    visitor: Visitor, sqlite: Database, town: Town, provider: Provider, mood: str
) -> None:
    hold_slot(visitor, town)
    provider.mood = {mood}

    visitor.open(go_there(visitor))

    said = "La connexion avec FranceConnect n'a pas abouti. Votre créneau reste réservé."
    assert said in visitor.page.words
    assert people(sqlite) == []
    identify(visitor, sqlite)
    assert "Vérifiez votre rendez-vous" in visitor.page.words


def test_a_provider_that_is_down_is_calm_too(visitor: Visitor, town: Town, provider: Provider) -> None:
    hold_slot(visitor, town)
    provider.mood = {"openid-configuration 500"}

    visitor.press("S'identifier avec FranceConnect")

    assert "n'a pas abouti. Votre créneau reste réservé." in visitor.page.words


def test_only_the_visit_that_went_comes_back_and_once(
    app: Flask, visitor: Visitor, sqlite: Database, town: Town, clock: StoppedClock
) -> None:
    hold_slot(visitor, town)
    back = go_there(visitor)
    stranger = Visitor(app, "192.0.2.9")

    stranger.open(back)
    assert stranger.answer.status_code == 404
    assert "Cette connexion n'est plus valable" in stranger.page.words
    visitor.open(back)
    assert visitor.path.endswith("/vous")
    visitor.open(back)
    assert visitor.answer.status_code == 404

    slow = hold_slot(Visitor(app, "192.0.2.3"), town, words="10:00, jeudi 26 novembre")
    back = go_there(slow)
    clock.advance(timedelta(minutes=20))
    slow.open(back)
    assert slow.answer.status_code == 404
    for wrong in ("state=x&code=y", "error=access_denied", ""):
        assert visitor.client.get(f"/connexion/franceconnect/retour?{wrong}").status_code == 404
    assert visitor.client.get("/connexion/nobody/retour").status_code == 404


@pytest.mark.parametrize(
    ("columns", "verified", "joined"),
    [
        ({}, True, True),
        ({"birth_date": date(1962, 8, 24)}, True, True),
        ({"birth_date": date(1990, 1, 1)}, True, False),
        ({}, False, False),
    ],
)
def test_a_verified_address_joins_the_record_that_has_it_unless_it_is_somebody_elses(
    visitor: Visitor,
    sqlite: Database,
    clock: StoppedClock,
    town: Town,
    provider: Provider,
    columns: dict[str, date],
    verified: bool,
    joined: bool,
) -> None:
    with sqlite.transaction() as session:
        builders(session, clock, town).citizen(email=PERSON["email"], last_name="Connue", **columns)
    provider.person["email_verified"] = verified
    visitor.open(f"{PORTAL}/mes-rendez-vous")

    visitor.open(go_there(visitor))

    known, *others = people(sqlite)
    assert (known.last_name, [each.email for each in others]) == (("DUBOIS", []) if joined else ("Connue", [None]))


def test_people_who_share_an_address_stay_two(app: Flask, sqlite: Database, town: Town, provider: Provider) -> None:
    for number, name in enumerate(("DUBOIS", "MARTIN")):
        provider.person |= {"sub": f"subject {number}", "family_name": name, "email_verified": True, "birthdate": ""}
        visitor = Visitor(app)
        visitor.open(f"{PORTAL}/mes-rendez-vous")
        visitor.open(go_there(visitor))

    assert [(each.last_name, each.email) for each in people(sqlite)] == [("DUBOIS", PERSON["email"]), ("MARTIN", None)]


def test_signing_out_signs_out_there_too(visitor: Visitor, sqlite: Database, town: Town, provider: Provider) -> None:
    visitor.open(f"{PORTAL}/mes-rendez-vous")
    visitor.open(go_there(visitor))

    visitor.press("Se déconnecter")
    there = requests.get(visitor.href("Continuer vers FranceConnect"), allow_redirects=False, timeout=5)
    back = urlsplit(there.headers["Location"])
    visitor.open(f"{back.path}?{back.query}")

    assert "La session est fermée." in visitor.page.words
    assert provider.refused == []
    with sqlite.reading() as session:
        assert session.scalars(select(SignOn.id_token)).all() == [None]
    visitor.open(f"{PORTAL}/mes-rendez-vous")
    assert visitor.button("S'identifier avec FranceConnect")


def test_signing_out_ends_here_when_the_provider_is_down(
    visitor: Visitor, town: Town, provider: Provider, clock
) -> None:
    visitor.open(f"{PORTAL}/mes-rendez-vous")
    visitor.open(go_there(visitor))
    provider.mood = {"openid-configuration 500"}
    clock.advance(timedelta(hours=1))

    visitor.press("Se déconnecter")

    assert "La session est fermée." in visitor.page.words


def test_an_embedded_page_may_lead_there_by_a_link(visitor: Visitor, town: Town) -> None:
    hold_slot(visitor, town)
    form, _button = visitor.button("S'identifier avec FranceConnect")

    visitor.open(form.action)
    assert "Votre créneau reste réservé pendant ce temps." in visitor.page.words
    visitor.press("Continuer vers FranceConnect")
    assert visitor.answer.headers["Refresh"].startswith("0; url=http://127.0.0.1")


def test_what_is_vouched_for_is_not_typed_over(app: Flask, visitor: Visitor, sqlite: Database, town: Town) -> None:
    visitor.open(f"{PORTAL}/mes-rendez-vous")
    visitor.open(go_there(visitor))
    with sqlite.reading() as session:
        [row] = session.scalars(select(CitizenIdentity)).all()
    assert (row.first_name, row.birth_date) == ("Angela Claire Louise", date(1962, 8, 24))
    change(sqlite, Citizen, row.citizen_id, email="amina@exemple.fr")

    other = identify(hold_slot(Visitor(app, "192.0.2.5"), town), sqlite)

    assert "Angela Claire Louise DUBOIS" in other.page.words
