"""Where time may have been freed: a mark for each motif that somebody waits for, written by the flush that frees it (L-7).

Cancelling, moving, withdrawing, giving a hold back, shortening an absence, opening hours, reopening a place, taking a holiday back, adding
seats, receiving sooner or later: all end in the same few tables. A hold that runs out is marked beforehand, for that instant. Where nobody
waits nothing is written; what is free is asked later, by the worker.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, ForeignKey, Index, event, insert, inspect, literal, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.claim import Claim
from rdvdav.agenda.hold import HoldClaim
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.database import Base, Instant, PrimaryKey
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import HolidayChange, Organisation
from rdvdav.directory.place import Place

_NOTED = "freed time to mark"
"""Under which a session notes it while it flushes."""
WAITING = WaitingListEntry.confirmed_at.is_not(None) & WaitingListEntry.ended_at.is_(None)
"""Holds for entries of those who wait."""


class Where(NamedTuple):
    """What was freed.

    Attributes:
        of: A name of `_CONCERNED`.
        due_at: When the time will be free; None: it is.
    """

    of: str
    id: int
    due_at: datetime | None


class Freed(Base):
    """A motif for which time may be free that was not. Two for one motif do no harm: nobody is told of nothing."""

    __tablename__ = "freed"
    __table_args__ = (Index("ix_freed_due_at", "due_at"),)

    id: Mapped[PrimaryKey]
    motif_id: Mapped[int] = mapped_column(ForeignKey("motif.id"), index=True)
    due_at: Mapped[Instant | None]
    """When it is looked at; None: at once."""
    leased_until: Mapped[Instant | None]
    """Keeps a second worker away meanwhile."""


def _received_on(agenda_id: int) -> ColumnElement[bool]:
    """Holds for motifs that an agenda has hours for, or collective appointments of."""
    carried = select(OpeningRangeMotif.motif_id).join(OpeningRange).where(OpeningRange.agenda_id == agenda_id)
    meets = select(Claim.agenda_id).join(Appointment, Appointment.id == Claim.appointment_id)
    meets = meets.where(Appointment.motif_id == Motif.id, Claim.agenda_id == agenda_id).correlate(Motif)
    return or_(Motif.id.in_(carried), Motif.collective & meets.exists())


_CONCERNED: dict[str, Callable[[int], ColumnElement[bool]]] = {
    "motif": lambda id_: Motif.id == id_,
    "appointment": lambda id_: Motif.id == select(Appointment.motif_id).where(Appointment.id == id_).scalar_subquery(),
    "agenda": _received_on,
    "organisation": lambda id_: Motif.organisation_id == id_,
}
"""Of what was freed, by what names it: the motifs that may have time."""


def _frees(
    table: type[Base],
    *moments: str,
    of: str,
    named: str = "",
    when: Callable[[Any], bool] = lambda _row: True,
    due: Callable[[Any], datetime | None] = lambda _row: None,
) -> None:
    """Have each row of *table* marked at *moments* where *when* holds of it, for when *due* says; None: at once.

    Args:
        of: Whose time it is, a name of `_CONCERNED`.
        named: The column of *table* that says which; `<of>_id` by default.
    """

    def note(_mapper: object, _connection: Connection, row: Any) -> None:
        if when(row):
            session = cast("Session", object_session(row))
            noted: set[Where] = session.info.setdefault(_NOTED, set())
            noted.add(Where(of, getattr(row, named or f"{of}_id"), due(row)))

    for moment in moments:
        event.listen(table, moment, note)


def _changed(row: Any, *names: str) -> bool:
    """Whether one of these columns of *row* says something else now."""
    state = inspect(row)
    return any(state.attrs[name].history.has_changes() for name in names)


def _on(*names: str) -> Callable[[Any], bool]:
    return lambda row: _changed(row, *names)


_frees(Claim, "after_delete", of="agenda")
_frees(Claim, "after_update", of="agenda", when=_on("starts_at", "ends_at", "holds_time", "conflict_kept_at"))
_frees(HoldClaim, "after_delete", of="agenda")
_frees(HoldClaim, "after_insert", "after_update", of="agenda", due=lambda claim: claim.expires_at)
_frees(Absence, "after_update", "after_delete", of="agenda")
_frees(OpeningRange, "after_insert", "after_update", of="agenda")
_frees(Appointment, "after_insert", of="motif", when=lambda appointment: appointment.seats > 1)
_frees(
    Appointment, "after_update", of="motif", when=_on("seats", "title")
)  # one with a single seat is opened by its title
_frees(Participation, "after_update", of="appointment", when=_on("status"))
_frees(Participation, "after_delete", of="appointment")
_frees(Motif, "after_update", of="motif", named="id")
_frees(Place, "after_update", of="organisation", when=_on("enabled"))
_frees(Organisation, "after_update", of="organisation", named="id", when=_on("holiday_calendar"))
_frees(HolidayChange, "after_insert", "after_update", "after_delete", of="organisation")


@event.listens_for(Session, "after_flush")
def _mark(session: Session, _context: object) -> None:
    noted: set[Where] = session.info.pop(_NOTED, set())
    for of, id_, due_at in sorted(noted, key=repr):
        waited_for = select(Motif.id, literal(due_at, Freed.__table__.c.due_at.type)).where(
            Motif.id.in_(select(WaitingListEntry.motif_id).where(WAITING)), _CONCERNED[of](id_)
        )
        session.connection().execute(insert(Freed).from_select(["motif_id", "due_at"], waited_for))
