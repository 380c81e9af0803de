"""What links open – « Infos/Annulation », invitations, the waiting list – and referrers, in a real browser on a phone."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from web.citizen.test_booking import AMINA
from web.citizen.test_browser import EXPECTED, PHONE, Reader, browser, database, site
from web.citizen.test_invited import invite
from web.citizen.test_referring import DENIS
from web.citizen.test_replanning import last_mail
from web.citizen.test_waiting import link
from web.citizen.town import PORTAL, Town, change

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif

__all__ = ["browser", "database", "site"]
pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.matrix)], ids=["scripts", "no scripts"])
def reader(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Reader]:
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]},
        base_url=site,
        java_script_enabled=request.param,
        locale="fr-FR",
        timezone_id="Europe/Paris",
    )
    reader = Reader(context.new_page(), request.param, *PHONE)
    reader.page.on("console", lambda message: reader.said.append(message.text))
    yield reader
    context.close()


def test_each_page_a_link_opens_reads_well(
    reader: Reader, app: Flask, database: Database, clock: StoppedClock, town: Town
) -> None:
    page = reader.page
    change(database, Motif, town.card, restriction="Réservé aux habitants.")
    page.goto(invite(database, clock, town))
    reader.reads("Amina, nous vous invitons à prendre rendez-vous")
    reader.follow("Carte d'identité")
    reader.press("09:00, jeudi 26 novembre 2026")
    reader.reads("Vérifiez votre rendez-vous")
    reader.press("Confirmer le rendez-vous")
    expect(page.get_by_role("alert")).to_contain_text("1 erreur à corriger")
    page.get_by_label("J'ai lu ces conditions").check()
    reader.press("Confirmer le rendez-vous")
    reader.reads("Carte d'identité")
    path = next(part for part in last_mail(database).text.split() if "/i/" in part)

    page.context.clear_cookies()
    page.goto(path.replace("http://rdv.example.test", ""))
    reader.reads("Votre rendez-vous")
    page.get_by_label("3 premières lettres").fill("xyz")
    reader.press("Afficher mon rendez-vous")
    expect(page.get_by_role("alert")).to_contain_text("Il vous reste 4 essais.")
    reader.reads("Votre rendez-vous")
    page.get_by_label("3 premières lettres").fill("ben")
    page.get_by_label("3 premières lettres").press("Enter")
    reader.reads("Carte d'identité")
    page.get_by_role("main").get_by_role("link", name="Annuler").click()
    reader.reads("Annuler ce rendez-vous ?")
    page.goto(f"{PORTAL}/i/{'x' * 27}")
    reader.reads("Ce lien n'est plus valable")

    page.goto(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    reader.press("14:00, jeudi 26 novembre 2026")
    reader.follow("Je suis un prescripteur")
    reader.reads("Vos coordonnées de prescripteur")
    for name, text in DENIS.items():
        page.locator(f"[name={name}]").fill(text)
    reader.press("Continuer")
    reader.reads("La personne que vous orientez")
    page.get_by_label("Prénom").fill("Lucie")
    page.get_by_label("Nom", exact=True).fill("Martel")
    page.get_by_label("Nom", exact=True).press("Enter")
    reader.reads("Vérifiez le rendez-vous")
    expect(page.get_by_text("Elle ne recevra aucun message")).to_be_visible()
    reader.press("Confirmer le rendez-vous")
    reader.reads("Le rendez-vous de la personne que vous orientez est confirmé")

    page.goto(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    reader.follow("M'inscrire sur la liste d'attente")
    reader.reads("Recevoir un message lorsqu'un créneau se libère")
    page.get_by_label("Jeudi").check()
    page.get_by_label("Adresse e-mail").fill(AMINA["email"])
    reader.press("M'inscrire sur la liste d'attente")
    page.goto(link(database))
    reader.reads("Confirmez votre inscription sur la liste d'attente")
    reader.press("Confirmer")
    reader.reads("Vous êtes sur la liste d'attente")
    assert [line for line in reader.said if not EXPECTED.search(line) and "404" not in line] == []
