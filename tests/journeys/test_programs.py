"""Calendar programs people use, from the system's packages, on the running doors: vdirsyncer, khal, calcurse-caldav."""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess, run

import pytest
from browser import serving
from make import Maker

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.access import new_app_password
from rdvdav.feeds.address import new_feed_address
from rdvdav.feeds.change import changing
from rdvdav.serving import build
from rdvdav.settings import Settings

BEFORE_CHANGE = datetime(2027, 3, 26, 8, 0, tzinfo=UTC)
"""Nine in Paris, the Friday before clocks go forward."""
AFTER_CHANGE = datetime(2027, 3, 29, 7, 0, tzinfo=UTC)
"""Nine in Paris, the Monday after."""

pytestmark = pytest.mark.slow


SYSTEM_PYTHON = "/usr/bin/python3"
"""calcurse-caldav asks the environment for a Python, and would get one that lacks its library."""


def need(*programs: str, module: str = "") -> None:
    """Skip where *programs*, or a *module* for the system's Python, are not installed; CI has them."""
    missing = [name for name in programs if shutil.which(name) is None]
    if not missing and module and run([SYSTEM_PYTHON, "-c", f"import {module}"], check=False).returncode:
        missing = [module]
    if missing:
        assert os.environ.get("CI") != "true", f"{missing} must be installed where CI runs"
        pytest.skip(f"NOT RUN: {missing} is not installed; `make clients` installs it")


@dataclass(frozen=True)
class Subject:
    """An agenda with two appointments of one motif, nine in Paris on both sides of a change of clocks."""

    agenda_id: int
    first_id: int
    first_uid: str
    principal: str
    collection: str
    password: str
    feed: str


@pytest.fixture
def subject(sqlite: Database, clock: StoppedClock) -> Subject:
    with sqlite.transaction() as session:
        make = Maker(session, clock)
        motif = make.motif(name="Passeport")
        agent = make.agent()
        agenda = make.agenda_of(agent)
        first = make.appointment(agenda, BEFORE_CHANGE, motif=motif)
        make.appointment(agenda, AFTER_CHANGE, motif=motif)
        collection = make.collection_of(agenda)
        _row, password = new_app_password(session, clock, agent.id, "a program")
        _row, secret = new_feed_address(session, clock, agent.id, "a program")
        return Subject(agenda.id, first.id, first.uid, agent.principal, collection.slug, password, secret)


def cancel_first(database: Database, clock: StoppedClock, subject: Subject) -> None:
    with database.transaction() as session, changing(session, clock, [subject.agenda_id]) as change:
        appointment = session.get_one(Appointment, subject.first_id)
        clock.advance(timedelta(minutes=1))
        appointment.become(Status.CANCELLED_BY_STAFF)
        change.publish(appointment)


