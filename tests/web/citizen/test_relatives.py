"""« Pour qui ? » on the way to a booking, and the relatives of an account (3.10, B11)."""

import pytest
from flask import Flask
from sqlalchemy import select
from web.application import application
from web.citizen.test_booking import hold_slot, identify
from web.citizen.town import PORTAL, Town, build, events
from web.citizen.visitor import Visitor

from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.outbox.message import Message
from rdvdav.settings import Settings

SAMI = {"who": "autre", "first_name": "Sami", "last_name": "Benali", "birth_date": "04/05/2018"}


@pytest.fixture
def town(sqlite: Database, clock: StoppedClock) -> Town:
    with sqlite.transaction() as session:
        return build(session, clock)


@pytest.fixture
def app(sqlite: Database, clock: StoppedClock, settings: Settings, town: Town) -> Flask:
    return application(sqlite, clock, settings)


@pytest.fixture
def amina(visitor: Visitor, sqlite: Database, town: Town) -> Visitor:
    """At the last look of a booking, her address proved."""
    return identify(hold_slot(visitor, town), sqlite)


def seats(database: Database) -> list[str]:
    with database.reading() as session:
        query = select(Citizen.first_name).join(Participation).order_by(Participation.id)
        return list(session.scalars(query))


def test_a_booking_for_a_child_is_seen_moved_and_cancelled_by_who_answers(
    amina: Visitor, sqlite: Database, town: Town
) -> None:
    amina.follow("Est-ce pour un proche ?")
    amina.press("Continuer", who="autre", first_name="", last_name="Benali", birth_date="04/05/2018")
    assert "Saisissez le prénom" in amina.page.words
    amina.press("Continuer", **SAMI)
    assert "Sami Benali" in amina.page.words
    assert "amina@exemple.fr" in amina.page.words
    amina.press("Confirmer le rendez-vous")
    assert "Votre rendez-vous est confirmé" in amina.page.words
    assert "a…@exemple.fr" in amina.page.words
    assert seats(sqlite) == ["Sami"]
    with sqlite.reading() as session:
        assert session.scalars(select(Message.recipient)).all() == ["amina@exemple.fr"] * 2

    amina.open(f"{PORTAL}/mes-rendez-vous")
    assert "Sami Benali" in amina.page.words
    amina.follow("Déplacer")
    amina.press("10:00, jeudi 26 novembre")
    amina.press("Déplacer le rendez-vous")
    assert "Votre rendez-vous est confirmé" in amina.page.words
    amina.open(f"{PORTAL}/mes-rendez-vous")
    amina.follow("Annuler")
    amina.press("Annuler le rendez-vous")
    assert events(sqlite)[-2:] == ["appointment.moved", "appointment.cancelled"]
    assert seats(sqlite) == ["Sami"]


def test_who_has_relatives_is_asked_for_whom(amina: Visitor, app: Flask, sqlite: Database, town: Town) -> None:
    amina.follow("Est-ce pour un proche ?")
    amina.press("Continuer", **SAMI)
    amina.press("Confirmer le rendez-vous")

    hold_slot(amina, town, words="10:30, jeudi 26 novembre").press("Continuer en tant que Amina Benali")
    assert "Pour qui est ce rendez-vous ?" in amina.page.words
    amina.press("Continuer", who="999999")
    assert "Choisissez pour qui est le rendez-vous" in amina.page.words
    amina.press("Continuer", who="1")
    amina.press("Confirmer le rendez-vous")

    assert seats(sqlite) == ["Sami", "Amina"]


def test_nobody_books_for_somebody_elses_relative(
    amina: Visitor, app: Flask, sqlite: Database, clock: StoppedClock, town: Town
) -> None:
    with sqlite.transaction() as session:
        other = Citizen(territory_id=town.territory, first_name="Eve", last_name="Roux", created_at=clock.now())
        other.updated_at = clock.now()
        session.add(other)
        session.flush()
        child = Citizen(territory_id=town.territory, first_name="Léo", last_name="Roux", responsible_id=other.id)
        child.created_at = child.updated_at = clock.now()
        session.add(child)
        session.flush()
        child_id = child.id
    form, _button = amina.button("Confirmer le rendez-vous")
    form.action += f"?pour={child_id}"
    amina.press("Confirmer le rendez-vous")
    assert seats(sqlite) == ["Amina"]
    for path in (f"mes-proches/{child_id}", f"mes-proches/{child_id}/retirer", "mes-proches/999999"):
        assert amina.client.get(f"{PORTAL}/{path}").status_code == 404


def test_relatives_are_added_changed_and_removed_in_the_account(amina: Visitor, sqlite: Database) -> None:
    amina.open(f"{PORTAL}/mes-proches")
    assert "Vous n'avez encore ajouté personne." in amina.page.words
    amina.press("Ajouter", first_name="Sami", last_name="Benali", birth_date="31/12/2199")
    assert "Saisissez une date de naissance dans le passé" in amina.page.words
    amina.press("Ajouter", first_name="Sami", last_name="Benali", birth_date="04/05/2018")
    assert "Sami Benali fait partie de vos proches." in amina.page.words

    amina.follow("Modifier – Sami")
    amina.press("Enregistrer", first_name="Samy", birth_date="2018-05-04")
    assert "Samy Benali" in amina.page.words
    amina.follow("Retirer – Samy")
    amina.press("Retirer ce proche")
    assert "Samy Benali ne fait plus partie de vos proches." in amina.page.words


def test_relatives_are_for_who_is_signed_in(app: Flask, town: Town) -> None:
    nobody = Visitor(app)
    for page in ("mes-proches", "mes-proches/1", "mes-proches/1/retirer"):
        nobody.open(f"{PORTAL}/{page}")
        assert "Retrouver mes rendez-vous" in nobody.page.words
