"""« Nouveau rendez-vous »: every button keeps what is typed, warnings are accepted one by one, nothing is made twice."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from make import Maker
from sqlalchemy import select
from web.agent.town import Town, read, signed_in

from rdvdav.agenda.appointment import Appointment
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.question import Question, QuestionKind
from rdvdav.outbox.message import Message

NEW = "/agent/rendez-vous/nouveau"


@pytest.fixture
def jeanne(town: Town, database: Database, clock: StoppedClock) -> int:
    """Jeanne Roux, whom the town hall knows."""
    with database.transaction() as session:
        citizen = session.scalars(select(Citizen).where(Citizen.first_name == "Jeanne")).one()
        organisation = session.scalars(select(Organisation.id).where(Organisation.slug == "sainte-anne")).one()
        known = {"organisation_id": organisation, "created_at": clock.now()}
        session.add(CitizenOrganisation(citizen_id=citizen.id, **known))
        return citizen.id


@pytest.fixture
def typed(town: Town, jeanne: int) -> dict[str, Any]:
    """A free half-hour on Wednesday, told by e-mail."""
    return {
        "motif": town.motif,
        "citizen": jeanne,
        "day": "2026-11-25",
        "starts": "09:30",
        "minutes": "",
        "place": town.place,
        "agent": town.agenda,
        "told": jeanne,
        "action": "book",
    }


def answers_in(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def appointments(database: Database) -> list[Appointment]:
    with database.reading() as session:
        return list(session.scalars(select(Appointment).order_by(Appointment.id)))


def test_an_address_fills_the_form_in(claire: FlaskClient, town: Town, jeanne: int) -> None:
    page = read(
        claire.get(
            f"{NEW}?motif={town.motif}&usager={jeanne}&jour=2026-11-25&heure=09:30&lieu={town.place}&agent={town.agenda}"
        )
    )

    assert "Jeanne Roux" in page
    assert "Mercredi 25 novembre 2026 de 9 h 30 à 10 h, avec Claire Martin" in page
    assert "reçoit une confirmation à l'adresse jeanne@exemple.test" in page
    assert "Avertissements" not in page


@pytest.mark.parametrize(
    "query",
    [
        "motif=x&jour=demain&heure=25:99&duree=-3&lieu=z&agent=&usager=",
        "motif=99999999999999999999&agent=99999999999999999999&heure=09:30%2B01:00&duree=99999",
        "agenda=1&motif=-1&usager=-5&jour=0001-01-01",
    ],
)
def test_what_an_address_can_not_mean_is_left_out(claire: FlaskClient, query: str) -> None:
    assert claire.get(f"{NEW}?{query}").status_code == 200


@pytest.mark.parametrize("query", ["usager=99999", "usager=foreign"])
def test_people_out_of_sight_are_not_found(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, query: str
) -> None:
    with database.transaction() as session:
        stranger = Maker(session, clock).citizen().id

    assert claire.get(f"{NEW}?{query.replace('foreign', str(stranger))}").status_code == 404


def test_a_slot_becomes_an_appointment_told_and_shown(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]
) -> None:
    answer = claire.post(NEW, data=typed)

    booked = appointments(database)[-1]
    assert answer.status_code == 303
    assert answer.location.endswith(f"/agent/rendez-vous/{booked.reference}")
    page = read(claire.get(answer.location))
    assert "Le rendez-vous du mercredi 25 novembre 2026 à 9 h 30 est créé." in page
    assert "Une confirmation part à l'adresse jeanne@exemple.test." in page
    assert "Claire Martin (agent)" in page
    with database.reading() as session:
        assert session.scalars(select(Message.recipient)).all() == ["jeanne@exemple.test"]


@pytest.mark.parametrize("told", [True, False])
def test_who_answers_for_a_child_is_told_or_not(
    claire: FlaskClient, database: Database, clock: StoppedClock, typed: dict[str, Any], jeanne: int, told: bool
) -> None:
    with database.transaction() as session:
        mother = session.get_one(Citizen, jeanne)
        child = Maker(session, clock).citizen(
            territory_id=mother.territory_id, email=None, first_name="Sami", responsible_id=jeanne
        )
        here = session.scalars(select(CitizenOrganisation.organisation_id)).first()
        known = {"citizen_id": child.id, "organisation_id": here, "created_at": clock.now()}
        session.add(CitizenOrganisation(**known))
        child_id = child.id
    page = read(claire.get(f"{NEW}?usager={child_id}"))
    assert f'name="told" value="{child_id}" checked' in page

    answer = claire.post(NEW, data=typed | {"citizen": child_id, "told": child_id if told else ""})

    page = read(claire.get(answer.location))
    assert ("Une confirmation part à l'adresse jeanne@exemple.test." in page) is told
    assert "Joint par l'intermédiaire de Jeanne" in re.sub(r"<[^>]*>|\s+", " ", page).replace("  ", " ").replace(
        "  ", " "
    )
    with database.reading() as session:
        assert session.scalars(select(Message.recipient)).all() == ["jeanne@exemple.test"] * told


def test_all_that_is_missing_is_said_at_once_and_nothing_is_lost(claire: FlaskClient, database: Database) -> None:
    before = len(appointments(database))
    page = read(claire.post(NEW, data={"action": "book", "minutes": "vingt", "day": "26/11/2026"}))

    for sentence in (
        "Choisissez un motif.",
        "Saisissez une heure, par exemple 09:30.",
        "Saisissez un nombre en chiffres, par exemple 2.",
    ):
        assert page.count(sentence) == 2, sentence
    assert 'value="26/11/2026"' in page
    assert len(appointments(database)) == before


def test_who_where_and_with_whom_must_be_said(claire: FlaskClient, typed: dict[str, Any]) -> None:
    page = read(claire.post(NEW, data=typed | {"citizen": "", "place": "0", "agent": "0"}))

    for sentence in (
        "Choisissez l'usager : recherchez-le ou créez sa fiche.",
        "Choisissez le lieu où l'usager est reçu pour ce motif, ou saisissez une autre adresse.",
        "Choisissez un agent.",
    ):
        assert page.count(sentence) == 2, sentence


def test_warnings_are_listed_accepted_and_kept_in_the_history(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]
) -> None:
    on_monday = typed | {"day": "2026-11-24", "starts": "09:00"}
    page = read(claire.post(NEW, data=on_monday))

    assert "Claire Martin est indisponible : Réunion de service." in page
    assert "Cochez chaque avertissement pour créer quand même le rendez-vous." in page
    accepted = re.findall(r'name="accepted" value="([^"]+)"', page)
    assert len(accepted) == 1
    answer = claire.post(NEW, data=on_monday | {"accepted": accepted})
    assert "accepté : indisponibilité" in read(claire.get(answer.location))
    assert not appointments(database)[-1].overlap_accepted


def test_sending_twice_warns_of_the_first(claire: FlaskClient, database: Database, typed: dict[str, Any]) -> None:
    claire.post(NEW, data=typed)
    page = read(claire.post(NEW, data=typed))

    assert "Claire Martin a déjà un rendez-vous de 9 h 30 à 10 h : Jeanne Roux, Passeport." in page
    assert "L'usager a déjà un rendez-vous pour ce motif ce jour-là, à 9 h 30." in page
    accepted = re.findall(r'name="accepted" value="([^"]+)"', page)
    claire.post(NEW, data=typed | {"accepted": accepted})
    assert appointments(database)[-1].overlap_accepted


def test_people_are_searched_and_chosen_with_all_else_kept(
    claire: FlaskClient, town: Town, typed: dict[str, Any], jeanne: int
) -> None:
    searching = typed | {"citizen": "", "search": "ROUX", "action": "find"}
    page = read(claire.post(NEW, data=searching))
    assert "Choisir cet usager" in page
    assert "06 12 34 56 78" in page

    answer = claire.post(NEW, data=searching | {"action": f"choose:{jeanne}"})
    kept = answers_in(answer.location)
    assert kept == {
        "motif": [str(town.motif)],
        "usager": [str(jeanne)],
        "jour": ["2026-11-25"],
        "heure": ["09:30"],
        "lieu": [str(town.place)],
        "agent": [str(town.agenda)],
    }
    assert "ROUX" not in answer.location
    dropped = claire.post(NEW, data=typed | {"action": f"drop:{jeanne}"})
    assert "usager" not in answers_in(dropped.location)
    assert "Aucun usager trouvé" in read(claire.post(NEW, data=searching | {"search": "zzz"}))


def test_a_record_is_made_in_place(claire: FlaskClient, database: Database, typed: dict[str, Any]) -> None:
    person = {"first_name": "Paul", "last_name": "Durand", "phone": "06 11 22 33 44", "email": "Paul@Exemple.test"}
    answer = claire.post(NEW, data=typed | person | {"citizen": "", "action": "create"})

    with database.reading() as session:
        made = session.scalars(select(Citizen).where(Citizen.last_name == "Durand")).one()
    assert (made.phone, made.email) == ("+33611223344", "paul@exemple.test")
    assert answers_in(answer.location)["usager"] == [str(made.id)]
    page = read(claire.get(answer.location))
    assert "La fiche de Paul Durand est créée." in page
    assert "Durand" not in answer.location


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("first_name", "", "Saisissez le prénom de l'usager."),
        ("phone", "12", "Saisissez un numéro de téléphone, par exemple 06 12 34 56 78."),
        ("email", "paul@", "Saisissez une adresse e-mail, par exemple nom@exemple.fr."),
        ("birth_date", "2030-01-01", "Saisissez une date de naissance passée."),
        ("birth_date", "1066-01-01", "Saisissez une date de naissance passée."),
    ],
)
def test_a_record_that_can_not_be_is_not_made(
    claire: FlaskClient, database: Database, typed: dict[str, Any], field: str, value: str, sentence: str
) -> None:
    person = {"first_name": "Paul", "last_name": "Durand", field: value}
    page = read(claire.post(NEW, data=typed | person | {"citizen": "", "action": "create"}))

    assert page.count(sentence) == 2
    with database.reading() as session:
        assert session.scalar(select(Citizen.id).where(Citizen.last_name == "Durand")) is None


def test_a_likely_double_is_shown_before_a_second_record_is_made(
    claire: FlaskClient, database: Database, typed: dict[str, Any], jeanne: int
) -> None:
    same_name = typed | {"citizen": "", "first_name": "jeanne", "last_name": "ROUX", "action": "create"}
    assert "Cet usager est peut-être déjà connu" in read(claire.post(f"{NEW}/doublons", data=same_name))
    page = read(claire.post(NEW, data=same_name))
    assert f'value="choose:{jeanne}"' in page

    assert claire.post(NEW, data=same_name | {"action": "create-anyway"}).status_code == 303
    same_email = same_name | {"email": "jeanne@exemple.test"}
    page = read(claire.post(NEW, data=same_email | {"action": "create-anyway"}))
    assert "une seconde fiche ne peut pas la porter" in page
    assert "créer quand même" not in page


def test_who_is_known_elsewhere_is_masked_and_can_be_attached(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, typed: dict[str, Any]
) -> None:
    with database.transaction() as session:
        territory = session.scalars(select(Organisation).where(Organisation.slug == "sainte-anne")).one().territory_id
        make = Maker(session, clock)
        hidden = make.citizen(territory_id=territory, first_name="Zoé", last_name="Quint", email="zoe@exemple.test").id
    typed_in = typed | {"citizen": "", "first_name": "Z", "last_name": "Q", "email": "zoe@exemple.test"}
    page = read(claire.post(NEW, data=typed_in | {"action": "create"}))
    assert "Z… Q…" in page
    assert "Quint" not in page

    answer = claire.post(NEW, data=typed_in | {"action": "attach"})
    assert answers_in(answer.location)["usager"] == [str(hidden)]
    assert "Zoé Quint" in read(claire.get(answer.location))


def test_the_preview_alone_says_what_speaks_against_it(claire: FlaskClient, town: Town, typed: dict[str, Any]) -> None:
    page = read(claire.post(f"{NEW}/apercu", data=typed | {"day": "2026-11-23", "starts": "07:00"}))

    assert "Cette heure est déjà passée." in page
    assert "<html" not in page


def test_an_appointment_out_of_sight_leads_back_to_the_search(
    town: Town, database: Database, clock: StoppedClock, typed: dict[str, Any], claire: FlaskClient
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        organisation = session.scalars(select(Organisation).where(Organisation.slug == "sainte-anne")).one()
        service = make.service(territory_id=organisation.territory_id)
        neighbour = make.agent(organisation=organisation, services=[service]).id
    browser = signed_in(town, database, clock, neighbour)

    answer = browser.post(NEW, data=typed)
    assert answer.location.endswith(f"/agent/trouver-un-rdv?motif={town.motif}")
    assert "est créé" in read(browser.get(answer.location))
    taken = read(browser.post(NEW, data=typed | {"starts": "09:30"}))
    assert "Ce créneau vient d'être pris." in taken
    assert "Mercredi 25 novembre 2026 à 10 h" in taken


@pytest.mark.parametrize("minutes", ["0", "-5", "1441", "9" * 30, "x"])
def test_a_duration_that_can_not_be_is_said_and_breaks_nothing(
    claire: FlaskClient, database: Database, typed: dict[str, Any], minutes: str
) -> None:
    before = len(appointments(database))

    assert claire.post(f"{NEW}/apercu", data=typed | {"minutes": minutes}).status_code == 200
    page = read(claire.post(NEW, data=typed | {"minutes": minutes}))
    assert page.count("Saisissez une durée" if minutes != "x" else "Saisissez un nombre") == 2
    assert len(appointments(database)) == before


def test_a_time_that_clocks_skip_is_the_first_one_after_it(claire: FlaskClient, typed: dict[str, Any]) -> None:
    page = read(claire.post(f"{NEW}/apercu", data=typed | {"day": "2027-03-28", "starts": "02:30"}))

    assert "Dimanche 28 mars 2027 de 3 h à 3 h 30, avec Claire Martin" in page


def test_two_hundred_agents_cost_as_many_statements_as_two(
    town: Town,
    database: Database,
    clock: StoppedClock,
    claire: FlaskClient,
    typed: dict[str, Any],
    statements: Callable[[Database], Any],
) -> None:
    address = f"{NEW}?motif={town.motif}&jour=2026-11-25&heure=09:00&lieu={town.place}&agent={town.agenda}"

    def cost() -> int:
        with statements(database) as sent:
            assert claire.get(address).status_code == 200
            assert claire.post(f"{NEW}/apercu", data=typed).status_code == 200
        return len(sent)

    before = cost()
    with database.transaction() as session:
        make = Maker(session, clock)
        organisation = session.scalars(select(Organisation).where(Organisation.slug == "sainte-anne")).one()
        motif = session.get_one(Motif, town.motif)
        make._first[Organisation] = organisation
        for _ in range(200):
            agent = make.agent(organisation=organisation, services=[motif.service])
            make.opening_range(make.agenda_of(agent), [motif], place_id=town.place)

    assert cost() == before


def test_two_people_come_together_and_one_is_not_told(
    claire: FlaskClient, database: Database, typed: dict[str, Any], jeanne: int
) -> None:
    person = {"first_name": "Paul", "last_name": "Durand", "email": "paul@exemple.test"}
    answer = claire.post(NEW, data=typed | person | {"action": "create"})
    [paul] = {int(key) for key in answers_in(answer.location)["usager"]} - {jeanne}
    assert "muet" not in answers_in(answer.location)
    page = read(claire.get(answer.location))
    assert f'name="told" value="{paul}" checked' in page
    assert "Rendez-vous du 25 novembre" in page  # the message, as it would leave

    both = typed | {"citizen": [jeanne, paul], "told": paul}
    dropped = claire.post(NEW, data=both | {"action": f"drop:{paul}"})
    assert answers_in(dropped.location)["muet"] == [str(jeanne)]
    claire.post(NEW, data=both)

    booked = appointments(database)[-1]
    with database.reading() as session:
        booked = session.get_one(Appointment, booked.id)
        assert {seat.citizen_id: seat.by_email for seat in booked.participations} == {jeanne: False, paul: True}
        assert booked.seats == 1
        assert session.scalars(select(Message.recipient)).all() == ["paul@exemple.test"]


def test_who_among_several_is_out_of_sight_books_nothing(
    claire: FlaskClient, database: Database, clock: StoppedClock, typed: dict[str, Any], jeanne: int
) -> None:
    with database.transaction() as session:
        stranger = Maker(session, clock).citizen().id
    before = len(appointments(database))

    assert claire.post(NEW, data=typed | {"citizen": [jeanne, stranger]}).status_code == 404
    assert len(appointments(database)) == before


def test_another_address_is_kept_while_people_are_chosen_shown_and_copied(
    claire: FlaskClient, typed: dict[str, Any], jeanne: int
) -> None:
    hall = {"address": "Salle des fêtes, Vernay", "place": 0}
    chosen = claire.post(NEW, data=typed | hall | {"citizen": "", "action": f"choose:{jeanne}"})
    assert "Vernay" not in chosen.location
    assert 'value="Salle des fêtes, Vernay"' in read(claire.get(chosen.location))
    assert 'value="Salle des fêtes, Vernay"' not in read(claire.get(NEW))

    page = read(claire.post(NEW, data=typed | hall))
    keys = re.findall(r'name="accepted"[^>]* value="([^"]+)"', page)
    made = claire.post(NEW, data=typed | hall | {"accepted": keys})
    page = read(claire.get(made.location))
    assert "Salle des fêtes, Vernay" in page
    [again] = re.findall(r'href="(/agent/rendez-vous/nouveau[^"]*copie=[^"]*)"', page)
    assert 'value="Salle des fêtes, Vernay"' in read(claire.get(unescape(again)))
    for path in (
        "/agent/agenda?vue=liste&jour=2026-11-25",
        "/agent/rendez-vous?periode=tout",
        f"/agent/usagers/{jeanne}",
    ):
        assert "Salle des fêtes, Vernay" in read(claire.get(path)), path


def test_an_agent_answers_for_the_citizen_and_reads_it_on_the_page(
    claire: FlaskClient, town: Town, database: Database, typed: dict[str, Any]
) -> None:
    with database.transaction() as session:
        motif = session.get_one(Motif, town.motif)
        motif.questions = (Question("Combien de photos ?", required=True), Question("Urgent ?", QuestionKind.YES_NO))
    page = read(claire.post(NEW, data=typed | {"action": f"drop:{typed['citizen']}", "question_0": "Deux"}))
    assert "2 questions" in page
    assert 'value="Deux"' in page

    answer = claire.post(NEW, data=typed | {"question_1": "Oui"})

    page = read(claire.get(answer.location))
    assert "Urgent ?" in page
    assert "Combien de photos" not in page
