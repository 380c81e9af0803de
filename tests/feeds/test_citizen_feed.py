"""A citizen's own calendar address: whose events, which, and for whom it opens (B17, K-45)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.audit.record import SYSTEM, Actor
from rdvdav.booking.cancel import cancel
from rdvdav.booking.staff import book_for
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Modality, Motif, Visibility
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.errors import Stale
from rdvdav.feeds.citizen_events import CitizenEvent, flawed, retire
from rdvdav.feeds.citizen_feed import citizen_feed, citizen_feed_by_secret, note_citizen_feed_read
from rdvdav.feeds.republish import ask_for_motif, ask_for_place, republish_due
from rdvdav.i18n import speaking
from rdvdav.planning.one_appointment import remove_for_good
from rdvdav.policy.installation import settle
from rdvdav.privacy.erase import let_go
from rdvdav.records.merge import merge
from rdvdav.records.subscription import subscribe, unsubscribe, write_feed
from rdvdav.settings import Settings

HOUR = timedelta(hours=1)


@pytest.fixture
def agenda(make: Maker, session: Session, settings: Settings) -> Agenda:
    settle(session, settings)
    return make.agenda()


@pytest.fixture
def amina(make: Maker) -> Citizen:
    return make.citizen()


def read(session: Session, secret: str) -> list[icalendar.Component]:
    feed = citizen_feed_by_secret(session, secret)
    assert feed is not None
    text = citizen_feed(session, feed).text()
    assert not any(word in text for word in ("METHOD", "ORGANIZER", "ATTENDEE"))
    return icalendar.Calendar.from_ical(text).walk("VEVENT")


def test_it_shows_the_appointments_of_the_person_and_the_relatives(
    session: Session, clock: StoppedClock, make: Maker, agenda: Agenda, amina: Citizen
) -> None:
    child = make.citizen(email=None, responsible_id=amina.id)
    mine = make.appointment(agenda, NINE, citizen=amina)
    theirs = make.appointment(agenda, NINE + HOUR, citizen=child)
    make.appointment(agenda, NINE + 2 * HOUR)
    secret = subscribe(session, clock, amina.id, make._the(Organisation).id)
    session.flush()

    events = read(session, secret)

    assert [str(event["UID"]) for event in events] == [each.participations[0].uid for each in (mine, theirs)]
    assert [event["DTSTART"].dt for event in events] == [NINE, NINE + HOUR]


def test_what_is_cancelled_stays_a_week_as_cancelled_and_a_seat_given_up_goes(
    session: Session, clock: StoppedClock, make: Maker, agenda: Agenda, amina: Citizen
) -> None:
    mine = make.appointment(agenda, NINE + timedelta(days=30), citizen=amina)
    shared = make.appointment(agenda, NINE + timedelta(days=31), citizen=amina, seats=3)
    seat = {"territory_id": shared.territory_id, "uid": "second@rdv.example.test", "created_at": clock.now()}
    session.add(Participation(appointment_id=shared.id, citizen_id=make.citizen().id, **seat))
    secret = subscribe(session, clock, amina.id, make._the(Organisation).id)
    session.flush()
    session.expire_all()
    for appointment in (mine, shared):
        cancel(session, clock, appointment.id, Actor.citizen(amina.id))

    assert [str(event["STATUS"]) for event in read(session, secret)] == ["CANCELLED"]
    clock.advance(timedelta(days=7))
    retire(session, clock)
    assert read(session, secret) == []


def test_the_same_text_has_the_same_etag_and_costs_the_same_statements(
    session: Session,
    clock: StoppedClock,
    make: Maker,
    agenda: Agenda,
    amina: Citizen,
    database: Database,
    statements: Callable[[Database], Any],
) -> None:
    secret = subscribe(session, clock, amina.id, make._the(Organisation).id)
    tags, costs = [], []
    for number in range(3):
        make.appointment(agenda, NINE + number * HOUR, citizen=amina)
        session.flush()
        session.expire_all()
        feed = citizen_feed_by_secret(session, secret)
        assert feed is not None
        with statements(database) as seen:
            tags.append(citizen_feed(session, feed).etag)
        assert citizen_feed(session, feed).etag == tags[-1]
        costs.append(len(seen))

    assert len(set(tags)) == 3
    assert len(set(costs)) == 1


def test_a_new_address_closes_the_last_and_none_opens_once_closed(
    session: Session, clock: StoppedClock, make: Maker, agenda: Agenda, amina: Citizen
) -> None:
    first, second = (subscribe(session, clock, amina.id, make._the(Organisation).id) for _ in range(2))
    session.flush()
    assert citizen_feed_by_secret(session, first) is None
    feed = citizen_feed_by_secret(session, second)
    assert feed is not None

    note_citizen_feed_read(session, clock, feed.id, "Thunderbird")
    clock.advance(timedelta(minutes=5))
    note_citizen_feed_read(session, clock, feed.id, "Google Agenda")
    assert feed.last_reader == "Thunderbird"
    unsubscribe(session, amina.id)
    session.flush()

    assert citizen_feed_by_secret(session, second) is None


@dataclass
class Home:
    """Amina, who subscribed, and a child she answers for, with an appointment each."""

    database: Database
    clock: StoppedClock
    amina: int
    child: int
    admin: int
    secret: str
    appointments: tuple[int, int]

    def texts(self) -> list[str]:
        """What the calendar says: lines unfolded, of one event after the other."""
        with self.database.reading() as session:
            feed = citizen_feed_by_secret(session, self.secret)
            assert feed is not None
            events = icalendar.Calendar.from_ical(citizen_feed(session, feed).text()).walk("VEVENT")
            return [f"{event['SUMMARY']} / {event['LOCATION']}" for event in events]


@pytest.fixture
def home(sqlite: Database, clock: StoppedClock, settings: Settings) -> Home:
    with sqlite.transaction() as session:
        settle(session, settings)
        make = Maker(session, clock)
        organisation = make.organisation(name="Mairie")
        make.place(name="Salle", street="1 rue", postcode="11000", city="Aude")
        motif = make.motif(name="Passeport")
        admin = make.agent(role="admin")
        agenda = make.agenda_of(admin)
        amina = make.citizen()
        child = make.citizen(email=None, responsible_id=amina.id)
        booked = [
            make.appointment(agenda, NINE + n * HOUR, motif=motif, citizen=who).id
            for n, who in enumerate((amina, child))
        ]
        secret = subscribe(session, clock, amina.id, organisation.id)
        return Home(sqlite, clock, amina.id, child.id, admin.id, secret, (booked[0], booked[1]))


def rename_motif(session: Session, home: Home) -> None:
    session.scalars(select(Motif)).one().name = "Identité"
    ask_for_motif(session, home.clock, 1)


def hide_motif(session: Session, home: Home) -> None:
    session.scalars(select(Motif)).one().visibility = Visibility.HIDDEN
    ask_for_motif(session, home.clock, 1)


def rename_place(session: Session, home: Home) -> None:
    session.scalars(select(Place)).one().name = "Annexe"
    ask_for_place(session, home.clock, 1)


def remove(session: Session, home: Home) -> None:
    reference = session.get_one(Appointment, home.appointments[1]).reference
    remove_for_good(session, home.clock, home.admin, reference, tell=False)


def merge_with_another(session: Session, home: Home) -> None:
    make, citizen = Maker(session, home.clock), session.get_one(Citizen, home.amina)
    other = make.citizen(territory_id=citizen.territory_id)
    for who in (other, citizen):
        session.add(CitizenOrganisation(citizen_id=who.id, organisation_id=1, created_at=home.clock.now()))
    motif, place, agenda = session.get_one(Motif, 1), session.get_one(Place, 1), session.scalars(select(Agenda)).one()
    make.appointment(agenda, NINE + 2 * HOUR, motif=motif, place=place, citizen=other)
    merge(session, home.clock, home.admin, other.id, home.amina)


def leave_home(session: Session, home: Home) -> None:
    cancel(session, home.clock, home.appointments[1], SYSTEM)
    let_go(session, home.clock, home.amina, home.child)


def book_again(session: Session, home: Home) -> None:
    make, citizen = Maker(session, home.clock), session.get_one(Citizen, home.child)
    motif, place, agenda = session.get_one(Motif, 1), session.get_one(Place, 1), session.scalars(select(Agenda)).one()
    make.appointment(agenda, NINE + 2 * HOUR, motif=motif, place=place, citizen=citizen)


USUAL = "Passeport – Mairie / Salle, 1 rue, 11000 Aude"
CHANGES: list[tuple[Callable[[Session, Home], None], list[str]]] = [
    (rename_motif, [USUAL.replace("Passeport", "Identité")] * 2),
    (hide_motif, []),
    (rename_place, [USUAL.replace("Salle", "Annexe")] * 2),
    (remove, [USUAL]),
    (merge_with_another, [USUAL] * 3),
    (leave_home, [USUAL]),
    (book_again, [USUAL] * 3),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=[each[0].__name__ for each in CHANGES])
def test_every_change_is_written_with_it(
    home: Home, change: Callable[[Session, Home], None], expected: list[str]
) -> None:
    assert home.texts() == [USUAL] * 2

    with home.database.transaction() as session:
        change(session, home)
    while republish_due(home.database, home.clock):
        pass

    assert home.texts() == expected
    with home.database.reading() as session:
        assert flawed(session, home.clock) == []


def test_reading_answers_what_is_stored_and_renders_nothing(home: Home) -> None:
    with home.database.transaction() as session:
        for row in session.scalars(select(CitizenEvent)):
            row.text = row.text.replace("Passeport", "Stocké")
    assert home.texts() == [USUAL.replace("Passeport", "Stocké")] * 2

    with home.database.reading() as session:
        assert flawed(session, home.clock) == [home.amina, home.child]
    with home.database.transaction() as session:
        write_feed(session, home.clock, home.amina)
    assert home.texts() == [USUAL] * 2


def test_who_did_not_subscribe_has_nothing_stored(home: Home) -> None:
    with home.database.transaction() as session:
        unsubscribe(session, home.amina)
        session.flush()
        retire(session, home.clock)
        book_again(session, home)
    with home.database.reading() as session:
        assert session.scalars(select(CitizenEvent)).all() == []


def test_what_is_over_for_longer_than_the_window_goes(home: Home) -> None:
    home.clock.advance(timedelta(days=40))
    with home.database.transaction() as session:
        retire(session, home.clock)
    assert home.texts() == []


def test_the_calendar_of_who_reads_english_is_english(home: Home) -> None:
    with home.database.transaction() as session:
        session.scalars(select(Motif)).one().modality = Modality.PHONE
        session.execute(update(Participation).values(language="en"))
        with speaking("en"):
            home.secret = subscribe(session, home.clock, home.amina, 1)
    with home.database.reading() as session:
        feed = citizen_feed_by_secret(session, home.secret)
        assert feed is not None
        assert "X-WR-CALNAME:My appointments" in citizen_feed(session, feed).text()
    assert home.texts() == ["Passeport – Mairie / By phone"] * 2


def test_whoever_subscribes_while_others_book_misses_nothing(
    database: Database, clock: StoppedClock, settings: Settings
) -> None:
    with database.transaction() as session:
        settle(session, settings)
        make = Maker(session, clock)
        organisation, place = make.organisation(), make.place()
        motif = make.motif(per_citizen_limit=None, ignores_holidays=True)
        rows = [make.agenda() for _ in range(3)]
        for agenda in rows:
            make.opening_range(agenda, [motif], recurrence="FREQ=DAILY")
        agendas = [agenda.id for agenda in rows]
        amina = make.citizen()
        child = make.citizen(email=None, responsible_id=amina.id)
        people, home, motif_id, place_id = (amina.id, child.id), organisation.id, motif.id, place.id

    def books(number: int) -> None:
        with database.transaction() as session:
            booked = book_for(
                session, clock, SYSTEM, agenda_id=agendas[number % 3], motif_id=motif_id, place_id=place_id,
                starts_at=NINE + timedelta(days=number), citizen_id=people[number % 2],
            ).id  # fmt: skip
        if number % 4 == 3:
            with database.transaction() as session:
                cancel(session, clock, booked, SYSTEM)

    def subscribes(number: int) -> None:
        with suppress(Stale), database.transaction() as session:
            subscribe(session, clock, people[0], home)
        if number % 3 == 0:
            with database.transaction() as session:
                unsubscribe(session, people[0])
                session.flush()
                retire(session, clock)

    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(act, number) for number in range(16) for act in (books, subscribes)]
    for each in work:
        each.result()
    with database.transaction() as session:
        secret = subscribe(session, clock, people[0], home)
    for number in range(16, 20):
        books(number)
    with database.reading() as session:
        assert flawed(session, clock) == []
        assert len(read(session, secret)) == 20
