"""Publishing: what is written, with which version and sequence (K-2, K-3, I-4)."""

from datetime import UTC, datetime, timedelta

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import NoSuchMove, Status
from rdvdav.clock import StoppedClock
from rdvdav.feeds.change import NoSuchAgendas, changing
from rdvdav.feeds.object import CalendarObject

TUESDAY_NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def objects(session: Session) -> list[CalendarObject]:
    return list(session.scalars(select(CalendarObject).order_by(CalendarObject.collection_id, CalendarObject.href)))


def test_a_first_publication_has_sequence_zero_and_raises_the_version_once(session: Session, make: Maker) -> None:
    agenda = make.agenda()

    appointment = make.appointment(agenda, TUESDAY_NINE)

    [row] = objects(session)
    assert (agenda.version, make.collection_of(agenda).version, row.version) == (1, 1, 1)
    assert (appointment.sequence, row.sequence) == (0, 0)
    assert "DTSTART:20261124T080000Z" in row.text


def test_publishing_the_same_again_changes_nothing(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    appointment = make.appointment(agenda, TUESDAY_NINE)
    before = objects(session)[0].text
    clock.advance(timedelta(hours=1))

    with changing(session, clock, [agenda.id]) as change:
        change.publish(appointment)

    assert objects(session)[0].text == before
    assert (agenda.version, appointment.sequence) == (1, 0)


def test_a_change_raises_sequence_and_stamps_with_the_clock(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    appointment = make.appointment(agenda, TUESDAY_NINE)
    clock.advance(timedelta(hours=1))

    with changing(session, clock, [agenda.id]) as change:
        appointment.reschedule(TUESDAY_NINE + timedelta(hours=1), TUESDAY_NINE + timedelta(hours=2))
        change.publish(appointment)

    [row] = objects(session)
    assert (agenda.version, appointment.sequence, row.sequence) == (2, 1, 1)
    assert "DTSTAMP:20261123T080000Z" in row.text
    assert "CREATED:20261123T070000Z" in row.text


def test_a_cancelled_appointment_stays_as_cancelled(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    appointment = make.appointment(agenda, TUESDAY_NINE)

    with changing(session, clock, [agenda.id]) as change:
        appointment.become(Status.CANCELLED_BY_CITIZEN)
        change.publish(appointment)

    [row] = objects(session)
    assert "STATUS:CANCELLED" in row.text
    assert [claim.holds_time for claim in appointment.claims] == [False]
    with pytest.raises(NoSuchMove):
        appointment.become(Status.PLANNED)


def test_a_change_of_agenda_leaves_a_tombstone_and_raises_both(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    old, new = make.agenda(), make.agenda()
    appointment = make.appointment(old, TUESDAY_NINE)

    with changing(session, clock, [new.id, old.id]) as change:
        appointment.claim({new.id: None})
        change.publish(appointment)

    gone, there = objects(session)
    assert gone.deleted
    assert (gone.version, there.version) == (2, 1)
    assert there.sequence == 1
    assert (old.version, new.version) == (2, 1)


def test_several_changes_in_one_transaction_raise_the_version_once(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    agenda = make.agenda()
    first, second = make.appointment(agenda, TUESDAY_NINE), make.appointment(agenda, TUESDAY_NINE + timedelta(days=1))

    with changing(session, clock, [agenda.id]) as change:
        for appointment in (first, second):
            appointment.become(Status.CANCELLED_BY_STAFF)
            change.publish(appointment)

    assert agenda.version == 3
    assert {row.version for row in objects(session)} == {3}


def test_a_withdrawn_event_is_a_tombstone_once(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    appointment = make.appointment(agenda, TUESDAY_NINE)

    for _ in range(2):
        with changing(session, clock, [agenda.id]) as change:
            change.withdraw(appointment.uid)

    [row] = objects(session)
    assert (row.deleted, row.version, agenda.version) == (True, 2, 2)


def test_nothing_personal_is_published(session: Session, make: Maker) -> None:
    agenda = make.agenda()
    citizen = make.citizen(first_name="Zéphyrine", last_name="Quatrevaux", phone="0612345678")

    appointment = make.appointment(agenda, TUESDAY_NINE, citizen=citizen, comment="Vient avec son chien")

    assert isinstance(appointment, Appointment)
    [row] = objects(session)
    for personal in ("Zéphyrine", "Quatrevaux", "0612345678", "chien", str(citizen.email)):
        assert personal not in row.text


def test_an_agenda_that_does_not_exist_can_not_be_changed(session: Session, clock: StoppedClock) -> None:
    with pytest.raises(NoSuchAgendas), changing(session, clock, [404]):
        pass


def test_what_is_published_must_be_held(session: Session, clock: StoppedClock, make: Maker) -> None:
    mine, other = make.agenda(), make.agenda()
    appointment = make.appointment(mine, TUESDAY_NINE)

    with pytest.raises(ValueError, match="not held"), changing(session, clock, [other.id]) as change:
        change.publish(appointment)
