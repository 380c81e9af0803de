"""Give an appointment another time: claim the new one, then free the old, in one transaction (D-3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.agenda.limits import until_move
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import ActorKind
from rdvdav.audit.record import Actor, record, untold
from rdvdav.booking.book import new_appointment, spend
from rdvdav.booking.held import NoSuchHold, agendas_of, held_under, require_live
from rdvdav.booking.honour import require_free
from rdvdav.booking.seats import carry_over, seats_at
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.notify.announce import announce, tell_colleagues
from rdvdav.notify.before import Before
from rdvdav.outbox.event import Event


class NotMovable(Refused):
    """The motif does not let the citizen move, or the appointment is over or cancelled."""


@dataclass(eq=False)
class TooLateToMove(Refused):
    """The time to move is over (L-3)."""

    until: datetime


def require_movable(clock: Clock, appointment: Appointment) -> None:
    """Check that the citizen may still move *appointment*; one that is to be re-planned always, for the service withdrew it (L-5).

    Raises:
        NotMovable: Never, for this motif or status.
        TooLateToMove: No longer.
    """
    if appointment.status is Status.TO_REPLAN:
        return
    until = until_move(appointment)
    if until is None:
        raise NotMovable
    if clock.now() > until:
        raise TooLateToMove(until)


def move(
    session: Session, clock: Clock, token: str, actor: Actor, *, citizen_id: int | None = None, tell: bool = True
) -> Appointment:
    """Move an appointment to the slot held under *token*. The caller commits; moving twice is harmless.

    Where several people share the appointment, a citizen moves alone: the seat goes over to the appointment at the new
    time, made if there is none, and the others stay (S-7). Staff moves all of them, or one by *citizen_id*.

    Args:
        citizen_id: Whose seat moves; a citizen's own, when None.
        tell: Whether participants are told; that they are not is recorded.

    Returns:
        The appointment at the new time.

    Raises:
        NoSuchHold: Nothing is held under it, or not to move an appointment.
        HoldExpired, SlotTaken: As booking; the old time is kept.
        NotMovable, TooLateToMove: A citizen may not any more.
        MovedMeanwhile: It was given to another agenda at the same time.
    """
    with changing(session, clock, agendas_of(session, token)) as change:
        hold = held_under(session, token)
        if hold.moves_appointment_id is None:
            raise NoSuchHold
        if hold.appointment_id is not None:
            return session.get_one(Appointment, hold.appointment_id)
        old = session.get_one(Appointment, hold.moves_appointment_id)
        change.require_held(old)
        require_live(hold, clock)
        if actor.kind is ActorKind.CITIZEN:
            require_movable(clock, old)
        elif old.status not in {Status.PLANNED, Status.TO_REPLAN}:
            raise NotMovable
        movers = _movers(old, actor, citizen_id)
        joined = require_free(session, clock, hold, len(movers))
        before = Before.of(old)
        all_move = len(movers) == len(old.seated) and not old.motif.collective
        if joined is None and all_move:
            new = _retimed(session, hold, old)
        else:
            new = joined or new_appointment(session, clock, hold)
            _change_over(session, clock, movers, old, new, actor, leave_none=all_move)
        for seat in movers:
            seat.status = new.status
        spend(hold, new)
        session.flush()
        change.publish(old, new)
        facts = {"old": before.starts_at.isoformat(), "new": new.starts_at.isoformat()} | untold(tell=tell)
        for each in dict.fromkeys((old, new)):
            record(session, clock, actor, "appointment.moved", each.territory_id, each.id, **facts)
        announce(session, clock, before.event(new), new, actor=actor, before=before, seats=movers, tell=tell)
        if old is not new:
            tell_colleagues(session, clock, Event.APPOINTMENT_CANCELLED, old, actor=actor)
    return new


def _movers(appointment: Appointment, actor: Actor, citizen_id: int | None) -> list[Participation]:
    """Whose seats move: of a shared appointment a citizen's own or the one named, else all."""
    who = actor.id if actor.kind is ActorKind.CITIZEN and citizen_id is None else citizen_id
    if not appointment.shared or who is None:
        return appointment.seated
    mine = appointment.seat_of(who)
    if mine is None or mine not in appointment.seated:
        raise NotMovable
    return [mine]


def _retimed(session: Session, hold: Hold, appointment: Appointment) -> Appointment:
    """The appointment itself at the new time, with its UID and all who sit in it."""
    if hold.place_id is not None:
        appointment.address = None  # from now on it is where others are received
    appointment.place_id = hold.place_id
    appointment.seats = seats_at(session, hold)
    ranges = {claim.agenda_id: claim.opening_range_id for claim in hold.claims}
    retime(session, appointment, hold.starts_at, hold.ends_at, ranges)
    session.expire(appointment, ["place"])
    return appointment


def retime(
    session: Session, appointment: Appointment, starts_at: datetime, ends_at: datetime, ranges: Mapping[int, int | None]
) -> None:
    """Give *appointment* another time on exactly these agendas, each from an opening range or from none.

    One that was to be re-planned is planned again (L-5); what was withdrawn or in conflict is no longer.
    """
    appointment.starts_at, appointment.ends_at = starts_at, ends_at
    appointment.claim(ranges)
    if appointment.status is Status.TO_REPLAN:
        appointment.become(Status.PLANNED)
    appointment.withdrawn_at = appointment.withdrawn_reason = None
    for claim in appointment.claims:
        claim.conflict_kept_at = None
    session.flush()


def _change_over(
    session: Session,
    clock: Clock,
    movers: list[Participation],
    old: Appointment,
    new: Appointment,
    actor: Actor,
    *,
    leave_none: bool,
) -> None:
    """Seat the movers in *new*; *old* is cancelled without a word where nobody stays.

    Raises:
        NotMovable: One of them has a seat there already.
    """
    by_citizen = actor.kind is ActorKind.CITIZEN
    status = Status.CANCELLED_BY_CITIZEN if by_citizen else Status.CANCELLED_BY_STAFF
    there = {seat.citizen_id for seat in new.seated}
    if any(seat.citizen_id in there for seat in movers):
        raise NotMovable
    for seat in movers:
        carry_over(session, seat, old, new, status)
    if leave_none:
        old.become(status)
        old.cancelled_at = clock.now()
