"""Staff give an appointment any time, length and place, or a colleague, once they accepted what speaks against it (S-11, D-6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, changed, record, untold
from rdvdav.booking.choices import agendas_for, places_for
from rdvdav.booking.freely import LONGEST, Contradiction, Contradictory, ToAccept
from rdvdav.booking.move import retime
from rdvdav.booking.warning import Wanted, Warned, overlaps, warnings_of
from rdvdav.clock import Clock
from rdvdav.directory.place import Place
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.notify.announce import announce
from rdvdav.notify.audience import hears
from rdvdav.notify.before import Before
from rdvdav.outbox.event import Event
from rdvdav.planning.appointments import agendas_of, appointment_in_sight
from rdvdav.planning.standing import ELSEWHERE, Booking, booking_of, load_hours
from rdvdav.policy.sight import NoSuchAgenda, visible_agendas


class Fixed(Refused):
    """The appointment was attended, missed or cancelled: there is nothing left to move."""


@dataclass(frozen=True)
class Wish:
    """Where an appointment is to go.

    Attributes:
        starts_at: When it begins then.
        leaves, to: Ids of the agenda it leaves and of the one it goes to; it stays on its own where one is None.
        minutes, place_id: How long it lasts and where it is then; as before where they are None.
    """

    starts_at: datetime
    leaves: int | None = None
    to: int | None = None
    minutes: int | None = None
    place_id: int | None = None


@dataclass(frozen=True)
class Outlook:
    """What a wish would do.

    Attributes:
        place: Where it is then, where that is another place than now.
        agendas: All it takes the time of then, by name.
        ranges: The opening range that carries it on each, None where none does.
        warnings: What must be accepted, said of agendas in sight alone.
        told: How many participants hear of it by e-mail (M-2).
        changes: Whether anything would be different.
    """

    appointment: Appointment
    starts_at: datetime
    ends_at: datetime
    place: Place | None
    agendas: Sequence[Agenda]
    ranges: dict[int, int | None]
    warnings: list[Warned]
    told: int
    changes: bool


def movable(session: Session, agent_id: int, reference: str) -> Appointment:
    """The appointment *reference*, which staff may still move: planned, or waiting to be re-planned (L-1).

    Raises:
        NoSuchAppointment: It does not exist, or not for this agent.
        Fixed: It has an outcome, or is cancelled.
    """
    appointment = appointment_in_sight(session, agent_id, reference)
    if not is_movable(appointment.status):
        raise Fixed
    return appointment


def is_movable(status: Status) -> bool:
    """Whether staff may move an appointment in this status."""
    return status in {Status.PLANNED, Status.TO_REPLAN}


def outlook(session: Session, clock: Clock, agent_id: int, reference: str, wish: Wish) -> Outlook:
    """What moving *reference* as *wish* says would meet; the same statements however many agendas.

    Raises:
        NoSuchAppointment, Fixed: As `movable`.
        NoSuchAgenda: It can't go to that agenda, or not for this agent.
        Contradictory: People can't come for it to that place, or it would be too long.
    """
    appointment = movable(session, agent_id, reference)
    return _outlook(session, clock, agent_id, appointment, wish)


def move_freely(
    session: Session,
    clock: Clock,
    agent_id: int,
    reference: str,
    wish: Wish,
    *,
    accepted: frozenset[str] = frozenset(),
    tell: bool = True,
) -> Appointment:
    """Move the appointment with all who sit in it: rows, journal, calendars, mail. The caller commits; twice is harmless.

    Args:
        accepted: Keys of the warnings that were accepted; kept in the journal.
        tell: Whether participants are told; that they are not is recorded.

    Raises:
        NoSuchAppointment, Fixed, NoSuchAgenda, Contradictory: As `outlook`.
        ToAccept: It can move there once more is accepted.
        MovedMeanwhile: It was given to another agenda at the same time.
    """
    appointment = movable(session, agent_id, reference)
    held = {claim.agenda_id for claim in appointment.claims}
    if wish.to is not None:
        held.add(_target(session, agent_id, appointment, wish.to).id)
    with changing(session, clock, held) as change:
        appointment = movable(session, agent_id, reference)
        change.require_held(appointment)
        look = _outlook(session, clock, agent_id, appointment, wish)
        if not look.changes:
            return appointment
        if not {warned.key for warned in look.warnings} <= accepted:
            raise ToAccept(tuple(look.warnings))
        before, left = Before.of(appointment), [claim.agenda_id for claim in appointment.claims]
        if look.place is not None:
            appointment.place, appointment.address = look.place, None
        retime(session, appointment, look.starts_at, look.ends_at, look.ranges)
        appointment.overlap_accepted = overlaps(look.warnings)
        if not appointment.motif.collective:
            # A time of one's own choosing is no slot: nobody else is offered a seat in it.
            appointment.seats = max(1, len(appointment.seated))
        for seat in appointment.seated:
            seat.status = appointment.status
        session.flush()
        change.publish(appointment)
        kind, event, facts = _said(before, appointment, left)
        facts |= {"accepted": keys} if (keys := [warned.key for warned in look.warnings]) else {}
        actor = Actor.agent(agent_id)
        record(session, clock, actor, kind, appointment.territory_id, appointment.id, **facts, **untold(tell=tell))
        announce(session, clock, event, appointment, actor=actor, before=before, tell=tell)
    return appointment


def _said(before: Before, appointment: Appointment, left: list[int]) -> tuple[str, Event, dict[str, object]]:
    """What the journal and the messages call it: a new time says more than all else, a new agent less."""
    event = before.event(appointment)
    if event is Event.APPOINTMENT_MOVED:
        facts: dict[str, object] = {"old": before.starts_at.isoformat(), "new": appointment.starts_at.isoformat()}
        return "appointment.moved", event, facts
    if event is Event.APPOINTMENT_CHANGED:
        now = Before.of(appointment)
        return "appointment.changed", event, dict(changed(_facts(before), _facts(now)))
    new = [claim.agenda_id for claim in appointment.claims]
    gone, come = set(left) - set(new), set(new) - set(left)
    return "appointment.reassigned", event, {"old": min(gone), "new": min(come)}


def _facts(state: Before) -> dict[str, object]:
    return {"minutes": state.lasts // timedelta(minutes=1), "place_id": state.where.name if state.where else None}


def _outlook(session: Session, clock: Clock, agent_id: int, appointment: Appointment, wish: Wish) -> Outlook:
    agendas = _agendas(session, agent_id, appointment, wish)
    ids = frozenset(agenda.id for agenda in agendas)
    starts_at, place = wish.starts_at, _place(session, appointment, wish)
    lasts = appointment.ends_at - appointment.starts_at
    if wish.minutes is not None and not 0 < wish.minutes <= LONGEST:
        raise Contradictory((Contradiction.NO_TIME,))
    ends_at = starts_at + (lasts if wish.minutes is None else timedelta(minutes=wish.minutes))
    elsewhere, place_id = bool(appointment.address) and place is None, place.id if place else appointment.place_id
    booking = booking_of(
        appointment.id,
        appointment.sequence,
        min(ids),
        appointment.motif_id,
        ELSEWHERE if elsewhere else place_id,
        starts_at,
        ends_at,
        appointment.motif.modality,
        closed_by=None,  # holidays are among the warnings; here only openings are asked
    )
    seated = appointment.seated
    wanted = Wanted(
        starts_at=starts_at,
        ends_at=ends_at,
        agenda_ids=ids & visible_agendas(session, agent_id),
        place_id=place_id,
        elsewhere=elsewhere,
        motif_id=appointment.motif_id,
        zone=appointment.organisation.zone,
        citizens=frozenset(seat.citizen_id for seat in seated),
        besides=appointment.id,
    )
    same_time = (starts_at, ends_at) == (appointment.starts_at, appointment.ends_at)
    changes = not same_time or place is not None or ids != {claim.agenda_id for claim in appointment.claims}
    return Outlook(
        appointment=appointment,
        starts_at=starts_at,
        ends_at=ends_at,
        place=place,
        agendas=agendas,
        ranges=_ranges(session, ids, booking),
        warnings=warnings_of(session, clock, wanted) if changes else [],
        told=sum(hears(appointment, seat) for seat in seated),
        changes=changes,
    )


def _place(session: Session, appointment: Appointment, wish: Wish) -> Place | None:
    """Where it is to be, where that is another place than now."""
    if wish.place_id is None or (wish.place_id == appointment.place_id and not appointment.address):
        return None
    found = next((each for each in places_for(session, appointment.motif) if each.id == wish.place_id), None)
    if found is None:
        raise Contradictory((Contradiction.NO_PLACE,))
    return found


def _agendas(session: Session, agent_id: int, appointment: Appointment, wish: Wish) -> Sequence[Agenda]:
    """All whose time it takes then, by name."""
    own = agendas_of(session, appointment)
    claimed = {agenda.id for agenda in own}
    if wish.to is None or wish.to in claimed:
        return own
    if wish.leaves not in claimed & visible_agendas(session, agent_id):
        raise NoSuchAgenda
    kept = [agenda for agenda in own if agenda.id != wish.leaves]
    return sorted([*kept, _target(session, agent_id, appointment, wish.to)], key=lambda agenda: agenda.name)


def _target(session: Session, agent_id: int, appointment: Appointment, agenda_id: int) -> Agenda:
    """Another agenda it may go to: in sight, of an agent who works in the motif's organisation and is still there."""
    choices = [*agendas_for(session, agent_id, appointment.motif), *agendas_of(session, appointment)]
    found = next((agenda for agenda in choices if agenda.id == agenda_id), None)
    if found is None:
        raise NoSuchAgenda
    return found


def _ranges(session: Session, agenda_ids: frozenset[int], booking: Booking) -> dict[int, int | None]:
    """The opening that carries it on each agenda: its buffers replace the motif's (S-2)."""
    hours = load_hours(session, agenda_ids, [booking])
    moved = {agenda_id: replace(booking, agenda_id=agenda_id) for agenda_id in agenda_ids}
    return {
        agenda_id: hours[agenda_id].opening_for(each) if agenda_id in hours else None
        for agenda_id, each in moved.items()
    }
