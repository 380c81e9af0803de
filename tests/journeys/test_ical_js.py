"""A parser of another language reads feeds to the same events: ical.js, which Thunderbird and Nextcloud use."""

import json
import os
import shutil
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from subprocess import run
from typing import Any

import icalendar
import pytest
import recurring_ical_events
from ical.examples import GOLDEN
from make import Maker

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.address import FeedContent, new_feed_address, offered
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.object import CollectionKind
from rdvdav.feeds.publish import publish
from rdvdav.feeds.subscription import feed_by_secret, served

pytestmark = pytest.mark.slow

FOLDER = os.environ.get("ICAL_JS", "")
"""Where `npm install ical.js` was run; nothing else in the house needs it."""

OCCURRENCES = 300

READ = """
const ICAL = require("ical.js");
const whole = new ICAL.Component(ICAL.parse(require("fs").readFileSync(0, "utf8")));
for (const zone of whole.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
const parts = whole.getAllSubcomponents("vevent");
const series = parts.filter((part) => !part.hasProperty("recurrence-id"));
const seconds = (time) => time.toUnixTime();
const found = series.map((part) => {
  const event = new ICAL.Event(part, { exceptions: parts.filter((other) => other.getFirstPropertyValue("uid") ===
    part.getFirstPropertyValue("uid") && other.hasProperty("recurrence-id")) });
  const times = [];
  if (event.isRecurring()) {
    const steps = event.iterator();
    for (let next = steps.next(); next && times.length < OCCURRENCES; next = steps.next()) {
      const details = event.getOccurrenceDetails(next);
      times.push([seconds(details.startDate), seconds(details.endDate)]);
    }
  } else times.push([seconds(event.startDate), seconds(event.endDate)]);
  const text = (name) => part.getFirstPropertyValue(name) ?? "";
  return { uid: event.uid, summary: event.summary, location: event.location ?? "", description: event.description ?? "",
    status: text("status"), url: text("url"), class: text("class"), transp: text("transp"), times };
});
const hours = whole.getAllSubcomponents("vfreebusy").flatMap((part) => part.getAllProperties("freebusy").map((line) =>
  [line.getParameter("fbtype"), ...line.getValues().map((period) => [seconds(period.start), seconds(period.getEnd())])]));
process.stdout.write(JSON.stringify({ found, hours }));
""".replace("OCCURRENCES", str(OCCURRENCES))


@pytest.fixture(autouse=True)
def _parser() -> None:
    if not FOLDER or shutil.which("node") is None:
        pytest.skip("NOT RUN: needs node, and ICAL_JS naming a folder where `npm install ical.js` was run")


def by_ical_js(text: str) -> dict[str, Any]:
    done = run(
        ["node", "-e", READ], cwd=Path(FOLDER), input=text.encode(), capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def by_icalendar(text: str) -> list[dict[str, Any]]:
    calendar = icalendar.Calendar.from_ical(text)
    events = calendar.walk("VEVENT")
    return [_meaning(event, calendar) for event in events if "RECURRENCE-ID" not in event]


def _meaning(event: icalendar.Event, calendar: icalendar.Calendar) -> dict[str, Any]:
    names = ("uid", "summary", "location", "description", "status", "url", "class", "transp")
    said = {name: str(event.get(name, "")) for name in names}
    times = (
        [(event.decoded("DTSTART"), event.decoded("DTEND"))] if "RRULE" not in event else _occurrences(event, calendar)
    )
    return said | {"times": [[_seconds(start), _seconds(end)] for start, end in times]}


def _occurrences(event: icalendar.Event, calendar: icalendar.Calendar) -> list[tuple[Any, Any]]:
    alone = icalendar.Calendar()
    for part in calendar.subcomponents:
        if part.name == "VTIMEZONE" or part.get("UID") == event["UID"]:
            alone.add_component(part)
    found = islice(recurring_ical_events.of(alone).after(datetime(2026, 1, 1, tzinfo=UTC)), OCCURRENCES)
    return [(each.start, each.end) for each in found]


def _seconds(moment: datetime | date) -> int:
    instant = moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)
    return int(instant.timestamp())


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.startswith(("agent-", "citizen-"))])
def test_ical_js_reads_mails_to_the_same_events(name: str) -> None:
    text = GOLDEN[name]()

    assert by_ical_js(text)["found"] == by_icalendar(text)


ODD = (
    "Rendez-vous 🎂 👩‍👩‍👧‍👦 🇫🇷",
    r"a;b,c\d\ne\N: \\ \;",
    "une\r\ndeux\u2028trois",
    "sonne\x07\x0b\x1b[0m\x85 fin",
    "« Carte » \"d'identité\" ^' BEGIN:VEVENT",
    "é" * 4000,
    "Élève à l'école – " * 230,
)


def test_ical_js_reads_feeds_to_the_same_events(sqlite: Database, clock: StoppedClock) -> None:
    with sqlite.transaction() as session:
        make = Maker(session, clock)
        make.organisation(detail_level=DetailLevel.FULL)
        agent = make.agent()
        agenda = make.agenda_of(agent)
        agenda.detail_level = DetailLevel.FULL
        open_collection(session, clock, agenda.id)
        for number, name in enumerate(ODD):
            start = datetime(2026, 11, 24, 8, tzinfo=UTC) + number * timedelta(hours=1)
            make.appointment(agenda, start, motif=make.motif(name=name))
        make.absence(agenda)
        make.absence(
            agenda,
            starts=time(22),
            ends=time(8),
            end_day=date(2026, 11, 25),
            recurrence="FREQ=WEEKLY;BYDAY=TU,SA",
            last_day=None,
        )
        make.opening_range(agenda, [make.motif()], excluded_days=["2026-12-01"])
        make.opening_range(agenda, [make.motif()], zone="America/Martinique", recurrence="FREQ=MONTHLY;BYDAY=2TU")
        for kind in (CollectionKind.ABSENCES, CollectionKind.OPENINGS):
            publish(session, clock, agent.id, kind)
        feeds = {}
        for each in offered(session, agent.id):
            free_busy = each.subject.content is FeedContent.FREE_BUSY
            for level in each.levels or (None,):
                secret = new_feed_address(session, clock, agent.id, "ical.js", each.subject, level)[1]
                found = feed_by_secret(session, secret, free_busy=free_busy)
                assert found is not None
                feeds[each.subject, level] = served(session, clock, found).text()

    for (subject, level), text in feeds.items():
        read = by_ical_js(text)
        assert read["found"] == by_icalendar(text), (subject, level)
        if subject.content is FeedContent.FREE_BUSY:
            assert {kind for kind, *_hours in read["hours"]} == {"BUSY", "BUSY-UNAVAILABLE"}
            assert len(read["hours"]) == text.count("\r\nFREEBUSY;")
    assert sum(text.count("BEGIN:VEVENT") for text in feeds.values()) > 60
