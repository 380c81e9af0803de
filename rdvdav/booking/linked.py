"""What the personal link in a message opens: a seat in an appointment, for whoever has the link (M-5).

« Infos/Annulation » asks the first letters of the surname first (ux 4.1); « À replanifier » shows no name and asks nothing.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.link import Link, LinkPurpose
from rdvdav.citizens.surname import begins
from rdvdav.clock import Clock
from rdvdav.errors import NotFound
from rdvdav.policy.throttle import Limit, forget_attempts, take_attempt
from rdvdav.tokens import digest

Seat = tuple[Appointment, Participation]

TRIES = Limit("link-surname", 5, timedelta(minutes=15))
"""Of one person's surname, whatever links there are."""
TRIES_PER_ADDRESS = Limit("link-address", 30, timedelta(minutes=15))


class NoSuchLink(NotFound):
    """No such link, or one that was revoked or has had its time: all answer alike."""


@dataclass(frozen=True)
class Tried:
    """Outcome of a try.

    Attributes:
        opened: The letters were right.
        tries_left: How many more there are before the pause, where they were not.
    """

    opened: bool
    tries_left: int = 0


def linked_seat(
    session: Session,
    clock: Clock,
    token: str,
    organisation_id: int,
    purposes: tuple[LinkPurpose, ...] = (LinkPurpose.REPLAN,),
) -> Seat:
    """The appointment of *organisation_id* that the link *token* was sent about, and the seat of who got it.

    It opens until the appointment is over; one that is to be re-planned, until it has another time (L-5). One statement in any case.

    Args:
        purposes: Kinds of links that open here.

    Raises:
        NoSuchLink: Nothing is open under *token*.
    """
    query = (
        select(Appointment, Participation, Link.purpose, Link.revoked_at)
        .join(Participation, Participation.appointment_id == Appointment.id)
        .join(Link, Link.participation_id == Participation.id)
        .where(Link.digest == digest(token))
        .options(joinedload(Appointment.motif), joinedload(Appointment.place), joinedload(Appointment.organisation))
    )
    found = session.execute(query).first()
    if found is None:
        raise NoSuchLink
    appointment, seat, purpose, revoked_at = found
    over = appointment.ends_at <= clock.now() and appointment.status is not Status.TO_REPLAN
    if over or revoked_at is not None or purpose not in purposes or appointment.organisation_id != organisation_id:
        raise NoSuchLink
    return appointment, seat


INFOS = (LinkPurpose.APPOINTMENT, LinkPurpose.REPLAN)
"""What « Infos/Annulation » opens, the surname said."""


def try_surname(
    session: Session, clock: Clock, token: str, organisation_id: int, letters: str, *, address: str
) -> Tried:
    """Check the *letters* typed under the link *token*: five tries for one person, then a pause of fifteen minutes.

    The surname is that of who has the seat, or of who answers for this person. The caller commits, so that a wrong try counts.

    Args:
        address: IP address of the visitor; counted, never kept in clear.

    Raises:
        NoSuchLink: As `linked_seat`.
        TooMany: The tries are used up.
    """
    take_attempt(session, clock, TRIES_PER_ADDRESS, address)
    _appointment, seat = linked_seat(session, clock, token, organisation_id, INFOS)
    who = str(seat.citizen_id)
    count = take_attempt(session, clock, TRIES, who)
    if not any(begins(letters, surname) for surname in _surnames(session, seat.citizen_id)):
        return Tried(opened=False, tries_left=TRIES.count - count)
    forget_attempts(session, TRIES, who)
    return Tried(opened=True)


def _surnames(session: Session, citizen_id: int) -> list[str]:
    """Of the person, and of who answers for them."""
    responsible = select(Citizen.responsible_id).where(Citizen.id == citizen_id).scalar_subquery()
    query = select(Citizen.last_name).where((Citizen.id == citizen_id) | (Citizen.id == responsible))
    return list(session.scalars(query))
