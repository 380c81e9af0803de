"""The booking path where it is hardest: two devices, two people, too late, by keyboard alone, in English (3.6 to 3.16)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from datetime import timedelta

import pytest
from browser import look
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from web.citizen.test_browser import AMINA, DESK, PHONE, browser, database, site
from web.citizen.town import PORTAL, Town, builders, last_code, last_link
from web.citizen.visitor import Visitor

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import StoppedClock
from rdvdav.database import Database

__all__ = ["browser", "database", "site"]
pytestmark = pytest.mark.browser

DENIS = AMINA | {"Prénom": "Denis", "Nom": "Leroy", "Adresse e-mail": "denis@exemple.fr"}
FOCUSED = """target => {
  const e = document.activeElement;
  if (e === document.body) return [false, null];
  const { x, y, width, height } = e.getClientRects()[0];
  const top = document.elementFromPoint(x + width / 2, y + height / 2);
  const shown = e.contains(top) && parseFloat(getComputedStyle(e).outlineWidth) >= 3;
  return [e === target, shown ? null : e.outerHTML];
}"""
"""Whether *target* has the focus; and what has it and does not show it, or has something else upon it."""

Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, site: str) -> Iterator[Opens]:
    """Opens a browser of its own for each person or device."""
    with ExitStack() as opened:

        def one(size: tuple[int, int] = PHONE, *, scripts: bool = True, locale: str = "fr-FR") -> Page:
            viewport = {"width": size[0], "height": size[1]}
            context: BrowserContext = opened.enter_context(
                browser.new_context(viewport=viewport, base_url=site, java_script_enabled=scripts, locale=locale)
            )
            context.set_default_timeout(10_000)
            return context.new_page()

        yield one


def reads(page: Page, title: str) -> None:
    expect(page.locator("h1")).to_have_text(title)


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words).first.click()


def type_in(page: Page, who: dict[str, str]) -> None:
    for label, text in who.items():
        page.get_by_label(label, exact=True).fill(text)


def confirm(page: Page, who: dict[str, str], database: Database) -> None:
    """From « Vos coordonnées » on."""
    reads(page, "Vos coordonnées")
    type_in(page, who)
    press(page, "Continuer avec mon adresse e-mail")
    page.get_by_label("Code à 6 chiffres").fill(last_code(database))
    press(page, "Continuer")
    reads(page, "Vérifiez votre rendez-vous")
    press(page, "Confirmer le rendez-vous")
    reads(page, "Votre rendez-vous est confirmé")


def test_begun_on_a_phone_and_confirmed_at_a_computer(opens: Opens, database: Database, town: Town) -> None:
    phone, computer = opens(), opens(DESK, scripts=False)
    phone.goto(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    press(phone, "09:00, jeudi 26 novembre 2026")
    type_in(phone, AMINA)
    press(phone, "Continuer avec mon adresse e-mail")
    reads(phone, "Consultez votre messagerie")

    computer.goto(last_link(database))
    reads(computer, "Confirmez votre adresse e-mail")
    expect(computer.locator("main button")).to_have_count(1)
    computer.locator("main button").click()
    reads(computer, "Vérifiez votre rendez-vous")
    expect(computer.get_by_text("Ce créneau vous est réservé jusqu'à")).to_be_visible()
    press(computer, "Confirmer le rendez-vous")
    reads(computer, "Votre rendez-vous est confirmé")
    expect(computer.locator(".big")).to_have_text("Jeudi 26 novembre 2026 à 9 h")

    phone.get_by_label("Code à 6 chiffres").fill(last_code(database))
    press(phone, "Continuer")
    reads(phone, "Votre rendez-vous est confirmé")
    phone.get_by_role("link", name="Mes rendez-vous").first.click()
    expect(phone.locator(".card-title")).to_have_text(["Jeudi 26 novembre 2026 à 9 h"])


def test_of_two_who_want_one_slot_the_other_takes_one_of_the_three_nearest(
    opens: Opens, database: Database, town: Town
) -> None:
    pages = [opens(), opens(DESK, scripts=False)]
    for page in pages:
        page.goto(f"{PORTAL}/creneau?motif={town.card}")
    for page in pages:  # both requests are on their way before one is answered
        page.get_by_role("button", name="09:20, jeudi 26 novembre 2026").click(no_wait_after=True)
    for page in pages:
        page.wait_for_url(lambda url: "/vous" in url or "pris=" in url)
    [winner] = [page for page in pages if "/vous" in page.url]
    [loser] = [page for page in pages if page is not winner]

    expect(loser.get_by_role("heading", name="Ce créneau vient d'être pris.")).to_be_visible()
    near = loser.locator(".notice form button")
    expect(near).to_have_text([f"Jeudi 26 novembre 2026 à {time}" for time in ("9 h", "9 h 40", "10 h")])
    near.nth(1).click()
    confirm(winner, AMINA, database)
    confirm(loser, DENIS, database)
    expect(winner.locator(".big")).to_have_text("Jeudi 26 novembre 2026 à 9 h 20")
    expect(loser.locator(".big")).to_have_text("Jeudi 26 novembre 2026 à 9 h 40")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_hold_that_ends_while_somebody_types_loses_nothing(
    opens: Opens, app: Flask, database: Database, clock: StoppedClock, town: Town, scripts: bool
) -> None:
    page = opens(scripts=scripts)

    def typed_is_kept() -> None:
        reads(page, "Vos coordonnées")
        for label, text in AMINA.items():
            expect(page.get_by_label(label, exact=True)).to_have_value(text)

    page.goto(f"{PORTAL}/creneau?motif={town.card}")
    press(page, "09:00, jeudi 26 novembre 2026")
    type_in(page, AMINA)
    clock.advance(timedelta(minutes=16))
    press(page, "Continuer avec mon adresse e-mail")
    reads(page, "Le délai est dépassé.")
    press(page, "Reprendre ce créneau")
    typed_is_kept()

    clock.advance(timedelta(minutes=16))
    faster = Visitor(app, "192.0.2.9")
    faster.open(f"{PORTAL}/creneau?motif={town.card}")
    faster.press("09:00, jeudi 26")
    press(page, "Continuer avec mon adresse e-mail")
    reads(page, "Le délai est dépassé.")
    expect(page.get_by_role("button", name="Reprendre ce créneau")).to_have_count(0)
    near = page.locator("main form button")
    expect(near).to_have_count(3)
    expect(near.first).to_have_text("Jeudi 26 novembre 2026 à 9 h 20")
    near.first.click()
    typed_is_kept()
    confirm(page, AMINA, database)


class Keys:
    """Somebody who has but a keyboard: goes from one thing to the next, and sees each time where the focus is."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go_to(self, target: Locator) -> None:
        for _ in range(90):
            self.page.keyboard.press("Tab")
            reached, unseen = target.evaluate(FOCUSED)
            assert not unseen, f"the focus cannot be seen on {unseen}"
            if reached:
                return
        raise AssertionError(f"{target} is not reached by the key Tab")

    def use(self, role: str, name: str, key: str = "Enter") -> None:
        self.go_to(self.page.get_by_role("main").get_by_role(role, name=name).first)
        with self.page.expect_navigation() if key == "Enter" else nullcontext():
            self.page.keyboard.press(key)

    def write(self, label: str, text: str) -> None:
        self.go_to(self.page.get_by_label(label, exact=True))
        self.page.keyboard.type(text)


