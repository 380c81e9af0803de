"""Texts written again after a change that touches many, and what is stored compared with what should be (K-2, K-5, K-13)."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from make import Maker
from sqlalchemy import delete, select, update

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import DetailLevel
from rdvdav.directory.place import Place
from rdvdav.feeds import republish
from rdvdav.feeds.address import APPOINTMENTS, new_feed_address
from rdvdav.feeds.change import changing
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.object import CalendarObject, Collection, CollectionKind, Occurrence
from rdvdav.feeds.read import calendars_of, every_object
from rdvdav.feeds.rebuild import Flaw, differences, rebuild
from rdvdav.feeds.republish import (
    Republication,
    ask_for_citizen,
    ask_for_motif,
    ask_for_place,
    choose_level,
    republish_due,
)
from rdvdav.feeds.retire import extend_series, forget_removed
from rdvdav.feeds.sync import SyncTokenUnknown, changes_since, sync_token

TUESDAY_NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Town:
    """An agent with five appointments of one motif and one of another, weekly openings and an absence, all published."""

    def __init__(self, database: Database, clock: StoppedClock, level: DetailLevel = DetailLevel.MOTIF) -> None:
        self.database, self.clock = database, clock
        with database.transaction() as session:
            make = Maker(session, clock)
            self.organisation_id = make.organisation(detail_level=level).id
            self.agenda = make.agenda()
            passport, other = make.motif(name="Passeport"), make.motif(name="Autre")
            for number in range(5):
                make.appointment(self.agenda, TUESDAY_NINE + number * DAY, motif=passport)
            make.appointment(self.agenda, TUESDAY_NINE + 10 * DAY, motif=other)
            self.opening = make.opening_range(self.agenda, [passport])
            self.absence = make.absence(self.agenda)
            self.motif_id, self.place_id = passport.id, self.opening.place_id
            for kind in (CollectionKind.OPENINGS, CollectionKind.ABSENCES):
                open_collection(session, clock, self.agenda.id, kind)
        clock.advance(timedelta(minutes=1))

    def rows(self) -> list[CalendarObject]:
        with self.database.reading() as session:
            return list(session.scalars(select(CalendarObject).order_by(CalendarObject.uid)))

    def differences(self) -> list[Flaw]:
        with self.database.reading() as session:
            return [each.flaw for each in differences(session, self.clock, self.agenda.id)]

    def work(self, at_once: int = 2) -> int:
        done = 0
        while republish_due(self.database, self.clock, at_once):
            done += 1
        return done


@pytest.fixture
def town(database: Database, clock: StoppedClock) -> Town:
    return Town(database, clock)


def test_a_renamed_motif_is_published_in_batches_and_nothing_else_is(town: Town) -> None:
    before = {row.uid: row.text for row in town.rows()}
    with town.database.transaction() as session:
        session.get_one(Motif, town.motif_id).name = "Passeport, carte d’identité"
        ask_for_motif(session, town.clock, town.motif_id)

    assert town.work() == 4  # three batches of two, and one that finds nothing left

    changed = [row for row in town.rows() if row.text != before[row.uid]]
    assert len(changed) == 5
    assert all("SUMMARY:Passeport\\, carte d’identité" in row.text and row.sequence == 1 for row in changed)
    assert town.differences() == []
    with town.database.reading() as session:
        assert session.scalars(select(Republication)).all() == []


def test_a_moved_place_is_published_with_its_openings(town: Town) -> None:
    with town.database.transaction() as session:
        session.get_one(Place, town.place_id).street = "2 rue Neuve"
        ask_for_place(session, town.clock, town.place_id)

    town.work(at_once=100)

    with_place = [row for row in town.rows() if "2 rue Neuve" in row.text.replace("\r\n ", "")]
    assert len(with_place) == 7
    assert town.differences() == []


def test_asking_twice_or_for_nothing_writes_nothing_more(town: Town) -> None:
    with town.database.transaction() as session:
        for _ in range(3):
            ask_for_motif(session, town.clock, town.motif_id)
            ask_for_place(session, town.clock, 404)
    versions = [row.version for row in town.rows()]

    town.work()

    assert [row.version for row in town.rows()] == versions


def test_an_appointment_on_two_agendas_is_published_on_both_at_once(town: Town) -> None:
    with town.database.transaction() as session:
        other = Maker(session, town.clock).agenda()
        appointment = session.scalars(select(Appointment).where(Appointment.motif_id == town.motif_id)).first()
        with changing(session, town.clock, [town.agenda.id, other.id]) as change:
            appointment.claim({town.agenda.id: None, other.id: None})
            change.publish(appointment)
        uid = appointment.uid
        session.get_one(Motif, town.motif_id).name = "Titres"
        ask_for_motif(session, town.clock, town.motif_id)

    town.work()

    texts = {row.text for row in town.rows() if row.uid == uid}
    assert len([row for row in town.rows() if row.uid == uid]) == 2
    assert len(texts) == 1
    assert "SUMMARY:Titres" in texts.pop()


def test_what_can_not_be_rendered_waits_an_hour_and_keeps_nobody_else(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with town.database.transaction() as session:
        ask_for_motif(session, town.clock, town.motif_id)

    def fail(*_arguments: object) -> None:
        raise ValueError("no way to say it")

    with monkeypatch.context() as patched, caplog.at_level(logging.CRITICAL):
        patched.setattr(republish, "_settle_level", fail)
        assert republish_due(town.database, town.clock) == 1
        assert republish_due(town.database, town.clock) == 0

    town.clock.advance(timedelta(hours=1))
    assert town.work() > 0
    assert town.work() == 0


# --- levels


def test_an_organisation_that_lets_names_out_shows_them_at_the_same_address(town: Town) -> None:
    with town.database.transaction() as session:
        before = calendars_of(session, town.agenda.agent_id)
        choose_level(session, town.clock, town.organisation_id, DetailLevel.FULL)

    town.work()

    with town.database.reading() as session:
        after = calendars_of(session, town.agenda.agent_id)
        assert [each.slug for each in after] == [each.slug for each in before]
        assert {each.level for each in after} == {DetailLevel.FULL}
        texts = [shown.text for shown in every_object(session, after[0], texts=True)]
        assert sum("Amina" in text for text in texts) == 6
        with pytest.raises(SyncTokenUnknown):
            changes_since(session, after[0], sync_token(before[0]))
    assert town.differences() == []


def test_a_name_that_changes_is_published_where_names_are_let_out(database: Database, clock: StoppedClock) -> None:
    town = Town(database, clock, DetailLevel.FULL)
    with database.transaction() as session:
        choose_level(session, clock, town.organisation_id, DetailLevel.FULL)
    town.work()
    with database.transaction() as session:
        appointment = session.scalars(select(Appointment)).first()
        citizen = appointment.participations[0].citizen
        citizen.last_name = "Quatrevaux"
        ask_for_citizen(session, clock, citizen.id)

    town.work()

    assert sum("Quatrevaux" in row.text for row in town.rows()) == 1
    assert town.differences() == []


def test_an_organisation_that_takes_names_back_leaves_none_and_links_stay_good(
    database: Database, clock: StoppedClock
) -> None:
    town = Town(database, clock, DetailLevel.FULL)
    with database.transaction() as session:
        choose_level(session, clock, town.organisation_id, DetailLevel.FULL)
    town.work()
    with database.transaction() as session:
        address, _secret = new_feed_address(
            session, clock, town.agenda.agent_id, "Google", APPOINTMENTS, DetailLevel.FULL
        )
        choose_level(session, clock, town.organisation_id, DetailLevel.MOTIF)
        address_id = address.id

    town.work()

    assert not any("Amina" in (row.text or "") for row in town.rows())
    with database.reading() as session:
        [collection] = session.scalars(select(Collection).where(Collection.kind == CollectionKind.MAIN))
        assert collection.level is DetailLevel.MOTIF
        found = session.get_one(type(address), address_id)
        assert (found.collection_id, found.level) == (collection.id, DetailLevel.MOTIF)


# --- verify, rebuild


def test_an_untouched_database_has_no_difference_and_rebuilding_writes_nothing(town: Town) -> None:
    assert town.differences() == []
    with town.database.transaction() as session:
        assert rebuild(session, town.clock, town.agenda.id) == 0


def test_cancelled_moved_and_withdrawn_appointments_are_no_difference(town: Town) -> None:
    with town.database.transaction() as session, changing(session, town.clock, [town.agenda.id]) as change:
        first, second, *_ = session.scalars(select(Appointment).order_by(Appointment.id))
        first.become(Status.CANCELLED_BY_STAFF)
        first.cancelled_at = town.clock.now()
        second.reschedule(second.starts_at + DAY / 24, second.ends_at + DAY / 24)
        change.publish(first, second)
    assert town.differences() == []

    town.clock.advance(8 * DAY)
    assert town.differences() == []


BROKEN = {
    "a text": (update(CalendarObject).values(text=CalendarObject.text + "X"), Flaw.DIFFERENT),
    "a time": (update(CalendarObject).values(ends_at=CalendarObject.starts_at), Flaw.DIFFERENT),
    "a tombstone": (update(CalendarObject).values(text=None, etag=""), Flaw.MISSING),
    "an occurrence": (delete(Occurrence), Flaw.DIFFERENT),
    "whether it takes time": (update(CalendarObject).values(busy=~CalendarObject.busy), Flaw.DIFFERENT),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_was_broken_is_found_and_mended_once(town: Town, name: str) -> None:
    statement, flaw = BROKEN[name]
    with town.database.transaction() as session:
        session.execute(statement)

    found = town.differences()
    assert set(found) == {flaw}
    with town.database.transaction() as session:
        assert rebuild(session, town.clock, town.agenda.id) == len(found)
    assert town.differences() == []


def test_an_event_of_nothing_is_surplus_and_withdrawn(town: Town) -> None:
    with town.database.transaction() as session:
        appointment = session.scalars(select(Appointment)).first()
        session.delete(appointment)

    assert town.differences() == [Flaw.SURPLUS]
    with town.database.transaction() as session:
        assert rebuild(session, town.clock, town.agenda.id) == 1
    assert town.differences() == []


# --- as time passes


def test_series_are_known_further_ahead_without_being_published_again(town: Town) -> None:
    before = {row.uid: (row.text, row.version) for row in town.rows()}
    town.clock.advance(31 * DAY)

    assert extend_series(town.database, town.clock) == 1
    assert extend_series(town.database, town.clock) == 0

    assert {row.uid: (row.text, row.version) for row in town.rows()} == before
    with town.database.reading() as session:
        last = session.scalars(select(Occurrence.ends_at).order_by(Occurrence.ends_at.desc())).first()
    assert last == datetime(2028, 12, 29, 11, 0, tzinfo=UTC)


def test_removed_events_are_told_for_ninety_days_then_older_tokens_are_refused(town: Town) -> None:
    with town.database.reading() as session:
        old = sync_token(calendars_of(session, town.agenda.agent_id)[0])
    with town.database.transaction() as session, changing(session, town.clock, [town.agenda.id]) as change:
        change.withdraw(session.scalars(select(Appointment.uid)).first())
    with town.database.reading() as session:
        seen = sync_token(calendars_of(session, town.agenda.agent_id)[0])

    town.clock.advance(90 * DAY - timedelta(seconds=1))
    assert forget_removed(town.database, town.clock) == 0
    with town.database.reading() as session:
        calendar = calendars_of(session, town.agenda.agent_id)[0]
        assert len(list(changes_since(session, calendar, old).hrefs)) == 1

    town.clock.advance(timedelta(seconds=1))
    assert forget_removed(town.database, town.clock) == 1
    assert forget_removed(town.database, town.clock) == 0
    with town.database.reading() as session:
        calendar = calendars_of(session, town.agenda.agent_id)[0]
        assert list(changes_since(session, calendar, seen).hrefs) == []
        with pytest.raises(SyncTokenUnknown):
            changes_since(session, calendar, old)
