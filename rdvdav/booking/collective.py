"""Collective appointments: opened by staff before anybody comes, then filled person by person (S13, L-2)."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, record
from rdvdav.booking.freely import (
    Contradiction,
    Contradictory,
    Plan,
    ToAccept,
    contradictions,
    look_at,
    new_freely,
)
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.people import citizen_in_sight
from rdvdav.booking.seats import take_seat
from rdvdav.booking.warning import Kind, Wanted, Warned, about_people
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.known import attach
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.notify.announce import announce
from rdvdav.outbox.event import Event
from rdvdav.policy.sight import visible_agendas

MOST_SEATS = 1000


class NotOpen(Refused):
    """Nobody can be added: it is not collective, over, or cancelled."""


def open_collective(
    session: Session,
    clock: Clock,
    agent_id: int,
    plan: Plan,
    *,
    title: str,
    seats: int,
    accepted: frozenset[str] = frozenset(),
) -> Appointment:
    """Make a collective appointment with nobody in it yet. The caller commits.

    Args:
        plan: Whose citizen is left aside.
        seats: From 1 to MOST_SEATS.
        accepted: Keys of the warnings that were accepted; kept in the journal.

    Raises:
        Contradictory: It can't be, or not for this agent.
        ToAccept: It can, once more is accepted.
        SlotTaken: One of the agendas is not one that this agent may see.
    """
    with changing(session, clock, plan.agenda_ids) as change:
        if found := contradictions_of(session, agent_id, plan):
            raise Contradictory(tuple(found))
        if not plan.agenda_ids <= visible_agendas(session, agent_id):
            raise SlotTaken(())
        look = replace(look_at(session, clock, agent_id, plan), slot=None)
        if not {warned.key for warned in look.warnings} <= accepted:
            raise ToAccept(tuple(look.warnings))
        appointment = new_freely(session, clock, plan, look)
        appointment.title, appointment.seats = title.strip() or None, min(max(seats, 1), MOST_SEATS)
        change.publish(appointment)
        facts = {
            "starts_at": appointment.starts_at.isoformat(),
            "accepted": [warned.key for warned in look.warnings],
            "seats": appointment.seats,
        }
        _note(session, clock, agent_id, "appointment.opened", appointment, **facts)
        announce(session, clock, Event.APPOINTMENT_CREATED, appointment, actor=Actor.agent(agent_id), seats=[])
    return appointment


def contradictions_of(session: Session, agent_id: int, plan: Plan) -> list[Contradiction]:
    """What keeps *plan* from being opened as a collective appointment, nothing when it can be."""
    found = contradictions(session, agent_id, plan)
    motif = session.get(Motif, plan.motif_id)
    if motif is None or not motif.collective:
        return [Contradiction.NO_MOTIF]
    return [each for each in found if each != Contradiction.NO_CITIZEN]


def add_person(
    session: Session,
    clock: Clock,
    agent_id: int,
    appointment_id: int,
    citizen_id: int,
    *,
    tell: bool,
    accepted: frozenset[str] = frozenset(),
) -> Participation | None:
    """Give a person a seat, beyond those there are too once that is accepted; None for who has one already. The caller commits.

    The caller has checked that *agent_id* may change the appointment.

    Args:
        tell: Whether the person hears of it by e-mail and SMS (M-2).
        accepted: Keys of the warnings that were accepted; kept in the journal.

    Raises:
        NoSuchCitizen: There is none, or not for this agent.
        NotOpen: It takes nobody any more.
        ToAccept: All seats are taken, or the person comes that day already, or as often as one may (D-4).
        MovedMeanwhile: It was given to another agenda at the same time.
    """
    agendas = session.scalars(select(Claim.agenda_id).where(Claim.appointment_id == appointment_id)).all()
    with changing(session, clock, agendas) as change:
        session.get(Citizen, citizen_id, with_for_update=True)
        citizen_in_sight(session, agent_id, citizen_id)
        appointment = session.get_one(Appointment, appointment_id)
        change.require_held(appointment)
        if not may_be_joined(clock, appointment):
            raise NotOpen
        warnings = _against(session, clock, appointment, citizen_id)
        if not {warned.key for warned in warnings} <= accepted:
            raise ToAccept(tuple(warnings))
        seat = take_seat(session, appointment, citizen_id, by_email=tell, by_sms=tell, at=clock.now())
        if seat is not None:
            attach(session, clock, citizen_id, appointment.organisation_id)
            change.publish(appointment)
            facts = {"seat": seat.id, "accepted": [warned.key for warned in warnings]}
            _note(session, clock, agent_id, "appointment.joined", appointment, **facts)
            announce(session, clock, Event.APPOINTMENT_CREATED, appointment, actor=Actor.agent(agent_id), seats=[seat])
    return seat


def _against(session: Session, clock: Clock, appointment: Appointment, citizen_id: int) -> list[Warned]:
    """What staff accept before one more person joins; nothing where this person has a seat already."""
    if appointment.seat_of(citizen_id) in appointment.seated:
        return []
    full = [Warned(Kind.FULL)] if len(appointment.seated) >= appointment.seats else []
    return full + about_people(session, clock, Wanted.seat(appointment, citizen_id))


def may_be_joined(clock: Clock, appointment: Appointment) -> bool:
    """Whether somebody can still be added."""
    return appointment.status is Status.PLANNED and appointment.ends_at > clock.now() and appointment.shared


def _note(session: Session, clock: Clock, agent_id: int, kind: str, appointment: Appointment, **facts: object) -> None:
    record(session, clock, Actor.agent(agent_id), kind, appointment.territory_id, appointment.id, **facts)