def test_the_whole_path_by_keyboard_alone(opens: Opens, database: Database, town: Town) -> None:
    page = opens()
    keys = Keys(page)
    page.goto("/")
    keys.use("link", "Ville de Sainte-Anne")
    keys.go_to(page.locator(".skip"))
    page.keyboard.press("Enter")
    for link in ("Prendre rendez-vous", "État civil", "Passeport", "Mairie centrale"):
        keys.use("link", link)
    keys.use("button", "09:30, vendredi 27 novembre 2026")
    reads(page, "Vos coordonnées")
    for label, text in AMINA.items():
        keys.write(label, text)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    keys.write("Code à 6 chiffres", last_code(database))
    page.keyboard.press("Enter")
    reads(page, "Vérifiez votre rendez-vous")
    keys.use("button", "Confirmer le rendez-vous")
    reads(page, "Votre rendez-vous est confirmé")

    keys.use("link", "Déplacer")
    reads(page, "Choisissez une autre date")
    keys.use("button", "10:30, lundi 30 novembre 2026")
    keys.use("button", "Déplacer le rendez-vous")
    expect(page.locator(".big")).to_have_text("Lundi 30 novembre 2026 à 10 h 30")
    keys.use("link", "Annuler")
    keys.use("radio", "Je ne peux plus venir", "Space")
    keys.use("button", "Annuler le rendez-vous")
    expect(page.get_by_role("status").first).to_contain_text("Le rendez-vous est annulé.")


def test_each_page_reads_as_well_in_english(opens: Opens, database: Database, clock: StoppedClock, town: Town) -> None:
    with database.transaction() as session:
        make, claire = builders(session, clock, town), session.get_one(Agenda, town.claire)
        workshop = make.motif(name="Atelier", collective=True)
        make.appointment(claire, clock.now() + timedelta(days=9), motif=workshop, seats=2)
        meetings = f"{PORTAL}/creneau?motif={workshop.id}"
    page = opens(locale="en-GB")

    def reads_well(title: str) -> None:
        reads(page, title)
        look(page)

    for path, title in {
        "/?langue=en": "Who would you like to see?",
        PORTAL: "Ville de Sainte-Anne",
        f"{PORTAL}/service": "Which service would you like to see?",
        f"{PORTAL}/motif?service=1": "What is your appointment for?",
        f"{PORTAL}/conditions?motif={town.permit}": "Read this first",
        f"{PORTAL}/lieu?motif={town.passport}": "Where would you like your appointment?",
        f"{PORTAL}/creneau?motif={town.never}": "Choose a time slot",
        meetings: "Choose a date",
        f"{PORTAL}/mes-rendez-vous": "Find my appointments",
        f"{PORTAL}/liste-d-attente?motif={town.passport}": "Be told when a time slot is free",
        f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}": "Choose a time slot",
    }.items():
        page.goto(path)
        reads_well(title)
    first = page.locator(".slot").first.bounding_box()
    assert first is not None
    assert first["y"] + first["height"] <= PHONE[1]

    press(page, "10:00, Friday 27 November 2026")
    reads_well("Your details")
    for name, text in {"first_name": "Amina", "last_name": "Benali", "email": AMINA["Adresse e-mail"]}.items():
        page.locator(f"[name={name}]").fill(text)
    press(page, "Continue with my e-mail address")
    reads_well("Check your inbox")
    page.get_by_label("6-digit code").fill(last_code(database))
    press(page, "Continue")
    reads_well("Check your appointment")
    press(page, "Confirm the appointment")
    reads_well("Your appointment is confirmed")
    page.get_by_role("link", name="Cancel").click()
    reads_well("Cancel this appointment?")
    page.go_back()
    page.get_by_role("link", name="Move").click()
    reads_well("Choose another date")
    page.locator(".slot").first.click()
    reads_well("Check the new date")
