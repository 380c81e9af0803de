"""The site in English (B16): chosen by a plain link, kept for the visit, without a word of French or of jargon of ours."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from web.application import application
from web.citizen.town import PORTAL, Town, build, last_code
from web.citizen.visitor import Visitor

import rdvdav
import rdvdav_web
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory
from rdvdav.i18n import speaking, translations
from rdvdav.outbox.message import Message
from rdvdav.settings import Settings

JARGON = re.compile(
    r"\b(motifs?|opening ranges?|agendas?|agents?|holds?|to settle|unexcused|caldav|on line|figures)\b|[«»]|(?-i:\b(EEEE|MMMM|HH|mm)\b)",
    re.IGNORECASE,
)
"""Words of the trade, bad spelling, and patterns of dates."""
FRENCH = re.compile(
    r"\b(le|la|les|des|du|un|une|et|ou|où|à|au|aux|en|dans|pour|avec|sur|vous|votre|vos|nous|est|sont|pas|ce|cette|qui|que|de"
    r"|rendez-vous|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|novembre|décembre|janvier|heures?)\b",
    re.IGNORECASE,
)
NAMES = ("Français", "Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07", "Défenseur des droits", "CNIL")
"""What has no English name."""
PATTERNS = {"date", "first of the month", "hour and minutes", "whole hour"}
"""Contexts of what Babel reads, not people."""
FOR_CITIZENS = {
    rdvdav_web: (
        "citizen/**.py",
        "templates/citizen/**.html",
        "templates/pages/**.html",
        "templates/error.html",
        "errors.py",
    ),
    rdvdav: ("notify/compose.py", "notify/templates/**", "i18n.py"),
}


@pytest.fixture
def town(sqlite: Database, clock: StoppedClock) -> Town:
    with sqlite.transaction() as session:
        return build(session, clock)


@pytest.fixture
def app(sqlite: Database, clock: StoppedClock, settings: Settings, town: Town) -> Flask:
    return application(sqlite, clock, settings)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def typed(database: Database) -> list[str]:
    """What people of the town wrote, long ones first: it stays as it is."""
    with database.reading() as session:
        rows = [
            row for table in (Territory, Organisation, Service, Place, Motif) for row in session.scalars(select(table))
        ]
        values = {value for row in rows for value in vars(row).values() if isinstance(value, str)}
        lines = {line for value in values for line in value.splitlines() if len(line) > 3}
    return sorted({*lines, *NAMES}, key=len, reverse=True)


def ours(text: str, theirs: list[str]) -> str:
    """*text* without what people wrote, and without addresses."""
    for words in theirs:
        text = text.replace(words, "…")
    return re.sub(r"\S*/rdv/\S*", "", text)


def _found(pattern: re.Pattern[str], words: str) -> list[str]:
    return [each[0] for each in pattern.finditer(words)]


def test_a_booking_is_english_from_the_first_page_to_the_mail(visitor: Visitor, sqlite: Database, town: Town) -> None:
    theirs, seen = typed(sqlite), []

    def look() -> None:
        words = ours(visitor.page.words, theirs)
        seen.append(visitor.path)
        assert 'lang="en"' in visitor.answer.text.partition("<head>")[0], visitor.path
        assert not _found(FRENCH, words), (visitor.path, _found(FRENCH, words), words)
        if not visitor.path.startswith("/aide/service-informatique"):
            assert not _found(JARGON, words), (visitor.path, _found(JARGON, words), words)

    visitor.open("/?langue=en")
    look()
    for path in (
        *("/aide", "/aide/questions", "/aide/etat", "/aide/service-informatique", "/nothing/here", "/agent/connexion"),
        *(
            "/accessibilite",
            "/mentions-legales",
            "/donnees-personnelles",
            "/agent/mot-de-passe-oublie",
            "/rdv/no-such-town",
        ),
        *(f"{PORTAL}{rest}" for rest in ("", "/service", "/mes-rendez-vous", f"/lieu?motif={town.passport}")),
        *(
            f"{PORTAL}/{rest}"
            for rest in (f"conditions?motif={town.permit}", f"creneau?motif={town.never}&lieu={town.hall}")
        ),
        f"{PORTAL}/creneau?motif={town.passport}&lieu=tous",
        f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}&du=nonsense",
        f"{PORTAL}/creneau?motif={town.advice}",
    ):
        visitor.open(path)
        look()
    visitor.press("09:00, Thursday")
    look()
    visitor.press("Continue with my e-mail", email="nonsense", phone="1")
    look()
    visitor.press("Continue with", first_name="Ann", last_name="Lee", email="a@example.org", phone="06 12 34 56 78")
    look()
    visitor.press("Continue", code="000000")
    look()
    visitor.press("Continue", code=last_code(sqlite))
    look()
    visitor.press("Confirm")
    look()
    files = [visitor.client.get(visitor.href("Download the file (.ics)")).text]
    for path in ("", "/adresse", "/mes-donnees", "/supprimer"):
        visitor.open(f"{PORTAL}/mes-informations{path}")
        look()
    visitor.open(f"{PORTAL}/mes-proches")
    look()
    for link in ("My appointments", "Cancel"):
        visitor.follow(link)
        look()
    visitor.press("Cancel the appointment")
    look()

    with sqlite.reading() as session:
        mails = session.scalars(select(Message).where(~Message.to_compose).order_by(Message.id)).all()
    assert len(mails) >= 3
    for mail in mails:
        words = ours(f"{mail.subject}\n{mail.text}", theirs)
        assert _found(FRENCH, words) + _found(JARGON, words) == [], words
    for file in [*files, *(mail.calendar for mail in mails if mail.calendar)]:
        assert "\r\nLOCATION:By phone\r\n" in file
        said = re.sub(r"^(?!SUMMARY|LOCATION|DESCRIPTION|CONTACT).*", "", file.replace("\r\n ", ""), flags=re.MULTILINE)
        assert _found(FRENCH, ours(said, theirs)) == [], said


def test_the_choice_is_a_link_on_each_page_and_lasts_for_the_visit(client: FlaskClient, town: Town) -> None:
    address = f"{PORTAL}/lieu?motif={town.passport}"
    first = client.get(address).text
    assert '<html lang="fr">' in first
    assert f'href="{PORTAL}/lieu?motif={town.passport}&amp;langue=en" lang="en" hreflang="en">' in first

    assert "Where would you like your appointment?" in client.get(f"{address}&langue=en").text
    assert "Where would you like your appointment?" in client.get(address).text
    assert '<html lang="fr">' in client.get(f"{address}&langue=fr").text
    assert '<html lang="fr">' in client.get(f"{address}&langue=tlh").text


@pytest.mark.parametrize(
    ("preferred", "offered"),
    [
        ("", False),
        ("fr-FR,fr;q=0.9,en;q=0.8", False),
        ("en-GB,en;q=0.9", True),
        ("de", True),
        ("en;q=0.5,fr", False),
        ("*", False),
    ],
)
def test_what_the_browser_prefers_is_offered_and_not_imposed(
    client: FlaskClient, preferred: str, offered: bool
) -> None:
    answer = client.get(PORTAL, headers={"Accept-Language": preferred} if preferred else {})

    assert '<html lang="fr">' in answer.text
    assert ('lang="en" hreflang="en" class="wanted">Read in English' in answer.text) is offered
    assert "Accept-Language" in answer.vary
    assert "Cookie" in answer.vary

    client.get(f"{PORTAL}?langue=fr")
    assert "Read in English" not in client.get(PORTAL, headers={"Accept-Language": preferred}).text


def test_agents_pages_and_feeds_do_not_look_at_it(client: FlaskClient) -> None:
    with client.get("/static/theme.css") as answer:
        assert "Accept-Language" not in answer.vary
    assert "Cookie" not in client.get("/calendrier/unknown.ics").vary
    client.get("/?langue=en")
    assert "hreflang" not in client.get("/agent/agenda", follow_redirects=False).text


def test_nothing_said_to_citizens_in_english_is_jargon() -> None:
    keywords = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
    flaws = []
    with speaking("en"):
        for package, patterns in FOR_CITIZENS.items():
            methods = [(pattern, "python" if pattern.endswith("py") else "jinja2") for pattern in patterns]
            root = Path(package.__file__ or "").parent
            for name, line, message, _comments, context in extract_from_dir(root, methods, keywords=keywords):
                for said in _english(message, context):
                    words = re.sub(r"%\([a-z_]+\)\w*", "", said)
                    if context not in PATTERNS and JARGON.search(words):
                        flaws.append(f"{name}:{line}: {said}")
    assert flaws == []


def _english(message: str | tuple[str, ...], context: str | None) -> list[str]:
    english = translations("en")
    if isinstance(message, tuple):
        return [english.ngettext(message[0], message[1], num) for num in (1, 2)]
    return [english.pgettext(context, message) if context else english.gettext(message)]
