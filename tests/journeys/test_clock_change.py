"""On the days clocks change, and where they never do: the agenda's page, slots, stored texts, feeds and programs tell the same instants."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from subprocess import run
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar
from journeys.test_programs import need
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.expansion import expansion
from rdvdav.feeds.object import CalendarObject, CollectionKind
from rdvdav.feeds.occupied import availability_text
from rdvdav.feeds.read import calendars_of, objects_matching
from rdvdav.feeds.rebuild import differences
from rdvdav.feeds.webcal import feed_of
from rdvdav.i18n import hours_range
from rdvdav.planning.opening_ranges import change_one, plan_of, remove_one
from rdvdav.policy.session import open_session
from rdvdav.settings import Settings
from rdvdav.slots.load import Scope
from rdvdav.slots.search import find_days
from rdvdav_web import create_app
from rdvdav_web.signin import COOKIE_KEY

Span = tuple[datetime, datetime]
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@dataclass(frozen=True)
class Change:
    """A day in a zone, and when a range from 01:30 to 04:30 of its clocks is open on it.

    Attributes:
        opens, closes: Instants, worked out by hand.
        shown: The wall time it starts at on the agenda's page: later than 01:30 where that is skipped.
    """

    zone: str
    day: date
    opens: datetime
    closes: datetime
    shown: time = time(1, 30)


CHANGES = [
    Change("Europe/Paris", date(2027, 3, 28), at("2027-03-28T00:30"), at("2027-03-28T02:30")),
    Change("Europe/Paris", date(2027, 10, 31), at("2027-10-30T23:30"), at("2027-10-31T03:30")),
    Change("America/New_York", date(2027, 3, 14), at("2027-03-14T06:30"), at("2027-03-14T08:30")),
    # 01:30 comes twice: the first one counts.
    Change("America/New_York", date(2027, 11, 7), at("2027-11-07T05:30"), at("2027-11-07T09:30")),
    # 01:30 is skipped: the range opens as clocks go from one to two.
    Change("Europe/London", date(2027, 3, 28), at("2027-03-28T01:00"), at("2027-03-28T03:30"), time(2)),
    Change("Europe/London", date(2027, 10, 31), at("2027-10-31T00:30"), at("2027-10-31T04:30")),
    Change("Indian/Reunion", date(2027, 3, 28), at("2027-03-27T21:30"), at("2027-03-28T00:30")),
    Change("America/Martinique", date(2027, 10, 31), at("2027-10-31T05:30"), at("2027-10-31T08:30")),
]
EACH = pytest.mark.parametrize("change", CHANGES, ids=[f"{each.zone}-{each.day:%m}" for each in CHANGES])


@dataclass(frozen=True)
class Stand:
    """An agent open every night from 01:30 to 04:30, away every night from 22:00 to 06:00 on another agenda."""

    change: Change
    agent_id: int
    agenda_id: int
    away_agent_id: int
    motif_id: int

    @property
    def window(self) -> Span:
        """The local day, with the hours of its night before."""
        zone = ZoneInfo(self.change.zone)
        return tuple(  # type: ignore[return-value]
            datetime.combine(day, time(12), zone).astimezone(UTC) for day in (self.change.day - DAY, self.change.day)
        )

    @property
    def open(self) -> Span:
        return self.change.opens, self.change.closes

    @property
    def away(self) -> Span:
        zone, day = ZoneInfo(self.change.zone), self.change.day
        start, end = datetime.combine(day - DAY, time(22), zone), datetime.combine(day, time(6), zone)
        return start.astimezone(UTC), end.astimezone(UTC)


def build(session: Session, clock: StoppedClock, change: Change) -> Stand:
    make = Maker(session, clock)
    make.organisation(zone=change.zone, holiday_calendar="")
    motif = make.motif(modality="phone", duration_minutes=30)
    agent, away = make.agent(), make.agent()
    first = change.day - 3 * DAY
    make.opening_range(
        make.agenda_of(agent),
        [motif],
        opens=time(1, 30),
        closes=time(4, 30),
        first_day=first,
        recurrence="FREQ=DAILY",
        place_id=None,
    )
    make.absence(
        make.agenda_of(away),
        starts=time(22),
        ends=time(6),
        first_day=first,
        end_day=first + DAY,
        recurrence="FREQ=DAILY",
        last_day=None,
    )
    for each, kind in ((agent, CollectionKind.OPENINGS), (away, CollectionKind.ABSENCES)):
        open_collection(session, clock, make.agenda_of(each).id, kind)
    return Stand(change, agent.id, make.agenda_of(agent).id, away.id, motif.id)


@contextmanager
def standing(database: Database, clock: StoppedClock, change: Change) -> Iterator[tuple[Session, Stand]]:
    """A session in which the stand is built, a fortnight before the change."""
    clock.advance(datetime.combine(change.day, time(), UTC) - 14 * DAY - clock.now())
    with database.transaction() as session:
        yield session, build(session, clock, change)


def read(text: str, window: Span) -> list[Span]:
    """When a text happens, says a reader that is not ours."""
    found = recurring_ical_events.of(Calendar.from_ical(text)).between(*window)
    return sorted((event.start.astimezone(UTC), event.end.astimezone(UTC)) for event in found)


@EACH
def test_slots_texts_feeds_and_rows_tell_the_same_instants(
    database: Database, clock: StoppedClock, change: Change
) -> None:
    with standing(database, clock, change) as (session, stand):
        page = find_days(
            session,
            clock,
            session.get_one(Motif, stand.motif_id),
            first_day=change.day,
            count=1,
            scope=Scope(staff=True),
        )
        starts = [slot.starts_at for slot in page.days[0].slots]
        assert page.days[0].date == change.day
        assert (starts[0], page.days[0].slots[-1].ends_at) == stand.open
        walls = [start.astimezone(ZoneInfo(change.zone)).replace(tzinfo=None) for start in starts]
        assert len(set(walls)) == len(walls)

        for agent_id, kind, span in (
            (stand.agent_id, CollectionKind.OPENINGS, stand.open),
            (stand.away_agent_id, CollectionKind.ABSENCES, stand.away),
        ):
            [calendar] = [each for each in calendars_of(session, agent_id) if each.kind is kind]
            [row] = session.scalars(select(CalendarObject).where(CalendarObject.collection_id == calendar.id))
            assert read(row.text or "", stand.window) == [span]
            assert read(feed_of(session, calendar).text, stand.window) == [span]
            start, end = stand.window
            shown = objects_matching(session, calendar, start=start, end=end, texts=True)
            [single] = expansion(session, calendar, shown, stand.window)
            events = Calendar.from_ical(single.text or "").walk("VEVENT")
            assert [(event["DTSTART"].dt, event["DTEND"].dt) for event in events] == [span]
            edge, minute = span[0], timedelta(minutes=1)
            assert not list(objects_matching(session, calendar, start=edge - minute, end=edge))
            assert list(objects_matching(session, calendar, start=edge, end=edge + minute))
        assert differences(session, clock, stand.agenda_id) == []
        assert "BEGIN:AVAILABLE" in availability_text(session, clock, stand.agenda_id, "x")


@EACH
def test_the_agendas_page_shows_them_on_its_clock(
    database: Database, clock: StoppedClock, settings: Settings, change: Change
) -> None:
    with standing(database, clock, change) as (session, stand):
        token = open_session(session, clock, agent_id=stand.agent_id)
        name = session.get_one(Agenda, stand.agenda_id).name
    client = create_app(database, clock, settings).test_client()
    with client.session_transaction() as cookie:
        cookie[COOKIE_KEY] = token

    page = unescape(client.get(f"/agent/agenda?vue=jour&jour={change.day}").get_data(as_text=True))

    assert name in page
    assert f"Permanence, {hours_range(change.shown, time(4, 30))}" in page
    local = change.opens.astimezone(ZoneInfo(change.zone))
    assert (local.date(), local.time()) == (change.day, change.shown)


@pytest.mark.slow
@EACH
def test_khal_shows_them_too(sqlite: Database, clock: StoppedClock, change: Change, tmp_path: Path) -> None:
    need("khal")
    folder = tmp_path / "calendar"
    folder.mkdir()
    with standing(sqlite, clock, change) as (session, stand):
        for agent_id in (stand.agent_id, stand.away_agent_id):
            for calendar in calendars_of(session, agent_id)[1:]:
                rows = session.scalars(select(CalendarObject).where(CalendarObject.collection_id == calendar.id))
                for row in rows:
                    (folder / row.href).write_text(row.text or "", encoding="utf-8", newline="")

    listed = khal(folder, tmp_path, change.day - DAY)

    for span in (stand.open, stand.away):
        assert " ".join(f"{instant:%Y-%m-%d %H:%M}" for instant in span) in listed, listed


@pytest.mark.slow
def test_khal_shows_a_changed_date_in_place_of_the_usual_one(
    sqlite: Database, clock: StoppedClock, tmp_path: Path
) -> None:
    need("khal")
    folder = tmp_path / "calendar"
    folder.mkdir()
    [change, *_others] = CHANGES
    with standing(sqlite, clock, change) as (session, stand):
        row = session.scalars(select(OpeningRange).where(OpeningRange.agenda_id == stand.agenda_id)).one()
        plan = replace(plan_of(row), first_day=change.day, opens=time(14), closes=time(16), recurrence=None)
        change_one(session, clock, stand.agent_id, row.id, change.day, plan)
        remove_one(session, clock, stand.agent_id, row.id, change.day - DAY)
        for shown in session.scalars(select(CalendarObject).where(CalendarObject.uid == row.uid)):
            (folder / shown.href).write_text(shown.text or "", encoding="utf-8", newline="")

    assert khal(folder, tmp_path, change.day - 2 * DAY, days=3) == {
        "2027-03-26 00:30 2027-03-26 03:30",
        "2027-03-28 12:00 2027-03-28 14:00",
        "2027-03-28 23:30 2027-03-29 02:30",
    }


def khal(calendar: Path, folder: Path, start: date, days: int = 2) -> set[str]:
    """What khal lists of *calendar*, in UTC."""
    (folder / "khal").write_text(
        f"""
[calendars]
[[agenda]]
path = {calendar}
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
""",
        encoding="utf-8",
    )
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    command = ["khal", "-c", str(folder / "khal"), "list", "--day-format", "", "--format"]
    command += ["{start-long-full} {end-long-full}", start.isoformat(), f"{days}d"]

    done = run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    return {" ".join(line.split()) for line in done.stdout.splitlines() if line.strip()}
