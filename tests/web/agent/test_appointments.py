"""The page of one appointment, and cancelling it for the service."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from web.agent.town import Town, plain, read

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.outbox.message import Message


def of(database: Database, reference: str) -> Appointment:
    with database.reading() as session:
        return session.scalars(select(Appointment).filter_by(reference=reference)).one()


def test_all_about_an_appointment(claire: FlaskClient, town: Town) -> None:
    page = claire.get(f"/agent/rendez-vous/{town.reference}").get_data(as_text=True)

    for words in (
        "Lundi 23 novembre 2026",
        "de 9 h à 9 h 30",
        "Passeport",
        "30 minutes",
        "Mairie centrale",
        "Jeanne Roux",
        "06 12 34 56 78",
        'href="tel:+33612345678"',
        'href="mailto:jeanne@exemple.test"',
        "Claire Martin",
        town.reference,
        "À renseigner",
    ):
        assert words in page


@pytest.mark.parametrize("action", ["", "/annuler"])
def test_a_foreign_appointment_answers_as_an_unknown_one(claire: FlaskClient, town: Town, action: str) -> None:
    answers = [
        claire.get(f"/agent/rendez-vous/{reference}{action}")
        for reference in (town.foreign_reference, "unknown1", "%00", "a'b", "é", "x" * 3000)
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({plain(answer) for answer in answers}) == 1


def test_cancelling_is_confirmed_first_then_told_and_written_down(
    claire: FlaskClient, town: Town, database: Database
) -> None:
    path = f"/agent/rendez-vous/{town.reference}"

    page = claire.get(f"{path}/annuler").get_data(as_text=True)
    assert "Une personne est prévenue par e-mail." in page
    assert "Garder le rendez-vous" in page
    assert of(database, town.reference).status == Status.PLANNED

    answer = claire.post(f"{path}/annuler", data={"reason": "Agent\0 malade\r\nDésolé", "tell": "y"})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    cancelled = of(database, town.reference)
    assert cancelled.status == Status.CANCELLED_BY_STAFF
    assert cancelled.cancel_reason == "Agent malade\nDésolé"
    page = claire.get(path).get_data(as_text=True)
    for words in (
        "est annulé",
        "Claire Martin (agent)",
        "Agent malade",
        "jeanne@exemple.test",
        "Annulation",
        "En attente",
    ):
        assert words in page
    assert "/annuler" not in page


def test_cancelling_twice_tells_once(claire: FlaskClient, town: Town, database: Database) -> None:
    path = f"/agent/rendez-vous/{town.reference}/annuler"

    assert [claire.post(path, data={"tell": "y"}).status_code for _ in range(2)] == [303, 303]
    with database.reading() as session:
        assert len(session.scalars(select(Message).where(~Message.to_compose)).all()) == 1


def test_what_has_an_outcome_is_not_cancelled(claire: FlaskClient, town: Town, database: Database) -> None:
    with database.transaction() as session:
        session.scalars(select(Appointment).filter_by(reference=town.reference)).one().become(Status.DONE)
    path = f"/agent/rendez-vous/{town.reference}"

    assert "/annuler" not in claire.get(path).get_data(as_text=True)
    assert claire.get(f"{path}/annuler").status_code == 403
    answer = claire.post(f"{path}/annuler", data={})
    assert answer.status_code == 403
    assert "ne peut plus être annulé" in answer.get_data(as_text=True)
    assert of(database, town.reference).status == Status.DONE


def test_messages_say_their_state(claire: FlaskClient, town: Town, database: Database, clock: StoppedClock) -> None:
    path = f"/agent/rendez-vous/{town.reference}"
    claire.post(f"{path}/annuler", data={"tell": "y"})

    def state(**columns: object) -> str:
        with database.transaction() as session:
            row = session.scalars(select(Message).where(~Message.to_compose)).one()
            for name, value in columns.items():
                setattr(row, name, value)
        return claire.get(path).get_data(as_text=True)

    assert "En échec (3 essais)" in state(tries=3)
    assert "Abandonné" in state(dropped_at=clock.now())
    assert "Envoyé le 23/11/2026 à 08:00" in state(sent_at=clock.now())


def test_nobody_is_told_where_no_participant_reads_mail(claire: FlaskClient, town: Town, database: Database) -> None:
    with database.transaction() as session:
        appointment = session.scalars(select(Appointment).filter_by(reference=town.reference)).one()
        appointment.participations[0].by_email = False

    assert "Pensez à appeler" in claire.get(f"/agent/rendez-vous/{town.reference}/annuler").get_data(as_text=True)


def test_who_cancels_at_whose_wish_and_untold_is_kept(claire: FlaskClient, town: Town, database: Database) -> None:
    path = f"/agent/rendez-vous/{town.reference}"
    page = claire.get(f"{path}/annuler?par=usager").get_data(as_text=True)
    assert 'value="usager" checked' in page

    claire.post(f"{path}/annuler", data={"by": "usager"})

    assert of(database, town.reference).status is Status.CANCELLED_BY_CITIZEN
    assert "personne n'a été prévenu" in read(claire.get(path)).lower()
    with database.reading() as session:
        assert session.scalars(select(Message).where(~Message.to_compose)).all() == []


def test_a_copy_and_a_follow_up_are_filled_in(claire: FlaskClient, town: Town, database: Database) -> None:
    page = read(claire.get(f"/agent/rendez-vous/{town.reference}"))
    citizen = of(database, town.reference)
    with database.reading() as session:
        citizen_id = session.get_one(Appointment, citizen.id).participations[0].citizen_id

    same = f"motif={town.motif}&lieu={town.place}&agent={town.agenda}&duree=30"
    assert f'href="/agent/rendez-vous/nouveau?usager={citizen_id}&{same}"' in page
    assert f'href="/agent/trouver-un-rdv?motif={town.motif}&usager={citizen_id}"' in page


@pytest.mark.parametrize("to", ["", "0", "-5", "x", "foreign"])
def test_nobody_but_a_free_colleague_is_given_an_appointment(
    claire: FlaskClient, town: Town, database: Database, to: str
) -> None:
    path = f"/agent/rendez-vous/{town.reference}/reattribuer"
    answer = claire.post(path, data={"to": str(town.foreign_agenda) if to == "foreign" else to})

    assert answer.status_code in {200, 409}
    assert "Aucun autre agent ne reçoit" in read(answer)
