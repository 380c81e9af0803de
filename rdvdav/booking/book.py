"""Turn a hold into an appointment (D-1, D-5)."""

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import ActorKind
from rdvdav.audit.record import Actor, record
from rdvdav.booking.hold import (
    NoSuchHold,
    NotBookable,
    agendas_of,
    held_under,
    require_followed,
    require_free,
    require_live,
)
from rdvdav.booking.seats import seats_at, take_seat
from rdvdav.citizens.known import attach
from rdvdav.clock import Clock
from rdvdav.directory.motif import BookableBy
from rdvdav.feeds.change import changing
from rdvdav.ical.uid import new_uid
from rdvdav.notify.announce import announce
from rdvdav.outbox.event import Event
from rdvdav.policy.installation import installation
from rdvdav.tokens import new_slug

REFERENCE_LENGTH = 10


def book(
    session: Session,
    clock: Clock,
    token: str,
    citizen_id: int,
    *,
    by_email: bool = True,
    actor: Actor | None = None,
    invitation_id: int | None = None,
) -> Appointment:
    """Make the appointment of a held slot: rows, journal, calendar and mail in the caller's transaction.

    Booking twice is harmless: the second call returns the same appointment. Where people share the time, the first
    makes the appointment and the others join it (S-7); who has a seat there keeps that one.

    Args:
        by_email: Whether the citizen is told by e-mail.
        actor: Who books; the citizen, unless staff does.
        invitation_id: The invitation the slot is held under, if it is.

    Raises:
        NoSuchHold: No slot is held under *token*, or one to move an appointment to, or under another invitation.
        HoldExpired: The hold ran out; the slot may be gone.
        SlotTaken: Staff used the time meanwhile; carries free alternatives.
        NotBookable: A follow-up motif, and the agent does not follow this citizen; or one of referrers, and none books.
    """
    with changing(session, clock, agendas_of(session, token)) as change:
        hold = held_under(session, token)
        if hold.moves_appointment_id is not None or hold.invitation_id != invitation_id:
            raise NoSuchHold
        if hold.appointment_id is not None:
            return session.get_one(Appointment, hold.appointment_id)
        require_live(hold, clock)
        who = actor or Actor.citizen(citizen_id)
        if who.kind in {ActorKind.CITIZEN, ActorKind.REFERRER}:
            if (
                who.kind is ActorKind.CITIZEN
                and hold.motif.bookable_by is BookableBy.REFERRERS
                and invitation_id is None
            ):
                raise NotBookable
            require_followed(session, hold, citizen_id)
        appointment = require_free(session, clock, hold) or new_appointment(session, clock, hold)
        taken = take_seat(session, appointment, citizen_id, by_email=by_email, at=clock.now())
        spend(hold, appointment)
        if taken is None:
            return appointment
        attach(session, clock, citizen_id, hold.organisation_id, who)
        change.publish(appointment)
        when = appointment.starts_at.isoformat()
        record(session, clock, who, "appointment.booked", appointment.territory_id, appointment.id, starts_at=when)
        announce(session, clock, Event.APPOINTMENT_CREATED, appointment, seats=[taken])
    return appointment


def spend(hold: Hold, appointment: Appointment) -> None:
    """The hold has become *appointment*: it claims no time of its own any more."""
    hold.appointment_id = appointment.id
    hold.claims = []


def new_appointment(session: Session, clock: Clock, hold: Hold) -> Appointment:
    """A new appointment in the held time, with as many seats as its openings have, nobody in them yet."""
    now = clock.now()
    appointment = Appointment(
        territory_id=hold.territory_id,
        organisation_id=hold.organisation_id,
        motif_id=hold.motif_id,
        place_id=hold.place_id,
        uid=new_uid(installation(session).uid_host),
        reference=new_slug(REFERENCE_LENGTH),
        starts_at=hold.starts_at,
        ends_at=hold.ends_at,
        status=Status.PLANNED,
        seats=seats_at(session, hold),
        stamped_at=now,
        created_at=now,
    )
    appointment.claim({claim.agenda_id: claim.opening_range_id for claim in hold.claims})
    session.add(appointment)
    session.flush()
    return appointment
