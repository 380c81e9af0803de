"""« Rendez-vous concernés », the second step of absences and opening ranges: a choice each, then all or nothing (L-4, 7.4, 7.5)."""

import re
from datetime import time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from make import Maker
from sqlalchemy import select
from web.agent.town import MONDAY, Town, book, read

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.outbox.message import Message

WEDNESDAY = MONDAY + timedelta(days=2)
NEW = "/agent/indisponibilites/nouvelle"
AWAY = {
    "title": "Congé",
    "kind": "leave",
    "all_day": "y",
    "first_day": WEDNESDAY.isoformat(),
    "end_day": WEDNESDAY.isoformat(),
}
SAVE = {"etape": "appliquer", "prevenir": "y", "raison": ""}


@pytest.fixture
def booked(town: Town, database: Database, clock: StoppedClock) -> list[str]:
    """Three appointments on Wednesday morning: their references."""
    return [book(database, clock, town, hour, day=WEDNESDAY) for hour in (9, 10, 11)]


def away(database: Database, town: Town) -> list[str]:
    with database.reading() as session:
        query = select(Absence.title).where(Absence.agenda_id == town.agenda).order_by(Absence.id)
        return list(session.scalars(query))


def found(database: Database, reference: str) -> Appointment:
    with database.reading() as session:
        return session.scalars(select(Appointment).filter_by(reference=reference)).one()


def told(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Message.event).where(~Message.to_compose).order_by(Message.id)))


def lines(page: str) -> list[str]:
    """Names of the lines' fields."""
    return re.findall(r'name="(sort-[0-9]+-[0-9]+)"', page)


def chosen(page: str) -> list[str]:
    """What each line shows as chosen."""
    return [
        "".join(re.findall(r'value="([^"]*)" selected', select_))
        for select_ in re.findall(r'<select id="sort-.*?</select>', page, re.DOTALL)
    ]


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', page)) | {"csrf_token": ""}


def free_colleague(database: Database, clock: StoppedClock, town: Town, **hours: Any) -> None:
    """Amina Roy receives for the same motif at the same place."""
    with database.transaction() as session:
        opening = session.get_one(OpeningRange, town.opening)
        agenda = session.get_one(Agenda, town.colleagues_agenda)
        Maker(session, clock).opening_range(
            agenda,
            [session.get_one(Motif, town.motif)],
            organisation_id=opening.organisation_id,
            place_id=opening.place_id,
            zone=opening.zone,
            **hours,
        )


def test_an_absence_with_appointments_asks_first_and_saves_nothing(
    claire: FlaskClient, town: Town, database: Database, booked: list[str]
) -> None:
    page = read(claire.post(NEW, data=AWAY))

    assert "<h1>3 rendez-vous concernés</h1>" in page
    assert "Le mercredi 25 novembre 2026, toute la journée" in page
    assert page.count("Paul Durand") >= 3
    assert chosen(page) == ["keep"] * 3
    assert (
        "checked"
        in page.partition('name="prevenir"')[0].rpartition("<input")[2] + page.partition('name="prevenir"')[2][:40]
    )
    assert hidden(page).items() >= AWAY.items()
    assert away(database, town) == ["Réunion de service"]
    assert all(f'href="/agent/rendez-vous/{reference}"' in page for reference in booked)


def test_without_appointments_the_absence_is_saved_at_once(claire: FlaskClient, town: Town, database: Database) -> None:
    assert claire.post(NEW, data=AWAY).status_code == 303
    assert away(database, town) == ["Réunion de service", "Congé"]


def test_each_line_gets_its_choice(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, booked: list[str]
) -> None:
    free_colleague(database, clock, town, opens=time(9), closes=time(10))
    page = read(claire.post(NEW, data=AWAY))
    assert "1 collègue possible" in page
    assert page.count("Réattribuer à Amina Roy") == 1
    first, second, third = lines(page)
    choices = {first: f"reassign:{town.colleagues_agenda}", second: "replan", third: "cancel"}

    answer = claire.post(NEW, data=hidden(page) | SAVE | choices | {"raison": "Formation"})

    assert answer.status_code == 303
    assert away(database, town) == ["Réunion de service", "Congé"]
    assert [found(database, reference).status for reference in booked] == [
        Status.PLANNED,
        Status.TO_REPLAN,
        Status.CANCELLED_BY_STAFF,
    ]
    assert told(database) == ["appointment.reassigned", "appointment.withdrawn", "appointment.cancelled"]
    history = read(claire.get(f"/agent/rendez-vous/{booked[1]}"))
    assert "À replanifier : Formation" in history
    assert "Réattribué à un autre agent" in read(claire.get(f"/agent/rendez-vous/{booked[0]}"))


def test_all_lines_at_once_without_script(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, booked: list[str]
) -> None:
    free_colleague(database, clock, town, opens=time(9), closes=time(10))
    page = read(claire.post(NEW, data=AWAY))

    page = read(claire.post(NEW, data=hidden(page) | {"etape": "tous", "pour-tous": "replan", "prevenir": "y"}))
    assert chosen(page) == ["replan"] * 3
    page = read(
        claire.post(
            NEW,
            data=hidden(page)
            | dict(zip(lines(page), chosen(page), strict=True))
            | {"etape": "tous", "pour-tous": "reassign"},
        )
    )
    assert chosen(page) == [f"reassign:{town.colleagues_agenda}", "replan", "replan"]
    assert 'name="prevenir" checked' not in page.replace('value="y" ', "")
    assert away(database, town) == ["Réunion de service"]


