"""The commands, run as people run them: what they print, what they change, and sentences instead of tracebacks."""

import json
import os
import signal
import socket
import subprocess
import sys
import time as real_time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, time, timedelta
from http.client import HTTPConnection
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from make import Maker
from sqlalchemy import func, select, update

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.claim import Outline
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.entry import ActorKind, AuditEntry
from rdvdav.citizens.citizen import Citizen
from rdvdav.cli import main
from rdvdav.clock import SystemClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import DetailLevel, Organisation
from rdvdav.feeds.object import CalendarObject
from rdvdav.feeds.republish import Republication
from rdvdav.outbox.message import Message
from rdvdav.settings import Settings

PARIS = ZoneInfo("Europe/Paris")
Run = Callable[..., Result]


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        "RDVDAV_DATABASE_URL": settings.database_url,
        "RDVDAV_PUBLIC_URL": settings.public_url,
        "RDVDAV_MAIL_FOLDER": settings.mail_folder,
        "RDVDAV_DEMONSTRATION": "1",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Runs a command on the database of *on*, or of the settings."""

    def run(*words: str, on: Database | None = None, **more: str) -> Result:
        address = {"RDVDAV_DATABASE_URL": on.url.render_as_string(hide_password=False)} if on else {}
        return CliRunner().invoke(main, words, env=environment | address | more)

    return run


class Office:
    """One agent, open every day from nine to noon, and the words that name a slot of tomorrow."""

    def __init__(self, make: Maker) -> None:
        """Everything in the real present: commands read the machine's clock."""
        today = SystemClock().now().astimezone(PARIS).date()
        motif = make.motif(ignores_holidays=True)
        self.agenda = make.agenda()
        make.opening_range(self.agenda, [motif], first_day=today, recurrence="FREQ=DAILY")
        self.tomorrow = today + timedelta(days=1)
        self.named = ["--agenda", str(self.agenda.id)]
        self.booking = [*self.named, "--motif", str(motif.id), "--email", "amina@example.test"]
        self.names = ["--first-name", "Amina", "--last-name", "Benali"]

    def at(self, hour: int, minute: int = 0) -> str:
        """A wall time of tomorrow."""
        return datetime.combine(self.tomorrow, time(hour, minute)).isoformat()


@pytest.fixture
def office(database: Database) -> Office:
    with database.transaction() as session:
        return Office(Maker(session, SystemClock()))


def test_a_booking_is_listed_moved_and_cancelled_under_one_uid(run: Run, database: Database, office: Office) -> None:
    booked = _one(
        run("appointments", "book", *office.booking, *office.names, "--start", office.at(9), "--json", on=database)
    )
    uid = ["--uid", booked["uid"]]
    listed = _json(run("appointments", "list", *office.named, "--json", on=database))
    moved = _one(run("appointments", "move", *office.named, *uid, "--start", office.at(10, 30), "--json", on=database))
    cancelled = _one(run("appointments", "cancel", *office.named, *uid, "--json", on=database))

    assert listed == [booked]
    assert booked["start"] == datetime.combine(office.tomorrow, time(9), PARIS).isoformat()
    assert moved["start"] == datetime.combine(office.tomorrow, time(10, 30), PARIS).isoformat()
    assert [each["status"] for each in (booked, moved, cancelled)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert {each["uid"] for each in (booked, moved, cancelled)} == {booked["uid"]}
    assert booked.keys() == {"uid", "summary", "start", "end", "location", "status"}
    with database.reading() as session:
        told = session.scalars(select(Message).order_by(Message.id)).all()
        assert [message.event for message in told] == [
            "appointment.created",
            "appointment.moved",
            "appointment.cancelled",
        ]
        assert set(session.scalars(select(AuditEntry.actor))) == {ActorKind.SYSTEM}


def test_a_taken_slot_names_the_nearest_free_ones_and_changes_nothing(
    run: Run, database: Database, office: Office
) -> None:
    run("appointments", "book", *office.booking, *office.names, "--start", office.at(9), on=database)

    refused = run("appointments", "book", *office.booking, "--start", office.at(9), on=database)

    assert refused.exit_code == 1
    assert datetime.combine(office.tomorrow, time(9, 30), PARIS).isoformat() in refused.output
    assert _count(database, Appointment) == 1


def test_what_speaks_against_a_booking_is_accepted_by_name(run: Run, database: Database, office: Office) -> None:
    run("appointments", "book", *office.booking, *office.names, "--start", office.at(9), on=database)

    asked = run("appointments", "book", *office.booking, "--start", office.at(10), on=database)
    assert asked.exit_code == 1
    accepted = asked.output.partition("all the same: ")[2].strip(" .\n").split()
    assert accepted[0] == "--accept"
    assert _count(database, Appointment) == 1

    assert run("appointments", "book", *office.booking, "--start", office.at(10), *accepted, on=database).exit_code == 0


def test_somebody_nobody_knows_needs_a_name(run: Run, database: Database, office: Office) -> None:
    refused = run("appointments", "book", *office.booking, "--start", office.at(9), on=database)

    assert refused.exit_code == 1
    assert "--first-name" in refused.output
    assert _count(database, Citizen) == _count(database, Appointment) == 0


def test_a_list_for_people_has_one_line_an_appointment(run: Run, sqlite: Database, settings: Settings) -> None:
    with sqlite.transaction() as session:
        office = Office(Maker(session, SystemClock()))
    run("appointments", "book", *office.booking, *office.names, "--start", office.at(11))

    (line,) = run("appointments", "list", *office.named).output.splitlines()

    assert line.startswith(f"{office.tomorrow} 11:00–11:30  CONFIRMED")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["appointments", "list", "--agenda", "999"], "No such agenda"),
        (["appointments", "move", "--agenda", "999", "--uid", "x", "--start", "2026-12-01T09:00"], "No such agenda"),
        (["appointments", "cancel", "--agenda", "1", "--uid", "x"], "No such appointment"),
        (["demo", "describe"], "rdvdav demo load"),
    ],
)
def test_what_does_not_exist_is_said_in_a_sentence(run: Run, sqlite: Database, words: list[str], says: str) -> None:
    result = run(*words)

    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert says in result.output


