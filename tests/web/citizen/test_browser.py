"""The portal in a real browser: with and without scripts, on a phone and on a desk; axe, the console, widths and weight."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time, timedelta

import pytest
from browser import chromium, flaws, serving
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select
from web.citizen.test_booking import booked
from web.citizen.town import PORTAL, Town, builders, change, last_code, last_link
from web.citizen.visitor import Visitor

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.withdraw import withdraw
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.directory.question import Question, QuestionKind
from rdvdav.outbox.message import Message

pytestmark = pytest.mark.browser

PHONE, SMALL, DESK = (390, 844), (320, 640), (1366, 900)
EXPECTED = re.compile(r"status of (409|422)")
"""What Chromium itself writes to the console when a form comes back with errors."""
AMINA = {
    "Prénom": "Amina",
    "Nom": "Benali",
    "Adresse e-mail": "amina@exemple.fr",
    "Téléphone (facultatif)": "06 12 34 56 78",
}


@pytest.fixture
def database(sqlite: Database) -> Database:
    """A browser does not see which database it is."""
    return sqlite


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@dataclass
class Reader:
    """Somebody in front of a browser.

    Attributes:
        said: What the console said, apart from answers that are no 200.
    """

    page: Page
    scripts: bool
    width: int
    height: int
    said: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def press(self, words: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=words).first.click()

    def follow(self, words: str) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=words).first.click()

    def reads(self, title: str) -> None:
        """The page has this one title, no flaw, and fits a small phone."""
        expect(self.page.locator("h1")).to_have_text(title)
        self.seen.append(title)
        assert self.page.locator("main").count() == self.page.locator("h1").count() == 1
        if self.scripts:
            assert flaws(self.page) == []
        self.page.set_viewport_size({"width": 320, "height": 640})
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 320, title
        self.page.set_viewport_size({"width": self.width, "height": self.height})


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(params=[PHONE, pytest.param(DESK, marks=pytest.mark.matrix)], ids=["phone", "desk"])
def reader(request: pytest.FixtureRequest, browser: Browser, site: str, scripts: bool) -> Iterator[Reader]:
    width, height = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height},
        base_url=site,
        java_script_enabled=scripts,
        locale="fr-FR",
        timezone_id="America/Guadeloupe",
    )
    reader = Reader(context.new_page(), scripts, width, height)
    reader.page.on("console", lambda message: reader.said.append(message.text))
    reader.page.on("pageerror", lambda error: reader.said.append(str(error)))
    yield reader
    context.close()
    assert [line for line in reader.said if not EXPECTED.search(line)] == []


def test_somebody_books_moves_and_cancels(reader: Reader, database: Database, clock: StoppedClock, town: Town) -> None:
    page = reader.page
    page.goto("/")
    reader.reads("Qui souhaitez-vous rencontrer ?")
    reader.follow("Ville de Sainte-Anne")
    reader.reads("Ville de Sainte-Anne")
    page.get_by_role("main").get_by_role("link", name="Prendre rendez-vous").click()
    reader.reads("Quel service souhaitez-vous rencontrer ?")
    reader.follow("État civil")
    reader.reads("Quel est le motif de votre rendez-vous ?")
    reader.follow("Passeport")
    reader.reads("Où souhaitez-vous être reçu ?")
    reader.follow("Mairie centrale")
    reader.reads("Choisissez un créneau")
    expect(page.get_by_text("Sur votre appareil : 4 h")).to_have_count(1 if reader.scripts else 0)

    reader.press("09:00, jeudi 26 novembre 2026")
    reader.reads("Vos coordonnées")
    expect(page.get_by_text("Encore 15 min").locator("visible=true")).to_have_count(1 if reader.scripts else 0)
    reader.press("Continuer avec mon adresse e-mail")
    expect(page.get_by_role("alert")).to_contain_text("3 erreurs à corriger")
    reader.reads("Vos coordonnées")
    for label, text in AMINA.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Nom", exact=True).press("Enter")
    reader.reads("Consultez votre messagerie")

    page.get_by_label("Code à 6 chiffres").fill(last_code(database))
    reader.press("Continuer")
    reader.reads("Vérifiez votre rendez-vous")
    reader.press("Confirmer le rendez-vous")
    reader.reads("Votre rendez-vous est confirmé")
    expect(page.locator(".big")).to_have_text("Jeudi 26 novembre 2026 à 9 h")
    expect(page.get_by_role("button", name="Imprimer")).to_have_count(1 if reader.scripts else 0)
    page.reload()
    reader.reads("Votre rendez-vous est confirmé")

    reader.follow("Mes rendez-vous")
    reader.reads("Mes rendez-vous")
    page.get_by_role("link", name="Déplacer").click()
    reader.reads("Choisissez une autre date")
    reader.press("10:30, vendredi 27 novembre 2026")
    reader.reads("Vérifiez la nouvelle date")
    reader.press("Déplacer le rendez-vous")
    reader.reads("Votre rendez-vous est confirmé")
    expect(page.get_by_role("status").first).to_contain_text("Le rendez-vous est déplacé au vendredi 27 novembre 2026")

    page.get_by_role("main").get_by_role("link", name="Annuler").click()
    reader.reads("Annuler ce rendez-vous ?")
    page.get_by_label("Autre raison").check()
    reader.press("Annuler le rendez-vous")
    reader.reads("Passeport")
    expect(page.get_by_role("status").first).to_contain_text("Le rendez-vous est annulé.")

    page.locator("summary", has_text="Amina Benali").click()
    reader.press("Se déconnecter")
    reader.reads("Ville de Sainte-Anne")


def test_the_other_pages_read_as_well(
    reader: Reader, app: Flask, database: Database, clock: StoppedClock, town: Town
) -> None:
    page = reader.page
    with database.transaction() as session:
        make, claire = builders(session, clock, town), session.get_one(Agenda, town.claire)
        workshop = make.motif(name="Atelier", collective=True, restriction="Réservé aux habitants.")
        meeting = make.appointment(claire, clock.now() + timedelta(days=9), motif=workshop, title="Faire son budget")
        meeting.participations[0].status = Status.CANCELLED_BY_CITIZEN
        conditions = f"{PORTAL}/conditions?motif={workshop.id}"
    page.goto(conditions)
    reader.reads("À lire avant")
    reader.press("Continuer")
    expect(page.get_by_role("alert")).to_contain_text("Cochez la case quand vous avez lu les conditions")
    page.get_by_label("J'ai lu ces conditions").check()
    reader.press("Continuer")
    reader.reads("Choisissez une date")
    expect(page.get_by_text("1 place restante")).to_be_visible()
    reader.press("S'inscrire")
    reader.reads("Vos coordonnées")
    page.goto(f"{PORTAL}/creneau?motif={town.passport}&lieu=tous&jours=lundi")
    reader.reads("Choisissez un créneau")
    page.goto(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.annexe}&moment=apres-midi")
    expect(page.get_by_text("Aucun créneau l'après-midi avant le 23 février 2027.")).to_be_visible()
    reader.reads("Choisissez un créneau")
    page.goto(f"{PORTAL}/creneau?motif={town.never}")
    reader.reads("Choisissez un créneau")

    page.goto(f"{PORTAL}/creneau?motif={town.card}")
    taker = Visitor(app, "192.0.2.9")
    taker.open(f"{PORTAL}/creneau?motif={town.card}")
    taker.press("09:00, jeudi 26")
    reader.press("09:00, jeudi 26 novembre 2026")
    expect(page.get_by_role("heading", name="Ce créneau vient d'être pris.")).to_be_visible()
    reader.reads("Choisissez un créneau")
    reader.press("Jeudi 26 novembre 2026 à 9 h 20")

    for label, text in AMINA.items():
        page.get_by_label(label, exact=True).fill(text)
    reader.press("Continuer avec mon adresse e-mail")
    page.goto(last_link(database))
    reader.reads("Confirmez votre adresse e-mail")
    reader.press("Continuer ma réservation")
    reader.reads("Vérifiez votre rendez-vous")

    page.goto(page.url.replace("/verification", "/vous"))
    expect(page.get_by_role("button", name="Continuer en tant que Amina Benali")).to_be_visible()
    reader.reads("Vos coordonnées")
    clock.advance(clock.now().replace(minute=16) - clock.now())
    page.reload()
    reader.reads("Le délai est dépassé.")
    reader.press("Reprendre ce créneau")
    reader.reads("Vos coordonnées")


@pytest.mark.parametrize(("scripts", "reader"), [(True, PHONE), (False, DESK)], indirect=True)
def test_who_is_to_replan_chooses_a_slot_or_gives_up(
    reader: Reader, app: Flask, database: Database, clock: StoppedClock, town: Town
) -> None:
    links = []
    for _ in range(2):
        booked(Visitor(app), database, town)
        with database.transaction() as session:
            latest = session.scalars(select(Appointment.id).order_by(Appointment.id.desc())).first() or 0
            withdraw(session, clock, latest, SYSTEM, "Réunion de service")
            mail = (
                session.scalars(select(Message).where(~Message.to_compose).order_by(Message.id.desc())).first()
                or Message()
            )
            links.append(re.findall(r"https?://[^/\s]+(/\S+)", mail.text)[-1])
    page = reader.page
    lost = "Ville de Sainte-Anne ne peut plus vous recevoir le jeudi 26 novembre 2026 à 9 h."

    page.goto(links[0])
    reader.reads(lost)
    page.locator(".slots button").first.click()
    reader.reads("Votre rendez-vous a une nouvelle date")

    page.goto(links[1])
    reader.follow("Je ne souhaite plus de rendez-vous")
    reader.reads("Renoncer à ce rendez-vous ?")
    reader.press("Je ne souhaite plus de rendez-vous")
    reader.reads("Vous n'avez plus de rendez-vous")


@pytest.mark.parametrize(("scripts", "reader"), [(True, PHONE), (False, SMALL)], indirect=True)
def test_several_slots_with_a_question_by_touch_or_by_keyboard_alone(
    reader: Reader, database: Database, clock: StoppedClock, town: Town
) -> None:
    page = reader.page
    question = Question("Combien de photos ?", QuestionKind.CHOICE, ("Une", "Deux"), required=True)
    change(database, Motif, town.passport, slots_at_once=3, questions=(question,))

    def use(found: Locator) -> None:
        """Touch it, or go there and press the key; what has the focus is in sight."""
        if reader.scripts:
            found.click()
            return
        found.focus()
        hidden = "e => {const b = e.getBoundingClientRect(); return e !== document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)}"
        assert not found.evaluate(hidden), "something covers what has the focus"
        page.keyboard.press("Space" if found.get_attribute("type") in {"checkbox", "radio"} else "Enter")

    page.goto(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    said = page.locator(".choice-bar [role=status]")
    expect(said).to_have_text("Aucun créneau choisi sur 3" if reader.scripts else "Choisissez jusqu'à 3 créneaux.")
    for name in ("09:00, jeudi 26 novembre 2026", "16:30, vendredi 4 décembre 2026"):
        use(page.get_by_role("checkbox", name=name))
    if reader.scripts:
        expect(said).to_have_text("2 créneaux choisis sur 3")
    reader.reads("Choisissez vos créneaux")
    use(page.get_by_role("button", name="Voir les dates suivantes"))
    use(page.get_by_role("checkbox", name="09:00, lundi 7 décembre 2026"))
    others = page.get_by_role("checkbox", name="09:30, lundi 7 décembre 2026")
    (expect(others).to_be_disabled if reader.scripts else expect(others).to_be_enabled)()
    use(page.get_by_role("checkbox", name="Jeudi 26 novembre 2026 à 9 h"))  # given up on another page than its own
    use(page.get_by_role("button", name="Continuer"))

    reader.reads("Vos coordonnées")
    for label, text in AMINA.items():
        page.get_by_label(label, exact=True).fill(text)
    use(page.get_by_role("button", name="Continuer avec mon adresse e-mail"))
    expect(page.locator("h1")).to_have_text("Consultez votre messagerie")
    page.get_by_label("Code à 6 chiffres").fill(last_code(database))
    page.keyboard.press("Enter")
    reader.reads("Vérifiez vos 2 rendez-vous")
    use(page.get_by_role("button", name="Confirmer les 2 rendez-vous"))
    expect(page.get_by_role("alert")).to_contain_text("1 erreur à corriger")
    use(page.get_by_role("radio", name="Deux"))
    use(page.get_by_role("button", name="Confirmer les 2 rendez-vous"))
    reader.reads("Vos 2 rendez-vous sont confirmés")
    expect(page.locator(".card-title")).to_have_text(
        ["Vendredi 4 décembre 2026 à 16 h 30", "Lundi 7 décembre 2026 à 9 h"]
    )


@pytest.mark.parametrize("scripts", [True], indirect=True)
@pytest.mark.parametrize("reader", [PHONE], indirect=True)
def test_the_first_slot_stands_in_the_first_screen_of_a_phone(reader: Reader, town: Town) -> None:
    reader.page.goto(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")

    first = reader.page.locator(".slot").first.bounding_box()

    assert first is not None
    assert first["y"] + first["height"] <= 844


@pytest.mark.parametrize("scripts", [True], indirect=True)
@pytest.mark.parametrize("reader", [PHONE], indirect=True)
def test_the_countdown_offers_to_prolong_from_five_minutes_on(reader: Reader, clock: StoppedClock, town: Town) -> None:
    page = reader.page
    page.goto(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    reader.press("09:00, jeudi 26")
    expect(page.get_by_role("button", name="Prolonger de 5 minutes")).to_be_hidden()
    page.get_by_label("Prénom").fill("Amina")
    clock.advance(clock.now().replace(minute=11) - clock.now())
    page.reload()

    page.get_by_label("Prénom").fill("Amina")
    reader.press("Prolonger de 5 minutes")

    expect(page.get_by_text("Encore 9 min")).to_be_visible()
    expect(page.get_by_label("Prénom")).to_have_value("Amina")


def test_a_page_weighs_sixty_kilobytes_at_most(app: Flask, database: Database, clock: StoppedClock, town: Town) -> None:
    """Every page of the path, one's appointments and details; lists of more starts than anybody opens."""
    with database.transaction() as session:
        make = builders(session, clock, town)
        session.get_one(Motif, town.passport).slots_at_once = 3
        workshop, agenda = make.motif(collective=True), session.get_one(Agenda, town.claire)
        for n in range(12):
            make.appointment(agenda, clock.now() + timedelta(days=n + 1, hours=1), motif=workshop, seats=9)
        short = make.motif(duration_minutes=5, slots_at_once=3)
        daily = {"recurrence": "FREQ=DAILY", "opens": time(7), "closes": time(19)}
        make.opening_range(make.agenda_of(make.agent()), [short], place_id=town.hall, **daily)
        lists = (f"motif={town.passport}&lieu=tous", f"motif={workshop.id}", f"motif={short.id}&lieu={town.hall}")
    visitor = Visitor(app)
    weights: dict[str, int] = {}

    def weigh(*_: object) -> None:
        links = dict.fromkeys(re.findall(r'(?:src|href)="(/static/[^"]+)"', visitor.answer.text))
        assert len(links) >= 2
        weights[visitor.path] = len(gzip.compress(visitor.answer.data)) + sum(weight(visitor, link) for link in links)

    entry = ("", "/service", "/motif?service=1", f"/conditions?motif={town.permit}", f"/lieu?motif={town.passport}")
    for page in (*entry, *(f"/creneau?{each}" for each in lists), f"/liste-d-attente?motif={town.card}"):
        weigh(visitor.open(PORTAL + page))
    weigh(visitor.open(f"{PORTAL}/creneau?motif={town.card}"))
    weigh(visitor.press("14:00, lundi 30"))
    weigh(visitor.press("Continuer avec", first_name="Amina", last_name="Benali", email="amina@exemple.fr", phone=""))
    weigh(visitor.press("Continuer", code=last_code(database)))
    weigh(visitor.press("Confirmer le rendez-vous"))
    weigh(visitor.follow("Annuler"))
    mine = visitor.path.removesuffix("/annuler")
    weigh(visitor.open(f"{mine}/deplacer"))
    weigh(visitor.press("16:00, lundi 30"))
    for page in ("mes-rendez-vous", "mes-proches", "mes-informations", "mes-informations/mes-donnees"):
        weigh(visitor.open(f"{PORTAL}/{page}"))

    assert len(weights) == len(entry) + len(lists) + 13
    assert max(weights.values()) <= 60_000, weights


def weight(visitor: Visitor, path: str) -> int:
    """Bytes that come over the line."""
    with visitor.client.get(path) as answer:
        return len(gzip.compress(answer.data))
