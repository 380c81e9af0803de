"""What became of appointments, said by staff: attended, missed, corrected; and who has arrived (L-1, L-2, A09). Nobody is told.

An outcome may be set from the day of the appointment on, by the clocks of its organisation; of one to be re-planned, after its end.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, NEXT, OUTCOMES, NoSuchMove, Status
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.feeds.change import Change, changing
from rdvdav.hours.wall import local_day, to_minutes


class TooEarly(Refused):
    """Its day has not come; of one to be re-planned, its time is not over."""


class NotExpected(Refused):
    """Nobody is waited for: it is not planned for today, or the seat was given up."""


def its_day_has_come(clock: Clock, appointment: Appointment) -> bool:
    """Whether an outcome may be set by now."""
    if appointment.status is Status.TO_REPLAN:
        return appointment.ends_at <= clock.now()
    return _today(clock, appointment) >= 0


def set_outcome(
    session: Session, clock: Clock, actor: Actor, appointment_ids: Collection[int], status: Status
) -> list[Appointment]:
    """Set or correct the outcome of appointments: DONE, NO_SHOW, or PLANNED again; those that have it stay. The caller commits.

    Seats that stood as their appointment did follow it; those with a status of their own keep it (L-2).

    Raises:
        TooEarly: The day of one of them has not come.
        NoSuchMove: L-1 does not allow it; a collective appointment is not missed.
        MovedMeanwhile: One was given to another agenda at the same time.
    """
    with changing(session, clock, _agendas(session, appointment_ids)) as change:
        changed = []
        for appointment in _held(session, change, appointment_ids):
            if appointment.status is status:
                continue
            old = appointment.status
            _require_possible(clock, appointment, old, status)
            if appointment.motif.collective and status is Status.NO_SHOW:
                raise NoSuchMove(old, status)
            appointment.become(status)
            for seat in appointment.seated:
                if seat.status is old:
                    seat.status = status
            change.publish(appointment)
            _note(session, clock, actor, "appointment.outcome_set", appointment, old=old.value, new=status.value)
            changed.append(appointment)
    return changed


def set_seat_outcome(session: Session, clock: Clock, actor: Actor, seat_id: int, status: Status) -> Appointment:
    """Set or correct what became of one participant; of an individual appointment it is the appointment's (L-2). The caller commits.

    Raises:
        TooEarly, NoSuchMove, MovedMeanwhile: As `set_outcome`; the seat was given up.
    """
    appointment_id = session.get_one(Participation, seat_id).appointment_id
    with changing(session, clock, _agendas(session, [appointment_id])) as change:
        [appointment] = _held(session, change, [appointment_id])
        if not appointment.shared:
            set_outcome(session, clock, actor, [appointment_id], status)
            return appointment
        seat = session.get_one(Participation, seat_id)
        old = seat.status
        if old is not status:
            if appointment.status in CANCELLED or status not in NEXT[old]:
                raise NoSuchMove(old, status)
            _require_possible(clock, appointment, old, status)
            seat.status = status
            facts = {"old": old.value, "new": status.value, "seat": seat.id}
            _note(session, clock, actor, "appointment.outcome_set", appointment, **facts)
    return appointment


def arrive(session: Session, clock: Clock, actor: Actor, seat_id: int, *, undo: bool = False) -> Appointment:
    """« Usager arrivé »: note when, or take that back. The caller commits; twice is harmless, the first time stays (A09).

    Raises:
        NotExpected: The appointment is not planned for today, or the seat was given up.
    """
    appointment_id = session.get_one(Participation, seat_id).appointment_id
    with changing(session, clock, _agendas(session, [appointment_id])) as change:
        [appointment] = _held(session, change, [appointment_id])
        seat = session.get_one(Participation, seat_id)
        if not is_expected(clock, appointment, seat):
            raise NotExpected
        if undo is (seat.arrived_at is None):
            return appointment
        seat.arrived_at = None if undo else clock.now()
        kind = "appointment.arrival_undone" if undo else "appointment.arrived"
        _note(session, clock, actor, kind, appointment, seat=seat.id)
    return appointment


def is_expected(clock: Clock, appointment: Appointment, seat: Participation) -> bool:
    """Whether one waits today for this participant, or has seen the person arrive."""
    planned = appointment.status is Status.PLANNED and seat.status is Status.PLANNED
    return planned and _today(clock, appointment) == 0


def _today(clock: Clock, appointment: Appointment) -> int:
    """How many days after that of the appointment it is, by the clocks of its organisation."""
    zone = appointment.organisation.zone
    days = local_day(to_minutes(clock.now()), zone) - local_day(to_minutes(appointment.starts_at), zone)
    return days.days


def _require_possible(clock: Clock, appointment: Appointment, old: Status, new: Status) -> None:
    if new not in OUTCOMES | {Status.PLANNED} or (new is Status.PLANNED and old is Status.TO_REPLAN):
        raise NoSuchMove(old, new)
    if not its_day_has_come(clock, appointment):
        raise TooEarly


def _agendas(session: Session, appointment_ids: Collection[int]) -> Sequence[int]:
    return session.scalars(select(Claim.agenda_id).where(Claim.appointment_id.in_(appointment_ids)).distinct()).all()


def _held(session: Session, change: Change, appointment_ids: Collection[int]) -> Sequence[Appointment]:
    query = (
        select(Appointment)
        .where(Appointment.id.in_(appointment_ids))
        .order_by(Appointment.id)
        .options(
            joinedload(Appointment.motif),
            joinedload(Appointment.organisation),
            selectinload(Appointment.claims),
            selectinload(Appointment.participations),
        )
    )
    found = session.scalars(query).all()
    for appointment in found:
        change.require_held(appointment)
    return found


def _note(session: Session, clock: Clock, actor: Actor, kind: str, appointment: Appointment, **facts: object) -> None:
    record(session, clock, actor, kind, appointment.territory_id, appointment.id, **facts)
