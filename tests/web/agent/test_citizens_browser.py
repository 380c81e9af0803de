"""A record is made, the person had one, the two are merged: with scripts on a desk, without on a narrow phone; and who books for others."""

from datetime import UTC, date, datetime

import pytest
from browser import chromium, keep_scripts_away, look, serving
from make import Maker
from playwright.sync_api import expect
from sqlalchemy import select
from web.agent.test_browser import sign_in
from web.agent.town import HASH, Town, at, build

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import Membership, Role
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.outbox.message import Message
from rdvdav.settings import Settings

pytestmark = pytest.mark.browser


SECRETARY = {
    "first_name": "Nadia",
    "last_name": "Perrin",
    "email": "nadia@sainte-anne.test",
    "password_hash": HASH,
}


@pytest.fixture
def town(sqlite: Database, settings: Settings) -> Town:
    """Monday, 10:40; Élise Moreau has appointments, before and after, and an unknown double somewhere else."""
    clock = StoppedClock(datetime(2026, 11, 23, 9, 40, tzinfo=UTC))
    town = build(sqlite, clock, settings)
    with sqlite.transaction() as session:
        make = Maker(session, clock)
        agenda, motif = session.get_one(Agenda, town.agenda), session.get_one(Motif, town.motif)
        session.scalars(select(Membership).where(Membership.agent_id == town.claire)).one().role = Role.ADMIN
        elise = make.citizen(
            territory_id=agenda.territory_id,
            first_name="Élise",
            last_name="Moreau-Lefebvre",
            email="elise.moreau@exemple.test",
            phone="+33612345678",
            birth_date=date(1962, 3, 4),
            notes="Préfère être appelée le matin.",
        )
        known = {"organisation_id": motif.organisation_id, "created_at": clock.now()}
        session.add(CitizenOrganisation(citizen_id=elise.id, **known))
        place = session.scalars(select(Appointment)).first().place
        for day in (date(2026, 11, 9), date(2026, 11, 16), date(2026, 12, 1)):
            make.appointment(agenda, at(11, day=day), motif=motif, citizen=elise, place=place)
    town.app.config["WTF_CSRF_ENABLED"] = True
    return town


@pytest.mark.parametrize(("width", "scripts"), [(320, False), (1366, True)])
def test_a_double_is_made_found_and_merged(town: Town, width: int, scripts: bool) -> None:
    with serving(town.app) as address, chromium() as browser:
        context = browser.new_context(viewport={"width": width, "height": 844}, base_url=address)
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        if not scripts:
            keep_scripts_away(page)
        page.goto("/agent/usagers")
        sign_in(page)
        page.wait_for_url(lambda url: "/connexion" not in url)
        look(page)
        page.get_by_role("link", name="Créer un usager").click()
        page.get_by_label("Prénom").fill("Elise")
        page.get_by_label("Nom", exact=True).fill("Moreau")
        if not scripts:
            look(page)
            page.get_by_role("button", name="Créer cet usager").click()
        expect(page.locator("#doubles")).to_contain_text("Choisir cet usager")
        look(page)
        page.get_by_role("button", name="C'est quelqu'un d'autre").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Elise Moreau")
        look(page)
        page.get_by_role("link", name="Fusionner").click()
        page.locator("main").get_by_label("Rechercher").fill("lefebvre")
        page.locator("main").get_by_role("button", name="Rechercher").click()
        look(page)
        page.get_by_role("link", name="Élise Moreau-Lefebvre").click()
        page.get_by_role("link", name="Garder l'autre fiche").click()
        expect(page.get_by_role("radio", name="Prénom Élise")).to_be_checked()
        page.get_by_role("radio", name="Nom Moreau", exact=True).check()
        look(page)
        page.get_by_role("button", name="Vérifier la fusion").click()
        look(page)
        page.get_by_role("button", name="Fusionner définitivement").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Élise Moreau")
        expect(page.locator("main")).to_contain_text("Les deux fiches n'en font plus qu'une")
        look(page)
        page.get_by_role("link", name="Rendez-vous (3)").click()
        look(page)
        page.goto("/agent/usagers?q=moreau")
        expect(page.locator("main tbody tr")).to_have_count(1)
        look(page)
        assert said == []
        context.close()


def test_a_secretary_books_for_others(town: Town, sqlite: Database) -> None:
    """Of a service of her own she sees everybody's agenda in the organisation, and nobody's elsewhere."""
    with sqlite.transaction() as session:
        make = Maker(session, StoppedClock(at(10, 40)))
        organisation = session.get_one(Organisation, town.organisation)
        of_it = {"territory_id": town.territory, "organisation_id": town.organisation}
        welcome = make.service(territory_id=town.territory, name="Accueil", is_secretariat=True)
        pmi = make.service(territory_id=town.territory, name="PMI")
        make.agent(organisation=organisation, services=[welcome], **SECRETARY)
        midwife = make.agent(organisation=organisation, services=[pmi], first_name="Inès", last_name="Faure")
        motif = make.motif(name="Entretien prénatal", service_id=pmi.id, **of_it)
        make.opening_range(make.agenda_of(midwife), [motif], place_id=town.place, **of_it)
    with serving(town.app) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1366, "height": 900}, base_url=address)
        page.goto("/agent/agenda")
        sign_in(page, email=SECRETARY["email"])
        page.locator(".picker summary").click()
        assert {*page.locator(".picker label").all_text_contents()} >= {"Claire Martin", "Amina Roy", "Inès Faure"}
        expect(page.get_by_label("Paul Loin")).to_have_count(0)
        page.get_by_role("link", name="Trouver un créneau").click()
        page.get_by_label("Motif", exact=True).select_option("Entretien prénatal (30 minutes)")
        page.get_by_role("button", name="Afficher les créneaux").click()
        page.get_by_role("link", name="11:30").first.click()
        page.get_by_text("Créer un usager").click()
        page.get_by_label("Prénom").fill("Rose")
        page.get_by_label("Nom", exact=True).fill("Petit")
        page.get_by_label("Adresse e-mail").fill("rose@exemple.test")
        page.get_by_role("button", name="Créer cet usager").click()
        expect(page.locator("main")).to_contain_text("La fiche de Rose Petit est créée.")
        page.get_by_role("button", name="Créer le rendez-vous").click()
        expect(page.locator("h1")).to_contain_text("Mardi 24 novembre 2026 de 11 h 30 à 12 h")
        look(page)
        page.get_by_role("link", name="Inès Faure").click()
        expect(page.locator(".block")).to_contain_text("Rose Petit")
    with sqlite.reading() as session:
        [told] = session.scalars(select(Message).where(Message.recipient == "rose@exemple.test")).all()
        assert told.event == "appointment.created"
