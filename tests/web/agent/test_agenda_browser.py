"""An agent's day in a real browser: appointments moved by hand, by keys, without script; what is free offers what may begin there."""

from datetime import timedelta
from typing import Any

import pytest
from browser import flaws
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select
from web.agent import test_browser
from web.agent.test_browser import SMALL_TARGETS, TUESDAY, Site, sideways, sign_in
from web.agent.town import MONDAY, book

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import AuditEntry
from rdvdav.i18n import wall

pytestmark = pytest.mark.browser

browser, opened, site = test_browser.browser, test_browser.opened, test_browser.site
WEDNESDAY = MONDAY + timedelta(days=2)
THURSDAY = MONDAY + timedelta(days=3)


def stands(site: Site, reference: str) -> tuple[str, list[int]]:
    """When an appointment begins by the clocks of Paris, and in which agendas."""
    with site.database.reading() as session:
        found = session.scalars(select(Appointment).filter_by(reference=reference)).one()
        return f"{wall(found.starts_at, 'Europe/Paris'):%a %H:%M}", [claim.agenda_id for claim in found.claims]


def block(page: Page, reference: str) -> Locator:
    return page.locator(f".block[href$='{reference}']")


def drag(page: Page, what: Locator, column: Locator, hour: float) -> None:
    """Take *what* a little below its top and drop it with that top at *hour*, of columns that begin at eight."""
    taken, target = what.bounding_box(), column.bounding_box()
    assert taken
    assert target
    page.mouse.move(taken["x"] + taken["width"] / 2, taken["y"] + 6)
    page.mouse.down()
    page.mouse.move(taken["x"] + 20, taken["y"] + 30)
    page.mouse.move(target["x"] + target["width"] / 2, target["y"] + target["height"] * (hour - 8) / 10 + 6, steps=4)
    page.mouse.up()


