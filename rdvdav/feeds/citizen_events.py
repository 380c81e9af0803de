"""What citizens' own calendars store: one text for each seat of somebody who subscribed, or whom a subscriber answers for (B17, K-45).

`follow` writes it with the change that publishes the appointment to its agents; `records.subscription` opens an address and fills it.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, delete, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, joinedload, mapped_column

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.database import Base, Digest, Instant, PrimaryKey, insert_or_replace
from rdvdav.directory.motif import Visibility
from rdvdav.feeds.citizen_event import citizen_event
from rdvdav.i18n import DEFAULT_LOCALE, speaking
from rdvdav.ical.event import etag, render
from rdvdav.policy.installation import Installation, installation

AT_ONCE = 500


class CitizenFeed(Base):
    """The one address of a citizen; a new one closes it."""

    __tablename__ = "citizen_feed"

    id: Mapped[PrimaryKey]
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """Where it was asked for: its zone is the calendar's."""
    language: Mapped[str] = mapped_column(default=DEFAULT_LOCALE, server_default=DEFAULT_LOCALE)
    """In which the calendar is named, as a BCP 47 tag: that of the visit in which it was asked for."""
    digest: Mapped[Digest] = mapped_column(unique=True)
    written_at: Mapped[Instant | None]
    """When what there was to show was written; None: not yet, as of addresses older than stored texts."""
    created_at: Mapped[Instant]
    last_read_at: Mapped[Instant | None]
    """Written at most once an hour."""
    last_reader: Mapped[str | None]
    """Kind of program that read it last, from a fixed list."""


class CitizenEvent(Base):
    """The event of one seat as its citizen's calendar shows it; in the language that messages about it are written in (K-52)."""

    __tablename__ = "citizen_event"

    participation_id: Mapped[int] = mapped_column(ForeignKey("participation.id", ondelete="CASCADE"), primary_key=True)
    etag: Mapped[str]
    text: Mapped[str]
    """A whole VCALENDAR, as in `CalendarObject`; without METHOD, ORGANIZER and ATTENDEE."""


def follow(session: Session, now: datetime, appointments: Collection[Appointment]) -> None:
    """Write what the calendars of those who subscribed show of *appointments*; equal texts are left alone. One statement, if nobody did.

    The caller holds their agendas and commits.
    """
    ids = sorted(each.id for each in appointments)
    for first in range(0, len(ids), AT_ONCE):
        some = Participation.appointment_id.in_(ids[first : first + AT_ONCE])
        differing = {seat.id: text for seat, stored, text in _compared(session, now, some) if text != stored}
        gone = [seat_id for seat_id, text in differing.items() if text is None]
        if gone:
            session.execute(delete(CitizenEvent).where(CitizenEvent.participation_id.in_(gone)))
        rows = [
            {"participation_id": seat_id, "etag": etag(text), "text": text}
            for seat_id, text in differing.items()
            if text
        ]
        if rows:
            insert_or_replace(session.connection(), CitizenEvent, rows)


def _compared(
    session: Session, now: datetime, which: ColumnElement[bool]
) -> Iterator[tuple[Participation, str | None, str | None]]:
    """The seats *which* somebody subscribed to, each with what is stored and what should be; None for nothing."""
    house = installation(session)
    query = (
        select(Participation, Appointment, CitizenEvent.text)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(Citizen, Citizen.id == Participation.citizen_id)
        .outerjoin(CitizenEvent, CitizenEvent.participation_id == Participation.id)
        .where(which, _subscribed())
        .options(*(joinedload(each) for each in (Appointment.motif, Appointment.place, Appointment.organisation)))
        .order_by(Participation.id)
    )
    for seat, appointment, stored in session.execute(query).unique():
        yield seat, stored, _text(appointment, seat, house, now)


def _subscribed(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Holds for citizens who have an address, or whom such a one answers for."""
    return select(CitizenFeed.id).where(shows(CitizenFeed.citizen_id), *conditions).correlate(Citizen).exists()


def shows(citizen_id: InstrumentedAttribute[int] | int) -> ColumnElement[bool]:
    """Holds for the citizens whose appointments the calendar of *citizen_id* shows."""
    return or_(Citizen.id == citizen_id, Citizen.responsible_id == citizen_id)


def _text(appointment: Appointment, seat: Participation, house: Installation, now: datetime) -> str | None:
    """The event of a seat in the window (K-42); of given up seats, those whose appointment went too."""
    past = appointment.ends_at <= now - house.window
    gone = appointment.cancelled_at is not None and appointment.cancelled_at <= now - house.cancelled_for
    gave_up = seat.status in CANCELLED and appointment.status not in CANCELLED
    if past or gone or gave_up or appointment.motif.visibility is Visibility.HIDDEN:
        return None
    with speaking(seat.language):
        return render(citizen_event(appointment, seat, house.public_url, stamp=appointment.stamped_at))


def flawed(session: Session, clock: Clock) -> list[int]:
    """Ids of citizens of whose seats not what would be written today is stored (K-5)."""
    written = _subscribed(CitizenFeed.written_at.is_not(None))
    found = _compared(session, clock.now(), written)
    return sorted({seat.citizen_id for seat, stored, text in found if stored != text})


def retire(session: Session, clock: Clock) -> None:
    """Take away what is over for longer than the window, cancelled long ago, or subscribed to no more. The caller commits."""
    house, now = installation(session), clock.now()
    old = or_(Appointment.ends_at <= now - house.window, Appointment.cancelled_at <= now - house.cancelled_for)
    _delete(session, or_(old, ~_subscribed()))


def forget(session: Session, citizen_id: int) -> None:
    """Take away what nobody subscribes to any more of a citizen who did. The caller commits."""
    _delete(session, shows(citizen_id) & ~_subscribed())


def _delete(session: Session, which: ColumnElement[bool]) -> None:
    mine = select(Participation.id).where(Participation.id == CitizenEvent.participation_id)
    mine = mine.join(Appointment, Appointment.id == Participation.appointment_id)
    mine = mine.join(Citizen, Citizen.id == Participation.citizen_id).correlate(CitizenEvent)
    over = mine.where(which).exists()
    session.execute(delete(CitizenEvent).where(over), execution_options={"synchronize_session": False})
