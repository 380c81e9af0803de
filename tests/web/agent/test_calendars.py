"""« Mes agendas » and « Réservation en ligne »: addresses, secrets shown once, steps for each program."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from web.agent.town import Town, plain, read, signed_in

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.access import AppPassword, agent_by_app_password
from rdvdav.feeds.address import FeedAddress
from rdvdav_web.agent.calendars import CLIENTS, SHOWN_ONCE

HOME = "/agent/mes-agendas"
PASSWORD = re.compile(r'id="fresh-password" value="([a-z0-9-]+)"')
LINK = re.compile(r'value="http://rdv\.example\.test(/calendrier/[a-z-]+-[a-z0-9]+\.ics)"')


def page_of(client: FlaskClient, path: str = HOME) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    return read(answer)


def made(client: FlaskClient, path: str, **data: str) -> str:
    answer = client.post(path, data=data)
    assert answer.status_code == 303
    return page_of(client, answer.headers["Location"].partition("#")[0])


@pytest.mark.parametrize("client", CLIENTS)
def test_each_program_has_its_steps_six_at_most(claire: FlaskClient, client: str) -> None:
    answer = claire.get(f"{HOME}/{client}", follow_redirects=True)
    page = read(answer)

    (steps,) = re.findall(r"<ol>.*?</ol>", page, re.DOTALL)
    assert answer.status_code == 200
    assert 2 <= steps.count("<li>") <= 6
    assert "Lecture seule" in page
    assert page.count('aria-current="page"') >= 2


def test_an_unknown_program_is_not_found(claire: FlaskClient) -> None:
    assert claire.get(f"{HOME}/minitel").status_code == 404
    assert claire.post(f"{HOME}/minitel/liens", data={"program": ""}).status_code == 404


def test_the_address_and_the_identifier_are_there_to_copy(claire: FlaskClient, town: Town) -> None:
    page = page_of(claire)

    assert 'value="http://rdv.example.test/dav/"' in page
    assert f'value="{town.principal}"' in page
    assert f"caldav://{town.principal}@rdv.example.test/dav/" in page
    assert page.count("<svg viewBox") >= 1
    assert "style=" not in page


def test_an_app_password_is_shown_once_and_opens_the_calendar(
    claire: FlaskClient, town: Town, database: Database
) -> None:
    page = made(claire, f"{HOME}/android/mots-de-passe", device="Téléphone de Claire")

    (secret,) = PASSWORD.findall(page)
    with database.reading() as session:
        reader = agent_by_app_password(session, town.principal, secret)
    assert reader is not None
    assert reader.agent_id == town.claire
    again = page_of(claire, f"{HOME}/android")
    assert secret not in again
    assert "Téléphone de Claire" in again
    with claire.session_transaction() as cookie:
        assert SHOWN_ONCE not in cookie


def test_reloading_makes_no_second_password(claire: FlaskClient, database: Database) -> None:
    made(claire, f"{HOME}/mac/mots-de-passe", device="Mac")
    page_of(claire, f"{HOME}/mac")

    with database.reading() as session:
        assert len(session.scalars(select(AppPassword)).all()) == 1


@pytest.mark.parametrize(("path", "field"), [("mots-de-passe", "device"), ("liens", "program")])
def test_a_key_needs_a_name(claire: FlaskClient, database: Database, path: str, field: str) -> None:
    for name, words in (("", "Nommez"), ("x" * 61, "Raccourcissez"), ("\0\t", "Nommez")):
        answer = claire.post(f"{HOME}/mac/{path}", data={field: name})
        page = read(answer)
        assert (answer.status_code, "<title>Erreur : " in page) == (200, True)
        assert page.count(words) >= 2
    with database.reading() as session:
        assert session.scalars(select(AppPassword)).all() == []
        assert session.scalars(select(FeedAddress)).all() == []


def test_a_password_is_revoked_once_confirmed(claire: FlaskClient, database: Database, town: Town) -> None:
    (secret,) = PASSWORD.findall(made(claire, f"{HOME}/mac/mots-de-passe", device="Mac"))
    with database.reading() as session:
        key = session.scalars(select(AppPassword.id)).one()
    path = f"{HOME}/mots-de-passe/{key}/revoquer"

    assert "Garder le mot de passe" in page_of(claire, path)
    with database.reading() as session:
        assert agent_by_app_password(session, town.principal, secret)
    assert claire.post(path).status_code == 303
    with database.reading() as session:
        assert agent_by_app_password(session, town.principal, secret) is None
    assert claire.post(path).status_code == 404


def test_a_link_is_shown_once_in_both_forms_and_is_a_calendar(claire: FlaskClient, town: Town) -> None:
    page = made(claire, f"{HOME}/google/liens", program="Google au bureau")

    (path,) = LINK.findall(page)
    assert f'value="webcal://rdv.example.test{path}"' in page
    answer = town.app.test_client().get(path, headers={"User-Agent": "Google-Calendar-Importer"})
    assert read(answer).startswith("BEGIN:VCALENDAR")
    answer.close()
    again = page_of(claire, f"{HOME}/google")
    assert path not in again
    assert "Google au bureau" in again
    assert "par Google Agenda" in again
    assert "aujourd'hui, lundi 23 novembre" in again


def test_a_reset_link_replaces_the_old_one(claire: FlaskClient, town: Town, database: Database) -> None:
    (old,) = LINK.findall(made(claire, f"{HOME}/google/liens", program="Google"))
    with database.reading() as session:
        key = session.scalars(select(FeedAddress.id)).one()
    path = f"{HOME}/liens/{key}/reinitialiser"
    assert "cesse aussitôt de fonctionner" in page_of(claire, path)

    (new,) = LINK.findall(made(claire, path))

    machine = town.app.test_client()
    assert (machine.get(old).status_code, machine.get(new).status_code) == (404, 200)


def test_a_revoked_link_leads_nowhere(claire: FlaskClient, town: Town, database: Database) -> None:
    (link,) = LINK.findall(made(claire, f"{HOME}/google/liens", program="Google"))
    with database.reading() as session:
        key = session.scalars(select(FeedAddress.id)).one()

    page_of(claire, f"{HOME}/liens/{key}/revoquer")
    assert town.app.test_client().get(link).status_code == 200
    claire.post(f"{HOME}/liens/{key}/revoquer")

    assert town.app.test_client().get(link).status_code == 404
    assert "Google</th>" not in page_of(claire, f"{HOME}/google")


def test_a_colleagues_keys_answer_as_unknown_ones(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    made(claire, f"{HOME}/mac/mots-de-passe", device="Mac")
    made(claire, f"{HOME}/mac/liens", program="Google")
    bruno = signed_in(town, database, clock, town.bruno)
    answers = [
        getattr(bruno, method)(f"{HOME}/{kind}/{key}/{action}")
        for kind, action in (("mots-de-passe", "revoquer"), ("liens", "revoquer"), ("liens", "reinitialiser"))
        for key in (1, 999_999)
        for method in ("get", "post")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({plain(answer) for answer in answers}) == 1
    with database.reading() as session:
        assert session.scalars(select(AppPassword)).one().revoked_at is None
        assert session.scalars(select(FeedAddress)).one().revoked_at is None


def test_the_public_address_is_there_to_copy_with_what_can_be_booked(claire: FlaskClient, town: Town) -> None:
    page = page_of(claire, "/agent/reservation-en-ligne")

    assert f'value="http://rdv.example.test/rdv/{town.slug}"' in page
    assert "Réservable" in page
    assert "Aucune plage d'ouverture" in page
    assert "Mairie de Loin" not in page
    assert town.app.test_client().get(f"/rdv/{town.slug}").status_code == 200