def test_a_day_of_an_agent(opened: Any, site: Site) -> None:
    page = opened("/agent/agenda?vue=semaine", 1366, 1200)
    live, dialog = page.locator("#agenda-live"), page.locator("#agenda-dialog")
    columns = page.locator(".column[data-day]")

    # Free time offers what may begin there; the form is filled in.
    box = columns.nth(2).bounding_box()
    assert box
    page.mouse.click(box["x"] + 100, box["y"] + box["height"] * 0.21)
    expect(page.locator("#free-dialog h2")).to_have_text("mercredi 25 novembre 2026, 10 h")
    assert flaws(page) == []
    page.get_by_role("link", name="Indisponibilité à 10 h").click()
    expect(page.locator("#starts")).to_have_value("10:00")
    page.go_back()
    page.mouse.click(box["x"] + 100, box["y"] + box["height"] * 0.21)
    page.get_by_role("link", name="Nouveau rendez-vous à 10 h").click()
    expect(page.get_by_label("Date", exact=True)).to_have_value("2026-11-25")
    expect(page.get_by_label("Heure", exact=True)).to_have_value("10:00")

    # A slot is found, a record made, the appointment booked.
    page.goto("/agent/agenda?vue=semaine")
    page.get_by_role("link", name="Trouver un créneau").click()
    page.get_by_label("Motif", exact=True).select_option("Passeport (30 minutes)")
    page.get_by_label("À partir du").fill(WEDNESDAY.isoformat())
    page.get_by_role("button", name="Afficher les créneaux").click()
    page.get_by_role("link", name="09:00").first.click()
    page.get_by_text("Créer un usager").click()
    page.get_by_label("Prénom").fill("Léa")
    page.get_by_label("Nom", exact=True).fill("Moulin")
    page.get_by_label("Adresse e-mail").fill("lea@exemple.test")
    page.get_by_role("button", name="Créer cet usager").click()
    expect(page.get_by_role("status").first).to_contain_text("La fiche de Léa Moulin est créée.")
    page.get_by_role("button", name="Créer le rendez-vous").click()
    expect(page.locator("h1")).to_contain_text("de 9 h à 9 h 30")
    expect(page.locator("main")).to_contain_text("Passeport – Léa Moulin")
    reference = page.url.rpartition("/")[2]
    page.goto("/agent/agenda?vue=semaine")

    # By mouse, to Thursday at eleven; the check tells it, and it is done.
    drag(page, block(page, reference), columns.nth(3), 11)
    expect(dialog.get_by_role("heading")).to_have_text("Déplacer au jeudi 26 novembre à 11 h ?")
    expect(dialog.get_by_label("Prévenir l'usager par e-mail")).to_be_checked()
    assert flaws(page) == []
    dialog.get_by_role("link", name="Garder l'heure actuelle").click()
    expect(live).to_have_text("Le rendez-vous reste où il était.")
    assert stands(site, reference) == ("Wed 09:00", [site.town.agenda])
    drag(page, block(page, reference), columns.nth(3), 11)
    dialog.get_by_role("button", name="Déplacer").click()
    expect(page.locator(".notice.success")).to_contain_text(
        "Le rendez-vous est déplacé au jeudi 26 novembre 2026 à 11 h."
    )
    assert stands(site, reference) == ("Thu 11:00", [site.town.agenda])
    expect(page.get_by_role("link", name="Semaine", exact=True)).to_have_attribute("aria-current", "page")

    # Who switched single keys off moves nothing by accident.
    page.evaluate("document.body.dataset.keys = 'off'")
    block(page, reference).press("m")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("?")
    expect(live).not_to_contain_text("Entrée confirme")
    page.keyboard.press("/")
    expect(page.locator("#keys-dialog")).not_to_be_visible()
    expect(page.locator("#find-person")).not_to_be_focused()
    page.evaluate("delete document.body.dataset.keys")
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#find-person")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#find-person")).to_have_value("?")

    # By keys: a day back, half an hour and five minutes later; given up, then done.
    block(page, reference).focus()
    page.keyboard.press("m")
    expect(live).to_contain_text("Entrée confirme")
    for key in ("ArrowLeft", "Shift+ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    expect(live).to_have_text("mercredi 25 novembre 2026, 11 h 35")
    page.keyboard.press("Escape")
    expect(live).to_have_text("Le rendez-vous reste où il était.")
    expect(block(page, reference)).to_be_focused()
    for key in ("M", "ArrowLeft", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(dialog.get_by_role("heading")).to_have_text("Déplacer au mercredi 25 novembre à 10 h 55 ?")
    dialog.get_by_label("Prévenir").uncheck()
    dialog.get_by_role("button", name="Déplacer").press("Enter")
    expect(page.locator(".notice.success")).to_contain_text("mercredi 25 novembre 2026 à 10 h 55")
    with site.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.kind == "appointment.moved")).all()
        assert [entry.details.get("told", True) for entry in entries] == [True, False]

    # The day itself: one arrives and is received, one does not come; the agenda says so.
    came, absent = (book(site.database, site.clock, site.town, hour) for hour in (8, 11))
    page.goto(f"/agent/rendez-vous/{came}")
    page.get_by_role("button", name="Usager arrivé").click()
    page.goto("/agent/agenda?vue=semaine")
    expect(block(page, came)).to_contain_text("arrivé à 10 h 40")
    block(page, came).click()
    page.get_by_role("button", name="Rendez-vous honoré").click()
    page.goto(f"/agent/rendez-vous/{absent}")
    page.get_by_role("button", name="Absence non excusée").click()
    page.goto("/agent/agenda?vue=semaine")
    expect(block(page, came)).to_contain_text("Honoré")
    expect(block(page, absent)).to_contain_text("Absence non excusée")

    # Cancelled, it is hidden until one asks for it.
    block(page, reference).click()
    page.get_by_role("link", name="Annuler par le service").click()
    page.get_by_role("button", name="Annuler le rendez-vous").click()
    page.goto("/agent/agenda?vue=semaine")
    expect(block(page, reference)).to_have_count(0)
    page.get_by_role("link", name="Afficher les annulés (1)").click()
    expect(block(page, reference)).to_contain_text("Annulé")


