"""What is deleted once it is old enough: rules P-1 to P-6, each with a dry run and a line in the journal. Here P-2, opening ranges."""

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter

from sqlalchemy import ColumnElement, select

from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.record import SYSTEM, record
from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.feeds.change import changing

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Purged:
    """What went, or would go.

    Attributes:
        before: What ended before this day, in UTC.
        agendas: How many agendas lost something.
    """

    before: date
    opening_ranges: int
    agendas: int


def purge_opening_ranges(database: Database, clock: Clock, kept: timedelta, *, dry_run: bool = False) -> Purged:
    """Delete the ranges whose last date, changed ones included, is further back than *kept* (P-2). One commit per agenda.

    Their events leave the calendars that still know them; appointments stay, and no longer name a range.
    """
    before = (clock.now() - kept).date()
    with database.reading() as session:
        query = select(OpeningRange.agenda_id, OpeningRange.id).where(_over(before)).order_by(OpeningRange.agenda_id)
        found = session.execute(query).all()
    count, agendas = len(found), len({agenda_id for agenda_id, _id in found})
    if not dry_run:
        by_agenda = [(agenda_id, [id_ for _agenda, id_ in rows]) for agenda_id, rows in groupby(found, itemgetter(0))]
        gone = [_purge(database, clock, agenda_id, ids, before) for agenda_id, ids in by_agenda]
        count, agendas = sum(gone), sum(map(bool, gone))
    words = "%d opening ranges of %d agendas that ended before %s %s"
    log.info(words, count, agendas, before, "would be deleted" if dry_run else "were deleted")
    return Purged(before, count, agendas)


def _over(before: date) -> ColumnElement[bool]:
    """True of a range, not of a changed date, that touches no day from *before* on."""
    return (OpeningRange.last_day < before) & OpeningRange.series_id.is_(None)


def _purge(database: Database, clock: Clock, agenda_id: int, ids: list[int], before: date) -> int:
    """Delete those of *ids* that are still over now that the agenda is held; how many."""
    with database.transaction() as session, changing(session, clock, [agenda_id]) as change:
        rows = session.scalars(select(OpeningRange).where(OpeningRange.id.in_(ids), _over(before))).all()
        for row in rows:
            change.withdraw(row.uid)
            session.delete(row)
        for territory_id, count in Counter(row.territory_id for row in rows).items():
            details = {"count": count, "before": before.isoformat()}
            record(session, clock, SYSTEM, "opening_ranges.purged", territory_id, agenda_id, **details)
        return len(rows)
