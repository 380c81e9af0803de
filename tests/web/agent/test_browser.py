"""The agents' pages in a real browser: no flaw axe can find, phones and desks, with scripts and without."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from browser import SMALL_TARGETS, chromium, flaws, serving, sideways
from make import Maker
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update
from web.agent.town import MONDAY, PASSWORD, Town, book, build

from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import Membership, Role
from rdvdav.directory.organisation import Organisation
from rdvdav.policy.installation import settle
from rdvdav.policy.session import WebSession
from rdvdav.settings import Settings
from rdvdav_web import create_app

pytestmark = pytest.mark.browser

TUESDAY = MONDAY + timedelta(days=1)
TEXT_SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"


@dataclass(frozen=True)
class Site:
    """A running application and what stands behind it."""

    address: str
    town: Town
    database: Database
    clock: StoppedClock
    references: dict[str, str]

    @property
    def pages(self) -> list[str]:
        """Every page an agent can open, full and empty."""
        town = self.town
        return [
            "/agent/agenda",
            "/agent/agenda?vue=jour&jour=2026-11-24",
            "/agent/agenda?vue=semaine&jour=2026-12-25&annules=1",
            f"/agent/agenda?vue=semaine&agenda={town.colleagues_agenda}",
            "/agent/rendez-vous?periode=tout",
            "/agent/rendez-vous?motif=1&statut=absence",
            "/agent/rendez-vous/a-renseigner?agenda=tous",
            "/agent/salle-d-attente",
            "/agent/rdv-collectifs",
            "/agent/rdv-collectifs/nouveau",
            f"/agent/rendez-vous/{town.reference}/ajouter",
            f"/agent/rendez-vous/{town.reference}",
            f"/agent/rendez-vous/{town.reference}/annuler",
            f"/agent/rendez-vous/{town.reference}/reattribuer",
            "/agent/trouver-un-rdv",
            f"/agent/trouver-un-rdv?motif={town.motif}&du=2026-11-25&large=1",
            f"/agent/trouver-un-rdv?motif={town.phone_motif}",
            "/agent/rendez-vous/nouveau",
            f"/agent/rendez-vous/nouveau?motif={town.motif}&jour=2026-11-24&heure=09:30&lieu={town.place}&agent={town.agenda}",
            "/agent/plages",
            "/agent/plages?passees=1",
            "/agent/plages/nouvelle",
            f"/agent/plages/{town.opening}",
            f"/agent/plages/{town.opening}/supprimer",
            f"/agent/plages/{town.opening}/dates",
            f"/agent/plages/{town.opening}/dates/2026-12-01",
            f"/agent/plages/{town.opening}/dates/2026-12-01/modifier?portee=une",
            f"/agent/plages/{town.opening}/dates/2026-12-01/supprimer?portee=suivantes",
            "/agent/plages/semaine-type",
            "/agent/indisponibilites",
            "/agent/indisponibilites/nouvelle",
            f"/agent/indisponibilites/{town.absence}",
            "/agent/a-traiter",
            "/agent/a-traiter?liste=a-replanifier",
            "/agent/reservation-en-ligne",
            "/agent/jours-feries",
            "/agent/journal",
            f"/agent/journal?objet=opening_range-{town.opening}&du=2026-11-23",
            "/agent/mon-compte/notifications",
            f"/agent/organisation/{town.organisation}/messages",
            f"/agent/organisation/{town.organisation}/messages/usager-deplacement",
            "/agent/mes-agendas",
            "/agent/mes-agendas/google",
            "/agent/mes-agendas/publication/indisponibilites/arreter",
        ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A Monday at 10:40 with a full week, an overlap, a conflict and a cancelled appointment."""
    path = tmp_path_factory.mktemp("agents") / "rdvdav.sqlite"
    shutil.copy(_migrated_sqlite, path)
    settings = Settings(database_url=f"sqlite:///{path}", public_url="http://rdv.example.test")
    database = Database(settings.database_url)
    with database.transaction() as session:
        settle(session, settings)
    clock = StoppedClock(datetime(2026, 11, 23, 9, 40, tzinfo=UTC))
    town = build(database, clock, settings)
    with database.transaction() as session:
        session.execute(update(Membership).where(Membership.agent_id == town.claire).values(role=Role.ADMIN))
    references = {
        "conflict": book(database, clock, town, 9, 30, TUESDAY),
        "overlap": book(database, clock, town, 9, 15),
        "later": book(database, clock, town, 15, 0, TUESDAY),
    }
    with serving(create_app(database, clock, settings)) as address:
        yield Site(address, town, database, clock, references)
    database.dispose()


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Any]:
    """A page on the site, signed in unless `stranger`; whatever a console says fails the test."""
    contexts, said = [], []

    def page(path: str, width: int = 390, height: int = 844, *, stranger: bool = False, **device: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=site.address, **device)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        if not stranger:
            sign_in(page)
            # A click does not wait for the page it leads to, nor for its styles.
            page.wait_for_url(lambda url: "/connexion" not in url)
        return page

    yield page
    for context in contexts:
        context.close()
    assert said == []


