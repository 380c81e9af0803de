"""The only writer of agendas and of what they publish (D-1, K-2, K-3).

`changing()` locks the agendas, forgets what was read before, lets the use case read, decide and write, then renders what it was told
to publish and raises each version once. Row locks make commit order equal version order: a reader who sees a version sees all before.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.clock import Clock
from rdvdav.directory.organisation import DetailLevel
from rdvdav.errors import NotFound, Stale
from rdvdav.feeds.citizen_events import follow
from rdvdav.feeds.disclosure import Showing, Thing, agendas_of, horizon, kind_of, shown
from rdvdav.feeds.object import CalendarObject, Collection, CollectionKind, Occurrence
from rdvdav.feeds.things import things_of
from rdvdav.feeds.written import at_levels, minutes_of, says, size_of
from rdvdav.ical.event import etag
from rdvdav.ical.expand import Span
from rdvdav.ical.uid import href_of
from rdvdav.policy.installation import installation
from rdvdav.tokens import new_slug

_HELD = "holds agendas"
"""Under which a session keeps the change it is in the middle of."""


class News(NamedTuple):
    """What a change wrote of one thing, by agenda.

    Attributes:
        shown: Agendas whose calendars now say something else of it.
        new: Those of them whose calendars did not have it.
        left: Agendas whose calendars have it no more.
    """

    shown: frozenset[int] = frozenset()
    new: frozenset[int] = frozenset()
    left: frozenset[int] = frozenset()


NO_NEWS = News()


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
        self._things: dict[str, Thing] = {}
        self._withdrawn: set[str] = set()
        self._opened: list[Collection] = []
        self._spans: dict[tuple[int, str], tuple[Span, ...]] = {}
        """Occurrences to write, by collection id and href."""
        self._extended = False
        self._rewritten: set[str] = set()
        self._news: dict[str, News] = {}
        self._afterwards: dict[object, Callable[[Change], None]] = {}

    def publish(self, *things: Thing) -> None:
        """Show each of *things* as it is when the change ends, on the agendas it then belongs to, and take it off any other."""
        self._things |= {thing.uid: thing for thing in things}

    def withdraw(self, *uids: str) -> None:
        """Take the events *uids* off the agendas held, leaving tombstones."""
        self._withdrawn.update(uids)

    def open(self, agenda_id: int, kind: CollectionKind, level: DetailLevel) -> Collection:
        """The collection of an agenda held, made and filled with what there is to show if it is not there yet.

        What is shown in it for the first time is no change of the thing: its SEQUENCE stays. Nothing else is published with it.
        """
        siblings = self._session.scalars(
            select(Collection).where(Collection.agenda_id == agenda_id, Collection.kind == kind)
        ).all()
        for sibling in siblings:
            if sibling.level is level:
                return sibling
        house = installation(self._session)
        collection = Collection(
            agenda_id=agenda_id,
            kind=kind,
            level=level,
            slug=siblings[0].slug if siblings else new_slug(),
            epoch=new_slug(8),
            window_start=siblings[0].window_start if siblings else self._now - house.window,
            version=self._agendas[agenda_id].version,
            changed_at=self._now,
        )
        self._session.add(collection)
        self._session.flush()
        self._opened.append(collection)
        return collection

    def extend(self, *things: Thing) -> None:
        """Publish series again, their occurrences written as far ahead as those of a new one.

        Where no word of the text changes by that, nothing is published: only `Occurrence` rows follow.
        """
        self._extended = True
        self.publish(*things)

    def rewrite(self, *things: Thing) -> None:
        """Publish *things* even where nothing seems to have changed: what is stored of them cannot be trusted (K-5)."""
        self._rewritten |= {thing.uid for thing in things}
        self.publish(*things)

    def afterwards(self, about: object, act: "Callable[[Change], None]") -> None:
        """Have *act* done once everything is written, SEQUENCE and all, in the same transaction; once *about* each thing."""
        self._afterwards[about] = act

    def news_of(self, uid: str) -> News:
        """What was written of the thing *uid*, to be asked afterwards."""
        return self._news.get(uid, NO_NEWS)

    def count_unshown(self, thing: Thing) -> bool:
        """Let the SEQUENCE of a changed *thing* grow that no calendar shows, for mails tell of it (K-51); whether that is so."""
        shows = select(Collection.id).where(
            Collection.agenda_id.in_(agendas_of(thing)), Collection.kind == kind_of(thing)
        )
        if self._session.scalar(shows.limit(1)) is not None:
            return False
        thing.sequence += 1
        thing.stamped_at = self._now
        return True

    def require_held(self, appointment: Appointment) -> None:
        """Check that all agendas *appointment* claims are held: which ones was read before the lock.

        Raises:
            MovedMeanwhile: It claims another one by now.
        """
        if not agendas_of(appointment) <= self._agendas.keys():
            raise MovedMeanwhile

    # --- what `changing` calls

    def require_all(self, agenda_ids: Iterable[int]) -> None:
        """Refuse to lock more than is held: out of order, two changes would wait for each other (D-1)."""
        more = set(agenda_ids) - self._agendas.keys()
        if more:
            raise ValueError(f"a change inside another needs agendas that are not held: {more}")

    def tell(self) -> None:
        """Do what was to be done afterwards."""
        for act in self._afterwards.values():
            act(self)

    def finish(self) -> None:
        """Render, compare, write what differs, raise versions."""
        if not (self._things or self._withdrawn or self._opened):
            return
        collections = self._session.scalars(
            select(Collection).where(Collection.agenda_id.in_(self._agendas)).order_by(Collection.id)
        ).all()
        stored = self._stored({*self._things, *self._withdrawn})
        public_url = installation(self._session).public_url
        written: list[CalendarObject] = []
        with self._session.no_autoflush:  # the rows are whole only once they are stamped
            for thing in self._things.values():
                written += self._show(thing, collections, stored.get(thing.uid, {}), public_url)
            for collection in self._opened:
                done = {row.href for row in written if row.collection_id == collection.id}
                written += self._fill(collection, public_url, done)
            for uid in self._withdrawn:
                written += self._bury(stored.get(uid, {}).values())
            self._stamp(written, {collection.id: collection for collection in collections})
        self._session.flush()
        self._write_occurrences()
        follow(self._session, self._now, [each for each in self._things.values() if isinstance(each, Appointment)])

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
        self, thing: Thing, collections: Sequence[Collection], stored: dict[int, CalendarObject], public_url: str
    ) -> list[CalendarObject]:
        agendas = agendas_of(thing)
        if not agendas <= self._agendas.keys():
            raise ValueError(f"{thing!r} is on agendas that are not held: {agendas - self._agendas.keys()}")
        wanted = [each for each in collections if each.agenda_id in agendas and each.kind is kind_of(thing)]
        opened = {collection.id for collection in self._opened}
        until = self._horizon(stored)
        showings = at_levels(thing, wanted, public_url, until)
        if showings is None:
            self._news[thing.uid] = News(left=frozenset(agendas if stored else ()))
            return self._bury(stored.values())
        left = [row for id_, row in stored.items() if not row.deleted and id_ not in {each.id for each in wanted}]
        there = [(stored.get(each.id), showings[each.level]) for each in wanted if each.id not in opened]
        trusted = thing.uid not in self._rewritten
        if trusted and not left and all(says(row, showing) for row, showing in there):
            for row, showing in there:
                self._follow(row, showing)
            return []
        if stored:
            thing.sequence += 1
        thing.stamped_at = self._now
        kept = {each.agenda_id for each in wanted if (row := stored.get(each.id)) is not None and not row.deleted}
        gone = {each.agenda_id for each in collections if each.id in {row.collection_id for row in left}}
        self._news[thing.uid] = News(agendas, frozenset(agendas - kept), frozenset(gone - agendas))
        showings = at_levels(thing, wanted, public_url, until) or {}
        return [self._write(thing, each, showings[each.level], stored.get(each.id)) for each in wanted] + self._bury(
            left
        )

    def _horizon(self, stored: dict[int, CalendarObject]) -> datetime:
        """Up to when occurrences are written: as before, so that nothing changes by itself, unless they are to be extended."""
        before = [row.occurs_until for row in stored.values() if row.occurs_until is not None]
        return horizon(self._now) if self._extended or not before else max(before)

    def _fill(self, collection: Collection, public_url: str, done: set[str]) -> list[CalendarObject]:
        """Show in a new *collection* all there is but what *done* names, with the SEQUENCE it has."""
        written = []
        for thing in things_of(self._session, collection, self._now):
            showing = shown(thing, collection.level, public_url, horizon(self._now))
            if showing is not None and href_of(thing.uid) not in done:
                written.append(self._write(thing, collection, showing, None))
        return written

    def _write(
        self, thing: Thing, collection: Collection, showing: Showing, row: CalendarObject | None
    ) -> CalendarObject:
        if row is None:
            row = CalendarObject(collection_id=collection.id, href=href_of(thing.uid), uid=thing.uid)
            self._session.add(row)
        row.starts_at, row.ends_at = showing.starts_at, showing.ends_at
        row.busy, row.occurs_until = showing.busy, showing.occurs_until
        row.sequence = thing.sequence
        row.organisation_id, row.service_id, row.place_id = showing.filed
        row.appointment_id = thing.id if isinstance(thing, Appointment) else None
        row.text, row.etag, row.size = showing.text, etag(showing.text), size_of(showing.text)
        if showing.occurs_until is not None:
            self._spans[row.collection_id, row.href] = showing.occurrences
        else:
            collection.longest_minutes = max(collection.longest_minutes, minutes_of(showing))
        return row

    def _follow(self, row: CalendarObject | None, showing: Showing) -> None:
        """Note how far the occurrences of *row*, whose text stays, are known by now."""
        if row is not None and row.occurs_until != showing.occurs_until:
            row.occurs_until = showing.occurs_until
            self._spans[row.collection_id, row.href] = showing.occurrences

    def _write_occurrences(self) -> None:
        """Replace the rows that say when each series of this change happens."""
        for (collection_id, href), spans in self._spans.items():
            same = (Occurrence.collection_id == collection_id) & (Occurrence.href == href)
            self._session.execute(delete(Occurrence).where(same))
            values = [{"collection_id": collection_id, "href": href, **span._asdict()} for span in spans]
            if values:
                self._session.execute(insert(Occurrence), values)

    def _bury(self, rows: Iterable[CalendarObject]) -> list[CalendarObject]:
        """Make tombstones of *rows*; those that are already stay as they are."""
        alive = [row for row in rows if not row.deleted]
        for row in alive:
            if row.occurs_until is not None:
                self._spans[row.collection_id, row.href] = ()
            row.text, row.etag, row.busy, row.size = None, "", False, 0
        return alive

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


def afterwards(session: Session, about: object, act: Callable[[Change], None]) -> None:
    """`Change.afterwards` of the change that *session* is in the middle of."""
    change: Change = session.info[_HELD]
    change.afterwards(about, act)


@contextmanager
def changing(session: Session, clock: Clock, agenda_ids: Iterable[int]) -> Iterator[Change]:
    """Hold the agendas *agenda_ids* until the transaction ends, and publish what the block says.

    Everything read before is expired: nothing read before the lock decides anything (D-1). The caller commits.

    Inside another change of the session it joins that one, which must hold these agendas already: a use case made of several locks
    once, in order, and raises each version once.

    Raises:
        NoSuchAgendas: One of them does not exist.
    """
    wanted = sorted(set(agenda_ids))
    session.flush()
    if _HELD in session.info:
        outer: Change = session.info[_HELD]
        outer.require_all(wanted)
        yield outer
        session.flush()
        return
    named = Agenda.id.in_(wanted)
    lock = select(Agenda.id).where(named).order_by(Agenda.id).with_for_update()
    if wanted and list(session.scalars(lock)) != wanted:
        raise NoSuchAgendas
    session.expire_all()
    change = Change(session, clock, session.scalars(select(Agenda).where(named)) if wanted else ())
    session.info[_HELD] = change
    try:
        yield change
    finally:
        del session.info[_HELD]
    session.flush()
    change.finish()
    session.flush()
    change.tell()
    session.flush()
