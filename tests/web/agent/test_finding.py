"""« Trouver un RDV »: all in the address, by place and day, every agent who is free, the next one when there is none (S-6, S05)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from make import Maker
from sqlalchemy import select
from web.agent.town import Town, book, read, signed_in

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.team import Team, TeamMember
from rdvdav.directory.territory import Territory
from rdvdav.slots.why import Cause, NoSlot
from rdvdav_web.agent.reason_words import reason_words

FIND = "/agent/trouver-un-rdv"
WEDNESDAY = date(2026, 11, 25)


def starts_in(page: str) -> list[str]:
    """The times of the buttons, in order."""
    return re.findall(r'class="slot"[^>]*><span aria-hidden="true">([0-9:]+)<', page)


def colleague_opens(database: Database, clock: StoppedClock, town: Town, **columns: Any) -> int:
    """Amina Roy receives for the same motif on Wednesday: her agenda."""
    with database.transaction() as session:
        make = Maker(session, clock)
        make._first[Organisation] = session.scalars(
            select(Organisation).where(Organisation.slug == "sainte-anne")
        ).one()
        agenda = session.get_one(Agenda, town.colleagues_agenda)
        usual = {
            "first_day": WEDNESDAY,
            "recurrence": None,
            "place_id": town.place,
            "opens": time(9),
            "closes": time(10),
        }
        make.opening_range(agenda, [session.get_one(Motif, town.motif)], **(usual | columns))
        return agenda.id


def test_a_motif_is_asked_for_first(claire: FlaskClient, town: Town) -> None:
    page = read(claire.get(FIND))

    assert 'aria-current="page">Trouver un RDV' in page
    assert "Passeport" in page
    assert "Conseil par téléphone" in page
    assert "Permis" not in page
    assert starts_in(page) == []


def test_a_week_of_slots_by_day_past_the_delays_of_citizens(claire: FlaskClient, town: Town) -> None:
    page = read(claire.get(f"{FIND}?motif={town.motif}&du=2027-06-07"))

    assert "<strong>lundi 7 juin 2027 à 9 h</strong></a>, avec Claire Martin" in page
    assert "Mairie centrale" in page
    assert len(starts_in(page)) == 5 * 6
    assert re.findall(r"<h4>(\w+)", page) == ["Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi"]


def test_a_slot_leads_to_the_appointment_all_filled(claire: FlaskClient, town: Town, database: Database) -> None:
    found = claire.get(f"{FIND}?motif={town.motif}&du=2026-11-25").get_data(as_text=True)
    page = read(claire.get(unescape(re.findall(r'class="slot" href="([^"]+)"', found)[0])))

    assert "Mercredi 25 novembre 2026 de 9 h à 9 h 30, avec Claire Martin" in page
    assert "Avertissements" not in page


def test_other_agents_free_at_a_start_are_one_step_away(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    agenda = colleague_opens(database, clock, town)
    page = read(claire.get(f"{FIND}?motif={town.motif}&du=2026-11-25"))

    assert starts_in(page)[:3] == ["09:00", "09:30", "10:00"]
    assert page.count("Choisir l'agent") == 2
    assert "Amina Roy" in page
    alone = read(claire.get(f"{FIND}?motif={town.motif}&du=2026-11-25&agent={agenda}"))
    assert starts_in(alone) == ["09:00", "09:30"]
    assert "Choisir l'agent" not in alone


def test_a_team_narrows_the_agents(claire: FlaskClient, town: Town, database: Database, clock: StoppedClock) -> None:
    with database.transaction() as session:
        service = session.get_one(Motif, town.motif)
        other = Team(territory_id=service.territory_id, name="Volants")
        session.add(other)
        session.flush()
        session.add(TeamMember(team_id=other.id, agent_id=town.bruno))
        volants = other.id
    colleague_opens(database, clock, town)
    address = f"{FIND}?motif={town.motif}&du={WEDNESDAY}&equipe="

    theirs = read(claire.get(f"{address}{volants}"))
    assert starts_in(theirs) == ["09:00", "09:30"]
    assert "Choisir l'agent" not in theirs
    assert "Choisir l'agent" in read(claire.get(f"{address}999999"))
    assert len(starts_in(read(claire.get(f"{address}{town.team}")))) > 2


def test_places_stand_apart_and_can_be_chosen(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    colleague_opens(database, clock, town, place_id=town.annexe)
    page = read(claire.get(f"{FIND}?motif={town.motif}&du=2026-11-25"))
    assert page.index("<h3>Mairie annexe") < page.index("<h3>Mairie centrale")

    annexe = read(claire.get(f"{FIND}?motif={town.motif}&du=2026-11-25&lieu={town.annexe}"))
    assert starts_in(annexe) == ["09:00", "09:30"]
    assert "<h3>Mairie centrale" not in annexe


def test_an_empty_span_tells_the_next_one(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    agenda = colleague_opens(database, clock, town, first_day=date(2027, 2, 1))
    page = read(claire.get(f"{FIND}?motif={town.motif}&agent={agenda}"))

    assert "Aucun créneau sur ces jours." in page
    assert "Prochaine disponibilité : <a" in page
    assert "lundi 1er février 2027 à 9 h</a>" in page
    assert "du=2027-02-01" in page


def test_what_is_taken_is_not_offered(claire: FlaskClient, town: Town, database: Database, clock: StoppedClock) -> None:
    book(database, clock, town, 9, 30, WEDNESDAY)

    page = read(claire.get(f"{FIND}?motif={town.motif}&du=2026-11-25"))
    assert starts_in(page)[:2] == ["09:00", "10:00"]


def test_widening_reaches_other_services_and_organisations_open_to_referrers(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        organisation = session.scalars(select(Organisation).where(Organisation.slug == "sainte-anne")).one()
        here = {"organisation_id": organisation.id, "territory_id": organisation.territory_id}
        other = make.service(name="Urbanisme proche", territory_id=organisation.territory_id)
        closed = make.motif(name="Cadastre", service_id=other.id, bookable_by=BookableBy.AGENTS, **here).id

    assert "Cadastre" not in read(claire.get(FIND))
    widened = read(claire.get(f"{FIND}?large=1"))
    assert "Cadastre" in widened
    assert "Mairie de Loin – Urbanisme" in widened
    assert "Cadastre" in read(claire.get(f"{FIND}?motif={closed}"))


def test_what_widening_finds_next_door_is_booked_there(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        here = session.get_one(Organisation, town.organisation)
        make._first |= {
            Territory: session.get_one(Territory, town.territory),
            Service: session.get_one(Service, town.service),
        }
        known = {"organisation_id": here.id, "created_at": clock.now()}
        citizen = make.citizen(territory_id=here.territory_id)
        session.add(CitizenOrganisation(citizen_id=citizen.id, **known))
        there = make.organisation(name="Maison du canton")
        make._first |= {Organisation: there, Place: make.place(organisation_id=there.id)}
        of_it = {"organisation_id": there.id}
        opened = make.motif(name="Accompagnement", bookable_by=BookableBy.REFERRERS, **of_it)
        kept = make.motif(name="Commission interne", bookable_by=BookableBy.AGENTS, **of_it)
        agenda = make.agenda_of(make.agent(organisation=there))
        make.opening_range(agenda, [opened, kept])
        who, motif, home = citizen.id, opened.id, there.id

    assert "Accompagnement" not in read(claire.get(FIND))
    widened = read(claire.get(f"{FIND}?large=1"))
    assert "Maison du canton – " in widened
    assert "Accompagnement" in widened
    assert "Commission interne" not in widened
    page = read(claire.get(f"{FIND}?large=1&motif={motif}&usager={who}&du={WEDNESDAY}"))
    link = next(
        unescape(url) for url in re.findall(r'href="(/agent/rendez-vous/nouveau[^"]*)"', page) if "heure" in url
    )
    fields = parse_qs(urlsplit(link).query)
    named = {"motif": "motif", "usager": "citizen", "jour": "day", "heure": "starts", "lieu": "place", "agent": "agent"}
    typed = {named[name]: value for name, value in fields.items()}
    assert claire.post("/agent/rendez-vous/nouveau", data=typed | {"action": "book"}).status_code == 303
    with database.reading() as session:
        made = session.scalars(select(Appointment).where(Appointment.motif_id == motif)).one()
        assert (made.organisation_id, [seat.citizen_id for seat in made.participations]) == (home, [who])
        knowing = select(CitizenOrganisation.organisation_id).where(CitizenOrganisation.citizen_id == who)
        assert set(session.scalars(knowing)) == {town.organisation, home}


def test_a_service_narrows_the_motifs(claire: FlaskClient, town: Town, database: Database) -> None:
    with database.reading() as session:
        service = session.get_one(Motif, town.foreign_motif).service_id

    page = read(claire.get(f"{FIND}?large=1&service={service}"))
    assert "Permis" in page
    assert ">Passeport (" not in page


def test_the_person_is_found_without_a_name_in_an_address_and_goes_along(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    with database.transaction() as session:
        citizen = session.scalars(select(Citizen).where(Citizen.first_name == "Jeanne")).one()
        organisation = session.scalars(select(Organisation.id).where(Organisation.slug == "sainte-anne")).one()
        session.add(CitizenOrganisation(citizen_id=citizen.id, organisation_id=organisation, created_at=clock.now()))
    answer = claire.post(f"{FIND}?motif={town.motif}&du=2026-11-25", data={"search": "jea rou"})
    [address] = re.findall(r'<li><a href="([^"]+)">Jeanne Roux', answer.get_data(as_text=True))
    assert "jea" not in address.lower()

    page = claire.get(unescape(address))
    assert "Pour Jeanne Roux" in read(page)
    slot = unescape(re.findall(r'class="slot" href="([^"]+)"', page.get_data(as_text=True))[0])
    assert "jeanne@exemple.test" in read(claire.get(slot))


@pytest.mark.parametrize(
    "query",
    ["motif=x&lieu=y&agent=z&du=demain&service=-1&large=peut-etre", "motif=99999999999999999999&usager=x", "du=1"],
)
def test_what_can_not_be_meant_is_left_out(claire: FlaskClient, query: str) -> None:
    assert claire.get(f"{FIND}?{query}").status_code == 200


def test_two_hundred_agents_cost_as_many_statements_as_one(
    town: Town, database: Database, clock: StoppedClock, claire: FlaskClient, statements: Callable[[Database], Any]
) -> None:
    address = f"{FIND}?motif={town.motif}&du=2026-11-25"

    def cost() -> int:
        with statements(database) as sent:
            assert claire.get(address).status_code == 200
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
    page = claire.get(address).get_data()
    assert b"et 192 autres" in page
    assert len(page) < 400_000
    new = f"/agent/rendez-vous/nouveau?motif={town.motif}&jour=2026-11-25&heure=09:00&agent={town.agenda}"
    assert claire.get(new).status_code == 200


def test_a_stranger_finds_nothing_here(town: Town, database: Database, clock: StoppedClock) -> None:
    browser = signed_in(town, database, clock, town.stranger)

    page = read(browser.get(f"{FIND}?motif={town.motif}"))
    # The motif is open to everyone, hence to referrers: it may be searched once it is named, but no agenda is seen.
    assert starts_in(page)
    with database.transaction() as session:
        session.get_one(Motif, town.motif).bookable_by = BookableBy.AGENTS
    assert starts_in(read(browser.get(f"{FIND}?motif={town.motif}"))) == []


REASONS = [
    ("conseil", "", "0 plage d'ouverture porte ce motif.", {"Créer une plage d'ouverture", "Élargir", "Hors créneau"}),
    (
        "passeport",
        "agent={colleague}&lieu={annexe}&apart=1",
        "Aucune plage d'ouverture de cet agent ne porte ce motif",
        {"Tous les agents et lieux", "Élargir", "Hors créneau"},
    ),
    ("passeport", "du=2027-12-20", "Délai maximum atteint.", {"Élargir", "Hors créneau"}),
    ("passeport", "du=2026-11-24&taken=1", "Tout est pris jusqu'au 30 novembre 2026.", {"Élargir", "Hors créneau"}),
    ("passeport", "du=2026-11-24&away=1", "1 agent indisponible.", {"Élargir", "Hors créneau"}),
    ("passeport", "du=2026-11-24&away=1&large=1", "1 agent indisponible.", {"Hors créneau"}),
]


@pytest.mark.parametrize(("motif", "query", "sentence", "remedies"), REASONS)
def test_no_slot_says_why_and_what_can_be_done(
    claire: FlaskClient,
    town: Town,
    database: Database,
    clock: StoppedClock,
    motif: str,
    query: str,
    sentence: str,
    remedies: set[str],
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        agenda = session.get_one(Agenda, town.agenda)
        if "taken" in query:
            one = session.get_one(Motif, town.motif)
            for day in range(24, 31):
                at = datetime(2026, 11, day, 7, tzinfo=UTC)
                make.appointment(agenda, at, motif=one, minutes=300, place=session.get_one(Place, town.place))
        if "apart" in query:
            make._first[Organisation] = session.scalars(
                select(Organisation).where(Organisation.slug == "sainte-anne")
            ).one()
            one = session.get_one(Motif, town.motif)
            make.opening_range(agenda, [one], place_id=town.annexe)
            make.opening_range(session.get_one(Agenda, town.colleagues_agenda), [one], place_id=town.place)
        if "away" in query:
            make.absence(agenda, first_day=date(2026, 11, 24), end_day=date(2026, 12, 1))
    key = {"passeport": town.motif, "conseil": town.phone_motif}[motif]
    page = read(claire.get(f"{FIND}?motif={key}&{query.format(colleague=town.colleagues_agenda, annexe=town.annexe)}"))

    told = page[page.index("Aucun créneau sur ces jours.") : page.index("Jours suivants")]
    assert sentence in told
    assert remedies <= set(re.findall(r">([^<>]+)</a></li>", told))
    if "Élargir" not in remedies:
        assert "Élargir" not in told


def test_every_reason_has_words(town: Town, database: Database) -> None:
    with database.reading() as session, town.app.test_request_context():
        motif = session.get_one(Motif, town.motif)
        words = {cause: reason_words(NoSlot(cause), motif) for cause in Cause}

    assert all(words.values())
    assert len(set(words.values())) == len(Cause)
