"""One request: who signed in, what they may read, and the one snapshot its answer comes from (K-27)."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from xml.etree.ElementTree import Element

from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.database import Database, is_behind
from rdvdav.feeds.access import Reader, Scope, agent_by_app_password
from rdvdav.feeds.expansion import expansion
from rdvdav.feeds.read import Calendar, Shown
from rdvdav.feeds.shelf import calendars_followed
from rdvdav_radicale.properties import Asked


class Visit:
    """What one request has learnt so far.

    Attributes:
        reader: Who signed in; None for nobody.
        retry_after: Seconds to wait, when too many sign-ins failed.
        scopes: How often Radicale has taken its storage's lock.
        report: The body of a REPORT, checked.
        expand: Between which instants series are to be told as single events.
        texts: Whether the answer shows calendar data, so that it has to be read.
        limit: Most members a sync may report (RFC 5323 §5.17), if the client said so.
        asked: The properties a PROPFIND asked for.
    """

    def __init__(self, database: Database) -> None:
        """Begin; nothing is opened yet."""
        self._database = database
        self._opened = ExitStack()
        self._session: Session | None = None
        self._colleagues: tuple[Calendar, ...] | None = None
        self._tried: tuple[str, str] | None = None
        self.reader: Reader | None = None
        self.retry_after: int | None = None
        self.scopes = 0
        self.report: Element | None = None
        self.expand: tuple[datetime, datetime] | None = None
        self.texts = True
        self.limit: int | None = None
        self.asked: Asked | None = None

    @property
    def session(self) -> Session:
        """The snapshot, opened when something is first read: of a replica, where there is one."""
        if self._session is None:
            self._session = self._opened.enter_context(self._database.following())
        return self._session

    def sign_in(self, login: str, password: str) -> Reader | None:
        """Who has this login and app password; the same pair is looked up once."""
        if self._tried != (login, password):
            self.reader = agent_by_app_password(self.session, login, password)
            if self.reader is None and is_behind(self.session):  # the password may be a second old
                self.close()
                self._session = self._opened.enter_context(self._database.reading())
                self.reader = agent_by_app_password(self._session, login, password)
            self._tried = login, password
        return self.reader

    def close(self) -> None:
        """Give the connection back."""
        self._session = None
        self._opened.close()

    @property
    def calendars(self) -> tuple[Calendar, ...]:
        """What is listed in the reader's home (K-21): the own calendars, read at sign-in, then those of colleagues."""
        return (*self.reader.calendars, *self._followed) if self.reader else ()

    def calendar(self, slug: str) -> Calendar | None:
        """The calendar called *slug* in the reader's home; those of colleagues are read only if it is none of the own."""
        own = self.reader.calendars if self.reader else ()
        return _called(slug, own) or _called(slug, self._followed)

    @property
    def _followed(self) -> tuple[Calendar, ...]:
        if self._colleagues is None:
            reader = self.reader
            follows = reader is not None and reader.follows and reader.scope is Scope.ALL
            self._colleagues = tuple(calendars_followed(self.session, reader.agent_id)) if reader and follows else ()
        return self._colleagues

    def expanded(self, calendar: Calendar, shown: Iterable[Shown]) -> Iterable[Shown]:
        """*shown* of *calendar*, its series told as single events if the client asked for that."""
        if self.expand is None or not self.texts or not calendar.repeats:
            return shown
        return expansion(self.session, calendar, shown, self.expand)


def _called(slug: str, calendars: Iterable[Calendar]) -> Calendar | None:
    return next((calendar for calendar in calendars if calendar.slug == slug), None)


class Visits(threading.local):
    """The visit each thread is serving. One per application, so that several in one process never mix."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Run once in each thread that serves."""
        self.database = database
        self.clock = clock
        self.current = Visit(database)

    @contextmanager
    def begin(self) -> Iterator[Visit]:
        """A fresh visit for the block; whatever it left open is closed after it."""
        self.current = visit = Visit(self.database)
        try:
            yield visit
        finally:
            visit.close()
