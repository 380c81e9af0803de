"""A secretary makes a record, finds that the person had one, and merges the two: with scripts on a desk, without on a narrow phone."""

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from browser import chromium, flaws, serving
from make import Maker
from playwright.sync_api import Page, expect
from sqlalchemy import select
from web.agent.test_browser import SMALL_TARGETS, sideways, sign_in
from web.agent.town import Town, at, build

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import Membership, Role
from rdvdav.directory.motif import Motif
from rdvdav.settings import Settings

pytestmark = pytest.mark.browser


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


def look(page: Page, name: str) -> None:
    """Nothing that axe finds, nothing sideways, everything for fingers."""
    assert flaws(page) == [], name
    assert sideways(page) == 0, name
    assert page.locator("h1").count() == 1
    assert page.evaluate(SMALL_TARGETS) == [], name
    if folder := os.environ.get("RDVDAV_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.parametrize(("width", "scripts"), [(320, False), (1366, True)])
def test_a_double_is_made_found_and_merged(town: Town, width: int, scripts: bool) -> None:
    with serving(town.app) as address, chromium() as browser:
        context = browser.new_context(
            viewport={"width": width, "height": 844}, base_url=address, java_script_enabled=True
        )
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        if not scripts:  # axe needs scripts of its own: those of the page are kept away instead
            context.route(
                re.compile(r"/static/.*\.js"), lambda route: route.fulfill(body="", content_type="text/javascript")
            )
        page.goto("/agent/usagers")
        sign_in(page)
        page.wait_for_url(lambda url: "/connexion" not in url)
        look(page, "citizens")
        page.get_by_role("link", name="Créer un usager").click()
        page.get_by_label("Prénom").fill("Elise")
        page.get_by_label("Nom", exact=True).fill("Moreau")
        if not scripts:
            look(page, "citizen-new")
            page.get_by_role("button", name="Créer cet usager").click()
        expect(page.locator("#doubles")).to_contain_text("Choisir cet usager")
        look(page, "citizen-doubles")
        page.get_by_role("button", name="C'est quelqu'un d'autre").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Elise Moreau")
        look(page, "citizen-empty")
        page.get_by_role("link", name="Fusionner").click()
        page.get_by_label("Rechercher").fill("lefebvre")
        page.get_by_role("button", name="Rechercher").click()
        look(page, "merge-choose")
        page.get_by_role("link", name="Élise Moreau-Lefebvre").click()
        page.get_by_role("link", name="Garder l'autre fiche").click()
        expect(page.get_by_role("radio", name="Prénom Élise")).to_be_checked()
        page.get_by_role("radio", name="Nom Moreau", exact=True).check()
        look(page, "merge")
        page.get_by_role("button", name="Vérifier la fusion").click()
        look(page, "merge-check")
        page.get_by_role("button", name="Fusionner définitivement").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Élise Moreau")
        expect(page.locator("main")).to_contain_text("Les deux fiches n'en font plus qu'une")
        look(page, "citizen")
        page.get_by_role("link", name="Rendez-vous (3)").click()
        look(page, "citizen-visits")
        page.goto("/agent/usagers?q=moreau")
        expect(page.locator("main tbody tr")).to_have_count(1)
        look(page, "citizens-found")
        assert said == []
        context.close()
