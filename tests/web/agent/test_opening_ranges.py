"""The pages of opening ranges: list, form, preview, removal; foreign and unknown ids alike."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from web.agent.town import Town, plain, read

from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.i18n import translated
from rdvdav.planning.opening_ranges import Contradiction
from rdvdav_web.agent.opening_form import WORDS


@pytest.fixture
def typed(town: Town) -> dict[str, Any]:
    """A form filled in well: every other Tuesday and Thursday morning until the end of March."""
    return {
        "name": "Matinées",
        "place": str(town.place),
        "motifs": [str(town.motif)],
        "repeat": "weekly",
        "first_day": "2026-11-24",
        "opens": "09:00",
        "closes": "12:00",
        "interval": "2",
        "days": ["1", "3"],
        "ending": "until",
        "until": "2027-03-31",
    }


def ranges(database: Database) -> list[OpeningRange]:
    with database.reading() as session:
        return list(session.scalars(select(OpeningRange).order_by(OpeningRange.id)))


def test_the_list_says_when_where_and_for_what(claire: FlaskClient) -> None:
    page = read(claire.get("/agent/plages"))

    assert "Du lundi au vendredi, de 9 h à 12 h, à partir du 23 novembre 2026, sans date de fin" in page
    assert "Mairie centrale" in page
    assert "Passeport" in page
    assert "Aucune plage d'ouverture n'est passée." in read(claire.get("/agent/plages?passees=1"))


def test_a_saved_form_is_a_range(claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]) -> None:
    answer = claire.post("/agent/plages/nouvelle", data=typed)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/agent/plages")
    made = ranges(database)[-1]
    assert (made.agenda_id, made.name, made.place_id) == (town.agenda, "Matinées", town.place)
    assert (made.opens, made.closes, made.first_day) == (time(9), time(12), date(2026, 11, 24))
    assert made.recurrence == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20270331"
    page = read(claire.get("/agent/plages"))
    assert "La plage d'ouverture « Matinées » est enregistrée." in page
    assert "Chevauche la plage Matin" in page


def test_a_single_day_typed_the_french_way(claire: FlaskClient, database: Database, typed: dict[str, Any]) -> None:
    typed |= {
        "repeat": "once",
        "first_day": "1/12/2026",
        "opens": "8h05",
        "closes": "11 h 30",
        "days": [],
        "until": "x",
    }
    claire.post("/agent/plages/nouvelle", data=typed | {"until": "", "interval": ""})

    made = ranges(database)[-1]
    assert (made.first_day, made.last_day, made.recurrence) == (date(2026, 12, 1), date(2026, 12, 1), None)
    assert (made.opens, made.closes) == (time(8, 5), time(11, 30))


def test_a_colleagues_agenda_is_opened_where_the_address_says(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]
) -> None:
    answer = claire.post(f"/agent/plages/nouvelle?agenda={town.colleagues_agenda}", data=typed)

    assert answer.headers["Location"] == f"/agent/plages?agenda={town.colleagues_agenda}"
    assert ranges(database)[-1].agenda_id == town.colleagues_agenda


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "Nommez la plage"),
        ({"name": "x" * 101}, "Raccourcissez le nom"),
        ({"first_day": ""}, "Saisissez une date, par exemple"),
        ({"first_day": "2026-02-30"}, "Saisissez une date, par exemple"),
        ({"first_day": "0001-01-01"}, "entre 2000 et 2100"),
        ({"until": "31/12/9999"}, "entre 2000 et 2100"),
        ({"opens": "25:00"}, "Saisissez une heure"),
        ({"closes": ""}, "Saisissez une heure"),
        ({"closes": "09:00"}, "La fin précède le début"),
        ({"motifs": []}, "Cochez au moins un motif"),
        ({"motifs": ["abc"]}, "Cochez au moins un motif"),
        ({"motifs": ["9" * 30]}, "Cochez au moins un motif"),
        ({"place": "0"}, "Choisissez un lieu"),
        ({"place": "999999"}, "Choisissez un lieu"),
        ({"place": "abc"}, "Choisissez un lieu"),
        ({"days": []}, "Cochez au moins un jour"),
        ({"days": ["7"]}, "Cochez au moins un jour"),
        ({"interval": "0"}, "Saisissez un nombre de 1 à 52"),
        ({"interval": "two"}, "Saisissez un nombre"),
        ({"interval": "9" * 40}, "Saisissez un nombre de 1 à 52"),
        ({"until": ""}, "Saisissez le dernier jour"),
        ({"until": "2026-11-23"}, "Aucune date ne tombe avant la fin"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_saved(
    claire: FlaskClient, database: Database, typed: dict[str, Any], wrong: dict[str, Any], words: str
) -> None:
    before = len(ranges(database))

    answer = claire.post("/agent/plages/nouvelle", data=typed | wrong)

    page = read(answer)
    assert answer.status_code == 200
    assert "<title>Erreur : " in page
    assert 'role="alert"' in page
    assert page.count(words) >= 2
    assert 'value="12:00"' in page or "closes" in wrong
    assert len(ranges(database)) == before


def test_every_contradiction_has_words_and_a_field() -> None:
    assert set(WORDS) == set(Contradiction)
    assert all(translated(words) != words for _field, words in WORDS.values())


def test_foreign_motifs_and_places_are_none(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]
) -> None:
    before = len(ranges(database))

    answer = claire.post("/agent/plages/nouvelle", data=typed | {"motifs": [str(town.foreign_motif)]})

    assert "Cochez au moins un motif" in read(answer)
    assert "Permis" not in read(answer)
    assert len(ranges(database)) == before


def test_the_preview_without_script_saves_nothing_and_keeps_what_was_typed(
    claire: FlaskClient, database: Database, typed: dict[str, Any]
) -> None:
    before = len(ranges(database))

    page = read(claire.post("/agent/plages/nouvelle", data=typed | {"name": "", "preview": "1"}))

    assert "Toutes les 2 semaines, le mardi et le jeudi, de 9 h à 12 h, du 24 novembre 2026 au 31 mars 2027" in page
    assert "Soit 6 créneaux de 30 minutes par plage, environ 24 par mois." in page
    assert page.count("<li>Mardi") == 5
    assert "Chevauche la plage Matin" in page
    assert "Vous êtes indisponible : Réunion de service" in page
    assert "Erreur" not in page
    assert len(ranges(database)) == before


def test_the_fragment_is_the_preview_alone(claire: FlaskClient, town: Town, typed: dict[str, Any]) -> None:
    answer = claire.post("/agent/plages/apercu", data=typed)
    page = read(answer)
    assert "<html" not in page
    assert "Prochaines dates" in page

    own = read(claire.post(f"/agent/plages/apercu?plage={town.opening}", data=typed))
    assert "Chevauche la plage Matin" not in own
    assert "La fin précède" in read(claire.post("/agent/plages/apercu", data=typed | {"closes": "08:00"}))
    assert "Saisissez les jours" in read(claire.post("/agent/plages/apercu", data={}))


def test_a_holiday_and_another_place_are_remarks(claire: FlaskClient, town: Town, typed: dict[str, Any]) -> None:
    at_the_annexe = typed | {"place": str(town.annexe), "first_day": "2026-12-25", "repeat": "once"}

    page = read(claire.post("/agent/plages/apercu", data=at_the_annexe))

    assert "Férié (Noël) : pas de créneau" in page
    assert "Chevauche la plage Matin, même horaire à Mairie centrale" in page


def test_a_range_is_changed_as_its_form_shows_it(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, typed: dict[str, Any]
) -> None:
    clock.advance(timedelta(hours=3))  # Monday's appointment is over
    path = f"/agent/plages/{town.opening}"
    page = read(claire.get(path))
    assert 'value="Matin"' in page
    assert page.count(" checked") == 1 + 1 + 5 + 1  # motif, weekly, five days, no end

    answer = claire.post(path, data=typed)

    assert answer.status_code == 303
    kept = ranges(database)[0]
    assert (kept.id, kept.name, kept.last_day) == (town.opening, "Matinées", date(2027, 3, 31))


def test_a_duplicate_starts_from_the_original(claire: FlaskClient, town: Town, database: Database) -> None:
    page = read(claire.get(f"/agent/plages/nouvelle?copie={town.opening}"))

    assert 'value="Matin"' in page
    assert 'value="09:00"' in page
    assert len(ranges(database)) == 2


def test_removing_is_confirmed_first(claire: FlaskClient, town: Town, database: Database, clock: StoppedClock) -> None:
    clock.advance(timedelta(hours=3))  # Monday's appointment is over
    path = f"/agent/plages/{town.opening}/supprimer"

    page = read(claire.get(path))
    assert "Garder la plage d'ouverture" in page
    assert town.opening in [each.id for each in ranges(database)]

    assert claire.post(path).status_code == 303
    assert town.opening not in [each.id for each in ranges(database)]
    assert claire.post(path).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_foreign_ranges_answer_as_unknown_ones(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any], method: str
) -> None:
    ask = getattr(claire, method)
    data = {"data": typed} if method == "post" else {}
    answers = [
        ask(path.format(key), **data)
        for key in (town.foreign_opening, 999_999)
        for path in ("/agent/plages/{}", "/agent/plages/{}/supprimer", "/agent/plages/nouvelle?copie={}")
    ]
    answers += [ask(f"/agent/plages/nouvelle?agenda={key}", **data) for key in (town.foreign_agenda, 999_999, "x")]
    if method == "post":
        answers += [ask(f"/agent/plages/apercu?plage={key}", **data) for key in (town.foreign_opening, 999_999, "x")]
        answers += [ask(f"/agent/plages/apercu?agenda={key}", **data) for key in (town.foreign_agenda, 999_999, "x")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({plain(answer) for answer in answers}) == 1
    assert len(ranges(database)) == 2
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


@pytest.mark.parametrize("kind", ["plages", "indisponibilites", "mes-agendas/liens", "mes-agendas/mots-de-passe"])
def test_ids_that_no_database_holds_are_not_found(claire: FlaskClient, kind: str) -> None:
    for key in (10**30, -1, 1.5, "x", "%00"):
        for action in ("", "/supprimer", "/revoquer"):
            assert claire.get(f"/agent/{kind}/{key}{action}").status_code == 404
            assert claire.post(f"/agent/{kind}/{key}{action}").status_code in {404, 405}
