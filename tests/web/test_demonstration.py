"""The demonstration's own pages: there only when the setting says so, and safe with whatever a mail holds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.notify.mail import name_of, sender_of
from rdvdav.outbox.message import Message
from rdvdav.settings import Settings
from rdvdav_web import create_app

Land = Callable[..., str]
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
INVITATION = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def visitor(sqlite: Database, clock: StoppedClock, settings: Settings) -> FlaskClient:
    return create_app(sqlite, clock, replace(settings, demonstration=True)).test_client()


@pytest.fixture
def land(settings: Settings) -> Land:
    """Lay a mail in the folder; gives its name there."""

    def land(**columns: object) -> str:
        message = Message(
            **{
                "message_id": f"<{len(columns)}@example.test>",
                "recipient": "amina@example.test",
                "subject": "Rendez-vous du lundi 23 novembre à 9 h 30 – Mairie",
                "text": "Bonjour,\n\nhttp://rdv.example.test/rdv/mairie\n",
                "html": "<p>Bonjour</p>",
                "created_at": NOON,
            }
            | columns
        )
        sender_of(settings)(message)
        return name_of(message.created_at, message.message_id)

    return land


def test_without_the_setting_there_is_no_such_page(sqlite: Database, clock: StoppedClock, settings: Settings) -> None:
    client = create_app(sqlite, clock, settings).test_client()

    assert client.get("/demonstration/").status_code == 404
    assert client.get("/demonstration/courriels/x").status_code == 404


def test_an_empty_house_says_how_to_fill_it(visitor: FlaskClient) -> None:
    page = visitor.get("/demonstration/").text

    assert "rdvdav demo load" in page


def test_mails_are_listed_newest_first(visitor: FlaskClient, land: Land) -> None:
    land(subject="Le premier", message_id="<1@example.test>")
    land(subject="Le second", message_id="<2@example.test>", created_at=NOON.replace(hour=12))

    page = visitor.get("/demonstration/").text

    assert page.index("Le second") < page.index("Le premier")


def test_a_mail_is_shown_with_its_words_and_its_calendar_part(visitor: FlaskClient, land: Land) -> None:
    name = land(calendar=INVITATION, method="REQUEST")

    page = visitor.get(f"/demonstration/courriels/{name}").text

    assert "amina@example.test" in page
    assert 'href="http://rdv.example.test/rdv/mairie"' in page
    assert "METHOD:REQUEST" in page
    assert visitor.get(f"/demonstration/courriels/{name}/invite.ics").data == INVITATION.encode()


def test_what_a_mail_holds_is_text_and_never_runs(visitor: FlaskClient, land: Land) -> None:
    name = land(text="<script>alert(1)</script>", html="<script>alert(2)</script>", subject="<b>Objet</b>")

    for address in ("/demonstration/", f"/demonstration/courriels/{name}"):
        page = visitor.get(address).text
        assert "<script>alert" not in page
        assert "<b>Objet" not in page


def test_a_mail_without_calendar_part_has_no_invitation(visitor: FlaskClient, land: Land) -> None:
    assert visitor.get(f"/demonstration/courriels/{land()}/invite.ics").status_code == 404


@pytest.mark.parametrize("name", ["unknown", "..%2fdemonstration", "%2e%2e", "a.b", "é"])
def test_only_mails_of_the_folder_are_found(visitor: FlaskClient, land: Land, name: str) -> None:
    land()

    assert visitor.get(f"/demonstration/courriels/{name}").status_code == 404