def sign_in(page: Page, password: str = PASSWORD, email: str = "claire@sainte-anne.test") -> None:
    page.get_by_label("Adresse e-mail").fill(email)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Se connecter").click()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), pytest.param(1366, "dark", marks=pytest.mark.matrix)])
def test_axe_finds_nothing_on_any_page(opened: Any, site: Site, width: int, scheme: str) -> None:
    page = opened("/agent/agenda", width, stranger=True, color_scheme=scheme)
    found = {"sign-in": flaws(page)}
    sign_in(page, "wrong")
    found["sign-in refused"] = flaws(page)
    sign_in(page)
    for path in site.pages:
        page.goto(path)
        found[path] = flaws(page)
        assert sideways(page) == 0, path
        assert page.locator("h1").count() == 1
    page.goto("/agent/plages/nouvelle")
    page.get_by_role("button", name="Enregistrer").click()
    found["errors"] = flaws(page)
    page.goto("/agent/mes-agendas/google")
    page.get_by_label("Nom du programme").fill("Google")
    page.get_by_role("button", name="Créer le lien").click()
    found["secret"] = flaws(page)

    assert {path: lines for path, lines in found.items() if lines} == {}


def test_a_narrow_phone_shows_everything_and_fingers_find_it(opened: Any, site: Site) -> None:
    page = opened("/agent/agenda", width=320)

    for path in site.pages:
        page.goto(path)
        assert sideways(page) == 0, path
        assert page.evaluate(SMALL_TARGETS) == [], path
        page.evaluate(
            "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);"
            "document.adoptedStyleSheets = [sheet]; }",
            TEXT_SPACING,
        )
        assert sideways(page) == 0, path


def test_titles_name_the_page_and_the_error_summary_has_focus(opened: Any) -> None:
    page = opened("/agent/agenda", 1366)
    expect(page).to_have_title("23 – 27 novembre 2026 – Agenda de Claire Martin – Mairie de Sainte-Anne")
    assert page.locator("[aria-current=page]").first.text_content() == "Agenda"

    page.goto("/agent/plages/nouvelle")
    page.get_by_label("À", exact=True).fill("08:00")
    page.get_by_label("De", exact=True).fill("09:00")
    page.get_by_role("button", name="Enregistrer").click()

    expect(page).to_have_title("Erreur : Créer une plage d'ouverture – Mairie de Sainte-Anne")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="La fin précède").click()
    expect(page.get_by_label("À", exact=True)).to_be_focused()


def test_the_preview_follows_what_is_typed(opened: Any) -> None:
    page = opened("/agent/plages/nouvelle", 1366)
    preview = page.locator("#preview")
    assert preview.get_attribute("role") == "status"
    expect(page.get_by_label("Lundi")).to_be_hidden()

    page.get_by_label("De", exact=True).fill("09:00")
    page.get_by_label("À", exact=True).fill("12:00")
    expect(preview).to_contain_text("Le mardi 24 novembre 2026, de 9 h à 12 h")
    page.get_by_label("Passeport").check()
    expect(preview).to_contain_text("Soit 6 créneaux de 30 minutes par plage")
    page.get_by_label("Se répète par semaine").check()
    page.get_by_label("Jeudi").check()
    expect(preview).to_contain_text(
        "Tous les mardis et jeudis, de 9 h à 12 h, à partir du 24 novembre 2026, sans date de fin"
    )
    expect(preview.get_by_role("listitem")).to_have_count(10)
    expect(preview).to_contain_text("Vous êtes indisponible : Réunion de service")
    page.get_by_label("À", exact=True).fill("08:00")
    expect(preview).to_contain_text("La fin précède le début")


def test_a_preview_asked_for_after_the_session_ended_leaves_the_last_one(opened: Any, site: Site) -> None:
    page = opened("/agent/indisponibilites/nouvelle", 1366)
    expect(page.locator("#preview")).to_contain_text("Le mardi 24 novembre 2026, toute la journée")
    with site.database.transaction() as session:
        session.execute(update(WebSession).values(revoked_at=site.clock.now()))

    with page.expect_response(lambda answer: "apercu" in answer.url):
        page.get_by_label("Titre").fill("Congé")
    page.wait_for_timeout(300)

    expect(page.locator("#preview")).to_contain_text("Le mardi 24 novembre 2026, toute la journée")
    expect(page.get_by_label("Mot de passe")).to_have_count(0)


