"""« RDV collectifs »: opened with seats, filled person by person, over-booked only once that is accepted, left one by one."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from make import Maker
from sqlalchemy import select
from web.agent.town import Town, read

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.outbox.message import Message

LIST, NEW = "/agent/rdv-collectifs", "/agent/rdv-collectifs/nouveau"


@pytest.fixture
def workshop(town: Town, database: Database, clock: StoppedClock) -> dict[str, Any]:
    """The form of a workshop of two seats on Wednesday, and three people the town hall knows."""
    with database.transaction() as session:
        make = Maker(session, clock)
        other = session.get_one(Motif, town.motif)
        motif = make.motif(
            name="Atelier",
            collective=True,
            seats=2,
            territory_id=other.territory_id,
            organisation_id=other.organisation_id,
            service_id=other.service_id,
        )
        people = [make.citizen(territory_id=other.territory_id, last_name=f"Petit{n}").id for n in range(3)]
        for citizen_id in people:
            known = {"organisation_id": other.organisation_id, "created_at": clock.now()}
            session.add(CitizenOrganisation(citizen_id=citizen_id, **known))
        typed = {
            "motif": motif.id,
            "title": "Atelier budget",
            "seats": 2,
            "day": "2026-11-25",
            "starts": "10:00",
            "place": town.place,
            "agent": town.agenda,
        }
        return {"typed": typed, "people": people}


def last(database: Database) -> Appointment:
    with database.reading() as session:
        found = session.scalars(select(Appointment).order_by(Appointment.id.desc())).first()
        assert found
        assert found.participations is not None
        return found


def test_it_is_opened_filled_over_booked_when_accepted_and_left(
    claire: FlaskClient, database: Database, workshop: dict[str, Any]
) -> None:
    answer = claire.post(NEW, data=workshop["typed"])
    made = last(database)
    assert answer.location.endswith(made.reference)
    assert (made.title, made.seats, made.participations) == ("Atelier budget", 2, [])
    page = read(claire.get(LIST))
    assert "Atelier budget" in page
    assert "0 inscrit sur 2" in page

    add = f"/agent/rendez-vous/{made.reference}/ajouter"
    assert "Petit0" in read(claire.post(add, data={"search": "petit0"}))
    for citizen_id in workshop["people"][:2]:
        assert claire.post(add, data={"citizen": citizen_id}).status_code == 303
    assert "2 inscrits sur 2" in read(claire.get(LIST))
    assert "Complet" in read(claire.get(LIST))
    assert "Aucun RDV collectif ne correspond" in read(claire.get(f"{LIST}?places=y"))
    third = {"citizen": workshop["people"][2]}
    assert "Toutes les places sont prises" in read(claire.post(add, data=third))
    assert len(last(database).participations) == 2
    claire.post(add, data=third | {"accepted": "full", "mute": "1"})
    assert len(last(database).seated) == 3
    with database.reading() as session:
        assert len(session.scalars(select(Message).where(~Message.to_compose)).all()) == 2
    assert "accepté : plus de personnes que de places" in read(claire.get(answer.location))

    leave = f"/agent/rendez-vous/{made.reference}/annuler?usager={workshop['people'][0]}"
    assert "Petit0" in read(claire.get(leave))
    claire.post(leave, data={"by": "usager"})
    assert last(database).status is Status.PLANNED
    assert len(last(database).seated) == 2


def test_all_that_is_missing_is_said_and_kept(
    claire: FlaskClient, town: Town, database: Database, workshop: dict[str, Any]
) -> None:
    before = last(database).id
    page = read(claire.post(NEW, data=workshop["typed"] | {"title": "", "seats": "0", "agent": "0"}))
    for sentence in ("Saisissez un titre", "Saisissez le nombre de places, de 1 à 1000.", "Choisissez un agent."):
        assert page.count(sentence) == 2, sentence
    assert 'value="2026-11-25"' in page
    assert page.count("Choisissez un motif.") == 0
    individual = read(claire.post(NEW, data=workshop["typed"] | {"motif": town.motif}))
    assert individual.count("Choisissez un motif.") == 2
    assert last(database).id == before


def test_what_speaks_against_it_is_accepted_first(
    claire: FlaskClient, database: Database, workshop: dict[str, Any]
) -> None:
    typed = workshop["typed"] | {"day": "2026-11-24"}  # Claire is away
    page = read(claire.post(NEW, data=typed))
    assert "Claire Martin est indisponible : Réunion de service." in page
    accepted = re.findall(r'name="accepted" value="([^"]+)"', page)

    assert claire.post(NEW, data=typed | {"accepted": accepted}).status_code == 303
    assert last(database).title == "Atelier budget"


def test_nobody_is_added_to_an_individual_one(
    claire: FlaskClient, town: Town, database: Database, workshop: dict[str, Any]
) -> None:
    add = f"/agent/rendez-vous/{town.reference}/ajouter"

    assert claire.post(add, data={"citizen": workshop["people"][0]}).status_code == 409
    assert claire.post(f"/agent/rendez-vous/{town.foreign_reference}/ajouter", data={}).status_code == 404
    assert claire.post(add, data={"citizen": "9999999"}).status_code == 404


def test_a_copy_keeps_all_but_the_day(claire: FlaskClient, database: Database, workshop: dict[str, Any]) -> None:
    claire.post(NEW, data=workshop["typed"])
    page = read(claire.get(f"/agent/rendez-vous/{last(database).reference}"))
    copy = re.search(r'href="(/agent/rdv-collectifs/nouveau\?[^"]+)"', page)
    assert copy

    form = read(claire.get(copy[1]))
    assert 'value="Atelier budget"' in form
    assert 'name="seats" type="text" value="2"' in form or 'value="2"' in form


def test_a_participant_is_made_in_place_unless_known_already(
    claire: FlaskClient, database: Database, workshop: dict[str, Any]
) -> None:
    claire.post(NEW, data=workshop["typed"])
    add = f"/agent/rendez-vous/{last(database).reference}/ajouter"
    typed = {"first_name": "Ana", "last_name": "Nunez", "action": "create"}
    assert "Saisissez le nom" in read(claire.post(add, data=typed | {"last_name": ""}))
    made = claire.post(add, data=typed)
    page = read(claire.get(made.location))
    assert "Ana Nunez" in page
    assert 'name="citizen" value=' in page
    key = made.location.partition("usager=")[2]
    claire.post(add, data={"citizen": key})
    assert [seat.citizen_id for seat in last(database).seated] == [int(key)]

    page = read(claire.post(add, data=typed))
    assert f'value="choose:{key}"' in page
    assert "Déjà inscrit" in read(claire.get(claire.post(add, data={"action": f"choose:{key}"}).location))
    assert claire.post(add, data=typed | {"action": "create-anyway"}).location != made.location
    assert claire.get(f"{add}?usager=999999").status_code == 404
