"""Finding people as they are asked for at a counter: part of a name, a number, a date; and who is there already."""

from datetime import date

import pytest
from make import Maker
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.citizens.citizen import Citizen, CitizenOrganisation, CitizenWord
from rdvdav.citizens.find import MOST, everybody, find, likely_doubles
from rdvdav.directory.organisation import Organisation

EVERYWHERE = select(Organisation.id)


def known(make: Maker, **columns: object) -> Citizen:
    """A citizen whom the first organisation knows."""
    citizen = make.citizen(**columns)
    there = make._the(Organisation).id
    make.session.add(CitizenOrganisation(citizen_id=citizen.id, organisation_id=there, created_at=make.clock.now()))
    make.session.flush()
    return citizen


@pytest.fixture
def people(make: Maker) -> dict[str, Citizen]:
    rows = {
        "elise": ("Élise", "N’Diaye", "elise@exemple.test", "+33612345678", date(1962, 3, 4)),
        "jean-pierre": ("Jean-Pierre", "Cœur", None, "+262692001122", None),
        "benali": ("Amina", "Benali", "a_b@exemple.test", None, date(1990, 12, 1)),
        "benaliste": ("Bénédicte", "Benaliste", None, None, None),
    }
    return {
        name: known(make, first_name=first, last_name=last, email=email, phone=phone, birth_date=born)
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
        ("34 56", {"elise"}),
        ("45 67", set()),
        ("56 78", {"elise"}),
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
    found = find(session, EVERYWHERE, text)

    assert {name for name, citizen in people.items() if citizen in found.citizens} == expected
    assert not found.more


def test_a_search_stays_among_those_who_may_be_seen(session: Session, make: Maker, people: dict[str, Citizen]) -> None:
    elsewhere = make.organisation()
    session.add(
        CitizenOrganisation(
            citizen_id=people["benaliste"].id, organisation_id=elsewhere.id, created_at=make.clock.now()
        )
    )
    session.flush()
    among = EVERYWHERE.where(Organisation.id == elsewhere.id)

    assert find(session, among, "benali").citizens == [people["benaliste"]]
    assert find(session, EVERYWHERE, "benali").citizens == [people["benali"], people["benaliste"]]
    assert list(likely_doubles(session, among, first_name="Amina", last_name="Benali")) == []
    assert everybody(session, among, elsewhere.id).citizens == [people["benaliste"]]
    assert everybody(session, among, make._the(Organisation).id).citizens == []


def test_pages_follow_each_other_by_surname_accents_aside(session: Session, make: Maker) -> None:
    surnames = ["Éric", "Erib", "erid", "Eric-Zola", "Eric"]
    for last_name in surnames:
        known(make, first_name="Erine", last_name=last_name)
    expected = ["Erib", "Éric", "Eric", "Eric-Zola", "erid"]

    seen, after = [], None
    for _page in range(3):
        found = find(session, EVERYWHERE, "eri", after=after, most=2)
        seen += [citizen.last_name for citizen in found.citizens]
        after = found.citizens[-1]
        assert found.more is (_page < 2)
    assert seen == expected
    listed = everybody(session, EVERYWHERE, make._the(Organisation).id).citizens
    assert [citizen.last_name for citizen in listed] == expected


def test_who_fits_in_many_ways_counts_once(session: Session, make: Maker) -> None:
    for _ in range(3):
        known(make, first_name="Dua Dub Duc Dud Due", last_name="Du Duf Dug Duh")
    last = known(make, first_name="Paul", last_name="Duz")

    assert [each.last_name for each in find(session, EVERYWHERE, "du", most=4).citizens][-1] == last.last_name


def test_results_are_bounded_and_say_so(session: Session, make: Maker) -> None:
    for _ in range(MOST + 1):
        known(make, last_name="Durand")

    found = find(session, EVERYWHERE, "durand")
    assert len(found.citizens) == MOST
    assert found.more


def test_what_is_searched_follows_the_record(session: Session, people: dict[str, Citizen]) -> None:
    benali = people["benali"]
    benali.last_name, benali.phone = "Église-Neuve", "+33698765432"
    session.flush()

    assert benali.sorted_as == "eglise neuve\tamina"
    assert find(session, EVERYWHERE, "neuve").citizens == [benali]
    assert find(session, EVERYWHERE, "06 98 76").citizens == [benali]
    assert find(session, EVERYWHERE, "amina benali").citizens == []
    benali.merged_into_id = people["elise"].id
    session.flush()
    mine = select(func.count()).select_from(CitizenWord).where(CitizenWord.citizen_id == benali.id)
    assert session.scalar(mine) == 0


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
    doubles = likely_doubles(session, EVERYWHERE, **described)

    assert {name for name, citizen in people.items() if citizen in doubles} == expected
