"""The waiting list from outside: ask, confirm, leave (B12, ux 3.17). Nothing is reserved, nobody is written to who did not confirm."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.booking.bookable import require_bookable
from rdvdav.booking.linked import NoSuchLink
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.link import Link
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.notify.waiting_list import ask_to_confirm, welcome
from rdvdav.policy.throttle import Limit, take_attempt
from rdvdav.tokens import digest

MAILS_PER_EMAIL = Limit("waiting-mail", 5, timedelta(hours=1))
MAILS_PER_ADDRESS = Limit("waiting-address", 20, timedelta(hours=1))


@dataclass(frozen=True)
class Wish:
    """What somebody waits for.

    Attributes:
        place_id: Only there; None for anywhere.
        weekdays: Days that suit, 0 being Monday; none: all.
        part: A value of `slots.search.DayPart`.
    """

    motif_id: int
    place_id: int | None
    weekdays: tuple[int, ...] = ()
    part: str = ""


def wait(
    session: Session,
    clock: Clock,
    wish: Wish,
    *,
    address: str,
    email: str = "",
    citizen: Citizen | None = None,
    seat: Participation | None = None,
) -> WaitingListEntry:
    """Put somebody on the list: at once who is signed in, others once they open the link they are mailed. The caller commits.

    A wish for the same motif and place by the same person replaces the one before.

    Args:
        email: Lower case, of who is not signed in.
        seat: The citizen's seat that an earlier one is wished for.
        address: IP address of the visitor; counted, never kept in clear.

    Raises:
        NotBookable: The motif is not open to citizens.
        TooMany: Too many mails to this e-mail, or from this address.
    """
    motif = session.get_one(Motif, wish.motif_id)
    require_bookable(motif)
    reached = (citizen.email if citizen else email) or ""
    for limit, who in ((MAILS_PER_EMAIL, reached), (MAILS_PER_ADDRESS, address)):
        take_attempt(session, clock, limit, who)
    entry = _same(session, wish, reached, confirmed=citizen is not None) or WaitingListEntry(
        territory_id=motif.territory_id,
        organisation_id=motif.organisation_id,
        motif_id=motif.id,
        place_id=wish.place_id,
        email=reached,
        created_at=clock.now(),
        messages=0,
    )
    entry.weekdays, entry.part = list(wish.weekdays), wish.part
    entry.citizen_id = citizen.id if citizen else entry.citizen_id
    if seat is not None:
        entry.participation_id = seat.id
        entry.booked_for = session.get_one(Appointment, seat.appointment_id).starts_at
    entry.confirmed_at = clock.now() if citizen else entry.confirmed_at
    session.add(entry)
    session.flush()
    (welcome if citizen else ask_to_confirm)(session, clock, entry)
    return entry


def _same(session: Session, wish: Wish, email: str, *, confirmed: bool) -> WaitingListEntry | None:
    """The wish before; what others typed for an address that is not theirs changes nothing that was confirmed."""
    query = select(WaitingListEntry).where(
        WaitingListEntry.motif_id == wish.motif_id,
        WaitingListEntry.place_id == wish.place_id
        if wish.place_id is not None
        else WaitingListEntry.place_id.is_(None),
        WaitingListEntry.email == email,
        WaitingListEntry.ended_at.is_(None),
    )
    if not confirmed:
        query = query.where(WaitingListEntry.confirmed_at.is_(None))
    return session.scalar(query.order_by(WaitingListEntry.id).limit(1).with_for_update())


def entry_under(session: Session, token: str, organisation_id: int) -> WaitingListEntry:
    """The entry that the link *token* was sent about; over or not.

    Raises:
        NoSuchLink: There is none, or it was revoked: all answer alike.
    """
    query = (
        select(WaitingListEntry)
        .join(Link, Link.waiting_list_entry_id == WaitingListEntry.id)
        .where(Link.digest == digest(token), Link.revoked_at.is_(None))
        .where(WaitingListEntry.organisation_id == organisation_id, WaitingListEntry.email.is_not(None))
        .options(*map(joinedload, (WaitingListEntry.motif, WaitingListEntry.place, WaitingListEntry.organisation)))
    )
    found = session.scalar(query)
    if found is None:
        raise NoSuchLink
    return found


def confirm(session: Session, clock: Clock, token: str, organisation_id: int) -> WaitingListEntry:
    """The address is the person's: from now on slots are told. Twice is harmless; the caller commits.

    An older wish of the same person for the same is replaced.

    Raises:
        NoSuchLink: As `entry_under`.
    """
    entry = entry_under(session, token, organisation_id)
    if entry.confirmed_at is None and entry.ended_at is None:
        wish = Wish(entry.motif_id, entry.place_id)
        before = _same(session, wish, entry.email or "", confirmed=True)
        if before is not None and before is not entry and before.confirmed_at is not None:
            before.ended_at = clock.now()
        entry.confirmed_at = clock.now()
    return entry


def leave(session: Session, clock: Clock, token: str, organisation_id: int) -> WaitingListEntry:
    """Wait no longer. Twice is harmless; the caller commits.

    Raises:
        NoSuchLink: As `entry_under`.
    """
    entry = entry_under(session, token, organisation_id)
    entry.ended_at = entry.ended_at or clock.now()
    return entry


def reference_of(session: Session, entry: WaitingListEntry) -> str | None:
    """The reference of the appointment that an earlier time is wished for; None where there is none."""
    query = select(Appointment.reference).join(Participation, Participation.appointment_id == Appointment.id)
    return session.scalar(query.where(Participation.id == entry.participation_id))
