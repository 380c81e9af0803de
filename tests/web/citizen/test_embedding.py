"""The portal inside another site's page (B15): booked without any cookie, by the sites the organisation allows."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from browser import chromium, flaws, serving
from federation.provider import serving as providing
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import func, select
from web.application import application
from web.citizen.town import PORTAL, Town, build, change, last_code
from web.citizen.visitor import Visitor

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.organisation import Organisation
from rdvdav.settings import Settings

WITHOUT_THIRD_PARTIES = "--test-third-party-cookie-phaseout"
"""What makes Chromium keep no cookie of a frame."""
SITE = "https://www.sainte-anne.example"
AMINA = {"first_name": "Amina", "last_name": "Benali", "email": "amina@exemple.fr", "phone": "06 12 34 56 78"}


@pytest.fixture
def town(sqlite: Database, clock: StoppedClock) -> Town:
    with sqlite.transaction() as session:
        built = build(session, clock)
        session.get_one(Organisation, built.organisation).embedders = [SITE]
        return built


@pytest.fixture
def app(sqlite: Database, clock: StoppedClock, settings: Settings, town: Town) -> Flask:
    return application(sqlite, clock, settings)


class Framed(Visitor):
    """A browser that keeps no cookie, as inside another site's page."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.client = app.test_client(use_cookies=False)


@pytest.fixture
def framed(app: Flask) -> Framed:
    return Framed(app)


def slots_in_a_frame(portal: str, motif: int) -> str:
    """A page of another site that holds the portal's."""
    frame = f'<iframe src="{portal}/cadre{PORTAL}/creneau?motif={motif}" width="390" height="800"></iframe>'
    return f"<title>Sainte-Anne</title>{frame}"


def booked(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Appointment)) or 0


def test_an_appointment_is_booked_without_a_cookie(framed: Framed, sqlite: Database, town: Town) -> None:
    answers = []
    framed.open(f"/cadre{PORTAL}/creneau?motif={town.card}")
    assert "header" not in framed.answer.text.partition("<main")[0].partition("<body")[2]
    assert "<footer" not in framed.answer.text
    framed.press("09:00, jeudi 26 novembre")
    answers.append(framed.answer)
    assert 'href="/donnees-personnelles" target="_blank"' in framed.answer.text
    framed.press("Continuer avec", **AMINA | {"email": "nonsense"})
    assert "Saisissez une adresse e-mail" in framed.page.words
    framed.press("Continuer avec", **AMINA)
    framed.press("Continuer", code="000000")
    answers.append(framed.answer)
    framed.press("Continuer", code=last_code(sqlite))
    framed.press("Confirmer le rendez-vous")
    answers.append(framed.answer)

    assert "Votre rendez-vous est confirmé" in framed.page.words
    assert booked(sqlite) == 1
    framed.follow("Déplacer")
    framed.press("09:20, lundi 30 novembre")
    framed.press("Déplacer le rendez-vous")
    assert "Le rendez-vous est déplacé au lundi 30 novembre 2026 à 9 h 20." in framed.page.words
    answers.append(framed.answer)
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert f"frame-ancestors {SITE};" in answer.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer.headers
        assert re.search(r'href="/static/theme\.css', answer.text)
        assert re.findall(r'(?:href|action)="(/rdv/[^"]*)"', answer.text) == []


def test_only_embedded_pages_of_an_organisation_that_allows_it_may_be_framed(
    framed: Framed, sqlite: Database, town: Town
) -> None:
    def ancestors() -> str:
        headers = framed.answer.headers
        assert ("X-Frame-Options" in headers) is ("frame-ancestors 'none'" in headers["Content-Security-Policy"])
        return re.findall("frame-ancestors ([^;]*);", headers["Content-Security-Policy"])[0]

    for path, allowed in (
        (f"/cadre{PORTAL}", SITE),
        (f"/cadre{PORTAL}/creneau?motif=987654", SITE),
        (PORTAL, "'none'"),
        ("/cadre/rdv/no-such-town", "'none'"),
        ("/cadre/agent/agenda", "'none'"),
        ("/cadre/", "'none'"),
    ):
        framed.open(path)
        assert ancestors() == allowed, path
    change(sqlite, Organisation, town.organisation, embedders=[])
    framed.open(f"/cadre{PORTAL}")
    assert ancestors() == "'none'"


def test_who_knows_an_address_from_before_sees_nothing_of_who_books_from_it(
    framed: Framed, sqlite: Database, town: Town
) -> None:
    framed.open(f"/cadre{PORTAL}/creneau?motif={town.card}")
    framed.press("09:00, jeudi 26 novembre")
    known = framed.answer.request.path
    framed.press("Continuer avec", **AMINA)
    framed.press("Continuer", code=last_code(sqlite))
    assert "amina@exemple.fr" in framed.page.words
    stranger = Visitor(framed.client.application)
    stranger.open(known.replace("/vous", "/verification"))

    assert "amina" not in stranger.answer.text.lower()
    assert stranger.path.endswith("/vous")


def test_cookies_have_no_say_in_an_embedded_page(app: Flask, sqlite: Database, town: Town) -> None:
    visitor = Visitor(app)
    visitor.open(f"{PORTAL}/creneau?motif={town.card}&langue=en")
    visitor.press("09:00, Thursday 26 November")
    slots = visitor.open(f"/cadre{PORTAL}/creneau?motif={town.card}")
    assert "Choisissez un créneau" in slots.words
    form, (_words, name, value) = visitor.button("09:00, vendredi 27 novembre")

    without_visit = re.sub("/cadre/[^/]+", "/cadre", form.action)
    for address in (without_visit, without_visit.replace("/cadre", "/cadre/forged.visit.here")):
        answer = visitor.client.post(address, data={name: value, **form.fields})
        assert answer.status_code == 400
        assert SITE in answer.headers["Content-Security-Policy"]


