"""« À traiter »: three lists, a filter, and choices carried out from them."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from web.agent.test_consequences import chosen, found, lines, told
from web.agent.town import MONDAY, Town, book, read

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.withdraw import withdraw
from rdvdav.clock import StoppedClock
from rdvdav.database import Database

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
PATH = "/agent/a-traiter"


@pytest.fixture
def references(town: Town, database: Database, clock: StoppedClock) -> list[str]:
    """One under the absence of Tuesday, one of Wednesday to be re-planned."""
    made = [book(database, clock, town, 9, day=TUESDAY), book(database, clock, town, 9, day=WEDNESDAY)]
    with database.transaction() as session:
        last = session.scalars(select(Appointment).filter_by(reference=made[1])).one()
        withdraw(session, clock, last.id, SYSTEM, tell=False)
    return made


def test_each_list_names_its_appointments(claire: FlaskClient, town: Town, references: list[str]) -> None:
    conflicts, to_replan, over = (
        read(claire.get(f"{PATH}?liste={name}")) for name in ("conflits", "a-replanifier", "passes-sans-statut")
    )

    assert "<h1>Conflits</h1>" in conflicts
    assert references[0] in conflicts
    assert references[1] not in conflicts
    assert "1 rendez-vous" in conflicts
    assert "<h1>À replanifier</h1>" in to_replan
    assert references[1] in to_replan
    assert "23/11/2026" in to_replan
    assert "À replanifier par l'usager" not in to_replan
    assert "Aucun rendez-vous passé n'est sans statut." in over
    colleagues = read(claire.get(f"{PATH}?liste=conflits&agenda={town.colleagues_agenda}"))
    assert "Aucun rendez-vous n'est en conflit." in colleagues


@pytest.mark.parametrize("query", ["?liste=what&page=x&agenda=x", "?page=99&agenda=999999", ""])
def test_what_an_address_says_wrongly_shows_a_list(claire: FlaskClient, references: list[str], query: str) -> None:
    assert claire.get(f"{PATH}{query}").status_code == 200


def test_what_is_chosen_is_carried_out(claire: FlaskClient, database: Database, references: list[str]) -> None:
    path = f"{PATH}?liste=a-replanifier"
    [line] = lines(read(claire.get(path)))

    answer = claire.post(path, data={line: "nearest", "etape": "appliquer", "prevenir": "y"})

    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert "1 rendez-vous est traité." in read(claire.get(path))
    assert found(database, references[1]).status is Status.PLANNED
    assert told(database) == ["appointment.moved"]


def test_what_changed_meanwhile_brings_the_list_back(
    claire: FlaskClient, database: Database, references: list[str]
) -> None:
    [line] = lines(read(claire.get(PATH)))
    appointment_id, _dash, sequence = line.removeprefix("sort-").partition("-")
    stale = f"sort-{appointment_id}-{int(sequence) + 1}"

    answer = claire.post(PATH, data={stale: "cancel", "etape": "appliquer"})

    page = read(answer)
    assert answer.status_code == 409
    assert "ont changé entre-temps" in page
    assert chosen(page) == ["keep"]
    assert found(database, references[0]).status is Status.PLANNED