def test_a_time_that_is_none_is_shown_how_to_write(run: Run, sqlite: Database) -> None:
    with sqlite.transaction() as session:
        office = Office(Maker(session, SystemClock()))

    result = run("appointments", "book", *office.booking, *office.names, "--start", "tomorrow")

    assert result.exit_code == 1
    assert "2026-12-01T09:30" in result.output


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"RDVDAV_PUBLIC_URL": "rdv.example.fr"}, "public_url"),
        ({"RDVDAV_WINDOW_DAYS": "many"}, "RDVDAV_WINDOW_DAYS"),
        ({"RDVDAV_CONFIG": "/nowhere.toml"}, "RDVDAV_CONFIG"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(run: Run, more: dict[str, str], says: str) -> None:
    result = run("doctor", **more)

    assert result.exit_code == 1
    assert says in result.output


def test_a_new_database_is_migrated_once_and_then_left_alone(run: Run) -> None:
    first, again = run("migrate"), run("migrate")

    assert "newest revision" in first.output
    assert "up to date" in again.output
    assert first.exit_code == again.exit_code == 0


@pytest.mark.parametrize(
    "words", [["appointments", "list", "--agenda", "1"], ["demo", "load"], ["serve", "--port", "0"], ["worker"]]
)
def test_before_migration_commands_say_what_to_run(run: Run, words: list[str]) -> None:
    result = run(*words)

    assert result.exit_code == 1
    assert "rdvdav migrate" in result.output


def test_the_doctor_is_content_with_a_demonstration(run: Run, database: Database) -> None:
    result = run("doctor", on=database, RDVDAV_PUBLIC_URL="http://127.0.0.1:8000")

    assert result.exit_code == 0, result.output
    assert "NOT" not in result.output


def test_the_doctor_says_how_to_mend_what_is_wrong(run: Run, sqlite: Database) -> None:
    result = run("doctor", RDVDAV_SMTP_URL="smtp://127.0.0.1:1")

    assert result.exit_code == 1
    assert "NOT  public_url" in result.output
    assert "NOT  mail" in result.output
    assert result.output.count("→") == 2


def test_loading_where_somebody_works_is_refused_or_skipped(run: Run, sqlite: Database) -> None:
    with sqlite.transaction() as session:
        Maker(session, SystemClock()).territory()

    refused, skipped = run("demo", "load"), run("demo", "load", "--if-empty")

    assert refused.exit_code == 1
    assert skipped.exit_code == 0
    assert "nothing was loaded" in skipped.output


@pytest.mark.parametrize(
    "words", [[], ["serve"], ["migrate"], ["worker"], ["doctor"], ["demo", "load"], ["appointments", "book"]]
)
def test_every_command_has_help(run: Run, words: list[str]) -> None:
    result = run(*words, "--help")

    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_opens_all_doors_and_stops_when_told(
    sqlite: Database, environment: dict[str, str], number: signal.Signals
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "rdvdav", "serve", "--port", str(port)]
    with subprocess.Popen(words, env=os.environ | environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert _status(port, "/demonstration/") == 200
            assert _status(port, "/dav/") == 401
            server.send_signal(number)
            printed, _ = server.communicate(timeout=20)
        finally:
            server.kill()

    assert server.returncode == 0
    assert "/demonstration" in printed


def _status(port: int, path: str) -> int:
    """What the server answers, once it is there."""
    for _ in range(200):
        with closing(HTTPConnection("127.0.0.1", port)) as connection:
            try:
                connection.request("GET", path)
            except ConnectionRefusedError:
                real_time.sleep(0.1)
            else:
                return connection.getresponse().status
    raise AssertionError("the server never came")


def _json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def _one(result: Result) -> dict[str, str]:
    found: dict[str, str] = _json(result)
    return found


def _count(database: Database, table: type[Any]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# --- calendars


def test_calendars_are_verified_broken_and_rebuilt(run: Run, office: Office, database: Database) -> None:
    assert (
        run("appointments", "book", *office.booking, *office.names, "--start", office.at(9), on=database).exit_code == 0
    )
    assert "No difference." in run("calendars", "verify", on=database).output
    with database.transaction() as session:
        session.execute(update(CalendarObject).values(text="nonsense"))
        session.execute(update(Outline).values(spans=b""))

    broken = run("calendars", "verify", *office.named, on=database)
    mended = run("calendars", "rebuild", on=database)
    again = run("calendars", "rebuild", on=database)

    assert broken.exit_code == 1
    assert "different" in broken.output
    assert "outline" in broken.output
    assert "rdvdav calendars rebuild" in broken.output
    assert "2 objects and outlines were written again." in mended.output
    assert "Nothing had to be written again." in again.output
    assert "No difference." in run("calendars", "verify", on=database).output


def test_an_agenda_that_is_not_there_is_said(run: Run, office: Office, database: Database) -> None:
    for name in ("verify", "rebuild"):
        answer = run("calendars", name, "--agenda", "999999", on=database)
        assert (answer.exit_code, "There is no agenda 999999." in answer.output) == (1, True)


def test_how_much_calendars_show_is_chosen_for_an_organisation(run: Run, office: Office, database: Database) -> None:
    with database.reading() as session:
        slug = session.scalars(select(Organisation.slug)).one()

    chosen = run("calendars", "detail", "--organisation", slug, "--level", "busy", on=database)
    unknown = run("calendars", "detail", "--organisation", "nowhere", "--level", "busy", on=database)

    assert "at level busy" in chosen.output
    assert (unknown.exit_code, "/rdv/nowhere" in unknown.output) == (1, True)
    with database.reading() as session:
        assert session.scalars(select(Organisation.detail_level)).one() is DetailLevel.BUSY
        assert session.scalars(select(Republication.agenda_id)).all() == [office.agenda.id]


def test_finished_opening_ranges_are_counted_then_purged(run: Run, database: Database, office: Office) -> None:
    with database.transaction() as session:
        make = Maker(session, SystemClock())
        long_ago = office.tomorrow - timedelta(days=400)
        make.opening_range(
            session.get_one(Agenda, office.agenda.id), [], first_day=long_ago, last_day=long_ago, recurrence=None
        )

    counted = run("purge", "opening-ranges", "--dry-run", on=database)
    kept = run("purge", "opening-ranges", on=database, RDVDAV_OPENING_RANGE_DAYS="500")
    purged = run("purge", "opening-ranges", on=database)

    assert [result.exit_code for result in (counted, kept, purged)] == [0, 0, 0]
    assert counted.output.startswith("1 opening ranges of 1 agendas, ended before ")
    assert counted.output.endswith("would be deleted.\n")
    assert kept.output.startswith("0 opening ranges")
    assert purged.output.startswith("1 opening ranges of 1 agendas")
    assert _count(database, OpeningRange) == 1
    assert "a year unless set otherwise" in " ".join(run("purge", "opening-ranges", "--help").output.split())
    assert run("purge", "opening-ranges", on=database, RDVDAV_OPENING_RANGE_DAYS="0").exit_code == 1


def test_a_territory_is_made_with_an_admin_who_is_invited(run: Run, database: Database) -> None:
    result = run("territory", "create", " Val  de Lorme ", "--admin", "Alice.Roy@Lorme.test", on=database)

    assert result.exit_code == 0, result.output
    with database.reading() as session:
        [letter] = session.scalars(select(Message)).all()
        assert letter.recipient == "alice.roy@lorme.test"
        assert session.scalars(select(Agent.last_name)).all() == ["Roy"]
    link = next(line.strip() for line in result.output.splitlines() if "/agent/connexion/mot-de-passe/" in line)
    assert link in letter.text
    again = run("territory", "create", "Val de Lorme", "--admin", "alice.roy@lorme.test", on=database)
    assert (again.exit_code, again.output) == (1, "Error: Another one has this name already.\n")
    wrong = run("territory", "create", "Ailleurs", "--admin", "alice", on=database)
    assert (wrong.exit_code, wrong.output) == (1, "Error: 'alice' is no e-mail address.\n")
