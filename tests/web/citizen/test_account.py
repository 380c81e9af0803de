"""« Mes informations »: contact, switches, the address of one's calendar, one's data, the end of the account (10.10, B17)."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from web.application import application
from web.citizen.test_booking import booked, hold_slot, identify
from web.citizen.town import PORTAL, Town, build, builders, last_code, last_link
from web.citizen.visitor import Visitor

from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.citizen_events import CitizenEvent, CitizenFeed
from rdvdav.outbox.message import Message
from rdvdav.policy.throttle import count_attempt
from rdvdav.privacy.hand_over import hand_over
from rdvdav.records.account import CHANGES_PER_CITIZEN
from rdvdav.settings import Settings
from rdvdav_web.citizen.data_words import COLUMNS, TABLES

ACCOUNT = f"{PORTAL}/mes-informations"


@pytest.fixture
def town(sqlite: Database, clock: StoppedClock) -> Town:
    with sqlite.transaction() as session:
        return build(session, clock)


@pytest.fixture
def app(sqlite: Database, clock: StoppedClock, settings: Settings, town: Town) -> Flask:
    return application(sqlite, clock, settings)


@pytest.fixture
def amina(visitor: Visitor, sqlite: Database, town: Town) -> Visitor:
    """With an appointment on Thursday."""
    return booked(visitor, sqlite, town)


def record(database: Database) -> Citizen:
    with database.reading() as session:
        return session.scalars(select(Citizen).order_by(Citizen.id)).first()  # type: ignore[return-value]


def test_contact_and_switches_are_saved_and_followed(amina: Visitor, sqlite: Database, town: Town) -> None:
    amina.open(ACCOUNT)
    assert "Benali" in amina.page.words
    amina.press("Enregistrer", phone="12")
    assert "Saisissez un numéro de téléphone" in amina.page.words
    amina.press("Enregistrer", phone="06 99 88 77 66", mails_wanted=None)
    assert "Vos modifications sont enregistrées." in amina.page.words
    saved = record(sqlite)
    assert (saved.phone, saved.mails_wanted, saved.sms_wanted) == ("+33699887766", False, True)

    hold_slot(amina, town, words="10:30, jeudi 26 novembre").press("Continuer en tant que Amina")
    amina.press("Confirmer le rendez-vous")

    with sqlite.reading() as session:
        events = session.scalars(select(Message.event).where(~Message.to_compose)).all()
    assert events.count("appointment.created") == 1


def test_another_address_counts_once_it_is_proved(
    amina: Visitor, app: Flask, sqlite: Database, clock: StoppedClock
) -> None:
    amina.open(ACCOUNT)
    amina.follow("Modifier l'adresse e-mail")
    amina.press("Continuer", email="pas une adresse")
    assert "Saisissez une adresse e-mail" in amina.page.words
    amina.press("Continuer", email="Neuve@Exemple.fr")
    assert "Consultez votre messagerie" in amina.page.words
    assert record(sqlite).email == "amina@exemple.fr"
    amina.press("Continuer", code=last_code(sqlite))
    assert "neuve@exemple.fr est désormais l'adresse e-mail du compte." in amina.page.words

    amina.open(f"{ACCOUNT}/adresse")
    amina.press("Continuer", email="encore@exemple.fr")
    other = Visitor(app, "192.0.2.8")
    other.open(last_link(sqlite))
    assert "le compte de Amina Benali" in other.page.words.replace("du compte", "le compte")
    other.press("Utiliser cette adresse pour le compte")
    assert record(sqlite).email == "encore@exemple.fr"
    assert "Retrouver mes rendez-vous" in other.page.words  # proving it signs nobody in


def test_an_address_of_another_record_is_refused_only_once_it_is_proved(
    amina: Visitor, sqlite: Database, clock: StoppedClock, town: Town
) -> None:
    with sqlite.transaction() as session:
        builders(session, clock, town).citizen(email="autre@exemple.fr")
    amina.open(f"{ACCOUNT}/adresse")

    amina.press("Continuer", email="autre@exemple.fr")
    assert "Consultez votre messagerie" in amina.page.words
    amina.press("Continuer", code=last_code(sqlite))

    assert "Cette adresse est celle d'un autre dossier" in amina.page.words
    assert record(sqlite).email == "amina@exemple.fr"


def test_a_calendar_address_is_shown_once_and_closed(amina: Visitor, sqlite: Database) -> None:
    amina.open(f"{PORTAL}/mes-rendez-vous")
    amina.follow("S'abonner à mes rendez-vous")
    amina.press("Créer mon lien")
    path = amina.href("Ouvrir dans mon agenda").removeprefix("webcal://rdv.example.test")
    answer = amina.client.get(path, headers={"User-Agent": "Thunderbird/128"})
    assert answer.mimetype == "text/calendar"
    assert "SUMMARY:Passeport" in answer.text
    assert amina.client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert "rdv" not in amina.client.get(path.replace(".ics", ".ifb")).text
    answer.close()

    amina.open(ACCOUNT)
    assert "Thunderbird" in amina.page.words
    amina.press("Fermer le lien")
    assert amina.client.get(path).status_code == 404


def test_an_address_older_than_stored_texts_is_filled_as_it_is_first_read(amina: Visitor, sqlite: Database) -> None:
    amina.open(ACCOUNT)
    amina.press("Créer mon lien")
    path = amina.href("Ouvrir dans mon agenda").removeprefix("webcal://rdv.example.test")
    written = amina.client.get(path)
    with sqlite.transaction() as session:
        session.execute(delete(CitizenEvent))
        session.execute(update(CitizenFeed).values(written_at=None))

    assert "SUMMARY:Passeport" in written.text
    assert amina.client.get(path).text == written.text
    assert amina.client.get(path, headers={"If-None-Match": written.headers["ETag"]}).status_code == 304
    with sqlite.reading() as session:
        assert session.scalars(select(CitizenFeed.written_at)).one() is not None


def test_changes_of_ones_account_are_counted_wherever_they_come_from(
    app: Flask, amina: Visitor, sqlite: Database, clock: StoppedClock
) -> None:
    amina.open(f"{PORTAL}/mes-proches")
    relatives = amina.page
    amina.open(ACCOUNT)
    account = amina.page
    with sqlite.transaction() as session:
        who = str(session.scalars(select(Citizen.id)).one())
        count_attempt(session, clock, CHANGES_PER_CITIZEN, who, CHANGES_PER_CITIZEN.count - 1)
    amina.press("Créer mon lien")
    assert amina.answer.status_code == 200

    amina.environ["REMOTE_ADDR"] = "198.51.100.7"
    child = {"first_name": "Sami", "last_name": "Benali", "birth_date": "2018-05-04"}
    for page, button, typed in (
        (account, "Créer mon lien", {}),
        (account, "Enregistrer", {"phone": "06 99 99 99 99"}),
        (relatives, "Ajouter", child),
    ):
        amina.page = page
        amina.press(button, **typed)
        assert amina.answer.status_code == 429, button
    assert record(sqlite).phone == "+33612345678"


def test_what_is_kept_is_read_and_downloaded(amina: Visitor, sqlite: Database, clock: StoppedClock) -> None:
    amina.open(f"{ACCOUNT}/mes-donnees")
    assert "amina@exemple.fr" in amina.page.words
    told = json.loads(amina.client.get(amina.href("Télécharger")).text)
    assert told["people"][0]["kept"]["citizen"][0]["email"] == "amina@exemple.fr"
    with sqlite.reading() as session:
        kept = hand_over(session, clock, record(sqlite).id)["people"][0]["kept"]
    assert kept.keys() <= TABLES.keys()
    assert {column for rows in kept.values() for row in rows for column in row} <= COLUMNS.keys()


def test_an_account_is_deleted_once_nothing_is_to_come(
    amina: Visitor, app: Flask, sqlite: Database, clock: StoppedClock
) -> None:
    amina.open(f"{ACCOUNT}/supprimer")
    assert "avez un rendez-vous à venir. Annulez-le d'abord" in amina.page.words
    assert "Supprimer mon compte" not in amina.buttons
    amina.open(ACCOUNT)
    form = amina.button("Enregistrer")[0]
    form.action = f"{ACCOUNT}/supprimer"
    amina.press("Enregistrer")
    assert "Cette personne a un rendez-vous à venir" in amina.page.words
    clock.advance(timedelta(days=7))
    again = Visitor(app)
    again.open(f"{PORTAL}/mes-rendez-vous")
    again.press("Continuer", email="amina@exemple.fr")
    again.press("Continuer", code=last_code(sqlite))
    again.open(f"{ACCOUNT}/supprimer")
    again.press("Supprimer mon compte")

    assert "Votre compte est supprimé." in again.page.words
    gone = record(sqlite)
    assert (gone.first_name, gone.email, gone.erased_at) == ("", None, clock.now())
    again.open(ACCOUNT)
    assert "Retrouver mes rendez-vous" in again.page.words


def test_an_account_is_for_who_is_signed_in(app: Flask, town: Town, sqlite: Database) -> None:
    nobody = Visitor(app)
    for page in ("", "/adresse", "/mes-donnees", "/mes-donnees.json", "/supprimer"):
        nobody.open(f"{ACCOUNT}{page}")
        assert "Retrouver mes rendez-vous" in nobody.page.words
    assert identify(hold_slot(Visitor(app), town), sqlite).page.words
