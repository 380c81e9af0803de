"""Single dates of what repeats, through the pages: opening ranges and absences alike (S02, ux 7.4), and repetition as the form says it."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from web.agent.town import MONDAY, Town, read

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Grid
from rdvdav.hours.recurrence import Series, weekly
from rdvdav.planning import absences
from rdvdav_web.agent.repetition import repetition_values, rule_in_boxes

TUESDAY = MONDAY + timedelta(days=1)
THURSDAY = MONDAY + timedelta(days=3)
NEXT_TUESDAY = TUESDAY + timedelta(weeks=1)


@pytest.fixture
def typed(town: Town) -> dict[str, Any]:
    """The form of an opening range, for one date unless more is typed."""
    return {
        "name": "Exceptionnelle",
        "place": str(town.place),
        "motifs": [str(town.motif)],
        "first_day": "2026-11-28",
        "opens": "14:00",
        "closes": "17:00",
    }


def rows(database: Database, table: Any = OpeningRange) -> Sequence[Any]:
    with database.reading() as session:
        return session.scalars(select(table).order_by(table.id)).all()


def path_of(town: Town, day: date, step: str = "") -> str:
    return f"/agent/plages/{town.opening}/dates/{day}{step}"


def test_one_date_is_changed_from_the_list_of_dates_and_restored(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]
) -> None:
    listing = read(claire.get(f"/agent/plages/{town.opening}/dates"))
    assert f'href="{path_of(town, THURSDAY)}"' in listing
    assert "Férié (Noël) : pas de créneau" in listing
    choice = read(claire.get(path_of(town, THURSDAY)))
    assert [words in choice for words in ("Cette date seulement", "Cette date et les suivantes", "Toutes les dates")]
    form = read(claire.get(path_of(town, THURSDAY, "/modifier?portee=une")))
    assert 'value="2026-11-26"' in form
    assert 'name="repeat"' not in form

    answer = claire.post(path_of(town, THURSDAY, "/modifier?portee=une"), data=typed)

    assert answer.status_code == 303
    one = rows(database)[-1]
    assert (one.series_id, one.original_day, one.first_day) == (town.opening, THURSDAY, date(2026, 11, 28))
    page = read(claire.get("/agent/plages"))
    assert "Au lieu du 26 novembre 2026 : le samedi 28 novembre 2026, de 14 h à 17 h" in page
    assert "C'est enregistré : cette date seulement, jeudi 26 novembre 2026." in page
    assert page.count(">Modifier<") == 1
    assert "Cette date a été changée : le samedi 28" in read(claire.get(path_of(town, THURSDAY)))
    assert 'value="2026-11-28"' in read(claire.get(path_of(town, THURSDAY, "/modifier?portee=une")))

    assert claire.post(path_of(town, THURSDAY, "/retablir")).status_code == 303
    assert [row.id for row in rows(database) if row.series_id] == []


def test_this_date_and_the_following_become_a_series_of_their_own(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]
) -> None:
    form = read(claire.get(path_of(town, THURSDAY, "/modifier?portee=suivantes")))
    assert 'value="2026-11-26"' in form
    assert 'name="repeat" value="weekly" checked' in form.replace('id="repeat-1" ', "")
    repeated = {"repeat": "weekly", "days": ["3"], "ending": "never", "interval": "1", "first_day": "2026-11-26"}

    claire.post(path_of(town, THURSDAY, "/modifier?portee=suivantes"), data=typed | repeated)

    old, *_others, new = rows(database)
    assert (old.series.rule.until, new.recurrence, new.series_id) == (date(2026, 11, 25), weekly([3]), None)


@pytest.mark.parametrize(("scope", "left"), [("une", 1), ("suivantes", 0)])
def test_dates_are_removed_once_confirmed(
    claire: FlaskClient, town: Town, database: Database, scope: str, left: int
) -> None:
    path = path_of(town, THURSDAY, f"/supprimer?portee={scope}")
    page = read(claire.get(path))
    assert "Seul le jeudi 26 novembre 2026" in page or "Le jeudi 26 novembre 2026 et toutes les dates suivantes" in page
    assert rows(database)[0].excluded_days == []

    assert claire.post(path).status_code == 303

    days = rows(database)[0].series.between(THURSDAY, THURSDAY + timedelta(days=1))
    assert len(days) == left
    if scope == "une":
        assert "Cette date a été supprimée." in read(claire.get(path_of(town, THURSDAY)))
        assert "Supprimée" in read(claire.get(f"/agent/plages/{town.opening}/dates"))


@pytest.mark.parametrize("step", ["", "/modifier?portee=une", "/modifier?portee=suivantes", "/supprimer?portee=une"])
def test_what_is_no_date_or_not_mine_is_not_found(claire: FlaskClient, town: Town, step: str) -> None:
    paths = [
        path_of(town, date(2026, 11, 28), step),
        f"/agent/plages/{town.opening}/dates/hier{step}",
        f"/agent/plages/{town.foreign_opening}/dates/{THURSDAY}{step}",
        f"/agent/plages/999999/dates/{THURSDAY}{step}",
        f"/agent/indisponibilites/{town.absence}/dates/{TUESDAY}{step}",
    ]

    assert [claire.get(path).status_code for path in paths] == [404] * len(paths)


def test_how_far_a_change_goes_must_be_said(claire: FlaskClient, town: Town) -> None:
    for step in ("/modifier", "/modifier?portee=toutes", "/supprimer"):
        assert claire.get(path_of(town, THURSDAY, step)).status_code == 404
    assert claire.get(path_of(town, THURSDAY, "/retablir")).status_code == 405


def test_dates_that_would_go_are_said_first(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]
) -> None:
    claire.post(path_of(town, THURSDAY, "/modifier?portee=une"), data=typed)
    mondays = typed | {"repeat": "weekly", "days": ["0"], "ending": "never", "interval": "1", "preview": "1"}

    page = read(claire.post(f"/agent/plages/{town.opening}", data=mondays))

    assert "1 date changée ne tombe plus sur la série et sera supprimée :" in page
    assert "Le samedi 28 novembre 2026, de 14 h à 17 h" in page
    assert len([row for row in rows(database) if row.series_id]) == 1


def test_all_dates_of_a_year_are_shown_on_demand(claire: FlaskClient, typed: dict[str, Any]) -> None:
    weekly_typed = typed | {"repeat": "weekly", "days": ["5"], "ending": "never", "interval": "1"}

    ten = read(claire.post("/agent/plages/nouvelle", data=weekly_typed | {"preview": "1"}))
    all_of_them = read(claire.post("/agent/plages/nouvelle", data=weekly_typed | {"preview": "year"}))

    assert "Voir les 53 dates des douze prochains mois" in ten
    assert (ten.count("<li>Samedi"), all_of_them.count("<li>Samedi")) == (10, 53)


def test_the_preview_of_one_date_meets_no_other_version_of_it(
    claire: FlaskClient, town: Town, typed: dict[str, Any]
) -> None:
    same_day = typed | {"first_day": str(THURSDAY), "opens": "08:00", "closes": "10:00"}
    query = f"plage={town.opening}&portee=une&jour={THURSDAY}"

    assert "Chevauche" not in read(claire.post(f"/agent/plages/apercu?{query}", data=same_day))
    other_day = same_day | {"first_day": "2026-11-27"}
    assert "Chevauche la plage Matin" in read(claire.post(f"/agent/plages/apercu?{query}", data=other_day))


@pytest.mark.parametrize(
    ("chosen", "rule", "said"),
    [
        (
            {"repeat": "monthly", "nth": "2", "nth_day": "1"},
            "FREQ=MONTHLY;BYDAY=2TU",
            "Le deuxième mardi de chaque mois",
        ),
        (
            {"repeat": "monthly", "nth": "-1", "nth_day": "4", "interval": "2"},
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR",
            "Le dernier vendredi de chaque mois, tous les 2 mois",
        ),
        ({"repeat": "daily", "interval": "3"}, "FREQ=DAILY;INTERVAL=3", "Tous les 3 jours"),
        ({"repeat": "daily", "ending": "until", "until": "2026-12-24"}, "FREQ=DAILY;UNTIL=20261224", "Tous les jours"),
        ({"repeat": "weekly", "days": ["0", "1", "2", "3", "4"]}, weekly(range(5)), "Du lundi au vendredi"),
    ],
)
@pytest.mark.parametrize("kind", ["plages", "indisponibilites"])
def test_repetition_is_said_saved_and_shown_again(
    claire: FlaskClient,
    database: Database,
    typed: dict[str, Any],
    chosen: dict[str, Any],
    rule: str,
    said: str,
    kind: str,
) -> None:
    away = {"end_day": "2026-11-28", "starts": "14:00", "ends": "17:00", "title": "Atelier"}
    data = {"interval": "1", "ending": "never"} | typed | away | chosen

    preview = read(claire.post(f"/agent/{kind}/apercu", data=data))
    claire.post(f"/agent/{kind}/nouvelle", data=data)

    row = rows(database, OpeningRange if kind == "plages" else Absence)[-1]
    assert row.recurrence == rule
    assert said in preview
    shown = repetition_values(row.series)
    assert {name: shown[name] for name in chosen if name not in ("interval", "days", "until")} == {
        name: value if name != "nth_day" else int(value)
        for name, value in chosen.items()
        if name not in ("interval", "days", "until")
    }


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"repeat": "monthly", "nth": "6", "nth_day": "1"}, "Choisissez lequel du mois"),
        ({"repeat": "monthly", "nth": "2", "nth_day": "x"}, "Choisissez un jour de la semaine"),
        ({"repeat": "daily", "interval": "0"}, "Saisissez un nombre de 1 à 52"),
        ({"repeat": "daily", "ending": "until", "until": "2026-11-01"}, "Aucune date ne tombe avant la fin"),
        ({"seats": "0"}, "Saisissez un nombre de 1 à 500"),
        ({"step": "2"}, "Saisissez un nombre de minutes de 5 à 480"),
        ({"buffer_after": "500"}, "Saisissez un nombre de minutes de 0 à 480"),
    ],
)
def test_what_is_wrong_with_it_is_said(
    claire: FlaskClient, database: Database, typed: dict[str, Any], chosen: dict[str, Any], words: str
) -> None:
    before = len(rows(database))

    page = read(claire.post("/agent/plages/nouvelle", data={"repeat": "once", "interval": "1"} | typed | chosen))

    assert page.count(words) >= 2
    assert len(rows(database)) == before


def test_the_advanced_part_is_saved_and_open_when_it_says_something(
    claire: FlaskClient, database: Database, typed: dict[str, Any]
) -> None:
    advanced = {
        "repeat": "once",
        "seats": "4",
        "grid": "fixed",
        "step": "45",
        "buffer_before": "5",
        "buffer_after": "0",
    }

    page = read(claire.post("/agent/plages/nouvelle", data=typed | advanced | {"preview": "1"}))
    claire.post("/agent/plages/nouvelle", data=typed | advanced)

    row = rows(database)[-1]
    assert (row.seats, row.grid, row.step_minutes) == (4, Grid.FIXED, 45)
    assert (row.buffer_before_minutes, row.buffer_after_minutes) == (5, 0)
    assert "Soit 4 créneaux de 30 minutes par plage." in page
    shown = read(claire.get(f"/agent/plages/{row.id}"))
    assert '<details class="advanced" open>' in shown
    assert '<details class="advanced">' in read(claire.get("/agent/plages/nouvelle"))


def test_a_repetition_from_elsewhere_is_kept_and_said(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]
) -> None:
    strange = "FREQ=MONTHLY;BYMONTHDAY=1,15"
    with database.transaction() as session:
        session.get_one(OpeningRange, town.opening).recurrence = strange
    page = read(claire.get(f"/agent/plages/{town.opening}"))
    assert "Garde sa répétition actuelle" in page
    assert "Le 1er et le 15 de chaque mois" in page

    claire.post(f"/agent/plages/{town.opening}", data=typed | {"repeat": "kept"})
    assert (rows(database)[0].recurrence, rows(database)[0].opens) == (strange, time(14))
    claire.post(f"/agent/plages/nouvelle?copie={town.opening}", data=typed | {"repeat": "kept"})
    assert rows(database)[-1].recurrence == strange
    before = len(rows(database))
    assert claire.post("/agent/plages/nouvelle", data=typed | {"repeat": "kept"}).status_code == 200
    assert len(rows(database)) == before


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=3", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261208"),
        ("FREQ=WEEKLY", "FREQ=WEEKLY"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU", None),
        ("FREQ=MONTHLY", None),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2", None),
        ("FREQ=MONTHLY;BYDAY=-2TU", None),
        ("FREQ=DAILY;BYDAY=TU,WE", None),
        ("FREQ=DAILY;INTERVAL=90", None),
        ("FREQ=DAILY;COUNT=2", "FREQ=DAILY;UNTIL=20261125"),
    ],
)
def test_which_rules_the_boxes_can_say(text: str, shown: str | None) -> None:
    rule = rule_in_boxes(Series(TUESDAY, text))

    assert (str(rule) if rule else None) == shown
    if rule is not None:
        assert Series(TUESDAY, str(rule)).between(TUESDAY, TUESDAY + timedelta(days=400)) == Series(
            TUESDAY, text
        ).between(TUESDAY, TUESDAY + timedelta(days=400))


def test_a_date_of_an_absence_moves_with_its_length(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    plan = absences.Plan("Congé", absences.AbsenceKind.LEAVE, TUESDAY, THURSDAY, recurrence=weekly([1], 2))
    with database.transaction() as session:
        series = absences.create(session, clock, town.claire, town.agenda, plan).id
    day = TUESDAY + timedelta(weeks=2)
    path = f"/agent/indisponibilites/{series}/dates/{day}/modifier?portee=une"

    form = read(claire.get(path))
    assert 'value="2026-12-08"' in form
    assert 'value="2026-12-10"' in form
    claire.post(path, data={"all_day": "y", "first_day": "2026-12-09", "end_day": "2026-12-09", "kind": "leave"})

    one = rows(database, Absence)[-1]
    assert (one.series_id, one.original_day, one.first_day, one.last_day) == (series, day, *[date(2026, 12, 9)] * 2)
    page = read(claire.get("/agent/indisponibilites"))
    assert "Toutes les 2 semaines, le mardi, pendant 3 jours" in page
    assert "Au lieu du 8 décembre 2026 : le mercredi 9 décembre 2026, toute la journée" in page


def test_the_agenda_leads_to_what_changes_a_date(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]
) -> None:
    claire.post(path_of(town, THURSDAY, "/modifier?portee=une"), data=typed)

    assert f'href="{path_of(town, NEXT_TUESDAY)}"' in read(claire.get(f"/agent/agenda?vue=jour&jour={NEXT_TUESDAY}"))
    saturday = read(claire.get("/agent/agenda?vue=jour&jour=2026-11-28"))
    assert f'href="{path_of(town, THURSDAY)}"' in saturday
    assert "Exceptionnelle, de 14 h à 17 h" in saturday
    assert f'href="/agent/indisponibilites/{town.absence}"' in read(claire.get("/agent/agenda?vue=semaine"))


def test_the_usual_week_is_the_coming_one(claire: FlaskClient, town: Town) -> None:
    page = read(claire.get("/agent/plages/semaine-type"))

    assert "Semaine du lundi 30 novembre 2026" in page
    assert page.count('<strong class="block-title">Matin</strong>') == 5
    assert f'href="{path_of(town, NEXT_TUESDAY)}"' in page
    assert "Aucune plage" in read(claire.get(f"/agent/plages/semaine-type?agenda={town.colleagues_agenda}"))