def test_an_embedded_page_opened_by_itself_is_the_page_itself(framed: Framed, town: Town) -> None:
    framed.open(f"/cadre{PORTAL}/creneau?motif={town.card}")
    path = framed.answer.request.path
    answer = framed.client.get(f"{path}?motif={town.card}", headers={"Sec-Fetch-Dest": "document"})

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{PORTAL}/creneau?motif={town.card}"


@pytest.mark.parametrize(
    "path",
    [
        *("/cadre/rdv/a%00b", "/cadre/rdv/%ff", "/cadre/.x/rdv/sainte-anne/%ff", "/cadre/%ff/rdv/sainte-anne", "/cadre/rdv/rdv"),
        *(f"/cadre{PORTAL}?motif=%ff%00", f"/cadre{PORTAL}/service?motif=%0d%0aX:y", f"/cadre/a.b/rdv/{'x' * 2000}"),
    ],
)  # fmt: skip
def test_no_address_breaks_an_embedded_page(framed: Framed, path: str) -> None:
    for answer in (framed.client.get(path, follow_redirects=True), framed.client.post(path)):
        assert answer.status_code < 500


@pytest.mark.browser
def test_a_browser_that_blocks_third_party_cookies_books_through_the_frame(
    app: Flask, sqlite: Database, town: Town
) -> None:
    site = Flask("another site")
    with chromium(WITHOUT_THIRD_PARTIES) as browser, serving(app) as portal, serving(site) as elsewhere:
        elsewhere = elsewhere.replace("127.0.0.1", "localhost")  # another site, not only another port
        site.add_url_rule("/", view_func=lambda: slots_in_a_frame(portal, town.card))
        context = browser.new_context(viewport={"width": 420, "height": 900})
        page = context.new_page()
        page.goto(elsewhere)
        inside = page.frame_locator("iframe")
        expect(inside.get_by_role("heading", name="Choisissez un créneau")).not_to_be_attached()

        change(sqlite, Organisation, town.organisation, embedders=[elsewhere])
        page.goto(elsewhere)
        inside.get_by_role("button", name="09:00, jeudi 26 novembre").click()
        for label, text in (
            ("Prénom", "Amina"),
            ("Nom", "Benali"),
            ("Adresse e-mail", "amina@exemple.fr"),
        ):
            inside.get_by_label(label, exact=True).fill(text)
        inside.get_by_role("button", name="Continuer avec mon adresse e-mail").click()
        expect(inside.get_by_role("heading", name="Consultez votre messagerie")).to_be_visible()
        inside.get_by_label("Code").fill(last_code(sqlite))
        inside.get_by_role("button", name="Continuer").click()
        inside.get_by_role("button", name="Confirmer le rendez-vous").click()
        expect(inside.get_by_text("Votre rendez-vous est confirmé")).to_be_visible()
        assert booked(sqlite) == 1
        assert context.cookies() == []
        assert flaws(page.frames[1]) == []


@pytest.mark.browser
def test_a_provider_is_gone_to_from_the_frame_and_the_booking_goes_on_with_its_hold(
    sqlite: Database, clock: StoppedClock, settings: Settings, town: Town
) -> None:
    portal, site = settings.public_url, Flask("another site")
    site.add_url_rule("/", view_func=lambda: slots_in_a_frame(portal, town.card))
    with providing(clock, portal) as provider:
        app = application(sqlite, clock, replace(settings, identity_providers={"franceconnect": provider.settings}))
        with serving(app) as here, serving(site) as elsewhere:
            there = f"--host-resolver-rules=MAP {urlsplit(portal).hostname}:80 {urlsplit(here).netloc}"
            with chromium(WITHOUT_THIRD_PARTIES, there) as browser:
                change(sqlite, Organisation, town.organisation, embedders=[elsewhere])
                page = browser.new_context(viewport={"width": 420, "height": 900}).new_page()
                page.goto(elsewhere)
                inside = page.frame_locator("iframe")
                inside.get_by_role("link", name="English").click()
                expect(inside.get_by_role("heading", name="Choose a time slot")).to_be_visible()
                assert flaws(page.frames[1]) == []
                inside.get_by_role("button", name="09:20, Thursday 26 November").click()
                expect(inside.get_by_role("link", name="Français")).to_be_visible()
                assert page.context.cookies() == []

                inside.get_by_role("link", name="Identify with FranceConnect").click()
                page.get_by_role("button", name="Go on to FranceConnect").click()
                page.get_by_role("button", name="Continue as Angela Claire Louise DUBOIS").click()
                page.get_by_role("button", name="Confirm the appointment").click()
                expect(page.get_by_role("heading", name="Your appointment is confirmed")).to_be_visible()
                assert page.url.startswith(f"{portal}{PORTAL}/")
    assert provider.refused == []
    assert booked(sqlite) == 1
    with sqlite.reading() as session:
        [hold] = session.scalars(select(Hold)).all()
        [appointment] = session.scalars(select(Appointment)).all()
    assert (hold.appointment_id, hold.starts_at) == (appointment.id, appointment.starts_at)
