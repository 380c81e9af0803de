"""Many who change one agenda at once, each in a process of its own.

It stands beside the tests because a process that is started afresh imports what it runs by name.
"""

from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import select

import rdvdav.tables  # noqa: F401 - a process must know them all, as each command does
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.feeds.change import changing
from rdvdav.tokens import new_slug


def lock_often(url: str, agenda_ids: list[int], times: int) -> int:
    """Hold all of *agenda_ids*, named in this order, *times* times; how often that went well."""
    database = Database(url)
    try:
        for _ in range(times):
            with (
                database.transaction() as session,
                changing(session, StoppedClock(datetime(2026, 11, 23, tzinfo=UTC)), agenda_ids),
            ):
                pass
        return times
    finally:
        database.dispose()


def scribble(url: str, number: int, agenda_id: int, start: datetime, changes: int) -> int:
    """Book, move, cancel and withdraw *changes* times, each committed; how many were."""
    database, chance, clock = Database(url), Random(number), StoppedClock(start)  # noqa: S311 - a test's dice
    mine: list[str] = []
    try:
        for _ in range(changes):
            clock.advance(timedelta(seconds=1))
            with database.transaction() as session, changing(session, clock, [agenda_id]) as change:
                what = chance.choice(["book", "book", "move", "cancel", "withdraw"]) if mine else "book"
                if what == "book":
                    motif = session.scalars(select(Motif)).one()
                    appointment = Appointment(
                        territory_id=motif.territory_id,
                        organisation_id=motif.organisation_id,
                        motif_id=motif.id,
                        uid=f"{new_slug()}@rdv.example.test",
                        reference=new_slug(8),
                        starts_at=start + timedelta(hours=chance.randrange(1000)),
                        ends_at=start + timedelta(hours=1001),
                        status="planned",
                        stamped_at=clock.now(),
                        created_at=clock.now(),
                    )
                    appointment.claim({agenda_id: None})
                    session.add(appointment)
                    session.flush()
                    mine.append(appointment.uid)
                    change.publish(appointment)
                    continue
                uid = mine.pop(chance.randrange(len(mine)))
                appointment = session.scalars(select(Appointment).where(Appointment.uid == uid)).one()
                if what == "move":
                    appointment.reschedule(start + timedelta(hours=chance.randrange(1000)), appointment.ends_at)
                    mine.append(uid)
                elif what == "cancel":
                    appointment.become(Status.CANCELLED_BY_STAFF)
                if what == "withdraw":
                    change.withdraw(uid)
                else:
                    change.publish(appointment)
        return changes
    finally:
        database.dispose()
