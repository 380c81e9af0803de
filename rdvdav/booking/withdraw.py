"""When an appointment's slot is taken away: to be re-planned (L-5), given to a colleague, or kept all the same (L-4)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.status import NEXT, Status
from rdvdav.audit.record import Actor, record, untold
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.feeds.change import Change, changing
from rdvdav.notify.announce import announce
from rdvdav.outbox.event import Event


class NotWithdrawable(Refused):
    """It is over, cancelled, or collective: its slot is not taken away that way."""


def withdraw(
    session: Session, clock: Clock, appointment_id: int, actor: Actor, reason: str = "", *, tell: bool = True
) -> Appointment:
    """Free the time and keep the person: the appointment is listed as « À replanifier » until it is solved (L-5).

    It leaves the citizen's calendar, and the mail leads to free slots (B14). The caller commits; twice is harmless.

    Args:
        reason: For the citizen to read.
        tell: Whether participants are told; that they are not is recorded.

    Raises:
        NotWithdrawable: It has an outcome already, or is collective (L-2).
        MovedMeanwhile: It was given to another agenda at the same time.
    """
    with changing(session, clock, _agendas(session, appointment_id)) as change:
        appointment = _held(session, change, appointment_id)
        if appointment.status is Status.TO_REPLAN:
            return appointment
        if Status.TO_REPLAN not in NEXT[appointment.status] or appointment.motif.collective:
            raise NotWithdrawable
        appointment.become(Status.TO_REPLAN)
        for seat in appointment.seated:
            seat.status = Status.TO_REPLAN
        appointment.withdrawn_at, appointment.withdrawn_reason = clock.now(), reason.strip() or None
        change.publish(appointment)
        facts = {"starts_at": appointment.starts_at.isoformat(), "reason": reason.strip()} | untold(tell=tell)
        record(session, clock, actor, "appointment.withdrawn", appointment.territory_id, appointment.id, **facts)
        announce(session, clock, Event.APPOINTMENT_WITHDRAWN, appointment, actor=actor, tell=tell)
    return appointment


def keep_anyway(session: Session, clock: Clock, appointment_id: int, actor: Actor) -> Appointment:
    """Let it stand although its slot is gone: « En conflit » until its slot comes back or it gets another. Nobody is told.

    Who shares it may still be joined (S-7). The caller commits.
    """
    with changing(session, clock, _agendas(session, appointment_id)) as change:
        appointment = _held(session, change, appointment_id)
        appointment.withdrawn_at = clock.now()
        for claim in appointment.claims:
            claim.conflict_kept_at = clock.now()
        record(session, clock, actor, "appointment.kept", appointment.territory_id, appointment.id)
    return appointment


def give_back(session: Session, appointment_id: int) -> None:
    """Its slot is there again: it is in conflict no more. Its agenda must be held; the caller commits."""
    appointment = session.get_one(Appointment, appointment_id)
    appointment.withdrawn_at = None
    for claim in appointment.claims:
        claim.conflict_kept_at = None


def reassign(
    session: Session,
    clock: Clock,
    appointment_id: int,
    actor: Actor,
    *,
    leaves: int,
    to: int,
    opening_id: int | None = None,
    tell: bool = True,
) -> Appointment:
    """Give the appointment to another agenda at the same time; the caller has checked that it is free. The caller commits.

    Args:
        leaves, to: Ids of the agenda it leaves and of the one it goes to; the other ones it claims stay.
        opening_id: The opening of the new agenda it falls in; its buffers replace the motif's (S-2).
        tell: Whether participants are told; that they are not is recorded.

    Raises:
        NotWithdrawable: It is not planned any more.
        MovedMeanwhile: It was given to another agenda at the same time.
    """
    with changing(session, clock, [*_agendas(session, appointment_id), to]) as change:
        appointment = _held(session, change, appointment_id)
        if appointment.status is not Status.PLANNED:
            raise NotWithdrawable
        others = {each.agenda_id: each.opening_range_id for each in appointment.claims if each.agenda_id != leaves}
        appointment.claim(others | {to: opening_id})
        appointment.withdrawn_at = appointment.withdrawn_reason = None
        session.flush()
        change.publish(appointment)
        facts = {"old": leaves, "new": to} | untold(tell=tell)
        record(session, clock, actor, "appointment.reassigned", appointment.territory_id, appointment.id, **facts)
        announce(session, clock, Event.APPOINTMENT_REASSIGNED, appointment, actor=actor, tell=tell)
    return appointment


def _agendas(session: Session, appointment_id: int) -> list[int]:
    return list(session.scalars(select(Claim.agenda_id).where(Claim.appointment_id == appointment_id)))


def _held(session: Session, change: Change, appointment_id: int) -> Appointment:
    appointment = session.get_one(Appointment, appointment_id)
    change.require_held(appointment)
    return appointment
