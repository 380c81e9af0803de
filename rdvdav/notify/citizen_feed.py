"""« S'abonner à mes rendez-vous »: a citizen's own secret calendar address (B17, K-40, K-45), for them and their relatives.

A citizen has few appointments: their events, those of the mails (K-52) without METHOD, ORGANIZER and ATTENDEE, are written as they are
read, and their text is its own ETag.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, or_, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.database import Base, Digest, Instant, PrimaryKey
from rdvdav.directory.motif import Visibility
from rdvdav.directory.organisation import Organisation
from rdvdav.feeds.access import SECRET_LENGTH, use_is_due
from rdvdav.feeds.read import COLOUR
from rdvdav.feeds.subscription import Served
from rdvdav.i18n import gettext as _
from rdvdav.ical.event import etag, render, vevent_of
from rdvdav.ical.feed import feed_head, feed_text
from rdvdav.notify.citizen_event import citizen_event
from rdvdav.policy.installation import installation
from rdvdav.tokens import digest, new_slug


class CitizenFeed(Base):
    """The one address of a citizen; a new one closes it."""

    __tablename__ = "citizen_feed"

    id: Mapped[PrimaryKey]
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """Where it was asked for: its zone is the calendar's."""
    digest: Mapped[Digest] = mapped_column(unique=True)
    created_at: Mapped[Instant]
    last_read_at: Mapped[Instant | None]
    """Written at most once an hour."""
    last_reader: Mapped[str | None]
    """Kind of program that read it last, from a fixed list."""


def subscribe(session: Session, clock: Clock, citizen_id: int, organisation_id: int) -> str:
    """The secret of a new address of the citizen, shown once; an earlier one leads nowhere from now on. The caller commits."""
    session.scalars(select(Citizen.id).where(Citizen.id == citizen_id).with_for_update()).one()
    row = feed_of_citizen(session, citizen_id) or CitizenFeed(citizen_id=citizen_id)
    secret = new_slug(SECRET_LENGTH)
    row.organisation_id, row.digest, row.created_at = organisation_id, digest(secret), clock.now()
    row.last_read_at = row.last_reader = None
    session.add(row)
    return secret


def unsubscribe(session: Session, citizen_id: int) -> None:
    """Close the citizen's address: it answers as one that never was. The caller commits."""
    row = feed_of_citizen(session, citizen_id)
    if row is not None:
        session.delete(row)


def feed_of_citizen(session: Session, citizen_id: int) -> CitizenFeed | None:
    """The citizen's address, if there is one."""
    return session.scalar(select(CitizenFeed).where(CitizenFeed.citizen_id == citizen_id))


def citizen_feed_by_secret(session: Session, secret: str) -> CitizenFeed | None:
    """The address with *secret*."""
    return session.scalar(select(CitizenFeed).where(CitizenFeed.digest == digest(secret)))


def citizen_feed(session: Session, clock: Clock, feed: CitizenFeed) -> Served:
    """What *feed* answers now; four statements, however many appointments."""
    organisation = session.get_one(Organisation, feed.organisation_id)
    events = [vevent_of(each) for each in _events(session, clock.now(), feed.citizen_id)]
    text = feed_text(feed_head(_("My appointments"), organisation.zone, COLOUR), events)
    return Served(etag(text), None, lambda: text)


def note_citizen_feed_read(session: Session, clock: Clock, feed_id: int, reader: str | None) -> None:
    """Remember that *reader*, a name of a fixed list, read the feed; after the answer, in a transaction of its own."""
    row = session.get(CitizenFeed, feed_id)
    if row is not None and use_is_due(clock, row.last_read_at):
        row.last_read_at, row.last_reader = clock.now(), reader


def _events(session: Session, now: datetime, citizen_id: int) -> list[str]:
    """The events of the person and the relatives, in the window (K-42); of given up seats, those whose appointment went too."""
    house = installation(session)
    relatives = select(Citizen.id).where(Citizen.responsible_id == citizen_id)
    query = (
        select(Participation, Appointment)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .where(or_(Participation.citizen_id == citizen_id, Participation.citizen_id.in_(relatives)))
        .where(Appointment.ends_at > now - house.window)
        .options(*(joinedload(each) for each in (Appointment.motif, Appointment.place, Appointment.organisation)))
        .order_by(Appointment.starts_at, Participation.id)
    )
    shown = []
    for seat, appointment in session.execute(query).unique():
        gone = appointment.cancelled_at is not None and appointment.cancelled_at <= now - house.cancelled_for
        gave_up = seat.status in CANCELLED and appointment.status not in CANCELLED
        if not gone and not gave_up and appointment.motif.visibility is not Visibility.HIDDEN:
            entry = citizen_event(appointment, seat, house.public_url, stamp=appointment.stamped_at)
            shown.append(render(entry))
    return shown
