"""A territory from nothing to its first booked appointment, through screens alone but for one command; and an agent who is removed."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from browser import SMALL_TARGETS, chromium, flaws, serving
from click.testing import CliRunner
from make import MONDAY
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update
from web.agent.town import PASSWORD, Town, at, book, build

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.cli import main
from rdvdav.clock import StoppedClock, SystemClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership, Role, TerritoryAdmin
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import settle
from rdvdav.settings import Settings
from rdvdav.worker import Worker
from rdvdav_web import create_app

pytestmark = pytest.mark.browser

ADMIN, JEANNE = "alice.roy@lorme.test", "jeanne@exemple.test"
WORDS = "châtaigne verte au grenier"  # of a person who exists nowhere


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def database(_migrated_sqlite: Path, settings: Settings) -> Iterator[Database]:
    """On the newest schema, with nobody in it."""
    found = Database(settings.database_url)
    shutil.copy(_migrated_sqlite, str(found.url.database))
    with found.transaction() as session:
        settle(session, settings)
    yield found
    found.dispose()


@dataclass
class Visit:
    """A running site, and pages on it whose consoles must stay silent."""

    address: str
    browser: Browser
    said: list[str]

    def page(self, path: str, width: int = 1366, **device: Any) -> Page:
        """A browser of its own at *path*."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, base_url=self.address, locale="fr-FR", **device
        )
        page = context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(path)
        return page


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[str], Visit]]:
    """Visits of a site at an address."""
    said: list[str] = []
    yield lambda address: Visit(address, browser, said)
    for context in browser.contexts:
        context.close()
    assert said == []


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_from_the_first_command_to_the_first_appointment(
    visit: Callable[[str], Visit], database: Database, settings: Settings
) -> None:
    environment = {"RDVDAV_DATABASE_URL": settings.database_url, "RDVDAV_PUBLIC_URL": settings.public_url}
    made = CliRunner().invoke(main, ["territory", "create", "Val-de-Lorme", "--admin", ADMIN], env=environment)
    link = re.search(r"http://rdv.example.test(/agent/\S+)", made.output)
    assert link, made.output
    worker = Worker.of(database, SystemClock(), settings)
    with serving(create_app(database, SystemClock(), settings)) as address:
        page = visit(address).page(link[1], java_script_enabled=False)
        _choose_password(page)
        _create_organisation(page)
        _say_what_is_offered(page)
        expect(page.get_by_text("À faire", exact=True)).to_have_count(1)
        page.get_by_role("button", name="Envoyer un e-mail d'essai").click()
        worker.work()
        page.reload()
        expect(page.get_by_text("Tout est prêt")).to_be_visible()
        page.get_by_role("link", name="Agenda", exact=True).click()
        expect(page.get_by_text("Poursuivre la mise en route")).to_have_count(0)
        citizen = visit(address).page("/rdv/mairie-de-lorme", 390)
        _book(citizen, database)
    with database.reading() as session:
        [appointment] = session.scalars(select(Appointment)).all()
        assert [seat.citizen.email for seat in appointment.participations] == [JEANNE]
        assert appointment.motif.name == "Carte d'identité"


def _choose_password(page: Page) -> None:
    page.get_by_label("Nouveau mot de passe").fill("alice.roy")
    press(page, "Enregistrer et se connecter")
    expect(page.get_by_role("alert")).to_contain_text("12 caractères au moins")
    page.get_by_label("Nouveau mot de passe").fill(WORDS)
    press(page, "Enregistrer et se connecter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Organisations")


def _create_organisation(page: Page) -> None:
    page.get_by_role("link", name="Créer une organisation").click()
    press(page, "Créer l'organisation")
    expect(page.get_by_role("alert")).to_contain_text("Saisissez le nom de l'organisation.")
    page.get_by_label("Nom", exact=True).fill("Mairie de Lorme")
    page.get_by_label("Téléphone").fill("01 99 00 25 20")
    page.get_by_label("Site web").fill("www.lorme.example")
    press(page, "Créer l'organisation")
    expect(page.get_by_role("status")).to_contain_text("L'organisation Mairie de Lorme est créée.")
    expect(page.get_by_text("À faire", exact=True)).to_have_count(6)


def _say_what_is_offered(page: Page) -> None:
    """A place, a motif, an opening range, each reached from « Mise en route »."""
    page.get_by_role("link", name="Un lieu").click()
    page.get_by_role("link", name="Ajouter un lieu").click()
    for label, text in (("Nom du lieu", "Mairie"), ("Numéro et rue", "1 place de la Mairie"), ("Commune", "Lorme")):
        page.get_by_label(label).fill(text)
    page.get_by_label("Code postal").fill("99400")
    press(page, "Enregistrer")
    page.get_by_role("link", name="Mise en route").click()
    page.get_by_role("link", name="Un motif").click()
    page.get_by_role("link", name="Créer un motif").click()
    page.get_by_label("Nom du motif").fill("Carte d'identité")
    press(page, "Enregistrer")
    expect(page.locator("tbody")).to_contain_text(
        "Réservable par tous, de 30 minutes à 3 mois à l'avance, déplaçable jusqu'à 48 heures avant, "
        "annulable jusqu'à 4 heures avant."
    )
    page.get_by_role("link", name="Mise en route").click()
    page.get_by_role("link", name="Une plage d'ouverture").click()
    page.get_by_label("Nom", exact=True).fill("Toute la journée")
    page.get_by_label(re.compile("^Lieu")).select_option("Mairie")
    page.get_by_label("Carte d'identité").check()
    page.get_by_label("De", exact=True).fill("08:00")
    page.get_by_label("À", exact=True).fill("18:00")
    page.get_by_label("Se répète par jour").check()
    press(page, "Enregistrer")
    page.get_by_role("link", name="Paramètres").click()