def test_the_agenda_renews_itself_unless_somebody_is_in_it(opened: Any, site: Site) -> None:
    page = opened("/agent/agenda", 1366, stranger=True)
    page.clock.install()
    sign_in(page)
    sheet = page.locator("#sheet")
    expect(sheet).to_contain_text("Mis à jour à 10 h 40")
    site.clock.advance(timedelta(minutes=1))

    sheet.locator("a.block").first.focus()
    page.clock.run_for(61_000)
    expect(sheet).to_contain_text("Mis à jour à 10 h 40")

    page.locator("h1").click()
    page.evaluate("document.activeElement.blur()")
    page.clock.run_for(60_000)
    expect(sheet).to_contain_text("Mis à jour à 10 h 41")


def test_blocks_come_by_day_then_time_and_open_the_appointment(opened: Any, site: Site) -> None:
    page = opened("/agent/agenda", 1366)

    order = page.locator(".block").evaluate_all("blocks => blocks.map((block) => block.getAttribute('href'))")
    names = {f"/agent/rendez-vous/{reference}": name for name, reference in site.references.items()}
    assert [names.get(link, "other") for link in order[1:]] == ["overlap", "other", "conflict", "later"]
    first, second = page.locator(".agenda-day").first.locator(".block").all()[:2]
    left, right = first.bounding_box(), second.bounding_box()
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"]

    page.get_by_role("link", name="En conflit").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mardi 24 novembre 2026")


def test_days_weeks_and_dates_are_links_and_a_form(opened: Any) -> None:
    page = opened("/agent/agenda", 1366)

    page.get_by_role("link", name="Suivante : 30 novembre – 6 décembre 2026").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("30 novembre – 4 décembre 2026, semaine 49")
    page.get_by_role("link", name="Aujourd'hui").click()
    page.get_by_role("link", name="Jour", exact=True).click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Lundi 23 novembre 2026")
    page.get_by_label("Aller au").fill("2026-12-25")
    page.get_by_text("Agenda : Claire Martin").click()
    page.get_by_label("Claire Martin").uncheck()
    page.get_by_label("Amina Roy").check()
    page.get_by_role("button", name="Afficher ces agendas").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Agenda d'Amina Roy")
    expect(page.locator(".holiday")).to_have_text("Noël")


def test_on_paper_menus_and_buttons_are_gone(opened: Any) -> None:
    page = opened("/agent/agenda", 1366)
    expect(page.get_by_role("button", name="Imprimer")).to_be_visible()

    page.emulate_media(media="print")

    expect(page.get_by_role("navigation", name="Menu principal")).to_be_hidden()
    expect(page.get_by_label("Aller au").first).to_be_hidden()
    expect(page.get_by_text("Jeanne Roux")).to_be_visible()


def test_forced_colours_keep_every_blocks_outline(opened: Any) -> None:
    page = opened("/agent/agenda", 1366, forced_colors="active")

    edges = page.locator(".block").evaluate_all("blocks => blocks.map((each) => getComputedStyle(each).borderTopWidth)")
    assert edges
    assert set(edges) == {"1px"}


