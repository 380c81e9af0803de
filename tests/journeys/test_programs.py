"""Calendar programs people use, from the system's packages, on the running doors: vdirsyncer and khal."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run

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


@pytest.fixture(autouse=True)
def _programs() -> None:
    missing = [name for name in ("khal", "vdirsyncer") if shutil.which(name) is None]
    if missing:
        assert os.environ.get("CI") != "true", f"{missing} must be installed where CI runs"
        pytest.skip(f"NOT RUN: {missing} is not installed; `make clients` installs it")


class Programs:
    """Configuration of both programs in a folder of the test."""

    def __init__(self, folder: Path, port: int, principal: str, password: str, feed: str) -> None:
        """Synchronise the principal's calendars and the feed into folders that khal reads."""
        self.folder = folder
        base = f"http://127.0.0.1:{port}"
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
username = "{principal}"
password = "{password}"
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
url = "{base}/calendrier/agenda-{feed}.ics"
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
    sqlite: Database, clock: StoppedClock, settings: Settings, tmp_path: Path
) -> None:
    with sqlite.transaction() as session:
        make = Maker(session, clock)
        motif = make.motif(name="Passeport")
        agent = make.agent()
        agenda = make.agenda_of(agent)
        first = make.appointment(agenda, BEFORE_CHANGE, motif=motif)
        make.appointment(agenda, AFTER_CHANGE, motif=motif)
        _row, password = new_app_password(session, clock, agent.id, "vdirsyncer")
        _row, secret = new_feed_address(session, clock, agent.id, "khal")
        first_id, uid, agenda_id, principal = first.id, first.uid, agenda.id, agent.principal
    with serving(build(sqlite, clock, settings)) as base:
        programs = Programs(tmp_path, int(base.rsplit(":", 1)[1]), principal, password, secret)
        programs.vdirsyncer("discover")
        programs.vdirsyncer("sync")
        [collection] = (tmp_path / "agenda").iterdir()
        expected = ["2027-03-26 09:00 09:30 Passeport", "2027-03-29 09:00 09:30 Passeport"]
        for calendar in (collection, tmp_path / "feed"):
            assert [line.replace(" CONFIRMED", "") for line in programs.khal(calendar)] == expected

        assert "Copying" not in programs.vdirsyncer("sync", "agenda"), "a second sync transfers nothing"

        with sqlite.transaction() as session, changing(session, clock, [agenda_id]) as change:
            appointment = session.get_one(Appointment, first_id)
            clock.advance(timedelta(minutes=1))
            appointment.become(Status.CANCELLED_BY_STAFF)
            change.publish(appointment)
        said = programs.vdirsyncer("sync", "agenda")
        assert said.count("Copying") == 1, said
        [changed] = [path for path in collection.iterdir() if b"STATUS:CANCELLED" in path.read_bytes()]
        assert f"UID:{uid}" in changed.read_text(encoding="utf-8")
