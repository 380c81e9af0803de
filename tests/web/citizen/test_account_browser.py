"""A citizen's account in a real browser: to a provider and back, for whom, my details; axe, the console, widths (3.9, 3.10, 10.10)."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from browser import chromium, serving
from federation.provider import serving as providing
from flask import Flask
from playwright.sync_api import Browser, expect
from web.application import application
from web.citizen.test_browser import PHONE, Reader
from web.citizen.town import PORTAL, Town, build

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.settings import Settings
from rdvdav_web.transaction import House

pytestmark = pytest.mark.browser


@pytest.fixture
def town(sqlite: Database, clock: StoppedClock) -> Town:
    with sqlite.transaction() as session:
        return build(session, clock)


@pytest.fixture
def app(sqlite: Database, clock: StoppedClock, settings: Settings, town: Town) -> Flask:
    return application(sqlite, clock, settings)


@pytest.fixture
def site(app: Flask, sqlite: Database, clock: StoppedClock, settings: Settings) -> Iterator[str]:
    """The portal, where people identify themselves with a provider that runs beside it."""
    with serving(app) as address, providing(clock, address) as provider:
        provider.person["given_name"] = "Amina"
        described = {"franceconnect": provider.settings}
        here = replace(settings, public_url=address, identity_providers=described)
        app.extensions["rdvdav"] = House(sqlite, clock, here)
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("scripts", [True, False])
def test_a_booking_for_a_child_with_franceconnect_then_the_account(
    browser: Browser, site: str, town: Town, scripts: bool
) -> None:
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=scripts, locale="fr-FR"
    )
    context.set_default_timeout(10_000)
    reader = Reader(context.new_page(), scripts, *PHONE)
    page = reader.page
    page.on("console", lambda message: reader.said.append(message.text))
    page.goto(f"{site}{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    page.locator("form button[name=creneau]").first.click()
    reader.reads("Vos coordonnées")
    reader.press("S'identifier avec FranceConnect")
    expect(page.get_by_text("Transmis par FranceConnect").first).to_be_visible()
    reader.press("Continuer en tant que Amina DUBOIS")
    reader.reads("Vérifiez votre rendez-vous")
    reader.follow("Est-ce pour un proche ?")
    reader.reads("Pour qui ?")
    group = page.get_by_role("group", name="Un autre proche")
    expect(group).to_be_visible(visible=not scripts)
    page.get_by_label("Pour un autre proche").check()
    for label, text in {"Prénom": "Sami", "Nom": "Benali", "Date de naissance": "2018-05-04"}.items():
        group.get_by_label(label, exact=True).fill(text)
    reader.press("Continuer")
    reader.reads("Vérifiez votre rendez-vous")
    reader.press("Confirmer le rendez-vous")
    reader.reads("Votre rendez-vous est confirmé")
    for path, title in {
        "mes-rendez-vous": "Mes rendez-vous",
        "mes-proches": "Mes proches",
        "mes-proches/2": "Sami Benali",
        "mes-proches/2/retirer": "Retirer Sami Benali de vos proches",
        "mes-informations": "Mes informations",
        "mes-informations/adresse": "Changer mon adresse e-mail",
        "mes-informations/mes-donnees": "Les données conservées à mon sujet",
        "mes-informations/supprimer": "Supprimer mon compte",
    }.items():
        page.goto(f"{site}{PORTAL}/{path}")
        reader.reads(title)
    page.goto(f"{site}{PORTAL}/mes-informations")
    reader.press("Créer mon lien")
    reader.reads("S'abonner à mes rendez-vous")
    page.locator("details.account summary").click()
    reader.press("Se déconnecter")
    expect(page.get_by_text("La session est fermée.")).to_be_visible()
    assert [line for line in reader.said if "Refused" in line or "violates" in line] == []
    context.close()
