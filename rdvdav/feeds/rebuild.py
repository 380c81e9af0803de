"""What is stored compared with what would be written today, and written again where it differs (K-5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.clock import Clock
from rdvdav.feeds.change import changing
from rdvdav.feeds.disclosure import Showing, Thing, agendas_of, horizon, shown
from rdvdav.feeds.object import CalendarObject, Collection, Occurrence
from rdvdav.feeds.things import things_of
from rdvdav.feeds.written import filed, minutes_of, size_of
from rdvdav.ical.event import etag
from rdvdav.ical.expand import Span
from rdvdav.ical.uid import href_of
from rdvdav.policy.installation import installation


class Flaw(StrEnum):
    """What is wrong with a stored object."""

    MISSING = "missing"
    DIFFERENT = "different"
    SURPLUS = "surplus"


@dataclass(frozen=True)
class Difference:
    """One stored object that is not what it should be."""

    collection_id: int
    href: str
    flaw: Flaw
    thing: Thing | None = None


def differences(session: Session, clock: Clock, agenda_id: int) -> list[Difference]:
    """How the collections of an agenda differ from its appointments, absences and openings, each rendered afresh.

    What has left the window, and what was cancelled so long ago that it may have left, is not judged.
    """
    query = select(Collection).where(Collection.agenda_id == agenda_id).order_by(Collection.id)
    return [found for each in session.scalars(query).all() for found in _in_collection(session, clock, each)]


def rebuild(session: Session, clock: Clock, agenda_id: int) -> int:
    """Write again what `differences` finds in an agenda; how many objects that were. The caller commits."""
    found = differences(session, clock, agenda_id)
    if not found:
        return 0
    held = {agenda_id}.union(*(agendas_of(each.thing) for each in found if each.thing))
    with changing(session, clock, held) as change:
        found = differences(session, clock, agenda_id)
        for each in found:
            if each.thing is None:
                uid = session.get_one(CalendarObject, (each.collection_id, each.href)).uid
                change.withdraw(uid)
            elif agendas_of(each.thing) <= held:
                change.rewrite(each.thing)
    return len(found)


def _in_collection(session: Session, clock: Clock, collection: Collection) -> Iterator[Difference]:
    rows = {
        row.href: row
        for row in session.scalars(
            select(CalendarObject).where(
                CalendarObject.collection_id == collection.id,
                CalendarObject.text.is_not(None),
                CalendarObject.ends_at > collection.window_start,
            )
        )
    }
    public_url, now = installation(session).public_url, clock.now()
    for thing in things_of(session, collection, now):
        row = rows.pop(href_of(thing.uid), None)
        until = row.occurs_until if row is not None and row.occurs_until else horizon(now)
        showing = shown(thing, collection.level, public_url, until)
        if showing is not None and showing.ends_at <= collection.window_start:
            continue
        if row is None and showing is not None:
            yield Difference(collection.id, href_of(thing.uid), Flaw.MISSING, thing)
        elif row is not None and showing is None:
            yield Difference(collection.id, row.href, Flaw.SURPLUS)
        elif row is not None and showing is not None and not _same(session, collection, row, thing, showing):
            yield Difference(collection.id, row.href, Flaw.DIFFERENT, thing)
    for row in rows.values():
        if not _may_linger(session, row):
            yield Difference(collection.id, row.href, Flaw.SURPLUS)


def _same(session: Session, collection: Collection, row: CalendarObject, thing: Thing, showing: Showing) -> bool:
    """Whether *row*, and what SQL knows of it, is what would be written."""
    stored = (row.text, row.etag, row.size, row.starts_at, row.ends_at, row.busy, row.sequence, filed(row))
    told = (showing.text, etag(showing.text), size_of(showing.text), showing.starts_at, showing.ends_at, showing.busy)
    if (*stored, row.occurs_until) != (*told, thing.sequence, showing.filed, showing.occurs_until):
        return False
    if row.occurs_until is None:
        return minutes_of(showing) <= collection.longest_minutes
    spans = select(Occurrence.original_at, Occurrence.starts_at, Occurrence.ends_at).where(
        Occurrence.collection_id == row.collection_id, Occurrence.href == row.href
    )
    return sorted(map(Span._make, session.execute(spans))) == sorted(showing.occurrences)


def _may_linger(session: Session, row: CalendarObject) -> bool:
    """Whether *row* shows an appointment cancelled long ago, which the worker will take away."""
    appointment = session.get(Appointment, row.appointment_id) if row.appointment_id else None
    return appointment is not None and appointment.cancelled_at is not None