def test_what_is_refused_goes_back_and_says_why(browser: Browser, site: Site) -> None:
    reference = book(site.database, site.clock, site.town, 17, day=WEDNESDAY)
    with browser.new_context(viewport={"width": 1366, "height": 1200}, base_url=site.address) as context:
        page = context.new_page()
        page.goto("/agent/agenda?vue=semaine")
        sign_in(page)
        page.wait_for_url(lambda url: "/connexion" not in url)  # and for its scripts
        block(page, reference).focus()
        with site.database.transaction() as session:
            session.scalars(select(Appointment).filter_by(reference=reference)).one().become(Status.DONE)
        for key in ("m", "ArrowRight", "Enter"):
            page.keyboard.press(key)

        expect(page.locator("#agenda-live")).to_have_text("Ce rendez-vous ne peut plus être déplacé")
        expect(page.locator(f".column[data-day='{WEDNESDAY}'] .block[href$='{reference}']")).to_be_focused()


def test_side_by_side_a_drag_gives_it_to_a_colleague(opened: Any, site: Site) -> None:
    town = site.town
    reference = book(site.database, site.clock, town, 15, day=THURSDAY)
    path = f"/agent/agenda?vue=jour&jour={THURSDAY}&agenda={town.agenda}&agenda={town.colleagues_agenda}"
    page = opened(path, 1366, 1200)
    expect(page.get_by_role("heading", level=1)).to_have_text("2 agendas côte à côte")

    drag(page, block(page, reference), page.locator(".column[data-day]").nth(1), 15)
    expect(page.locator("#agenda-dialog").get_by_role("heading")).to_have_text("Confier à Amina Roy ?")
    page.locator("#agenda-dialog").get_by_role("button", name="Déplacer").click()

    expect(page.locator(".notice.success")).to_contain_text("jeudi 26 novembre 2026 à 15 h")
    assert stands(site, reference) == ("Thu 15:00", [town.colleagues_agenda])
    assert page.url.endswith(path)


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), pytest.param(390, "dark", marks=pytest.mark.matrix)])
def test_axe_finds_nothing_in_any_view(opened: Any, site: Site, width: int, scheme: str) -> None:
    town = site.town
    both = f"agenda={town.agenda}&agenda={town.colleagues_agenda}&telephones=1"
    page = opened("/agent/agenda", width, color_scheme=scheme)
    found = {}
    for path in (
        "/agent/agenda?vue=mois",
        "/agent/agenda?vue=liste&telephones=1",
        f"/agent/agenda?vue=semaine&{both}",
        f"/agent/agenda?vue=liste&{both}",
        f"/agent/rendez-vous/{town.reference}/deplacer",
        f"/agent/rendez-vous/{town.reference}/deplacer?jour={TUESDAY}&heure=09:30",
    ):
        page.goto(path)
        if page.locator(".picker summary").count():
            page.locator(".picker summary").click()
        found[path] = flaws(page)
        assert sideways(page) == 0, path
        assert page.locator("h1").count() == 1
        assert width > 390 or page.evaluate(SMALL_TARGETS) == [], path
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_paper_gets_a_page_a_day_and_numbers_when_asked(opened: Any, site: Site) -> None:
    page = opened("/agent/agenda?vue=semaine", 1366)
    page.get_by_role("link", name="Afficher et imprimer les téléphones").click()
    page.emulate_media(media="print")

    expect(page.get_by_text("06 12 34 56 78").first).to_be_visible()
    expect(page.locator(".add").first).to_be_hidden()
    breaks = page.locator(".agenda-day").evaluate_all("days => days.map((day) => getComputedStyle(day).breakBefore)")
    assert breaks == ["auto", "page", "page", "page", "page"]
