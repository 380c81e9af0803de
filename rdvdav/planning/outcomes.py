"""What an agent says of the appointments in sight: their outcome, who has arrived; and whom one still waits for today (A09, L-8)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor
from rdvdav.booking import outcome
from rdvdav.clock import Clock
from rdvdav.planning.appointment_list import SHOWN, names_of, on_day, to_complete, zones_of
from rdvdav.planning.appointments import NoSuchAppointment
from rdvdav.policy.right import attended
from rdvdav.policy.sight import visible_agendas

ROWS_A_PAGE = 25


@dataclass(frozen=True)
class Waiting:
    """Appointments one has to do something about.

    Attributes:
        total: How many there are, those shown and others.
        names: Of the agendas claimed, by id.
    """

    appointments: Sequence[Appointment]
    total: int
    names: dict[int, str]


def incomplete(session: Session, clock: Clock, agent_id: int, wanted: Collection[int] | None) -> Waiting:
    """The oldest appointments « à renseigner » on the agendas in sight, or the *wanted* among them; always as many statements."""
    due = to_complete(clock, zones_of(session, agent_id))
    return _waiting(session, agent_id, wanted, due, ROWS_A_PAGE)


def expected_today(session: Session, clock: Clock, agent_id: int, wanted: Collection[int] | None) -> Waiting:
    """« Salle d'attente »: those of today that are planned or over, by start; as many statements however many there are."""
    today = and_(
        Appointment.status.in_([Status.PLANNED, Status.DONE, Status.NO_SHOW]),
        on_day(clock, zones_of(session, agent_id)),
    )
    return _waiting(session, agent_id, wanted, today, None)


def set_outcome(session: Session, clock: Clock, agent_id: int, references: Collection[str], status: Status) -> int:
    """Say what became of appointments; how many have changed by it. The caller commits.

    Raises:
        NoSuchAppointment: One does not exist, or not for this agent.
        TooEarly, NoSuchMove: As `booking.outcome.set_outcome`.
    """
    wanted = set(references)
    if not all(reference.isascii() and reference.isalnum() for reference in wanted):
        raise NoSuchAppointment
    query = select(Appointment.id).where(Appointment.reference.in_(wanted), attended(agent_id))
    ids = session.scalars(query).all()
    if len(ids) != len(wanted):
        raise NoSuchAppointment
    return len(outcome.set_outcome(session, clock, Actor.agent(agent_id), ids, status))


def set_seat_outcome(session: Session, clock: Clock, agent_id: int, seat_id: int, status: Status) -> Appointment:
    """Say what became of one participant. The caller commits.

    Raises:
        NoSuchAppointment: There is no such seat, or not for this agent.
        TooEarly, NoSuchMove: As `booking.outcome.set_seat_outcome`.
    """
    _require_visible(session, agent_id, seat_id)
    return outcome.set_seat_outcome(session, clock, Actor.agent(agent_id), seat_id, status)


def arrive(session: Session, clock: Clock, agent_id: int, seat_id: int, *, undo: bool = False) -> Appointment:
    """Note that a participant has arrived, or take that back. The caller commits.

    Raises:
        NoSuchAppointment: There is no such seat, or not for this agent.
        NotExpected: Nobody waits for this person today.
    """
    _require_visible(session, agent_id, seat_id)
    return outcome.arrive(session, clock, Actor.agent(agent_id), seat_id, undo=undo)


def _require_visible(session: Session, agent_id: int, seat_id: int) -> None:
    query = select(Participation.id).join(Appointment).where(Participation.id == seat_id, attended(agent_id))
    if session.scalar(query) is None:
        raise NoSuchAppointment


def _waiting(
    session: Session, agent_id: int, wanted: Collection[int] | None, condition: ColumnElement[bool], most: int | None
) -> Waiting:
    agendas = [id_ for id_ in visible_agendas(session, agent_id) if wanted is None or id_ in wanted]
    seen = [Appointment.claims.any(Claim.agenda_id.in_(agendas)), condition]
    total = session.scalar(select(func.count()).select_from(Appointment).where(*seen)) or 0
    query = select(Appointment).where(*seen).order_by(Appointment.starts_at, Appointment.id).limit(most)
    found = session.scalars(query.options(*SHOWN)).all()
    return Waiting(found, total, names_of(session, found))