@pytest.mark.parametrize("scripts", [True, False])
def test_one_date_is_changed_and_restored_and_a_repetition_chosen(opened: Any, *, scripts: bool) -> None:
    page = opened("/agent/plages", java_script_enabled=scripts)
    page.get_by_role("link", name="Dates Matin").click()
    page.get_by_role("link", name="Modifier jeudi 3 décembre 2026").click()
    page.get_by_role("link", name="Modifier cette date seulement").click()
    page.get_by_label("De", exact=True).fill("14:00")
    page.get_by_label("À", exact=True).fill("17:00")
    if not scripts:
        page.get_by_role("button", name="Mettre à jour l'aperçu").click()
    expect(page.locator("#preview")).to_contain_text("Le jeudi 3 décembre 2026, de 14 h à 17 h")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Au lieu du 3 décembre 2026 : le jeudi 3 décembre 2026, de 14 h à 17 h")).to_be_visible()
    page.get_by_role("link", name="Dates Matin").click()
    page.get_by_role("link", name="Modifier jeudi 3 décembre 2026").click()
    page.get_by_role("button", name="Rétablir la date").click()
    expect(page.get_by_role("status")).to_contain_text(
        "Le jeudi 3 décembre 2026 est de nouveau comme les autres dates."
    )

    page.goto("/agent/indisponibilites/nouvelle")
    page.get_by_label("Se répète par mois").check()
    expect(page.get_by_label("Mercredi")).to_be_hidden()
    page.get_by_label("Chaque mois, le").select_option("dernier")
    page.get_by_label("Jour de la semaine").select_option("Vendredi")
    if not scripts:
        page.get_by_role("button", name="Mettre à jour l'aperçu").click()
    expect(page.locator("#preview")).to_contain_text("Le dernier vendredi de chaque mois, toute la journée")
    page.get_by_role("button", name="Voir les 12 dates").click()
    expect(page.locator("#preview").get_by_role("listitem")).to_have_count(12)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_holiday_is_worked_and_another_added(opened: Any, *, scripts: bool) -> None:
    page = opened("/agent/jours-feries", java_script_enabled=scripts)
    page.get_by_label("Samedi 8 mai 2027 – Fête de la Victoire").uncheck()
    page.get_by_role("button", name="Enregistrer les jours").click()
    expect(page.get_by_label("Samedi 8 mai 2027 – Fête de la Victoire")).not_to_be_checked()
    page.get_by_label("Date").fill("2027-05-07")
    page.get_by_label("Nom").fill("Pont")
    page.get_by_role("button", name="Ajouter le jour").click()
    expect(page.get_by_role("status")).to_contain_text("Le vendredi 7 mai 2027 est maintenant férié : Pont.")
    page.get_by_role("button", name="Supprimer vendredi 7 mai 2027").click()
    expect(page.get_by_text("Aucun.")).to_be_visible()


def test_everything_can_be_done_without_scripts(opened: Any, site: Site) -> None:
    page = opened("/agent/plages/nouvelle", java_script_enabled=False)
    page.get_by_label("Nom", exact=True).fill("Jeudis")
    page.get_by_label("Lieu").select_option("Mairie annexe")
    page.get_by_label("Passeport").check()
    page.get_by_label("Se répète par semaine").check()
    page.get_by_label("Mardi").uncheck()
    page.get_by_label("Jeudi").check()
    page.get_by_label("De", exact=True).fill("14:00")
    page.get_by_label("À", exact=True).fill("17:00")
    page.get_by_role("button", name="Mettre à jour l'aperçu").click()
    expect(page.locator("#preview")).to_contain_text("Tous les jeudis, de 14 h à 17 h")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("La plage d'ouverture « Jeudis » est enregistrée.")
    page.get_by_role("link", name="Supprimer Jeudis").click()
    page.get_by_role("button", name="Supprimer la plage d'ouverture").click()
    expect(page.get_by_role("status")).to_contain_text("« Jeudis » est supprimée.")

    page.goto("/agent/indisponibilites/nouvelle")
    page.get_by_label("Titre").fill("Congé")
    page.get_by_label("Du").fill("2026-12-07")
    page.get_by_label("Au", exact=True).fill("2026-12-08")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("Du lundi 7 décembre 2026 au mardi 8 décembre 2026")

    page.goto("/agent/mes-agendas/android")
    page.get_by_label("Nom de l'appareil").fill("Téléphone")
    page.get_by_role("button", name="Créer un mot de passe d'application").click()
    secret = page.get_by_label("Mot de passe d'application").input_value()
    assert len(secret.replace("-", "")) == 28
    page.reload()
    expect(page.get_by_role("rowheader", name="Téléphone")).to_have_count(1)
    assert secret not in page.content()

    page.get_by_role("button", name="Publier mes indisponibilités").click()
    expect(page.get_by_role("status").first).to_contain_text("Vos indisponibilités sont publiées")
    page.get_by_label("Nom du programme").fill("Outlook")
    page.get_by_label("Ce que montre le lien").select_option("Mes indisponibilités")
    page.get_by_label("Occupé").check()
    page.get_by_role("button", name="Créer le lien").click()
    assert "/calendrier/" in page.get_by_label("Lien (https)").input_value()
    expect(page.get_by_role("row", name="Outlook")).to_contain_text("Niveau : Occupé")
    page.get_by_label("Amina Roy").check()
    page.get_by_role("button", name="Enregistrer mes collègues").click()
    expect(page.get_by_label("Amina Roy")).to_be_checked()
    page.get_by_role("link", name="Ne plus publier mes indisponibilités").click()
    page.get_by_role("button", name="Ne plus publier mes indisponibilités").click()
    expect(page.get_by_role("rowheader", name="Outlook")).to_have_count(0)

    reference = book(site.database, site.clock, site.town, 16, 0, TUESDAY)
    page.goto(f"/agent/rendez-vous/{reference}")
    page.get_by_role("link", name="Annuler par le service").click()
    page.get_by_label("Raison de l'annulation").fill("Agent absent")
    page.get_by_role("button", name="Annuler le rendez-vous").click()
    expect(page.get_by_role("status")).to_contain_text("est annulé")
    expect(page.get_by_text("Annulé : Agent absent")).to_be_visible()

    page.locator("summary", has_text="Claire Martin").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion des agents")
    page.goto("/agent/agenda")
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion des agents")


