"""The only writer of agendas and of what they publish (D-1, K-2, K-3).

`changing()` locks the agendas, forgets what was read before, lets the use case read, decide and write, then renders what it was told
to publish and raises each version once. Row locks make commit order equal version order: a reader who sees a version sees all before.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.clock import Clock
from rdvdav.directory.organisation import DetailLevel
from rdvdav.errors import NotFound, Stale
from rdvdav.feeds.disclosure import entry_of
from rdvdav.feeds.object import CalendarObject, Collection, CollectionKind
from rdvdav.ical.event import etag, render
from rdvdav.ical.uid import href_of
from rdvdav.policy.installation import installation
from rdvdav.tokens import new_slug


class NoSuchAgendas(NotFound):
    """One of the agendas to change does not exist."""


class MovedMeanwhile(Stale):
    """The appointment went to another agenda while this change waited for the old one."""


class Change:
    """What one transaction publishes on the agendas it holds."""

    def __init__(self, session: Session, clock: Clock, agendas: Iterable[Agenda]) -> None:
        """Made by `changing` alone."""
        self._session = session
        self._now = clock.now()
        self._agendas = {agenda.id: agenda for agenda in agendas}
        self._appointments: dict[str, Appointment] = {}
        self._withdrawn: set[str] = set()

    def publish(self, appointment: Appointment) -> None:
        """Show *appointment* as it is when the change ends, on the agendas it then claims, and take it off any other."""
        self._appointments[appointment.uid] = appointment

    def withdraw(self, uid: str) -> None:
        """Take the event *uid* off the agendas held, leaving tombstones."""
        self._withdrawn.add(uid)

    def require_held(self, appointment: Appointment) -> None:
        """Check that all agendas *appointment* claims are held: which ones was read before the lock.

        Raises:
            MovedMeanwhile: It claims another one by now.
        """
        if not {claim.agenda_id for claim in appointment.claims} <= self._agendas.keys():
            raise MovedMeanwhile

    def finish(self) -> None:
        """Render, compare, write what differs, raise versions. `changing` calls it."""
        if not self._appointments and not self._withdrawn:
            return
        collections = self._session.scalars(
            select(Collection).where(Collection.agenda_id.in_(self._agendas), Collection.kind == CollectionKind.MAIN)
        ).all()
        stored = self._stored({*self._appointments, *self._withdrawn})
        public_url = installation(self._session).public_url
        written: list[CalendarObject] = []
        with self._session.no_autoflush:  # the rows are whole only once they are stamped
            for appointment in self._appointments.values():
                written += self._show(appointment, collections, stored.get(appointment.uid, {}), public_url)
        for uid in self._withdrawn:
            written += _bury(stored.get(uid, {}).values())
        self._stamp(written, {collection.id: collection for collection in collections})

    def _stored(self, uids: set[str]) -> dict[str, dict[int, CalendarObject]]:
        """What is published under *uids* on the agendas held: uid → collection id → object."""
        found: dict[str, dict[int, CalendarObject]] = {}
        ordered = sorted(uids)
        for first in range(0, len(ordered), 500):
            query = (
                select(CalendarObject)
                .join(Collection)
                .where(CalendarObject.uid.in_(ordered[first : first + 500]), Collection.agenda_id.in_(self._agendas))
            )
            for row in self._session.scalars(query):
                found.setdefault(row.uid, {})[row.collection_id] = row
        return found

    def _show(
        self,
        appointment: Appointment,
        collections: Iterable[Collection],
        stored: dict[int, CalendarObject],
        public_url: str,
    ) -> list[CalendarObject]:
        claimed = {claim.agenda_id for claim in appointment.claims}
        if not claimed <= self._agendas.keys():
            raise ValueError(
                f"appointment {appointment.id} claims agendas that are not held: {claimed - self._agendas.keys()}"
            )
        wanted = [collection for collection in collections if collection.agenda_id in claimed]
        left = [row for id_, row in stored.items() if not row.deleted and id_ not in {c.id for c in wanted}]
        texts = _rendered(appointment, wanted, public_url)
        same = all(c.id in stored and stored[c.id].text == texts[c.level] for c in wanted)
        if same and not left:
            return []
        if stored:
            appointment.sequence += 1
        appointment.stamped_at = self._now
        texts = _rendered(appointment, wanted, public_url)
        return [self._write(appointment, c, texts[c.level], stored.get(c.id)) for c in wanted] + _bury(left)

    def _write(
        self, appointment: Appointment, collection: Collection, text: str, row: CalendarObject | None
    ) -> CalendarObject:
        if row is None:
            row = CalendarObject(collection_id=collection.id, href=href_of(appointment.uid), uid=appointment.uid)
            self._session.add(row)
        row.starts_at, row.ends_at = appointment.starts_at, appointment.ends_at
        row.sequence = appointment.sequence
        row.appointment_id = appointment.id
        row.text, row.etag = text, etag(text)
        return row

    def _stamp(self, written: list[CalendarObject], collections: dict[int, Collection]) -> None:
        """Raise each touched agenda's version once, and mark collections and rows with it (K-3)."""
        touched = [collections[id_] for id_ in sorted({row.collection_id for row in written})]
        for agenda_id in {collection.agenda_id for collection in touched}:
            self._agendas[agenda_id].version += 1
        for collection in touched:
            collection.version = self._agendas[collection.agenda_id].version
            collection.changed_at = self._now
        for row in written:
            row.version = collections[row.collection_id].version
            row.modified_at = self._now


def _rendered(appointment: Appointment, collections: Iterable[Collection], public_url: str) -> dict[DetailLevel, str]:
    return {level: render(entry_of(appointment, level, public_url)) for level in {c.level for c in collections}}


def _bury(rows: Iterable[CalendarObject]) -> list[CalendarObject]:
    """Make tombstones of *rows*; those that are already stay as they are."""
    alive = [row for row in rows if not row.deleted]
    for row in alive:
        row.text, row.etag = None, ""
    return alive


@contextmanager
def changing(session: Session, clock: Clock, agenda_ids: Iterable[int]) -> Iterator[Change]:
    """Hold the agendas *agenda_ids* until the transaction ends, and publish what the block says.

    Everything read before is expired: nothing read before the lock decides anything (D-1). The caller commits.

    Raises:
        NoSuchAgendas: One of them does not exist.
    """
    wanted = sorted(set(agenda_ids))
    session.flush()
    locked = session.scalars(select(Agenda.id).where(Agenda.id.in_(wanted)).order_by(Agenda.id).with_for_update()).all()
    if list(locked) != wanted:
        raise NoSuchAgendas
    session.expire_all()
    change = Change(session, clock, session.scalars(select(Agenda).where(Agenda.id.in_(wanted))))
    yield change
    session.flush()
    change.finish()
    session.flush()


def open_collection(
    session: Session, clock: Clock, agenda_id: int, level: DetailLevel = DetailLevel.MOTIF
) -> Collection:
    """Give an agenda its main collection at *level*, empty. The caller commits."""
    now = clock.now()
    collection = Collection(
        agenda_id=agenda_id,
        kind=CollectionKind.MAIN,
        level=level,
        slug=new_slug(),
        epoch=new_slug(8),
        window_start=now - installation(session).window,
        changed_at=now,
    )
    session.add(collection)
    session.flush()
    return collection
