"""Seats of appointments that several people share: whose time a hold joins, taking a seat, leaving one (S-7, L-2).

The agendas are locked whenever one of these is called: seats are counted and taken under the same lock (D-3).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Claim, shared_of
from rdvdav.agenda.hold import Hold
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.booking.limit import mark_sole
from rdvdav.directory.motif import Motif
from rdvdav.i18n import DEFAULT_LOCALE
from rdvdav.ical.uid import new_uid
from rdvdav.policy.installation import installation


def shared_with(session: Session, hold: Hold) -> Appointment | None:
    """The appointment that *hold* is a seat of: of its motif, at the same time of the same openings; None: it makes a new one."""
    ranges = {claim.agenda_id: claim.opening_range_id for claim in hold.claims}
    query = (
        select(Appointment)
        .join(Claim)
        .where(
            Claim.agenda_id.in_(ranges),
            Claim.starts_at == hold.starts_at,
            Claim.ends_at == hold.ends_at,
            shared_of(session.get_one(Motif, hold.motif_id)),
        )
        .order_by(Appointment.id)
    )
    for appointment in session.scalars(query).unique():
        if {claim.agenda_id: claim.opening_range_id for claim in appointment.claims} == ranges:
            return appointment
    return None


def seats_at(session: Session, hold: Hold) -> int:
    """How many people may share what *hold* becomes: as many as the smallest of its openings seats."""
    return seats_of(session, [claim.opening_range_id for claim in hold.claims])


def seats_of(session: Session, ranges: Iterable[int | None]) -> int:
    """How many people may share time of all these opening ranges; one where none of them is known."""
    known = [range_id for range_id in ranges if range_id is not None]
    return session.scalar(select(func.min(OpeningRange.seats)).where(OpeningRange.id.in_(known))) or 1


def take_seat(
    session: Session,
    appointment: Appointment,
    citizen_id: int,
    *,
    by_email: bool,
    by_sms: bool = True,
    at: datetime,
    language: str = DEFAULT_LOCALE,
) -> Participation | None:
    """Give a citizen, whose row is locked, a seat; None where this person has one already.

    Args:
        language: In which this person is written to, as a BCP 47 tag.
    """
    known = appointment.seat_of(citizen_id)
    if known in appointment.seated:
        return None
    taken = Participation(
        territory_id=appointment.territory_id,
        citizen_id=citizen_id,
        uid=new_uid(installation(session).uid_host),
        by_email=by_email,
        by_sms=by_sms,
        language=language,
        status=appointment.status,
        created_at=at,
    )
    appointment.participations.append(taken)
    session.flush()
    mark_sole(session, at, appointment.motif, taken)
    return taken


def carry_over(session: Session, mine: Participation, old: Appointment, new: Appointment, status: Status) -> None:
    """Carry a seat from one appointment to another, with its calendar event (K-52).

    The old one keeps a seat of the same person in the cancelled *status*: links in earlier messages still lead there.
    """
    left = Participation(
        territory_id=mine.territory_id,
        appointment_id=old.id,
        citizen_id=mine.citizen_id,
        uid=new_uid(installation(session).uid_host),
        by_email=mine.by_email,
        by_sms=mine.by_sms,
        language=mine.language,
        status=status,
        created_at=mine.created_at,
    )
    mine.appointment_id = new.id
    session.flush()
    session.add(left)
    session.flush()
    session.expire(old, ["participations"])
    session.expire(new, ["participations"])
