"""What the link of an invitation opens: booking one appointment under it, and nothing else about the person (B13, ux 4.3)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.booking.book import book
from rdvdav.booking.contact import complete
from rdvdav.booking.held import NoSuchHold, agendas_of, held_under
from rdvdav.booking.linked import NoSuchLink
from rdvdav.citizens.link import Link, new_link
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.feeds.holding import showing
from rdvdav.slots.offer import bookable_motifs
from rdvdav.tokens import digest

SHOWN = (
    BookingInvitation.organisation,
    BookingInvitation.citizen,
    BookingInvitation.agent,
    BookingInvitation.service,
    BookingInvitation.motif,
)


class InvitationUsed(Refused):
    """An appointment was booked under it already."""


def invitation_under(session: Session, clock: Clock, token: str, organisation_id: int) -> BookingInvitation:
    """The invitation of *organisation_id* that the link *token* was sent about; used or not.

    Raises:
        NoSuchLink: There is none, it is over, was revoked, or the person's record was deleted: all answer alike.
    """
    query = (
        select(BookingInvitation)
        .join(Link, Link.invitation_id == BookingInvitation.id)
        .where(Link.digest == digest(token), Link.revoked_at.is_(None))
        .options(*map(joinedload, SHOWN))
    )
    found = session.scalar(query)
    if found is None or found.organisation_id != organisation_id or found.citizen.erased_at is not None:
        raise NoSuchLink
    if found.booked_at is None and not found.is_open(clock.now()):
        raise NoSuchLink
    return found


def note_opened(session: Session, clock: Clock, token: str) -> None:
    """Keep when the invitation was first looked at. The caller commits."""
    query = select(BookingInvitation).join(Link, Link.invitation_id == BookingInvitation.id)
    invitation = session.scalar(query.where(Link.digest == digest(token)).with_for_update(of=BookingInvitation))
    if invitation is not None and invitation.opened_at is None:
        invitation.opened_at = clock.now()


def motifs_offered(session: Session, invitation: BookingInvitation) -> Sequence[Motif]:
    """What can be booked under it now: the motif that it names, else those its service, or category, offers on line."""
    if invitation.motif is not None:
        return [invitation.motif] if invitation.motif.archived_at is None and not invitation.motif.collective else []
    return [
        motif
        for motif in bookable_motifs(session, invitation.organisation_id)
        if motif.service_id == invitation.service_id
        and invitation.category in (None, motif.category)
        and not motif.collective
    ]


def book_invited(
    session: Session,
    clock: Clock,
    token: str,
    hold_token: str,
    *,
    phone: str | None = None,
    birth_date: date | None = None,
) -> tuple[Appointment, str]:
    """Book the slot held under an invitation for who was invited: the appointment, and the token of a link to it. The caller commits.

    Booking twice with the same hold is harmless.

    Args:
        phone, birth_date: What the person adds, as `complete` takes it.

    Raises:
        NoSuchLink: As `invitation_under`.
        NoSuchHold: The slot is not held under this invitation.
        InvitationUsed: Another appointment was booked under it.
        HoldExpired, SlotTaken: As `book`.
    """
    invited = invitation_under(session, clock, token, held_under(session, hold_token).organisation_id)
    with changing(session, clock, [*agendas_of(session, hold_token), *showing(session, invited.citizen_id)]):
        hold = held_under(session, hold_token)
        # Its row after the agendas (D-4): two tabs of one invitation make one appointment.
        query = select(BookingInvitation).where(BookingInvitation.id == hold.invitation_id).with_for_update()
        locked = session.scalar(query)
        invitation = invitation_under(session, clock, token, hold.organisation_id)
        if locked is not invitation:
            raise NoSuchHold
        if invitation.booked_at is not None and invitation.appointment_id != hold.appointment_id:
            raise InvitationUsed
        complete(session, clock, invitation.citizen_id, phone=phone, birth_date=birth_date)
        appointment = book(session, clock, hold_token, invitation.citizen_id, invitation_id=invitation.id)
        invitation.booked_at = invitation.booked_at or clock.now()
        invitation.appointment_id = appointment.id
        seat = appointment.seat_of(invitation.citizen_id)
        if seat is None:
            raise NoSuchHold
        return appointment, new_link(session, clock, seat.territory_id, seat.id)
