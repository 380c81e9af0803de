"""The agenda: whose, which days, what is shown and hidden, in how many statements."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from make import Maker
from sqlalchemy import select
from web.agent.town import MONDAY, Town, book, plain

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock, SystemClock
from rdvdav.database import Database
from rdvdav.directory.agent import Favourite
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.tokens import new_slug

TUESDAY = MONDAY + timedelta(days=1)
SATURDAY = MONDAY + timedelta(days=5)


def shown(client: FlaskClient, **args: object) -> str:
    answer = client.get("/agent/agenda", query_string=args)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_week_of_today_with_names_motifs_and_places_of_time(claire: FlaskClient, town: Town) -> None:
    page = shown(claire)

    assert "<h1>Agenda de Claire Martin</h1>" in page
    assert "23 – 27 novembre 2026" in page
    assert "semaine 48" in page
    assert "Jeanne Roux" in page
    assert "Passeport" in page
    assert f'href="/agent/rendez-vous/{town.reference}"' in page
    assert "Indisponible – Réunion de service" in page
    assert "from-h9 from-m0 for-h0 for-m30" in page


def test_a_day_and_its_neighbours(claire: FlaskClient) -> None:
    page = shown(claire, vue="jour", jour="2026-11-24")

    assert "Mardi 24 novembre 2026" in page
    assert "Jeanne Roux" not in page
    assert "jour=2026-11-23" in page
    assert "jour=2026-11-25" in page


def test_the_view_chosen_last_is_kept(claire: FlaskClient) -> None:
    shown(claire, vue="jour")
    assert "Lundi 23 novembre 2026" in shown(claire)

    shown(claire, vue="semaine")
    assert "23 – 27 novembre 2026" in shown(claire, vue="siècle")


def test_a_french_date_is_understood(claire: FlaskClient) -> None:
    assert "1er décembre 2026" in shown(claire, vue="jour", jour="01/12/2026")


@pytest.mark.parametrize("day", ["tomorrow", "2026-13-45", "0001-01-01", "9999-12-31", "2026-11-24\0", "1" * 500])
def test_a_malformed_or_distant_day_is_refused_calmly(claire: FlaskClient, day: str) -> None:
    assert claire.get("/agent/agenda", query_string={"jour": day}).status_code == 400


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31"])
def test_the_ends_of_the_calendar_are_in_reach(claire: FlaskClient, day: str) -> None:
    shown(claire, jour=day)
    shown(claire, jour=day, vue="jour")


def test_the_week_end_shows_only_when_something_is_there(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    assert "Samedi" not in shown(claire)

    book(database, clock, town, 10, day=SATURDAY)

    page = shown(claire)
    assert "Samedi" in page
    assert "Dimanche" not in page
    assert "23 – 28 novembre 2026" in page


def test_cancelled_ones_show_on_demand(claire: FlaskClient, town: Town, database: Database) -> None:
    with database.transaction() as session:
        session.scalars(select(Appointment).filter_by(reference=town.reference)).one().become(
            Status.CANCELLED_BY_CITIZEN
        )

    page = shown(claire)
    assert "Jeanne Roux" not in page
    assert "Aucun rendez-vous cette semaine." in page
    assert "Afficher les annulés" in page

    page = shown(claire, annules=1)
    assert "Jeanne Roux" in page
    assert "Annulé" in page
    assert "block cancelled" in page


def test_what_stands_inside_an_absence_is_in_conflict_and_beside_it(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    assert "En conflit" not in shown(claire)

    book(database, clock, town, 9, 30, day=TUESDAY)

    page = shown(claire)
    assert "En conflit" in page
    assert "lane-2 of-2" in page


def test_statuses_are_words(claire: FlaskClient, town: Town, database: Database, clock: StoppedClock) -> None:
    book(database, clock, town, 14, day=TUESDAY)
    page = shown(claire)
    assert page.count("À renseigner") == 1  # today's, not tomorrow's

    with database.transaction() as session:
        session.scalars(select(Appointment).filter_by(reference=town.reference)).one().become(Status.NO_SHOW)
    assert "Absence non excusée" in shown(claire)


def test_a_holiday_is_a_banner(claire: FlaskClient) -> None:
    assert "Noël" in shown(claire, jour="2026-12-25")


def test_the_now_line_stands_on_today_alone(claire: FlaskClient) -> None:
    assert 'class="now from-h8 from-m0"' in shown(claire)
    assert 'class="now' not in shown(claire, jour="2026-12-01")


def test_an_empty_agenda_says_what_to_do(claire: FlaskClient, town: Town, database: Database) -> None:
    page = shown(claire, agenda=town.colleagues_agenda)
    assert "Agenda d&#39;Amina Roy" in page
    assert "Aucun rendez-vous cette semaine." in page
    assert f'href="/agent/plages/nouvelle?agenda={town.colleagues_agenda}"' in page

    empty = shown(claire, jour="2027-06-01")
    assert "Aucun rendez-vous cette semaine." in empty
    assert "pour être réservable" not in empty


def test_a_foreign_agenda_answers_as_an_unknown_one(claire: FlaskClient, town: Town) -> None:
    pages = {
        plain(claire.get("/agent/agenda", query_string={"agenda": key}))
        for key in (town.foreign_agenda, 999_999, 10**30, -1, "abc", "１", "\0")
    }
    answer = claire.get("/agent/agenda", query_string={"agenda": town.foreign_agenda})

    assert len(pages) == 1
    assert answer.status_code == 404
    assert "Paul Loin" not in shown(claire)


def test_all_addresses_stay_on_the_agenda_that_is_looked_at(claire: FlaskClient, town: Town) -> None:
    page = shown(claire, agenda=town.colleagues_agenda)
    links = [part.split('"')[0] for part in page.split('href="/agent/agenda?')[1:]]

    assert links
    assert all(f"agenda={town.colleagues_agenda}" in link for link in links)


def test_hours_stretch_to_what_is_there(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    book(database, clock, town, 6, 30)
    book(database, clock, town, 20, 45, minutes=30)

    page = shown(claire)

    assert "first-6" in page
    assert ">21:00<" in page
    assert "outside" not in page


def test_a_week_takes_the_same_statements_however_full(
    claire: FlaskClient,
    town: Town,
    database: Database,
    clock: StoppedClock,
    statements: Callable[[Database], Any],
) -> None:
    def count() -> int:
        with statements(database) as seen:
            shown(claire)
        return len([statement for statement in seen if statement.lstrip().upper().startswith("SELECT")])

    before = count()
    fill(database, clock, town, 40)

    assert count() == before <= 14


def test_a_month_counts_names_three_and_leads_to_the_day(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    for hour in (10, 11, 14, 15):
        book(database, clock, town, hour)
    page = shown(claire, vue="mois")

    assert '<h2 class="bar-title">Novembre 2026<' in page
    assert "5 rendez-vous" in page
    assert page.count("Paul Durand") == 2
    assert "+ 2" in page
    assert "2 autres rendez-vous, lundi 23 novembre 2026" in page
    assert "Indisponible – Réunion de service" in page
    assert "Armistice" in page
    assert "jour=2026-10-01" in page  # what « Précédente » leads to
    assert "Aucun rendez-vous ce mois-ci." in shown(claire, vue="mois", jour="2027-06-01")


def test_a_list_says_all_by_day(claire: FlaskClient, town: Town, database: Database) -> None:
    page = shown(claire, vue="liste")

    for words in ("Lundi 23 novembre 2026", "09:00 – 09:30", "Jeanne Roux", "Passeport", "À renseigner", "Dimanche 29"):
        assert words in page
    assert "06 12 34 56 78" not in page
    assert "06 12 34 56 78" in shown(claire, vue="liste", telephones=1)
    assert "06 12 34 56 78" in shown(claire, vue="semaine", telephones=1)


def test_several_agendas_stand_side_by_side_day_by_day(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    both = [town.agenda, town.colleagues_agenda]
    page = shown(claire, vue="semaine", agenda=both)

    assert "<h1>2 agendas côte à côte</h1>" in page
    assert page.count("<strong>Amina Roy</strong>") == page.count("<strong>Claire Martin</strong>") == 5
    assert page.count('class="agenda scale-15') == 5
    assert f'data-day="2026-11-23" data-agenda="{town.colleagues_agenda}"' in page
    assert "Amina Roy" in shown(claire, vue="liste", agenda=both)
    assert "Agenda de Claire Martin" in shown(claire, agenda=[town.agenda, town.agenda])
    for foreign in (town.foreign_agenda, 999_999, "abc"):
        answer = claire.get("/agent/agenda", query_string={"agenda": [town.agenda, foreign]})
        assert answer.status_code == 404


@pytest.mark.parametrize("view", ["semaine", "jour", "mois", "liste"])
def test_an_agenda_that_stays_as_it_is_is_not_sent_again(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, view: str
) -> None:
    address = f"/agent/agenda?vue={view}"
    tag = claire.get(address).headers["ETag"]

    clock.advance(timedelta(minutes=1))
    again = claire.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.headers["X-Now"], again.data) == (304, "08:01", b"")

    reference = book(database, clock, town, 15)
    new = claire.get(address, headers={"If-None-Match": tag})
    assert new.status_code == 200
    with database.transaction() as session:
        session.scalars(select(Appointment).filter_by(reference=reference)).one().become(Status.DONE)
    done = claire.get(address, headers={"If-None-Match": new.headers["ETag"]})
    assert done.status_code == (304 if view == "mois" else 200)  # a month says no status


@pytest.mark.parametrize("view", ["semaine", "liste"])
def test_many_agendas_take_the_statements_of_two(
    claire: FlaskClient,
    town: Town,
    database: Database,
    clock: StoppedClock,
    statements: Callable[[Database], Any],
    view: str,
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        organisation = session.scalars(select(Organisation).order_by(Organisation.id)).first()
        service = session.scalars(select(Service).order_by(Service.id)).first()
        assert organisation
        assert service
        more = [make.agenda_of(make.agent(organisation=organisation, services=[service])).id for _ in range(6)]
        for agenda_id in more:
            make.opening_range(
                session.get_one(Agenda, agenda_id), [session.get_one(Motif, town.motif)], place_id=town.place
            )

    def count(agendas: list[int]) -> int:
        with statements(database) as seen:
            shown(claire, vue=view, agenda=agendas)
        return len([statement for statement in seen if statement.lstrip().upper().startswith("SELECT")])

    assert count([town.agenda, *more]) == count([town.agenda, town.colleagues_agenda]) <= 14


def fill(database: Database, clock: StoppedClock, town: Town, number: int) -> None:
    with database.transaction() as session:
        base = session.get_one(OpeningRange, town.opening)
        for _ in range(10):
            session.add(
                OpeningRange(
                    **{
                        column.name: getattr(base, column.name)
                        for column in OpeningRange.__table__.columns
                        if column.name not in {"id", "uid"}
                    },
                    uid=f"{new_slug()}@rdv.example.test",
                )
            )
    for index in range(number):
        day: date = MONDAY + timedelta(days=index % 5)
        book(database, clock, town, 8 + index // 10, 30 * (index // 5 % 2), day)


def test_hours_week_ends_and_favourites_are_as_one_prefers(claire: FlaskClient, town: Town, database: Database) -> None:
    with database.transaction() as session:
        first_by_name = session.get_one(Agenda, town.colleagues_agenda)
        make, town_hall = Maker(session, SystemClock()), session.get_one(Organisation, town.organisation)
        service = session.get_one(Service, town.service)
        other = make.agent(first_name="Zoé", last_name="Zang", organisation=town_hall, services=[service])
        make.agenda_of(other).name = "Zoé Zang"
        before, colleague = first_by_name.name, other.id
    page = shown(claire)
    assert page.index(before) < page.index("Zoé Zang")
    assert "Dimanche" not in page
    chosen = {"first_hour": 7, "last_hour": 20, "weekends": "y", "favourites": [colleague, town.stranger, 999_999]}
    assert claire.post("/agent/mon-compte/agenda", data=chosen).status_code == 303
    page = shown(claire)
    assert "first-7" in page
    assert ">19:00<" in page
    assert "Dimanche" in page
    assert page.index("Zoé Zang") < page.index(before)
    with database.reading() as session:
        assert session.scalars(select(Favourite.colleague_id)).all() == [colleague]
    refused = claire.post("/agent/mon-compte/agenda", data={"first_hour": "99", "last_hour": ""})
    assert (refused.status_code, "first-7" in shown(claire)) == (200, True)
