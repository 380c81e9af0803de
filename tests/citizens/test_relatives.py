"""People somebody answers for (B11): whose appointment it is, who hears of it, who may act, and when they go."""

from datetime import date, datetime, timedelta

import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.participation import Participation
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import cancel
from rdvdav.booking.mine import NoSuchAppointment, appointment_of, appointments_of, seated_of
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.citizens.known import attach
from rdvdav.citizens.relative import (
    MOST,
    NoSuchRelative,
    TooManyRelatives,
    add_relative,
    relative_of,
    relatives_of,
)
from rdvdav.clock import StoppedClock
from rdvdav.feeds.change import changing
from rdvdav.notify.announce import announce
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import settle
from rdvdav.privacy.erase import StillComing, erase_own, let_go
from rdvdav.records.relatives import change_relative
from rdvdav.settings import Settings

BORN = date(2018, 5, 4)


@pytest.fixture(autouse=True)
def _settled(session: Session, settings: Settings) -> None:
    settle(session, settings)


@pytest.fixture
def mother(make: Maker) -> Citizen:
    return make.citizen(first_name="Amina", last_name="Benali", email="amina@exemple.test", phone="+33612345678")


@pytest.fixture
def child(session: Session, clock: StoppedClock, mother: Citizen) -> Citizen:
    return add_relative(session, clock, mother.id, "Sami", "Benali", BORN)


def test_a_relative_is_added_once_and_twenty_at_most(
    session: Session, clock: StoppedClock, mother: Citizen, child: Citizen
) -> None:
    assert add_relative(session, clock, mother.id, "Sami", "Benali", BORN) is child
    for number in range(MOST - 1):
        add_relative(session, clock, mother.id, f"Enfant {number}", "Benali", BORN)
    with pytest.raises(TooManyRelatives):
        add_relative(session, clock, mother.id, "Une de trop", "Benali", BORN)
    with pytest.raises(TooManyRelatives):  # one level only
        add_relative(session, clock, child.id, "Poupée", "Benali", BORN)
    assert len(relatives_of(session, mother.id)) == MOST


def test_only_who_answers_for_somebody_reads_and_changes_the_record(
    session: Session, clock: StoppedClock, make: Maker, mother: Citizen, child: Citizen
) -> None:
    stranger = make.citizen()
    change_relative(session, clock, mother.id, child.id, "Samy", "Benali", date(2018, 5, 5))
    assert (child.first_name, child.birth_date) == ("Samy", date(2018, 5, 5))
    for who, whom in ((stranger.id, child.id), (child.id, child.id), (mother.id, stranger.id)):
        with pytest.raises(NoSuchRelative):
            relative_of(session, who, whom)
        with pytest.raises(NoSuchRelative):
            change_relative(session, clock, who, whom, "X", "Y", BORN)
        with pytest.raises(NoSuchRelative):
            let_go(session, clock, who, whom)


@pytest.mark.parametrize(
    ("own", "wants", "told"),
    [
        (None, True, "amina@exemple.test"),
        ("sami@exemple.test", True, "sami@exemple.test"),
        (None, False, None),
    ],
)
def test_messages_go_to_who_answers_for_a_person_without_address(
    session: Session,
    clock: StoppedClock,
    make: Maker,
    mother: Citizen,
    child: Citizen,
    own: str | None,
    wants: bool,
    told: str | None,
) -> None:
    child.email, mother.mails_wanted = own, wants
    appointment = make.appointment(make.agenda(), NINE, citizen=child)

    with changing(session, clock, [claim.agenda_id for claim in appointment.claims]):
        announce(session, clock, Event.APPOINTMENT_CREATED, appointment)

    messages = session.scalars(select(Message).where(Message.citizen_id.is_not(None))).all()
    assert [message.recipient for message in messages] == ([told] if told else [])
    assert all("Sami Benali" in f"{message.text} {message.calendar}" for message in messages)
    assert child.called == "+33612345678"


def test_who_answers_for_a_person_sees_and_cancels_the_appointment(
    session: Session, clock: StoppedClock, make: Maker, mother: Citizen, child: Citizen
) -> None:
    shared = make.appointment(make.agenda(), NINE + timedelta(days=7), citizen=mother, seats=4)
    seat = {"territory_id": shared.territory_id, "uid": "second@rdv.example.test", "created_at": clock.now()}
    session.add(Participation(appointment_id=shared.id, citizen_id=child.id, **seat))
    session.flush()
    session.expire_all()

    assert appointments_of(session, mother.id) == [shared]
    assert seated_of(shared, mother.id) == [mother, child]
    assert seated_of(shared, child.id) == [child]
    with pytest.raises(NoSuchAppointment):
        appointment_of(session, make.citizen().id, shared.reference)
    cancel(session, clock, shared.id, Actor.citizen(mother.id), citizen_id=child.id)

    assert [each.citizen_id for each in shared.seated] == [mother.id]


def test_a_relative_goes_once_nothing_is_to_come_and_only_what_nobody_else_knows_is_erased(
    session: Session, clock: StoppedClock, make: Maker, mother: Citizen, child: Citizen
) -> None:
    make.appointment(make.agenda(), NINE, citizen=child)
    baby = add_relative(session, clock, mother.id, "Lina", "Benali", BORN)
    with pytest.raises(StillComing):
        let_go(session, clock, mother.id, child.id)
    with pytest.raises(StillComing):
        erase_own(session, clock, mother.id)
    clock.advance(timedelta(days=30))

    let_go(session, clock, mother.id, child.id)
    let_go(session, clock, mother.id, baby.id)

    session.expire_all()
    assert (child.responsible_id, child.first_name, child.erased_at) == (None, "Sami", None)
    assert (baby.responsible_id, baby.first_name, baby.erased_at) == (None, "", clock.now())
    assert relatives_of(session, mother.id) == []


def test_an_organisation_that_knows_a_relative_knows_who_answers(
    session: Session, clock: StoppedClock, make: Maker, mother: Citizen, child: Citizen
) -> None:
    here = make.organisation()
    assert attach(session, clock, child.id, here.id)
    session.flush()
    known = session.scalars(select(CitizenOrganisation.citizen_id)).all()
    assert sorted(known) == sorted([mother.id, child.id])
    assert not attach(session, clock, child.id, here.id)


def test_who_deletes_the_account_leaves_no_trace_in_messages_about_relatives(
    session: Session, clock: StoppedClock, make: Maker, mother: Citizen, child: Citizen
) -> None:
    appointment = make.appointment(make.agenda(), datetime(2026, 11, 24, 8, tzinfo=NINE.tzinfo), citizen=child)
    with changing(session, clock, [claim.agenda_id for claim in appointment.claims]):
        announce(session, clock, Event.APPOINTMENT_CREATED, appointment)
    clock.advance(timedelta(days=30))

    erase_own(session, clock, mother.id)

    session.expire_all()
    assert mother.erased_at == clock.now()
    assert (child.responsible_id, child.first_name) == (None, "Sami")
    assert session.scalars(select(Message.recipient)).all() == [""]