def _book(page: Page, database: Database) -> None:
    """What any citizen does."""
    page.get_by_role("link", name="Prendre rendez-vous", exact=True).click()
    page.locator("button[name=creneau]").first.click()
    for label, text in (("Prénom", "Jeanne"), ("Nom", "Roux"), ("Adresse e-mail", JEANNE)):
        page.get_by_label(label, exact=True).fill(text)
    page.locator("main form button.button").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("messagerie")
    with database.reading() as session:
        proof = session.scalars(select(Message).where(Message.event == "proof.asked")).one()
    page.get_by_label("Code", exact=False).first.fill(proof.secrets[0])
    press(page, "Continuer")
    press(page, "Confirmer le rendez-vous")
    expect(page.get_by_text("Votre rendez-vous est confirmé")).to_be_visible()


@pytest.fixture
def town(database: Database, clock: StoppedClock, settings: Settings) -> Town:
    """Claire administers the town hall and the territory; two appointments of tomorrow are hers, one could be her colleague's."""
    town = build(database, clock, settings)
    tuesday = MONDAY + timedelta(days=1)
    with database.transaction() as session:
        session.execute(update(Membership).where(Membership.agent_id == town.claire).values(role=Role.ADMIN))
        session.add(TerritoryAdmin(agent_id=town.claire, territory_id=town.territory))
        mine = select(Claim.appointment_id).join(Appointment).where(Appointment.reference == town.reference)
        assert session.scalars(mine).one()
        session.execute(update(Claim).where(Claim.agenda_id == town.agenda).values(agenda_id=town.colleagues_agenda))
    book(database, clock, town, 9, day=tuesday)
    town.app.config["WTF_CSRF_ENABLED"] = True
    return town


def sign_in(page: Page) -> None:
    page.get_by_label("Adresse e-mail").fill("claire@sainte-anne.test")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    press(page, "Se connecter")
    page.wait_for_url(lambda url: "/connexion" not in url)


def test_an_agent_is_removed_once_her_appointment_is_reassigned(
    visit: Callable[[str], Visit], town: Town, database: Database, clock: StoppedClock
) -> None:
    with serving(town.app) as address:
        page = visit(address).page(f"/agent/organisation/{town.organisation}/agents", java_script_enabled=False)
        sign_in(page)
        page.get_by_role("link", name="Retirer Amina Roy").click()
        expect(page.get_by_text("Pas encore : 1 rendez-vous à venir est avec cet agent.")).to_be_visible()
        expect(page.get_by_role("button", name="Retirer l'agent")).to_have_count(0)
        page.get_by_label("Ce que devient le rendez-vous de Jeanne Roux").select_option("Réattribuer à Claire Martin")
        press(page, "Appliquer ces choix")
        expect(page.get_by_role("status")).to_contain_text("1 rendez-vous est traité.")
        press(page, "Retirer l'agent")
        expect(page.get_by_role("status")).to_contain_text("Amina Roy ne fait plus partie")
        expect(page.get_by_role("link", name="Retirer Amina Roy")).to_have_count(0)
        with database.reading() as session:
            assert session.get_one(Agent, town.bruno).left_at == clock.now()
            moved = session.scalars(select(Appointment).where(Appointment.reference == town.reference)).one()
            assert [claim.agenda_id for claim in moved.claims] == [town.agenda]
            assert moved.starts_at == at(9)


def test_every_page_of_administration_is_accessible_and_narrow(visit: Callable[[str], Visit], town: Town) -> None:
    here, territory = f"/agent/organisation/{town.organisation}", f"/agent/territoire/{town.territory}"
    paths = [
        *(f"{here}/{page}" for page in ("mise-en-route", "informations", "lieux", "lieux/nouveau", "motifs")),
        f"{here}/lieux/{town.place}",
        f"{here}/motifs/nouveau",
        f"{here}/motifs/selection?motif={town.motif}",
        f"{here}/agents",
        f"{here}/agents/inviter",
        f"{here}/agents/{town.claire}/retirer",
        *(f"{territory}/{page}" for page in ("organisations", "organisations/nouvelle", "services", "agents")),
        f"{territory}/agents/{town.bruno}",
        f"{territory}/equipes",
        f"{territory}/equipes/{town.team}",
        "/agent/mon-compte",
        *("/aide", "/aide/questions", "/aide/etat", "/aide/service-informatique"),
    ]
    found: dict[str, list[str]] = {}
    with serving(town.app) as address:
        page = visit(address).page("/agent/connexion/mot-de-passe-oublie", 320)
        found["forgotten"] = flaws(page)
        page.goto("/agent/connexion")
        sign_in(page)
        for path in paths:
            page.goto(path)
            found[path] = flaws(page) + page.evaluate(SMALL_TARGETS)
            wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(wider) == 0, path
            assert page.locator("h1").count() == 1, path
        page.goto(f"{here}/motifs/{town.motif}")
        page.get_by_label("À lire et à accepter avant de réserver").fill("Venez avec votre enfant.")
        expect(page.locator("#preview")).to_contain_text("Venez avec votre enfant.")
        page.get_by_label("Nom du motif").fill("Conseil par téléphone")
        page.get_by_label("Par téléphone", exact=True).check()
        press(page, "Enregistrer")
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.get_by_role("alert")).to_contain_text("Ce service a déjà un motif de ce nom et de ce mode")
        found["errors"] = flaws(page)
    assert {path: lines for path, lines in found.items() if lines} == {}
