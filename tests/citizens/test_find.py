"""Finding people as they are asked for at a counter: part of a name, a number, a date; and who is there already."""

from datetime import date

import pytest
from make import Maker
from sqlalchemy import true
from sqlalchemy.orm import Session

from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.find import MOST, find, likely_doubles
from rdvdav.citizens.words import folded

EVERYBODY = true()


@pytest.fixture
def people(make: Maker) -> dict[str, Citizen]:
    rows = {
        "elise": ("Élise", "N’Diaye", "elise@exemple.test", "+33612345678", date(1962, 3, 4)),
        "jean-pierre": ("Jean-Pierre", "Cœur", None, "+262692001122", None),
        "benali": ("Amina", "Benali", "a_b@exemple.test", None, date(1990, 12, 1)),
        "benaliste": ("Bénédicte", "Benaliste", None, None, None),
    }
    return {
        name: make.citizen(first_name=first, last_name=last, email=email, phone=phone, birth_date=born)
        for name, (first, last, email, phone, born) in rows.items()
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("benali", {"benali", "benaliste"}),
        ("BENALI a", {"benali"}),
        ("amina ben", {"benali"}),
        ("élise", {"elise"}),
        ("elise n'diaye", {"elise"}),
        ("diaye", {"elise"}),
        ("pierre coeur", {"jean-pierre"}),
        ("Jean-P", {"jean-pierre"}),
        ("enali", set()),
        ("06 12 34", {"elise"}),
        ("0612345678", {"elise"}),
        ("+33 6 12 34 56 78", {"elise"}),
        ("0692.00.11.22", {"jean-pierre"}),
        ("elise 06 12 34 56 78", {"elise"}),
        ("amina 06 12 34 56 78", set()),
        ("04/03/1962", {"elise"}),
        ("1990-12-01", {"benali"}),
        ("benali 01/12/1990", {"benali"}),
        ("elise@ex", {"elise"}),
        ("a_b@", {"benali"}),
        ("%@", set()),
        ("a%", {"benali"}),
        ("0000", set()),
        ("----", set()),
        ("", set()),
        ("  ", set()),
        ("%", set()),
    ],
)
def test_people_are_found_by_what_one_knows_of_them(
    session: Session, people: dict[str, Citizen], text: str, expected: set[str]
) -> None:
    found = find(session, EVERYBODY, text)

    assert {name for name, citizen in people.items() if citizen in found.citizens} == expected
    assert not found.more


def test_a_search_stays_among_those_who_may_be_seen(session: Session, people: dict[str, Citizen]) -> None:
    among = Citizen.id != people["benali"].id

    assert find(session, among, "benali").citizens == [people["benaliste"]]
    assert people["benali"] not in likely_doubles(session, among, first_name="Amina", last_name="Benali")


def test_results_are_bounded_and_say_so(session: Session, make: Maker) -> None:
    for _ in range(MOST + 1):
        make.citizen(last_name="Durand")

    found = find(session, EVERYBODY, "durand")
    assert len(found.citizens) == MOST
    assert found.more


def test_what_is_searched_follows_the_names(session: Session, people: dict[str, Citizen]) -> None:
    people["benali"].last_name = "Église-Neuve"
    session.flush()

    assert people["benali"].words == folded("Amina", "Église-Neuve") == " amina eglise neuve "
    assert find(session, EVERYBODY, "neuve").citizens == [people["benali"]]


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ({"first_name": "AMINA", "last_name": "benali"}, {"benali"}),
        ({"first_name": "Benali", "last_name": "Amina"}, {"benali"}),
        ({"first_name": "Amina", "last_name": "Benal"}, set()),
        ({"first_name": "", "last_name": "Benali"}, set()),
        ({"email": "Elise@Exemple.test"}, {"elise"}),
        ({"phone": "+262692001122"}, {"jean-pierre"}),
        ({"first_name": "Amina", "last_name": "Benali", "phone": "+33612345678"}, {"benali", "elise"}),
        ({}, set()),
    ],
)
def test_likely_doubles_share_names_or_a_way_to_reach_them(
    session: Session, people: dict[str, Citizen], described: dict[str, str], expected: set[str]
) -> None:
    doubles = likely_doubles(session, EVERYBODY, **described)

    assert {name for name, citizen in people.items() if citizen in doubles} == expected
