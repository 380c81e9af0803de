"""Turn a hold into an appointment (D-1, D-5)."""

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, record
from rdvdav.booking.hold import NoSuchHold, agendas_of, held_under, require_free, require_live
from rdvdav.citizens.known import attach
from rdvdav.clock import Clock
from rdvdav.feeds.change import changing
from rdvdav.ical.uid import new_uid
from rdvdav.notify.announce import announce
from rdvdav.outbox.event import Event
from rdvdav.policy.installation import installation
from rdvdav.tokens import new_slug

REFERENCE_LENGTH = 10


def book(
    session: Session, clock: Clock, token: str, citizen_id: int, *, by_email: bool = True, actor: Actor | None = None
) -> Appointment:
    """Make the appointment of a held slot: rows, journal, calendar and mail in the caller's transaction.

    Booking twice is harmless: the second call returns the same appointment.

    Args:
        by_email: Whether the citizen is told by e-mail.
        actor: Who books; the citizen, unless staff does.

    Raises:
        NoSuchHold: No slot is held under *token*, or one to move an appointment to.
        HoldExpired: The hold ran out; the slot may be gone.
        SlotTaken: Staff used the time meanwhile; carries free alternatives.
    """
    with changing(session, clock, agendas_of(session, token)) as change:
        hold = held_under(session, token)
        if hold.moves_appointment_id is not None:
            raise NoSuchHold
        if hold.appointment_id is not None:
            return session.get_one(Appointment, hold.appointment_id)
        require_live(hold, clock)
        require_free(session, clock, hold)
        appointment = _appointment(session, clock, hold, citizen_id, by_email=by_email)
        spend(hold, appointment)
        attach(session, clock, citizen_id, hold.organisation_id)
        change.publish(appointment)
        who = actor or Actor.citizen(citizen_id)
        when = appointment.starts_at.isoformat()
        record(session, clock, who, "appointment.booked", appointment.territory_id, appointment.id, starts_at=when)
        announce(session, clock, Event.APPOINTMENT_CREATED, appointment)
    return appointment


def spend(hold: Hold, appointment: Appointment) -> None:
    """The hold has become *appointment*: it claims no time of its own any more."""
    hold.appointment_id = appointment.id
    hold.claims = []


def _appointment(session: Session, clock: Clock, hold: Hold, citizen_id: int, *, by_email: bool) -> Appointment:
    now = clock.now()
    host = installation(session).uid_host
    appointment = Appointment(
        territory_id=hold.territory_id,
        organisation_id=hold.organisation_id,
        motif_id=hold.motif_id,
        place_id=hold.place_id,
        uid=new_uid(host),
        reference=new_slug(REFERENCE_LENGTH),
        starts_at=hold.starts_at,
        ends_at=hold.ends_at,
        status=Status.PLANNED,
        stamped_at=now,
        created_at=now,
    )
    appointment.claim({claim.agenda_id: claim.opening_range_id for claim in hold.claims})
    appointment.participations = [
        Participation(
            territory_id=hold.territory_id, citizen_id=citizen_id, uid=new_uid(host), by_email=by_email, created_at=now
        )
    ]
    session.add(appointment)
    session.flush()
    return appointment
