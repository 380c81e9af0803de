"""Ranges that ended long ago go (P-2), with what hangs on them, and nothing else."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from make import Maker
from sqlalchemy import select, update

from rdvdav.agenda.appointment import Claim
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.object import CalendarObject, CollectionKind
from rdvdav.feeds.rebuild import differences
from rdvdav.planning.opening_ranges import change_one, plan_of
from rdvdav.privacy.purge import purge_opening_ranges

YEAR = timedelta(days=365)
LAST = date(2025, 11, 22)
"""A year and a day before the clock's Monday."""


@pytest.fixture
def ranges(database: Database, clock: StoppedClock) -> dict[str, int]:
    """Ranges on each side of the limit, published, one with an appointment."""
    with database.transaction() as session:
        make = Maker(session, clock)
        agent = make.agent()
        agenda, motif = make.agenda_of(agent), make.motif()
        rows = {
            "endless": make.opening_range(agenda, [motif], first_day=date(2020, 1, 6)),
            "old": make.opening_range(agenda, [motif], first_day=LAST, last_day=LAST, recurrence=None),
            "kept": make.opening_range(
                agenda, [motif], first_day=LAST + timedelta(days=1), last_day=LAST + timedelta(days=1), recurrence=None
            ),
            "moved": make.opening_range(
                agenda,
                [motif],
                first_day=date(2025, 11, 3),
                last_day=LAST,
                recurrence="FREQ=WEEKLY;BYDAY=MO;UNTIL=20251122",
            ),
            "series": make.opening_range(
                agenda,
                [motif],
                first_day=date(2025, 11, 4),
                last_day=LAST,
                recurrence="FREQ=WEEKLY;BYDAY=TU;UNTIL=20251122",
            ),
        }
        open_collection(session, clock, agenda.id, CollectionKind.OPENINGS)
        for name, day, there in (
            ("moved", date(2025, 11, 17), date(2025, 12, 1)),
            ("series", date(2025, 11, 18), LAST),
        ):
            plan = plan_of(rows[name])
            moved = type(plan)(plan.name, plan.place_id, plan.motif_ids, there, time(14), time(15))
            change_one(session, clock, agent.id, rows[name].id, day, moved)
        make.appointment(agenda, datetime(2025, 11, 22, 8, 0, tzinfo=UTC))
        session.execute(update(Claim).values(opening_range_id=rows["old"].id))
        return {name: row.id for name, row in rows.items()} | {"agenda": agenda.id}


def left(database: Database) -> set[int]:
    with database.reading() as session:
        return set(session.scalars(select(OpeningRange.id).where(OpeningRange.series_id.is_(None))))


def test_a_dry_run_counts_and_deletes_nothing(database: Database, clock: StoppedClock, ranges: dict[str, int]) -> None:
    before = left(database)

    purged = purge_opening_ranges(database, clock, YEAR, dry_run=True)

    assert (purged.opening_ranges, purged.agendas, purged.before) == (2, 1, date(2025, 11, 23))
    assert left(database) == before
    with database.reading() as session:
        assert "opening_ranges.purged" not in set(session.scalars(select(AuditEntry.kind)))


def test_what_ended_goes_with_its_changed_dates_and_appointments_stay(
    database: Database, clock: StoppedClock, ranges: dict[str, int]
) -> None:
    purged = purge_opening_ranges(database, clock, YEAR)

    assert (purged.opening_ranges, purged.agendas) == (2, 1)
    assert left(database) == {ranges["endless"], ranges["kept"], ranges["moved"]}
    with database.reading() as session:
        assert set(session.scalars(select(OpeningRange.series_id))) == {None, ranges["moved"]}
        assert session.scalars(select(Claim.opening_range_id)).all() == [None]
        entry = session.scalars(select(AuditEntry).where(AuditEntry.kind == "opening_ranges.purged")).one()
        assert entry.details == {"count": 2, "before": "2025-11-23"}
        assert differences(session, clock, ranges["agenda"]) == []
    assert purge_opening_ranges(database, clock, YEAR).opening_ranges == 0


def test_what_calendars_still_show_leaves_by_a_tombstone(
    database: Database, clock: StoppedClock, ranges: dict[str, int]
) -> None:
    with database.reading() as session:
        shown = set(session.scalars(select(CalendarObject.uid).where(CalendarObject.text.is_not(None))))
        kept = session.get_one(OpeningRange, ranges["endless"]).uid
    clock.advance(timedelta(days=1))

    purge_opening_ranges(database, clock, timedelta(days=1))

    with database.reading() as session:
        rows = {row.uid: row for row in session.scalars(select(CalendarObject)) if row.uid in shown}
        assert rows[kept].deleted is False
        assert differences(session, clock, ranges["agenda"]) == []
        assert session.scalars(select(OpeningRange.uid)).all() == [kept]