class Programs:
    """vdirsyncer and khal, configured in a folder of the test."""

    def __init__(self, folder: Path, base: str, subject: Subject) -> None:
        """Synchronise the principal's calendars and the feed into folders that khal reads."""
        self.folder = folder
        (folder / "vdirsyncer").write_text(
            f"""
[general]
status_path = "{folder}/status/"
[pair agenda]
a = "server"
b = "here"
collections = ["from a"]
[storage server]
type = "caldav"
url = "{base}/"
username = "{subject.principal}"
password = "{subject.password}"
read_only = true
[storage here]
type = "filesystem"
path = "{folder}/agenda/"
fileext = ".ics"
[pair feed]
a = "address"
b = "copy"
collections = null
[storage address]
type = "http"
url = "{base}/calendrier/agenda-{subject.feed}.ics"
[storage copy]
type = "filesystem"
path = "{folder}/feed/"
fileext = ".ics"
""",
            encoding="utf-8",
        )
        self.environment = {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }

    def vdirsyncer(self, *arguments: str) -> str:
        """Run it; what it said."""
        command = ["vdirsyncer", "-c", str(self.folder / "vdirsyncer"), *arguments]
        done = run(
            command, env=self.environment, capture_output=True, text=True, input="y\n" * 10, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def khal(self, calendar: Path) -> list[str]:
        """What khal lists around the clock change, in Paris."""
        (self.folder / "khal").write_text(
            f"""
[calendars]
[[agenda]]
path = {calendar}
[locale]
local_timezone = Europe/Paris
default_timezone = Europe/Paris
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {self.folder}/khal-{calendar.name}.db
""",
            encoding="utf-8",
        )
        command = ["khal", "-c", str(self.folder / "khal"), "list", "--day-format", "", "--format"]
        command += ["{start-long-full} {end-time} {title} {status}", "2027-03-25", "7d"]
        done = run(command, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return [" ".join(line.split()) for line in done.stdout.splitlines() if line.strip()]


def test_vdirsyncer_and_khal_show_the_agenda_at_the_right_local_times(
    sqlite: Database, clock: StoppedClock, settings: Settings, subject: Subject, tmp_path: Path
) -> None:
    need("khal", "vdirsyncer")
    with serving(build(sqlite, clock, settings)) as base:
        programs = Programs(tmp_path, base, subject)
        programs.vdirsyncer("discover")
        programs.vdirsyncer("sync")
        [collection] = (tmp_path / "agenda").iterdir()
        expected = ["2027-03-26 09:00 09:30 Passeport", "2027-03-29 09:00 09:30 Passeport"]
        for calendar in (collection, tmp_path / "feed"):
            assert [line.replace(" CONFIRMED", "") for line in programs.khal(calendar)] == expected

        assert "Copying" not in programs.vdirsyncer("sync", "agenda"), "a second sync transfers nothing"

        cancel_first(sqlite, clock, subject)
        said = programs.vdirsyncer("sync", "agenda")
        assert said.count("Copying") == 1, said
        [changed] = [path for path in collection.iterdir() if b"STATUS:CANCELLED" in path.read_bytes()]
        assert f"UID:{subject.first_uid}" in changed.read_text(encoding="utf-8")


class Calcurse:
    """calcurse and its CalDAV script, in a folder of the test."""

    def __init__(self, folder: Path, base: str, subject: Subject) -> None:
        """Follow the main collection; it must be told its address, for it discovers nothing."""
        self.folder = folder
        (folder / "config").write_text(
            f"""
[General]
Hostname = {base.removeprefix("http://")}
Path = /dav/{subject.principal}/{subject.collection}/
HTTPS = No
DryRun = No
[Auth]
Username = {subject.principal}
Password = {subject.password}
""",
            encoding="utf-8",
        )

    def sync(self, *arguments: str) -> CompletedProcess[str]:
        """Run the script once."""
        command = [SYSTEM_PYTHON, str(shutil.which("calcurse-caldav"))]
        for option, name in (("config", "config"), ("datadir", "data"), ("lockfile", "lock"), ("syncdb", "sync.db")):
            command += [f"--{option}", str(self.folder / name)]
        return self._run([*command, "--hookdir", str(self.folder), *arguments])

    def shown(self) -> list[str]:
        """What calcurse shows around the clock change, in Paris."""
        command = ["calcurse", "-D", str(self.folder / "data"), "-Q", "--from", "03/25/2027", "--days", "7"]
        done = self._run([*command, "--format-apt", r"%(start:%Y-%m-%d %H:%M) %(end:%H:%M) %m\n"])
        return [line for line in done.stdout.splitlines() if line.startswith("2027")]

    def note(self, line: str) -> None:
        """Write an entry of one's own."""
        with (self.folder / "data" / "apts").open("a", encoding="utf-8") as entries:
            entries.write(f"{line}\n")

    def _run(self, command: list[str]) -> CompletedProcess[str]:
        environment = {**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TZ": "Europe/Paris"}
        return run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_calcurse_takes_each_change_once_and_is_refused_its_own(
    sqlite: Database, clock: StoppedClock, settings: Settings, subject: Subject, tmp_path: Path
) -> None:
    need("calcurse", "calcurse-caldav", SYSTEM_PYTHON, module="httplib2")
    with serving(build(sqlite, clock, settings)) as base:
        calcurse = Calcurse(tmp_path, base, subject)

        assert "2 items imported" in calcurse.sync("--init=keep-remote").stdout
        assert calcurse.shown() == ["2027-03-26 09:00 09:30 Passeport", "2027-03-29 09:00 09:30 Passeport"]
        assert "0 items imported" in calcurse.sync().stdout

        cancel_first(sqlite, clock, subject)
        assert "1 items imported" in calcurse.sync().stdout

        calcurse.note("03/30/2027 @ 10:00 -> 03/30/2027 @ 11:00|Mine")
        refused = calcurse.sync()
        assert refused.returncode != 0
        assert "403" in refused.stderr
        assert "2 items imported" in calcurse.sync("--init=keep-remote").stdout, "nothing of it reached the agenda"
