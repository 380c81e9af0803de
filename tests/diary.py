"""An agent's agenda in which appointments come, move and go, each change committed: what calendars are read against."""

from datetime import UTC, datetime, timedelta

from make import Maker
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.feeds.access import new_app_password, new_feed_address
from rdvdav.feeds.change import changing
from rdvdav.feeds.object import Collection
from rdvdav.feeds.read import Calendar, calendars_of
from rdvdav.tokens import new_slug

TUESDAY_NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Diary:
    """One agenda, its agent and the keys to it."""

    def __init__(self, database: Database, clock: StoppedClock) -> None:
        """Make an agent of a town of its own."""
        self.database, self.clock = database, clock
        with database.transaction() as session:
            self.make = Maker(session, clock)
            self.agent = self.make.agent(email=f"{new_slug()}@example.test")
            self.agenda = self.make.agenda_of(self.agent)
            self.motif = self.make.motif(name="Passeport, carte d’identité")
            self.collection_id = self.make.collection_of(self.agenda).id
            self.make.place(), self.make.citizen()

    @property
    def calendar(self) -> Calendar:
        """The collection as it is now."""
        with self.database.reading() as session:
            return self.calendar_in(session)

    def calendar_in(self, session: Session) -> Calendar:
        """The main collection as *session* sees it."""
        return calendars_of(session, self.agent.id)[0]

    def password(self) -> str:
        """A new app password."""
        with self.database.transaction() as session:
            return new_app_password(session, self.clock, self.agent.id, "Téléphone")[1]

    def secret(self) -> str:
        """The secret of a new feed address."""
        with self.database.transaction() as session:
            return new_feed_address(session, self.clock, self.agent.id, self.collection_id, "Téléphone")[1]

    def book(self, starts_at: datetime, *, motif: Motif | None = None) -> str:
        """Publish an appointment of half an hour; its href."""
        with self.database.transaction() as session:
            self.make.session = session
            return _href(self.make.appointment(self.agenda, starts_at, motif=motif or self.motif).uid)

    def move(self, href: str, starts_at: datetime) -> None:
        """Give the appointment another time."""
        with self.database.transaction() as session, changing(session, self.clock, [self.agenda.id]) as change:
            appointment = session.scalars(select(Appointment).where(Appointment.uid == _uid(href))).one()
            appointment.reschedule(starts_at, starts_at + timedelta(minutes=30))
            change.publish(appointment)

    def cancel(self, href: str) -> None:
        """Cancel it: it stays, as cancelled."""
        with self.database.transaction() as session, changing(session, self.clock, [self.agenda.id]) as change:
            appointment = session.scalars(select(Appointment).where(Appointment.uid == _uid(href))).one()
            appointment.become(Status.CANCELLED_BY_STAFF)
            change.publish(appointment)

    def withdraw(self, href: str) -> None:
        """Take it off: a tombstone stays."""
        with self.database.transaction() as session, changing(session, self.clock, [self.agenda.id]) as change:
            change.withdraw(_uid(href))

    def set_collection(self, **columns: object) -> None:
        """Change columns of the collection's row, as the worker does."""
        with self.database.transaction() as session:
            session.execute(update(Collection).where(Collection.id == self.collection_id).values(**columns))


def _href(uid: str) -> str:
    return f"{uid.partition('@')[0]}.ics"


def _uid(href: str) -> str:
    return f"{href.removesuffix('.ics')}@rdv.example.test"
