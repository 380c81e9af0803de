"""« Rendez-vous »: the list and its filters, what is to be completed, and the waiting room."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from web.agent.town import MONDAY, Town, book, build, read, signed_in

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.team import Team, TeamMember
from rdvdav.settings import Settings

LIST = "/agent/rendez-vous"
TO_COMPLETE = f"{LIST}/a-renseigner"
WAITING = "/agent/salle-d-attente"


@pytest.fixture
def town(sqlite: Database, clock: StoppedClock, settings: Settings) -> Town:
    """The town, on one database: what SQL does on both is tried in the core."""
    return build(sqlite, clock, settings)


@pytest.fixture
def claire(town: Town, sqlite: Database, clock: StoppedClock) -> FlaskClient:
    return signed_in(town, sqlite, clock, town.claire)


def status_of(database: Database, reference: str) -> Status:
    with database.reading() as session:
        return session.scalars(select(Appointment.status).filter_by(reference=reference)).one()


def seat_of(database: Database, reference: str) -> int:
    with database.reading() as session:
        query = select(Participation.id).join(Appointment).where(Appointment.reference == reference)
        return session.scalars(query).one()


def test_the_list_says_when_who_what_where_and_how_it_stands(claire: FlaskClient, town: Town, sqlite: Database) -> None:
    page = read(claire.get(LIST))

    for words in ("23/11/2026", "09:00 – 09:30", "Jeanne Roux", "06 12 34 56 78", "Passeport", "Mairie centrale"):
        assert words in page
    assert "1 rendez-vous" in page
    assert f'href="/agent/rendez-vous/{town.reference}"' in page
    assert "À renseigner</span>" in page
    assert "Permis" not in page


def test_filters_stand_in_the_address_and_shortcuts_keep_them(
    claire: FlaskClient, town: Town, sqlite: Database, clock: StoppedClock
) -> None:
    next_week = book(sqlite, clock, town, 9, day=MONDAY + timedelta(days=8))
    book(sqlite, clock, town, 9, day=MONDAY - timedelta(days=3), motif=town.phone_motif)

    assert "2 rendez-vous" in read(claire.get(LIST))
    assert "3 rendez-vous" in read(claire.get(f"{LIST}?periode=tout"))
    assert "1 rendez-vous" in read(claire.get(f"{LIST}?periode=semaine"))
    assert next_week in read(claire.get(f"{LIST}?du=2026-12-01&au=01/12/2026"))
    page = read(claire.get(f"{LIST}?motif={town.phone_motif}"))
    assert "Aucun rendez-vous ne correspond à ces filtres." in page
    assert f'href="{LIST}?motif={town.phone_motif}&periode=tout"' in page
    # A status that lies behind looks behind.
    assert "2 rendez-vous" in read(claire.get(f"{LIST}?statut=a-renseigner"))


def test_a_team_filters_each_list_of_appointments(claire: FlaskClient, town: Town, sqlite: Database) -> None:
    with sqlite.transaction() as session:
        teams = [Team(territory_id=town.territory, name=name) for name in ("Guichet", "Volants")]
        session.add_all(teams)
        session.flush()
        members = zip(teams, (town.claire, town.bruno), strict=True)
        session.add_all(TeamMember(team_id=team.id, agent_id=agent) for team, agent in members)
        hers, his = (team.id for team in teams)
    for address in (f"{LIST}?periode=tout&equipe=", f"{TO_COMPLETE}?agenda=equipe-", f"{WAITING}?agenda=equipe-"):
        page = read(claire.get(f"{address}{hers}"))
        assert "Jeanne Roux" in page, address
        assert re.search(f'selected value="{hers}"|value="equipe-{hers}" selected', page), address
        assert "Jeanne Roux" not in read(claire.get(f"{address}{his}")), address
    assert "Jeanne Roux" not in read(claire.get(f"{TO_COMPLETE}?agenda=equipe-999999"))


def test_people_are_filtered_by_without_their_name_in_the_address(
    claire: FlaskClient, town: Town, sqlite: Database, clock: StoppedClock
) -> None:
    with sqlite.transaction() as session:
        jeanne = session.scalars(select(Citizen).where(Citizen.first_name == "Jeanne")).one().id
        home = session.scalars(select(Organisation.id).where(Organisation.slug == "sainte-anne")).one()
        session.add(CitizenOrganisation(citizen_id=jeanne, organisation_id=home, created_at=clock.now()))
    book(sqlite, clock, town, 10)

    page = read(claire.post(LIST, data={"search": "roux"}))
    assert f'href="{LIST}?usager={jeanne}"' in page
    page = read(claire.get(f"{LIST}?usager={jeanne}"))
    assert "1 rendez-vous" in page
    assert "Seulement les rendez-vous de Jeanne Roux" in page
    assert claire.get(f"{LIST}?usager=99999").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["statut=x&periode=x&agent=x&motif=9&lieu=-1&du=hier&au=9999-99-99", "apres=x&avant=9-", "apres=99999999999-1"],
)
def test_what_an_address_can_not_mean_is_left_out(claire: FlaskClient, query: str) -> None:
    assert claire.get(f"{LIST}?{query}").status_code == 200


def test_a_longer_list_costs_no_more_statements(
    claire: FlaskClient,
    town: Town,
    sqlite: Database,
    clock: StoppedClock,
    statements: Callable[[Database], Any],
) -> None:
    def cost() -> list[int]:
        found = []
        for path in (LIST, TO_COMPLETE, WAITING):
            with statements(sqlite) as sent:
                assert claire.get(path).status_code == 200
            found.append(len(sent))
        return found

    before = cost()
    for minute in range(0, 60, 5):
        book(sqlite, clock, town, 10, minute)

    assert cost() == before


def test_the_menu_counts_what_is_to_be_completed(
    claire: FlaskClient, town: Town, sqlite: Database, clock: StoppedClock
) -> None:
    book(sqlite, clock, town, 10)
    assert '<span class="badge">2 à renseigner</span>' in read(claire.get("/agent/plages"))
    colleague = signed_in(town, sqlite, clock, town.bruno)
    assert "à renseigner</span>" not in read(colleague.get("/agent/plages"))


def test_a_line_gets_its_outcome_by_a_button_and_several_by_ticks(
    claire: FlaskClient, town: Town, sqlite: Database, clock: StoppedClock
) -> None:
    others = [book(sqlite, clock, town, 10), book(sqlite, clock, town, 11)]
    page = read(claire.get(TO_COMPLETE))
    assert "3 rendez-vous à renseigner" in page
    assert f'href="/agent/rendez-vous/{town.reference}/annuler"' in page

    answer = claire.post(TO_COMPLETE, data={"action": f"absence:{town.reference}"})
    assert answer.status_code == 303
    page = read(claire.get(TO_COMPLETE))
    assert "1 rendez-vous est marqué « Absence non excusée »." in page
    assert f'<a href="/agent/rendez-vous/{town.reference}">Le voir ou le corriger</a>' in page
    claire.post(TO_COMPLETE, data={"action": "honore", "choix": others})
    assert "Rien à renseigner" in read(claire.get(TO_COMPLETE))
    assert [status_of(sqlite, each) for each in (town.reference, *others)] == ["no_show", "done", "done"]


def test_without_a_tick_it_is_said_what_to_do(claire: FlaskClient) -> None:
    answer = claire.post(TO_COMPLETE, data={"action": "honore"})

    assert answer.status_code == 422
    assert "Cochez au moins un rendez-vous." in read(answer)
    assert 'type="checkbox" id="box-' in read(answer)
    assert re.search(r'name="choix" value="\w+" checked', read(claire.get(f"{TO_COMPLETE}?coches=1")))


def test_a_foreign_appointment_gets_no_outcome_and_answers_as_none(
    claire: FlaskClient, town: Town, sqlite: Database
) -> None:
    foreign_seat = seat_of(sqlite, town.foreign_reference)
    for reference in (town.foreign_reference, "unknown1", "%00"):
        assert claire.post(TO_COMPLETE, data={"action": f"honore:{reference}"}).status_code == 404
    for seat in (foreign_seat, 9_999_999, "x"):
        for word in ("arrive", "pas-arrive", "honore"):
            assert claire.post(WAITING, data={"action": f"{word}:{seat}"}).status_code == 404
    assert status_of(sqlite, town.foreign_reference) is Status.PLANNED


def test_who_arrives_waits_is_received_and_all_can_be_taken_back(
    claire: FlaskClient, town: Town, sqlite: Database, clock: StoppedClock
) -> None:
    seat = seat_of(sqlite, town.reference)
    clock.advance(timedelta(hours=1, minutes=12))  # 9:12: twelve minutes late
    assert "en retard de 12 min" in read(claire.get(WAITING))
    assert "en retard de 12 min" in read(claire.get("/agent/agenda?vue=jour"))

    claire.post(WAITING, data={"action": f"arrive:{seat}"})
    page = read(claire.get(WAITING))
    assert "Jeanne Roux : arrivé à 9 h 12." in page
    assert "arrivé à 9 h 12</span>" in page
    assert "arrivé à 9 h 12" in read(claire.get("/agent/agenda?vue=jour"))
    clock.advance(timedelta(minutes=3))
    claire.post(WAITING, data={"action": f"arrive:{seat}"})  # sent twice: the first time stays
    assert "arrivé à 9 h 12</span>" in read(claire.get(WAITING))
    claire.post(WAITING, data={"action": f"pas-arrive:{seat}"})
    assert "en retard de 15 min" in read(claire.get(WAITING))

    claire.post(WAITING, data={"action": f"honore:{seat}"})
    assert status_of(sqlite, town.reference) is Status.DONE
    claire.post(WAITING, data={"action": f"planifie:{seat}"})
    assert status_of(sqlite, town.reference) is Status.PLANNED


def test_nobody_arrives_on_another_day(claire: FlaskClient, town: Town, sqlite: Database, clock: StoppedClock) -> None:
    tomorrow = book(sqlite, clock, town, 9, day=MONDAY + timedelta(days=1))

    answer = claire.post(WAITING, data={"action": f"arrive:{seat_of(sqlite, tomorrow)}"})
    assert answer.status_code == 409
    assert "Personne n'est attendu aujourd'hui" in read(answer)
    assert claire.post(TO_COMPLETE, data={"action": f"honore:{tomorrow}"}).status_code == 403
