"""« Journal »: in words, filtered in the address, for administrators alone (A10)."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from web.agent.town import Town, build, read, signed_in

from rdvdav.audit.record import Actor, record
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import Membership, Role
from rdvdav.planning.appointments import cancel_by_staff
from rdvdav.planning.journal import ROWS_A_PAGE
from rdvdav.settings import Settings


@pytest.fixture
def town(sqlite: Database, clock: StoppedClock, settings: Settings) -> Town:
    """The town, in which Claire is an administrator and has cancelled an appointment."""
    town = build(sqlite, clock, settings)
    with sqlite.transaction() as session:
        mine = Membership.agent_id == town.claire
        session.execute(update(Membership).where(mine).values(role=Role.ADMIN))
        cancel_by_staff(session, clock, town.claire, town.reference, "Agent absent")
    return town


@pytest.fixture
def claire(town: Town, sqlite: Database, clock: StoppedClock) -> FlaskClient:
    """Claire Martin's browser."""
    return signed_in(town, sqlite, clock, town.claire)


def test_the_journal_says_who_did_what_to_what(claire: FlaskClient, town: Town) -> None:
    page = read(claire.get("/agent/journal"))

    assert "Claire Martin (agent)" in page
    assert "Annulé : Agent absent" in page
    assert f"Rendez-vous « {town.reference} »" in page


def test_only_administrators_are_led_there(claire: FlaskClient, town: Town, sqlite: Database, clock) -> None:
    colleague = signed_in(town, sqlite, clock, town.bruno)

    settings = f"/agent/organisation/{town.organisation}/informations"
    assert "/agent/journal" in claire.get(settings).text
    assert settings in claire.get("/agent/journal").text
    assert "/agent/journal" not in colleague.get("/agent/agenda").text
    assert colleague.get("/agent/journal").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("objet=appointment", True),
        ("objet=absence", False),
        ("action=appointment.cancelled", True),
        ("action=appointment.moved", False),
        ("qui=usagers", False),
        ("qui=automatique", False),
        ("du=2026-11-23&au=2026-11-23", True),
        ("du=2026-11-24", False),
        ("du=gestern", True),
        ("objet=nothing&qui=nobody&action=none", True),
    ],
)
def test_filters_are_in_the_address(claire: FlaskClient, query: str, found: bool) -> None:
    page = read(claire.get(f"/agent/journal?{query}"))

    assert ("Annulé : Agent absent" in page) is found
    assert ("Aucun changement ne correspond." in page) is not found


def test_a_longer_journal_has_pages_and_no_more_statements(
    claire: FlaskClient, town: Town, sqlite: Database, clock: StoppedClock, statements: Callable
) -> None:
    with statements(sqlite) as few:
        assert "Changements plus anciens" not in claire.get("/agent/journal").text
    with sqlite.transaction() as session:
        for _number in range(ROWS_A_PAGE):
            record(session, clock, Actor.agent(town.bruno), "agenda.published", 1, town.agenda)
    with statements(sqlite) as many:
        page = claire.get("/agent/journal?objet=&qui=").text
    assert len(few) == len(many)
    older = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "Annulé : Agent absent" not in read(claire.get("/agent/journal"))
    assert "Annulé : Agent absent" in read(claire.get(older))