def test_who_is_not_to_be_told_is_not(claire: FlaskClient, database: Database, booked: list[str]) -> None:
    page = read(claire.post(NEW, data=AWAY))
    choices = dict.fromkeys(lines(page), "replan")

    claire.post(NEW, data=hidden(page) | choices | {"etape": "appliquer"})

    assert {found(database, reference).status for reference in booked} == {Status.TO_REPLAN}
    assert told(database) == []
    assert "À replanifier – personne n'a été prévenu" in read(claire.get(f"/agent/rendez-vous/{booked[0]}"))


@pytest.mark.parametrize("value", ["", "nothing", "reassign", "reassign:", "keep:3"])
def test_a_line_without_choice_is_marked_and_nothing_is_saved(
    claire: FlaskClient, town: Town, database: Database, booked: list[str], value: str
) -> None:
    page = read(claire.post(NEW, data=AWAY))
    first, *others = lines(page)

    page = read(claire.post(NEW, data=hidden(page) | SAVE | dict.fromkeys(others, "cancel") | {first: value}))

    assert page.count("Choisissez ce que devient ce rendez-vous.") == 1
    assert "<title>Erreur : 3 rendez-vous concernés" in page
    assert chosen(page) == ["", "cancel", "cancel"]
    assert away(database, town) == ["Réunion de service"]
    assert found(database, booked[1]).status is Status.PLANNED


def test_one_booked_meanwhile_brings_the_list_back_with_the_choices_made(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, booked: list[str]
) -> None:
    page = read(claire.post(NEW, data=AWAY))
    book(database, clock, town, 11, 30, day=WEDNESDAY)

    answer = claire.post(NEW, data=hidden(page) | SAVE | dict.fromkeys(lines(page), "cancel"))

    page = read(answer)
    assert answer.status_code == 409
    assert "ont changé entre-temps" in page
    assert chosen(page) == ["cancel", "cancel", "cancel", "keep"]
    assert away(database, town) == ["Réunion de service"]
    assert told(database) == []


def test_a_colleague_who_is_taken_meanwhile_is_said_at_the_line(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, booked: list[str]
) -> None:
    free_colleague(database, clock, town)
    page = read(claire.post(NEW, data=AWAY))
    with database.transaction() as session:
        Maker(session, clock).absence(session.get_one(Agenda, town.colleagues_agenda), first_day=WEDNESDAY)

    answer = claire.post(
        NEW, data=hidden(page) | SAVE | dict.fromkeys(lines(page), f"reassign:{town.colleagues_agenda}")
    )

    page = read(answer)
    assert answer.status_code == 409
    assert "n'est plus libre" in page
    assert page.count("Choisissez ce que devient ce rendez-vous.") == 1
    assert away(database, town) == ["Réunion de service"]


def test_back_to_the_form_keeps_what_was_typed(claire: FlaskClient, booked: list[str]) -> None:
    page = read(claire.post(NEW, data=AWAY))

    page = read(claire.post(NEW, data=hidden(page) | dict.fromkeys(lines(page), "keep") | {"preview": "1"}))

    assert "<h1>Créer une indisponibilité</h1>" in page
    assert 'value="Congé"' in page
    assert 'value="2026-11-25"' in page


RANGE = {
    "name": "Matin",
    "repeat": "weekly",
    "first_day": "2026-11-23",
    "opens": "09:00",
    "closes": "12:00",
    "interval": "1",
    "days": ["0", "1", "2", "3", "4"],
    "ending": "never",
}


@pytest.mark.parametrize(
    ("wanted", "hit"),
    [({}, 0), ({"closes": "11:00"}, 1), ({"days": ["0", "1", "3", "4"]}, 3), ({"motifs": "phone"}, 4)],
)
def test_a_range_asks_for_what_falls_outside_of_it(
    claire: FlaskClient, town: Town, database: Database, booked: list[str], wanted: dict[str, Any], hit: int
) -> None:
    path = f"/agent/plages/{town.opening}"
    motif = town.phone_motif if wanted.get("motifs") else town.motif
    data = RANGE | {"place": str(town.place)} | wanted | {"motifs": [str(motif)]}

    answer = claire.post(path, data=data)

    page = read(answer)
    if not hit:
        assert answer.status_code == 303
        return
    assert f"{hit} rendez-vous concerné" in page
    again = claire.post(path, data=data | SAVE | dict.fromkeys(lines(page), "replan"))
    assert again.status_code == 303
    with database.reading() as session:
        to_replan = session.scalars(select(Appointment).filter_by(status=Status.TO_REPLAN)).all()
    assert len(to_replan) == hit


def test_a_range_is_removed_after_its_appointments_have_their_choice(
    claire: FlaskClient, town: Town, database: Database, booked: list[str]
) -> None:
    path = f"/agent/plages/{town.opening}/supprimer"

    page = read(claire.post(path))
    assert "4 rendez-vous concernés" in page  # Monday's too, which is not over
    assert "Revenir à la saisie" not in page
    answer = claire.post(path, data=SAVE | dict.fromkeys(lines(page), "keep"))

    assert answer.status_code == 303
    assert found(database, booked[0]).withdrawn_at is not None
    assert read(claire.get("/agent/agenda")).count("En conflit") == 4
    with database.reading() as session:
        assert session.get(OpeningRange, town.opening) is None
