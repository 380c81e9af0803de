"""The pages of absences: list, form, appointments concerned, removal; foreign and unknown ids alike."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from web.agent.town import MONDAY, Town, book, plain, read

from rdvdav.agenda.absence import Absence, AbsenceKind
from rdvdav.clock import StoppedClock
from rdvdav.database import Database

TUESDAY = MONDAY + timedelta(days=1)
ALL_DAY = {
    "title": "Congé",
    "kind": "leave",
    "all_day": "y",
    "first_day": "2026-11-24",
    "end_day": "2026-11-26",
    "starts": "",
    "ends": "",
}
HOURS = ALL_DAY | {"all_day": "", "starts": "14:00", "ends": "9h30"}
del HOURS["all_day"]


def absences(database: Database) -> list[Absence]:
    with database.reading() as session:
        return list(session.scalars(select(Absence).order_by(Absence.id)))


def test_the_list_says_when_and_how_many_are_in_conflict(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    book(database, clock, town, 9, 30, day=TUESDAY)

    page = read(claire.get("/agent/indisponibilites"))

    assert "Réunion de service" in page
    assert "Le mardi 24 novembre 2026, de 9 h à 12 h" in page
    assert "1 rendez-vous en conflit" in page
    assert "Aucune indisponibilité n'est passée." in read(claire.get("/agent/indisponibilites?passees=1"))


def test_the_list_costs_as_many_statements_for_many_absences_as_for_one(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, statements: Callable[[Database], Any]
) -> None:
    def cost() -> int:
        with statements(database) as seen:
            claire.get("/agent/indisponibilites")
        return len(seen)

    book(database, clock, town, 9, 30, day=TUESDAY)
    one = cost()
    for _more in range(6):
        claire.post("/agent/indisponibilites/nouvelle", data=ALL_DAY)
    book(database, clock, town, 10, 30, day=MONDAY + timedelta(days=7))

    assert cost() == one


def test_whole_days_and_hours_over_several_days(claire: FlaskClient, town: Town, database: Database) -> None:
    assert claire.post("/agent/indisponibilites/nouvelle", data=ALL_DAY).status_code == 303
    assert claire.post("/agent/indisponibilites/nouvelle", data=HOURS | {"kind": "what?"}).status_code == 303

    _first, all_day, hours = [each for each in absences(database) if each.agenda_id == town.agenda]
    assert (all_day.first_day, all_day.end_day, all_day.starts, all_day.kind) == (
        TUESDAY,
        date(2026, 11, 26),
        None,
        AbsenceKind.LEAVE,
    )
    assert (hours.starts, hours.ends, hours.kind) == (time(14), time(9, 30), AbsenceKind.OTHER)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"end_day": "2026-11-23"}, "La fin précède le début"),
        ({"end_day": "2026-11-24", "ends": "14:00"}, "La fin précède le début"),
        ({"starts": ""}, "Saisissez une heure"),
        ({"ends": "noon"}, "Saisissez une heure"),
        ({"first_day": "32/11/2026"}, "Saisissez une date"),
        ({"end_day": ""}, "Saisissez une date"),
        ({"end_day": "9999-12-31"}, "entre 2000 et 2100"),
        ({"title": "x" * 101}, "Raccourcissez le titre"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    claire: FlaskClient, database: Database, wrong: dict[str, Any], words: str
) -> None:
    before = len(absences(database))

    answer = claire.post("/agent/indisponibilites/nouvelle", data=HOURS | wrong)

    page = read(answer)
    assert (answer.status_code, "<title>Erreur : " in page) == (200, True)
    assert page.count(words) >= 2
    assert len(absences(database)) == before


def test_appointments_concerned_are_listed_before_anything_is_saved(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    reference = book(database, clock, town, 15, day=TUESDAY)

    page = read(claire.post("/agent/indisponibilites/nouvelle", data=HOURS | {"preview": "1"}))
    assert "1 rendez-vous concerné" in page
    assert "Paul Durand" in page
    assert f'href="/agent/rendez-vous/{reference}"' in page
    assert len(absences(database)) == 2


def test_the_fragment_is_the_preview_alone(claire: FlaskClient) -> None:
    page = read(claire.post("/agent/indisponibilites/apercu", data=ALL_DAY))

    assert "<html" not in page
    assert "Du mardi 24 novembre 2026 au jeudi 26 novembre 2026, toute la journée" in page
    assert "Aucun rendez-vous sur cette période." in page
    assert "Saisissez les jours" in read(claire.post("/agent/indisponibilites/apercu", data={}))


def test_an_absence_is_changed_and_removed(claire: FlaskClient, town: Town, database: Database) -> None:
    path = f"/agent/indisponibilites/{town.absence}"
    assert 'value="Réunion de service"' in read(claire.get(path))

    assert claire.post(path, data=ALL_DAY).status_code == 303
    assert absences(database)[0].title == "Congé"
    assert "Garder l'indisponibilité" in read(claire.get(f"{path}/supprimer"))
    assert claire.post(f"{path}/supprimer").status_code == 303
    assert town.absence not in [each.id for each in absences(database)]
    assert claire.get(path).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_foreign_absences_answer_as_unknown_ones(
    claire: FlaskClient, town: Town, database: Database, method: str
) -> None:
    ask = getattr(claire, method)
    data = {"data": ALL_DAY} if method == "post" else {}
    answers = [
        ask(f"/agent/indisponibilites/{key}{action}", **data)
        for key in (town.foreign_absence, 999_999)
        for action in ("", "/supprimer")
    ]
    answers += [ask(f"/agent/indisponibilites/nouvelle?agenda={key}", **data) for key in (town.foreign_agenda, 999_999)]
    if method == "post":
        answers += [
            ask(f"/agent/indisponibilites/apercu?indisponibilite={key}", **data)
            for key in (town.foreign_absence, 999_999, "x")
        ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({plain(answer) for answer in answers}) == 1
    assert len(absences(database)) == 2
