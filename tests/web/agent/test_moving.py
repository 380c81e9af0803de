"""« Déplacer »: asked, checked, done; whose it may become, where one comes back to, and what is refused."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from web.agent.town import MONDAY, Town, at, book, plain, read

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database

WEDNESDAY = MONDAY + timedelta(days=2)


@pytest.fixture
def database(sqlite: Database) -> Database:
    """SQL is the core's matter, and tested there."""
    return sqlite


def path(reference: str) -> str:
    return f"/agent/rendez-vous/{reference}/deplacer"


def where(database: Database, reference: str) -> tuple[object, list[int]]:
    with database.reading() as session:
        found = session.scalars(select(Appointment).filter_by(reference=reference)).one()
        return found.starts_at, [claim.agenda_id for claim in found.claims]


def test_it_is_asked_checked_and_done(claire: FlaskClient, town: Town, database: Database) -> None:
    asked = read(claire.get(path(town.reference)))
    assert 'value="2026-11-23"' in asked
    assert "Lundi 23 novembre 2026 de 9 h à 9 h 30" in asked
    assert "Paul Loin" not in asked

    where_to = {"jour": "2026-11-25", "heure": "13:00", "agenda": town.agenda}
    checked = claire.get(path(town.reference), query_string=where_to)
    assert "Déplacer au mercredi 25 novembre à 13 h ?" in read(checked)
    assert "Prévenir l'usager par e-mail" in read(checked)

    done = claire.post(path(town.reference), query_string=where_to, data={"prevenir": "1"})
    assert done.location == f"/agent/rendez-vous/{town.reference}"
    assert "Le rendez-vous est déplacé au mercredi 25 novembre 2026 à 13 h." in read(claire.get(done.location))
    assert "Déplacé du" in read(claire.get(done.location))
    assert where(database, town.reference) == (at(13, day=WEDNESDAY), [town.agenda])


def test_what_came_between_is_shown_before_it_moves(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    book(database, clock, town, 13, day=WEDNESDAY)
    where_to = {"jour": "2026-11-25", "heure": "13:10"}

    answer = read(claire.post(path(town.reference), query_string=where_to, data={}))

    assert "La situation a changé entre-temps." in answer
    assert "Déplacer quand même" in answer
    assert where(database, town.reference)[0] == at(9)


def test_it_goes_to_a_colleague_and_back_to_the_agenda_one_came_from(
    claire: FlaskClient, town: Town, database: Database
) -> None:
    back = f"/agent/agenda?vue=jour&agenda={town.agenda}&agenda={town.colleagues_agenda}"
    where_to = {
        "jour": "2026-11-23",
        "heure": "09:00",
        "de": town.agenda,
        "agenda": town.colleagues_agenda,
        "retour": back,
    }

    assert "Confier à Amina Roy ?" in read(claire.get(path(town.reference), query_string=where_to))
    done = claire.post(path(town.reference), query_string=where_to)

    assert done.location == back
    assert where(database, town.reference) == (at(9), [town.colleagues_agenda])


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/agent/agenda", "/agent/agendas", "/rdv/x"])
def test_it_leads_back_to_the_agenda_alone(claire: FlaskClient, town: Town, back: str) -> None:
    where_to = {"jour": "2026-11-25", "heure": "13:00", "retour": back}
    answer = claire.post(path(town.reference), query_string=where_to)
    assert answer.location == f"/agent/rendez-vous/{town.reference}"


@pytest.mark.parametrize(
    ("where_to", "words"),
    [
        ({"jour": "2026-13-01", "heure": "09:00"}, "Saisissez une date"),
        ({"jour": "2026-11-25", "heure": "25:00"}, "Saisissez une heure"),
        ({"jour": "2026-11-25"}, "Saisissez une heure"),
    ],
)
def test_what_is_typed_wrong_is_said_and_kept(
    claire: FlaskClient, town: Town, where_to: dict[str, str], words: str
) -> None:
    for answer in (
        claire.get(path(town.reference), query_string=where_to),
        claire.post(path(town.reference), query_string=where_to),
    ):
        assert words in read(answer)
        assert f'value="{where_to["jour"]}"' in read(answer)


def test_what_one_may_not_see_is_not_there(claire: FlaskClient, town: Town, database: Database) -> None:
    pages = {plain(claire.get(path(reference))) for reference in (town.foreign_reference, "unknown1")}
    assert len(pages) == 1
    for agenda_id in (town.foreign_agenda, 999_999, "abc"):
        where_to = {"jour": "2026-11-25", "heure": "13:00", "agenda": agenda_id}
        assert claire.get(path(town.reference), query_string=where_to).status_code == 404
        assert claire.post(path(town.reference), query_string=where_to).status_code == 404
    with database.transaction() as session:
        session.scalars(select(Appointment).filter_by(reference=town.reference)).one().become(Status.DONE)
    refused = claire.get(path(town.reference))
    assert refused.status_code == 403
    assert "Ce rendez-vous ne peut plus être déplacé" in read(refused)