@pytest.mark.parametrize(("width", "scripts"), [(390, True), (1366, False)])
def test_an_absence_asks_what_becomes_of_appointments(opened: Any, site: Site, width: int, scripts: bool) -> None:
    day = MONDAY + timedelta(days=28 if scripts else 21)
    references = [book(site.database, site.clock, site.town, hour, 0, day) for hour in (9, 10)]
    page = opened("/agent/indisponibilites/nouvelle", width, java_script_enabled=scripts)
    page.get_by_label("Titre").fill("Formation")
    page.get_by_label("Du").fill(day.isoformat())
    page.get_by_label("Au", exact=True).fill(day.isoformat())
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 rendez-vous concernés")
    if scripts:
        assert flaws(page) == []
    assert sideways(page) == 0

    page.get_by_label("Pour tous").select_option("À replanifier par l'usager")
    page.get_by_role("button", name="Appliquer à tous").click()
    lines = page.get_by_label("Ce que devient le rendez-vous de Paul Durand")
    expect(lines.first).to_have_value("replan")
    lines.last.select_option("Annuler")
    page.get_by_label("Raison, pour les usagers prévenus").fill("Formation de l'équipe")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("L'indisponibilité est enregistrée")

    for reference, word in zip(references, ("À replanifier", "Annulé"), strict=True):
        page.goto(f"/agent/rendez-vous/{reference}")
        expect(page.locator(".bar .status")).to_have_text(word)


def test_outside_any_slot_warnings_are_accepted_one_by_one(opened: Any, site: Site) -> None:
    page = opened("/agent/rendez-vous/nouveau", 1366)
    page.get_by_label("Motif").select_option("Conseil par téléphone (20 minutes)")
    page.get_by_label("Date", exact=True).fill("2026-11-24")
    page.get_by_label("Heure").fill("09:30")
    page.get_by_label("Agent").first.select_option("Claire Martin")
    expect(page.locator("#preview")).to_contain_text("Claire Martin est indisponible : Réunion de service.")
    page.get_by_text("Créer un usager").click()
    page.get_by_label("Prénom").fill("Ana")
    page.get_by_label("Nom", exact=True).fill("Costa")
    page.get_by_role("button", name="Créer cet usager").click()
    page.wait_for_url("**/nouveau?**usager=**")
    page.get_by_role("button", name="Créer le rendez-vous").click()

    expect(page.get_by_role("alert")).to_contain_text("Cochez chaque avertissement")
    assert flaws(page) == []
    for box in page.locator("#preview input[type=checkbox]").all():
        box.check()
    page.wait_for_timeout(600)
    assert page.locator("#preview input[type=checkbox]:checked").count() >= 1
    page.get_by_role("button", name="Créer le rendez-vous").click()
    expect(page.locator("main")).to_contain_text("accepté : ")
    expect(page.locator("main")).to_contain_text("indisponibilité")


def test_a_likely_double_is_shown_while_a_name_is_typed(opened: Any, site: Site) -> None:
    with site.database.transaction() as session:
        organisation = session.scalars(select(Organisation).where(Organisation.slug == "sainte-anne")).one()
        citizen = Maker(session, site.clock).citizen(
            territory_id=organisation.territory_id,
            first_name="Zoé",
            last_name="Lenoir",
            email="zoe.lenoir@exemple.test",
        )
        known = {"organisation_id": organisation.id, "created_at": site.clock.now()}
        session.add(CitizenOrganisation(citizen_id=citizen.id, **known))
    page = opened("/agent/rendez-vous/nouveau?heure=09:30")
    page.get_by_text("Créer un usager").click()
    page.get_by_label("Prénom").fill("zoe")
    page.get_by_label("Nom", exact=True).fill("LENOIR")

    expect(page.locator("#doubles")).to_contain_text("zoe.lenoir@exemple.test")
    assert flaws(page) == []
    page.get_by_role("button", name="Choisir cet usager").click()
    expect(page.locator("main")).to_contain_text("Ajouter un autre usager")
    expect(page.get_by_label("Heure")).to_have_value("09:30")
