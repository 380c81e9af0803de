"""What a collection ought to show, read with all that rendering it needs (K-42)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.directory.motif import Motif
from rdvdav.feeds.disclosure import Thing
from rdvdav.feeds.object import Collection, CollectionKind
from rdvdav.policy.installation import installation

Repeated = TypeVar("Repeated", Absence, OpeningRange)


OPENINGS_TO_SHOW = (
    selectinload(OpeningRange.motifs),
    joinedload(OpeningRange.place),
    selectinload(OpeningRange.changed).options(selectinload(OpeningRange.motifs), joinedload(OpeningRange.place)),
)
TO_SHOW = (
    selectinload(Appointment.claims),
    selectinload(Appointment.participations).joinedload(Participation.citizen),
    joinedload(Appointment.motif).joinedload(Motif.service),
    joinedload(Appointment.place),
    joinedload(Appointment.organisation),
)
"""What rendering reads of an appointment, in a few statements for however many."""


def things_of(
    session: Session, collection: Collection, now: datetime, *, after_id: int = 0, most: int | None = None
) -> Iterator[Thing]:
    """All that *collection* ought to show: what is in its window, less what was cancelled long ago (K-42).

    Of a main collection, the appointments after *after_id*, *most* at most, by id.
    """
    agenda_id, start = collection.agenda_id, collection.window_start
    if collection.kind is CollectionKind.MAIN:
        gone = now - installation(session).cancelled_for
        yield from session.scalars(
            select(Appointment)
            .join(Claim)
            .where(Claim.agenda_id == agenda_id, Appointment.ends_at > start, Appointment.id > after_id)
            .where(or_(Appointment.cancelled_at.is_(None), Appointment.cancelled_at > gone))
            .order_by(Appointment.id)
            .limit(most)
            .options(*TO_SHOW)
        )
        return
    since = start.date() - timedelta(days=1)  # the window is an instant: its local day may be the one before
    if collection.kind is CollectionKind.ABSENCES:
        yield from session.scalars(_going_on(Absence, agenda_id, since).options(selectinload(Absence.changed)))
    else:
        yield from session.scalars(_going_on(OpeningRange, agenda_id, since).options(*OPENINGS_TO_SHOW))


def _going_on(table: type[Repeated], agenda_id: int, since: date) -> Select[Repeated]:
    """The rows of *table* on an agenda that are not over before *since*; changed dates come with their series."""
    return (
        select(table)
        .where(table.agenda_id == agenda_id, or_(table.last_day.is_(None), table.last_day >= since))
        .where(table.series_id.is_(None))
        .order_by(table.id)
    )
