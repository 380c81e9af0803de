"""« Envois » in the browser: what failed is tried again, given up, an address unblocked; with a phone and on a desk (8.11, M-7)."""

import re
from datetime import timedelta

import pytest
from browser import chromium, look, serving
from outbox.post import a_message
from playwright.sync_api import expect
from sqlalchemy import select, update
from web.agent.test_browser import sign_in
from web.agent.town import Town, build, read, signed_in

from rdvdav.agenda.appointment import Appointment
from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import Membership, Role
from rdvdav.outbox.blocked import block
from rdvdav.outbox.message import Channel, Message
from rdvdav.settings import Settings


@pytest.fixture
def town(sqlite: Database, clock: StoppedClock, settings: Settings) -> Town:
    """The town, with a message in each state; Jeanne's address does not exist any more."""
    town = build(sqlite, clock, settings)
    with sqlite.transaction() as session:
        mine = Membership.agent_id == town.claire
        session.execute(update(Membership).where(mine).values(role=Role.ADMIN))
        appointment = session.scalars(select(Appointment).where(Appointment.reference == town.reference)).one()
        [seat] = appointment.participations
        now, known = clock.now(), {"organisation_id": appointment.organisation_id, "created_at": clock.now()}
        session.merge(CitizenOrganisation(citizen_id=seat.citizen_id, **known))
        about = {"appointment_id": appointment.id, "citizen_id": seat.citizen_id, "text": "Bonjour", "html": None}
        about |= {"secrets": [], "recipient": "jeanne@exemple.test"}
        gone = "the server refused the recipient (550)"
        for number, columns in enumerate(
            [
                {"event": "appointment.created", "sent_at": now, "tries": 1, "recipient": "autre@exemple.test"},
                {"event": "appointment.moved", "dropped_at": now, "tries": 1, "last_error": gone},
                {
                    "event": "appointment.created",
                    "channel": Channel.SMS,
                    "recipient": "+33612345678",
                    "tries": 3,
                    "last_error": "the SMS provider can't be reached (TimeoutError)",
                    "due_at": now + timedelta(minutes=8),
                },
                {"event": "appointment.withdrawn", "recipient": "autre@exemple.test"},
            ]
        ):
            a_message(session, now, number, appointment.territory_id, **(about | columns))
        block(session, appointment.territory_id, "jeanne@exemple.test", gone, now)
    return town


def messages(database: Database) -> dict[str, Message]:
    with database.reading() as session:
        return {f"{row.event} {row.channel}": row for row in session.scalars(select(Message))}


def test_the_list_says_what_became_of_each_and_why(town: Town, sqlite: Database, clock: StoppedClock) -> None:
    claire, colleague = (signed_in(town, sqlite, clock, who) for who in (town.claire, town.bruno))
    page = read(claire.get("/agent/envois"))

    for words in (
        "Envoyé le 23/11/2026",
        "Abandonné après 1 essai",
        "Adresse bloquée : le serveur de messagerie a refusé le destinataire (550).",
        "En échec (3 essais)",
        "Pourquoi : le fournisseur de SMS est injoignable (TimeoutError).",
        "06 12 34 56 78 (SMS)",
        "En attente",
    ):
        assert words in page, words
    assert "Change of the appointment" not in page
    for query, found, missing in (
        ("etat=envoye", "autre@exemple.test", "06 12 34 56 78"),
        ("moyen=sms", "06 12 34 56 78", "autre@exemple.test"),
        ("objet=appointment.moved", "jeanne@exemple.test", "autre@exemple.test"),
        ("etat=n-importe-quoi&avant=x", "Aucun message", "exemple.test"),
    ):
        page = read(claire.get(f"/agent/envois?{query}"))
        assert found in page, query
        assert missing not in page, query
    assert "/agent/envois" in claire.get("/agent/journal").text
    assert colleague.get("/agent/envois").status_code == 404


def test_what_left_meanwhile_is_not_sent_again(town: Town, sqlite: Database, clock: StoppedClock) -> None:
    claire = signed_in(town, sqlite, clock, town.claire)
    sent = messages(sqlite)["appointment.created mail"]

    answer = claire.post(f"/agent/envois/{sent.id}/relancer")

    assert answer.status_code == 409
    assert "ne peut plus être relancé" in read(answer)


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1366])
def test_a_failed_message_is_seen_to(town: Town, sqlite: Database, width: int) -> None:
    town.app.config["WTF_CSRF_ENABLED"] = True
    with serving(town.app) as address, chromium() as browser:
        context = browser.new_context(viewport={"width": width, "height": 844}, base_url=address)
        if width < 500:  # axe needs scripts of its own: those of the page are kept away instead
            context.route(
                re.compile(r"/static/.*\.js"), lambda route: route.fulfill(body="", content_type="text/javascript")
            )
        page = context.new_page()
        page.goto("/agent/envois")
        sign_in(page)
        page.wait_for_url(lambda url: "/connexion" not in url)
        look(page)
        page.get_by_role("button", name="Débloquer").click()
        expect(page.get_by_role("status")).to_contain_text("L'adresse est débloquée")
        page.get_by_role("button", name="Relancer").first.click()
        expect(page.get_by_role("status")).to_contain_text("Le message est relancé")
        page.get_by_role("button", name="Abandonner").first.click()
        expect(page.get_by_role("status")).to_contain_text("Le message est abandonné")
        with sqlite.transaction() as session:
            row = session.scalars(select(Message).where(Message.event == "appointment.moved")).one()
            block(session, row.territory_id, row.recipient, "the server refused the recipient (550)", row.created_at)
            citizen_id = row.citizen_id
        page.goto(f"/agent/usagers/{citizen_id}")
        look(page)
        page.get_by_role("button", name="Débloquer l'adresse").click()
        expect(page.get_by_text("Plus aucun message ne part vers cette adresse")).to_have_count(0)
        page.goto(f"/agent/rendez-vous/{town.reference}")
        look(page)
    assert messages(sqlite)["appointment.withdrawn mail"].dropped_at is not None
