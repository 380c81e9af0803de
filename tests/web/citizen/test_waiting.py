"""« Liste d'attente » on the portal: asked, confirmed, told, left (3.17, B12)."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from web.citizen.test_booking import booked
from web.citizen.test_replanning import last_mail, the
from web.citizen.town import PORTAL, Town, away, change
from web.citizen.visitor import Visitor

from rdvdav.agenda.freed import Freed
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.booking.serve_waiting import serve_due
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import BookableBy, Motif


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Pages are tried on one database."""
    return sqlite


def the_entry(database: Database) -> WaitingListEntry:
    with database.reading() as session:
        return session.scalars(select(WaitingListEntry)).one()


def link(database: Database) -> str:
    """Path of the first link in the newest mail."""
    return re.findall(r"https?://[^/\s]+(/rdv/\S+/liste-d-attente/\S+)", last_mail(database).text)[0]


def test_from_the_list_to_the_message_to_the_slots(
    visitor: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.card}&moment=matin")
    visitor.follow("M'inscrire sur la liste d'attente")
    words = visitor.page.words
    for said in (
        "au plus un message par jour, trois en tout",
        "le premier qui réserve obtient la place",
        "Carte d'identité",
    ):
        assert said in words
    visitor.press("M'inscrire", email="nobody")
    assert visitor.answer.status_code == 422
    visitor.press("M'inscrire", email="Amina@Exemple.fr", weekdays=["jeudi", "vendredi"])
    assert "ouvrez son lien pour confirmer votre inscription" in visitor.page.words
    assert the_entry(database).confirmed_at is None

    visitor.open(link(database))
    assert the_entry(database).confirmed_at is None  # programs that look into mails confirm nothing
    assert "Jeudi, vendredi" in visitor.page.words
    visitor.press("Confirmer")
    assert "Vous êtes sur la liste d'attente" in visitor.page.words
    entry = the_entry(database)
    assert (entry.email, entry.weekdays, entry.part, entry.place_id) == ("amina@exemple.fr", [3, 4], "matin", town.hall)

    with database.transaction() as session:
        session.add(Freed(motif_id=town.card))
    assert serve_due(database, clock)
    mail = last_mail(database)
    assert mail.subject == "Un créneau s'est libéré – Ville de Sainte-Anne"
    assert "jeudi 26 novembre 2026 à 9 h, Mairie centrale" in mail.text
    visitor.open(link(database))
    assert f"motif={town.card}" in visitor.path
    assert "moment=matin" in visitor.path
    assert "09:00, jeudi 26 novembre 2026" in visitor.buttons
    assert not [button for button in visitor.buttons if "mercredi" in button]

    visitor.open(link(database).split("/creneaux")[0])
    visitor.press("Quitter la liste d'attente")
    assert "Vous n'êtes plus sur la liste d'attente" in visitor.page.words
    assert the_entry(database).ended_at is not None


def test_where_all_is_full_the_list_is_offered(
    visitor: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    away(database, clock, town, town.claire, town.paul)
    visitor.open(f"{PORTAL}/creneau?motif={town.card}")

    assert "Aucun créneau" in visitor.page.words
    assert visitor.has_link("M'inscrire sur la liste d'attente")


def test_who_has_an_appointment_waits_for_an_earlier_one(
    app: Flask, visitor: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    booked(visitor, database, town)  # Thursday at nine
    visitor.follow("Prévenez-moi si une place se libère plus tôt")
    assert "Votre rendez-vous du jeudi 26 novembre 2026 à 9 h est conservé" in visitor.page.words
    assert "amina@exemple.fr" in visitor.page.words
    visitor.press("M'inscrire")
    assert "Vous êtes sur la liste d'attente. Un message le confirme." in visitor.page.words
    assert the_entry(database).confirmed_at is not None

    with database.transaction() as session:
        session.add(Freed(motif_id=the_entry(database).motif_id))
    assert serve_due(database, clock)
    assert "lundi 23 novembre 2026" in last_mail(database).text
    visitor.open(link(database))
    assert f"/rendez-vous/{the(database).reference}/deplacer" in visitor.path
    stranger = Visitor(app, "192.0.2.9")  # the link alone shows nothing of the appointment
    stranger.open(link(database))
    assert "26 novembre" not in stranger.page.words
    assert stranger.client.get(f"{PORTAL}/rendez-vous/{the(database).reference}/plus-tot").status_code == 303


def test_known_and_unknown_addresses_get_the_same_answer(
    app: Flask, visitor: Visitor, database: Database, town: Town
) -> None:
    booked(visitor, database, town)
    pages = []
    for email in ("amina@exemple.fr", "nobody@exemple.fr"):
        browser = Visitor(app, "192.0.2.30")
        browser.open(f"{PORTAL}/liste-d-attente?motif={town.card}")
        browser.press("M'inscrire", email=email)
        pages.append((browser.answer.status_code, browser.path, browser.page.words))

    assert pages[0] == pages[1]


def test_links_that_open_nothing_and_motifs_that_are_closed(visitor: Visitor, database: Database, town: Town) -> None:
    for path in ("liste-d-attente/nothing", "liste-d-attente/nothing/creneaux"):
        answer = visitor.client.get(f"{PORTAL}/{path}")
        assert answer.status_code == 404
        assert "Recevoir un nouveau lien" in answer.text
    change(database, Motif, town.card, bookable_by=BookableBy.AGENTS)
    assert visitor.client.get(f"{PORTAL}/liste-d-attente?motif={town.card}").status_code == 404
