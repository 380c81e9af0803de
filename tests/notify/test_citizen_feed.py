"""A citizen's own calendar address: whose events, which, and for whom it opens (B17, K-45)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.participation import Participation
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import cancel
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.organisation import Organisation
from rdvdav.notify.citizen_feed import (
    citizen_feed,
    citizen_feed_by_secret,
    note_citizen_feed_read,
    subscribe,
    unsubscribe,
)
from rdvdav.policy.installation import settle
from rdvdav.settings import Settings

HOUR = timedelta(hours=1)


@pytest.fixture
def agenda(make: Maker, session: Session, settings: Settings) -> Agenda:
    settle(session, settings)
    return make.agenda()


@pytest.fixture
def amina(make: Maker) -> Citizen:
    return make.citizen()


def read(session: Session, clock: StoppedClock, secret: str) -> list[icalendar.Component]:
    feed = citizen_feed_by_secret(session, secret)
    assert feed is not None
    text = citizen_feed(session, clock, feed).text()
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

    events = read(session, clock, secret)

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

    assert [str(event["STATUS"]) for event in read(session, clock, secret)] == ["CANCELLED"]
    clock.advance(timedelta(days=7))
    assert read(session, clock, secret) == []


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
            tags.append(citizen_feed(session, clock, feed).etag)
        assert citizen_feed(session, clock, feed).etag == tags[-1]
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
