"""The loop beside the doors, and what the doctor says of an installation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from make import Maker
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from rdvdav.agenda.hold import Hold
from rdvdav.agenda.status import Status
from rdvdav.booking.book import book
from rdvdav.booking.held import held_under
from rdvdav.booking.hold import keep
from rdvdav.booking.identify import Identity, ask
from rdvdav.citizens.link import EmailProof
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.doctor import examine
from rdvdav.feeds.change import changing
from rdvdav.feeds.object import CalendarObject
from rdvdav.feeds.retire import retire_cancelled
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.session import WebSession, open_session
from rdvdav.settings import Settings
from rdvdav.worker import Worker

NINE = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)


def cancelled_appointment(database: Database, clock: StoppedClock) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        agenda = make.agenda()
        appointment = make.appointment(agenda, NINE)
        with changing(session, clock, [agenda.id]) as change:
            appointment.become(Status.CANCELLED_BY_CITIZEN)
            appointment.cancelled_at = clock.now()
            change.publish(appointment)


def test_a_cancelled_event_leaves_calendars_after_seven_days_and_raises_the_version_once(
    database: Database, clock: StoppedClock
) -> None:
    cancelled_appointment(database, clock)
    clock.advance(timedelta(days=7) - timedelta(seconds=1))
    assert retire_cancelled(database, clock) == 0

    clock.advance(timedelta(seconds=1))
    assert retire_cancelled(database, clock) == 1
    assert retire_cancelled(database, clock) == 0
    with database.reading() as session:
        row = session.scalars(select(CalendarObject)).one()
        assert (row.text, row.version) == (None, 3)


def test_tidying_forgets_what_ended_a_day_ago_and_nothing_else(
    database: Database, clock: StoppedClock, settings: Settings
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        motif, place = make.motif(), make.place()
        make.opening_range(make.agenda(), [motif], place_id=place.id)
        agent = make.agent()
        keep(session, clock, motif_id=motif.id, place_id=place.id, starts_at=NINE, visit="v", address="192.0.2.1")
        open_session(session, clock, citizen_id=make.citizen().id)
        open_session(session, clock, agent_id=agent.id)
    worker = Worker.of(database, clock, settings)

    clock.advance(timedelta(hours=23))
    worker.tidy()
    assert rows(database) == (1, 2)
    clock.advance(timedelta(days=1))
    worker.tidy()
    assert rows(database) == (0, 1)


def test_a_proof_is_forgotten_after_a_day_even_if_something_was_booked_and_another_can_be_asked(
    database: Database, clock: StoppedClock, settings: Settings
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        motif, place = make.motif(), make.place()
        make.opening_range(make.agenda(), [motif], place_id=place.id)
        organisation_id, citizen_id = motif.organisation_id, make.citizen().id
        token = keep(
            session, clock, motif_id=motif.id, place_id=place.id, starts_at=NINE, visit="v", address="192.0.2.1"
        )
        ask_for(session, clock, organisation_id, token)
        appointment_id = book(session, clock, token, citizen_id).id

    clock.advance(timedelta(days=2))
    Worker.of(database, clock, settings).tidy()

    with database.transaction() as session:
        assert session.scalars(select(EmailProof)).all() == []
        assert held_under(session, token).appointment_id == appointment_id
        ask_for(session, clock, organisation_id, None)
        assert len(session.scalars(select(Message).where(Message.event == Event.PROOF_ASKED)).all()) == 2


def ask_for(session: Session, clock: StoppedClock, organisation_id: int, hold_token: str | None) -> None:
    who = Identity("amina@example.test", "Amina", "Benali")
    ask(session, clock, organisation_id=organisation_id, identity=who, hold_token=hold_token, address="192.0.2.1")


def test_an_error_of_the_database_names_nobody_in_the_logs(
    database: Database, clock: StoppedClock, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker.of(database, clock, settings)
    somebody = "amina@example.test"

    def fail() -> int:
        with database.transaction() as session:
            session.execute(text("UPDATE nothing SET email = :email"), {"email": somebody})
        return 0

    assert worker._step(fail) == 0
    assert "UPDATE nothing" in caplog.text
    assert "amina" not in caplog.text


def rows(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        holds = session.scalar(select(func.count()).select_from(Hold)) or 0
        return holds, session.scalar(select(func.count()).select_from(WebSession)) or 0


def test_a_stopped_worker_ends(sqlite: Database, clock: StoppedClock, settings: Settings) -> None:
    worker = Worker.of(sqlite, clock, settings)
    thread = Thread(target=worker.run)
    thread.start()
    worker.stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_the_doctor_finds_a_demonstration_well(database: Database, clock: StoppedClock, settings: Settings) -> None:
    found = list(examine(database, clock, replace(settings, demonstration=True, public_url="https://rdv.example.test")))

    ill = [finding.what for finding in found if not finding.well and not finding.what.startswith("clock")]
    assert ill == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"smtp_url": "smtp://127.0.0.1:1"}, "mail:"),
        ({"smtp_url": "smtp://127.0.0.1:many"}, "mail:"),
        ({"smtp_url": ""}, "nothing is sent"),
        ({"public_url": "http://rdv.example.fr"}, "public_url"),
        ({"public_url": "http://127.0.0.1:8000"}, "public_url"),
    ],
)
def test_the_doctor_names_what_is_wrong_and_the_remedy(
    sqlite: Database, clock: StoppedClock, settings: Settings, change: dict[str, str], says: str
) -> None:
    ill = [finding for finding in examine(sqlite, clock, replace(settings, **change)) if not finding.well]

    assert any(says in finding.what for finding in ill)
    assert all(finding.mend for finding in ill)


def test_the_doctor_says_when_the_database_is_not_there_or_not_migrated(
    clock: StoppedClock, settings: Settings, tmp_path
) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.sqlite")
    assert any("rdvdav migrate" in finding.mend for finding in examine(empty, clock, settings))
    empty.dispose()

    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    first = next(iter(examine(nowhere, clock, settings)))
    assert not first.well
    nowhere.dispose()
