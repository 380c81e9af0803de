"""Where time may have been freed: a mark for each agenda that somebody waits for, written by the flush that frees it (L-7).

Cancelling, moving, withdrawing, giving a hold back, shortening an absence, opening hours: all end in the same few tables. A hold that runs
out is marked beforehand, for that instant. Where nobody waits nothing is written; what is free is asked later, by the worker.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, ForeignKey, Index, event, insert, inspect, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.claim import Claim
from rdvdav.agenda.hold import HoldClaim
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.database import Base, Instant, PrimaryKey
from rdvdav.directory.organisation import HolidayChange

_NOTED = "freed time to mark"
"""Under which a session notes it while it flushes."""

Where = tuple[str, int, datetime | None]
"""A column of `OpeningRange`, its value, and when the time will be free; None: it is."""


class Freed(Base):
    """An agenda where time may be free that was not. Two for one agenda do no harm: nobody is told of nothing."""

    __tablename__ = "freed"
    __table_args__ = (Index("ix_freed_due_at", "due_at"),)

    id: Mapped[PrimaryKey]
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), index=True)
    due_at: Mapped[Instant | None]
    """When it is looked at; None: at once."""
    leased_until: Mapped[Instant | None]
    """Keeps a second worker away meanwhile."""


def _frees(
    table: type[Base],
    *moments: str,
    when: Callable[[Any], bool] = lambda _row: True,
    due: Callable[[Any], datetime | None] = lambda _row: None,
) -> None:
    """Have each row of *table* marked at *moments* where *when* holds of it, for when *due* says; None: at once."""

    def note(_mapper: object, _connection: Connection, row: Any) -> None:
        if when(row):
            session = cast("Session", object_session(row))
            noted: set[Where] = session.info.setdefault(_NOTED, set())
            if isinstance(row, HolidayChange):
                noted.add(("organisation_id", row.organisation_id, None))
            else:
                noted.add(("agenda_id", row.agenda_id, due(row)))

    for moment in moments:
        event.listen(table, moment, note)


def _gives_time_back(claim: Claim) -> bool:
    state = inspect(claim)
    return any(state.attrs[name].history.has_changes() for name in ("starts_at", "ends_at", "holds_time"))


_frees(Claim, "after_delete")
_frees(Claim, "after_update", when=_gives_time_back)
_frees(HoldClaim, "after_delete")
_frees(HoldClaim, "after_insert", "after_update", due=lambda claim: claim.expires_at)
_frees(Absence, "after_update", "after_delete")
_frees(OpeningRange, "after_insert", "after_update")
_frees(HolidayChange, "after_insert", "after_update", "after_delete")


@event.listens_for(Session, "after_flush")
def _mark(session: Session, _context: object) -> None:
    noted: set[Where] = session.info.pop(_NOTED, set())
    for column, value, due_at in sorted(noted, key=repr):
        condition: ColumnElement[bool] = getattr(OpeningRange, column) == value
        waited_for = (
            select(OpeningRange.agenda_id, literal(due_at, Freed.__table__.c.due_at.type))
            .join(OpeningRangeMotif, OpeningRangeMotif.opening_range_id == OpeningRange.id)
            .join(WaitingListEntry, WaitingListEntry.motif_id == OpeningRangeMotif.motif_id)
            .where(condition, WaitingListEntry.confirmed_at.is_not(None), WaitingListEntry.ended_at.is_(None))
            .distinct()
        )
        session.connection().execute(insert(Freed).from_select(["agenda_id", "due_at"], waited_for))
