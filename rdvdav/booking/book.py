"""Turn a hold into an appointment (D-1, D-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.agenda.participation import Answer, Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import ActorKind
from rdvdav.audit.record import Actor, record
from rdvdav.booking.bookable import NotBookable, require_followed
from rdvdav.booking.held import NoSuchHold, agendas_of, holds_under, require_live
from rdvdav.booking.honour import SlotTaken, require_free
from rdvdav.booking.limit import hold_person, require_within
from rdvdav.booking.seats import seats_at, take_seat
from rdvdav.booking.warning import Warned
from rdvdav.citizens.known import attach
from rdvdav.clock import Clock
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.feeds.change import Change, changing
from rdvdav.i18n import DEFAULT_LOCALE, language
from rdvdav.ical.uid import new_uid
from rdvdav.notify.announce import announce
from rdvdav.outbox.event import Event
from rdvdav.policy.installation import installation
from rdvdav.tokens import new_slug

REFERENCE_LENGTH = 10


@dataclass(frozen=True)
class Booked:
    """What became of the slots held under one token: their appointments by time, and the holds that came to nothing."""

    appointments: tuple[Appointment, ...]
    lost: tuple[Hold, ...] = ()


def book(
    session: Session,
    clock: Clock,
    token: str,
    citizen_id: int,
    *,
    by_email: bool = True,
    by_sms: bool = True,
    actor: Actor | None = None,
    answers: Sequence[tuple[str, str]] = (),
    invitation_id: int | None = None,
    accepted: Sequence[Warned] | None = None,
) -> Appointment:
    """Make the appointment of a held slot, as `book_all` does of several."""
    booked = book_all(
        session,
        clock,
        token,
        citizen_id,
        by_email=by_email,
        by_sms=by_sms,
        actor=actor,
        answers=answers,
        invitation_id=invitation_id,
        accepted=accepted,
    )
    return booked.appointments[0]


def book_all(
    session: Session,
    clock: Clock,
    token: str,
    citizen_id: int,
    *,
    by_email: bool = True,
    by_sms: bool = True,
    actor: Actor | None = None,
    answers: Sequence[tuple[str, str]] = (),
    invitation_id: int | None = None,
    accepted: Sequence[Warned] | None = None,
) -> Booked:
    """Make an appointment of each slot held under *token*: rows, journal, calendar and mail in the caller's transaction.

    Booking twice is harmless: the second call returns the same appointments. Where people share the time, the first
    makes the appointment and the others join it (S-7); who has a seat there keeps that one. Of slots taken in one go,
    one that staff used meanwhile is lost and the others stay (B06).

    Args:
        by_email, by_sms: Whether the citizen is told by e-mail, by SMS (M-2).
        actor: Who books; the citizen, unless somebody else does.
        answers: Questions of the motif and what was answered, in their order.
        invitation_id: The invitation the slot is held under, if it is.
        accepted: Staff book, who were asked what speaks against it and accepted this; kept in the journal.

    Raises:
        NoSuchHold: No slot is held under *token*, or one to move an appointment to, or under another invitation.
        HoldExpired: The hold ran out; the slot may be gone.
        SlotTaken: Staff used all the time meanwhile; carries free alternatives.
        NotBookable: A follow-up motif, and the agent does not follow this citizen; or one of referrers, and none books.
        LimitReached: The person may have no more of these appointments (D-4); staff are asked instead.
    """
    with changing(session, clock, agendas_of(session, token)) as change:
        hold_person(session, citizen_id)
        holds = holds_under(session, token)
        if any(hold.moves_appointment_id is not None or hold.invitation_id != invitation_id for hold in holds):
            raise NoSuchHold
        done = [hold.appointment_id for hold in holds if hold.appointment_id is not None]
        if done:
            return Booked(tuple(session.get_one(Appointment, each) for each in done))
        for hold in holds:
            require_live(hold, clock)
        motif, who = session.get_one(Motif, holds[0].motif_id), actor or Actor.citizen(citizen_id)
        if accepted is None:
            require_within(session, clock, motif, citizen_id, more=len(holds), before=min(holds, key=_by_id))
        facts = {"accepted": [warned.key for warned in accepted]} if accepted else {}
        appointments: list[Appointment] = []
        lost: list[Hold] = []
        for hold in holds:
            try:
                appointments.append(
                    _book(session, clock, change, hold, citizen_id, who, by_email, by_sms, answers, facts)
                )
            except SlotTaken:
                if len(lost) + 1 == len(holds):
                    raise
                lost.append(hold)
    return Booked(tuple(appointments), tuple(lost))


def _by_id(hold: Hold) -> int:
    return hold.id


def _for_referrers(hold: Hold) -> bool:
    """Whether only referrers may book the motif, unless staff invited to it."""
    return hold.motif.bookable_by is BookableBy.REFERRERS and hold.invitation_id is None


def _book(
    session: Session,
    clock: Clock,
    change: Change,
    hold: Hold,
    citizen_id: int,
    who: Actor,
    by_email: bool,
    by_sms: bool,
    answers: Sequence[tuple[str, str]],
    facts: Mapping[str, object],
) -> Appointment:
    if who.kind in {ActorKind.CITIZEN, ActorKind.REFERRER}:
        if who.kind is ActorKind.CITIZEN and _for_referrers(hold):
            raise NotBookable
        require_followed(session, hold, citizen_id)
    appointment = require_free(session, clock, hold) or new_appointment(session, clock, hold)
    # Staff's pages are in the language of staff, not of who comes.
    spoken = language() if who.kind is ActorKind.CITIZEN else DEFAULT_LOCALE
    taken = take_seat(
        session, appointment, citizen_id, by_email=by_email, by_sms=by_sms, at=clock.now(), language=spoken
    )
    spend(hold, appointment)
    if taken is None:
        return appointment
    answer(taken, answers)
    attach(session, clock, citizen_id, hold.organisation_id, who)
    change.publish(appointment)
    when = appointment.starts_at.isoformat()
    record(session, clock, who, "appointment.booked", appointment.territory_id, appointment.id, starts_at=when, **facts)
    announce(session, clock, Event.APPOINTMENT_CREATED, appointment, actor=who, seats=[taken])
    return appointment


def answer(seat: Participation, answers: Sequence[tuple[str, str]]) -> None:
    """Keep with a seat what was answered to the motif's questions; what was left empty is not kept."""
    given = [(question, text) for question, text in answers if text]
    seat.answers = [Answer(position=n, question=question, answer=text) for n, (question, text) in enumerate(given)]


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
