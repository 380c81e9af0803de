"""What can become of one booking whose slot goes: kept, given to a colleague, to be re-planned, moved, cancelled (L-4).

`consequences` and `unsettled` ask for it, holding all agendas concerned; nothing is decided here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import cancel
from rdvdav.booking.staff import move_to
from rdvdav.booking.withdraw import keep_anyway, reassign, withdraw
from rdvdav.clock import Clock
from rdvdav.errors import Stale
from rdvdav.planning.colleagues import free_colleagues
from rdvdav.planning.standing import Booking
from rdvdav.policy.sight import agendas_of_sight
from rdvdav.slots.load import Scope
from rdvdav.slots.near import nearest


class Fate(StrEnum):
    """What can become of a booking whose slot goes."""

    KEEP = "keep"
    REASSIGN = "reassign"
    REPLAN = "replan"
    NEAREST = "nearest"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Choice:
    """What becomes of one booking; *agenda_id* is the colleague's, for REASSIGN."""

    fate: Fate
    agenda_id: int | None = None


@dataclass(frozen=True)
class Decisions:
    """A choice for each booking shown, by appointment id and SEQUENCE as it was shown.

    Attributes:
        tell: « Prévenir les usagers ».
        reason: For those who are told.
    """

    choices: Mapping[tuple[int, int], Choice] = field(default_factory=dict)
    tell: bool = True
    reason: str = ""


NOTHING_DECIDED = Decisions()


@dataclass(eq=False)
class ColleagueTaken(Stale):
    """The colleague chosen for a booking is not free any more."""

    appointment_id: int


@dataclass(eq=False)
class NothingNear(Stale):
    """No slot is free to move a booking to."""

    appointment_id: int


def involved(session: Session, agent_id: int, decisions: Decisions) -> set[int]:
    """The agendas that carrying out *decisions* may touch: all are locked at once, in order (D-1)."""
    ids = [appointment_id for appointment_id, _sequence in decisions.choices]
    involved = {choice.agenda_id for choice in decisions.choices.values() if choice.agenda_id is not None}
    in_sight = set(session.scalars(agendas_of_sight(agent_id).with_only_columns(Agenda.id))) if involved else set()
    involved &= in_sight
    involved |= set(session.scalars(select(Claim.agenda_id).where(Claim.appointment_id.in_(ids))))
    moved = [id_ for (id_, _sequence), choice in decisions.choices.items() if choice.fate is Fate.NEAREST]
    if moved:
        motifs = session.scalars(select(Appointment.motif_id).where(Appointment.id.in_(moved)).distinct()).all()
        involved |= _offering(session, agent_id, motifs)
    return involved


def carry_out(
    session: Session, clock: Clock, agent_id: int, booking: Booking, choice: Choice, decisions: Decisions
) -> None:
    """Do with one booking what was chosen; all agendas concerned are held.

    Raises:
        ColleagueTaken, NothingNear: It cannot be done any more.
    """
    actor, appointment_id = Actor.agent(agent_id), booking.appointment_id
    match choice.fate:
        case Fate.KEEP:
            keep_anyway(session, clock, appointment_id, actor)
        case Fate.REPLAN:
            withdraw(session, clock, appointment_id, actor, decisions.reason, tell=decisions.tell)
        case Fate.CANCEL:
            cancel(session, clock, appointment_id, actor, decisions.reason, tell=decisions.tell)
        case Fate.REASSIGN:
            _reassign(session, clock, agent_id, booking, choice.agenda_id, tell=decisions.tell)
        case Fate.NEAREST:
            _move(session, clock, agent_id, booking, tell=decisions.tell)


def _reassign(
    session: Session, clock: Clock, agent_id: int, booking: Booking, agenda_id: int | None, *, tell: bool
) -> None:
    free = free_colleagues(session, clock, agent_id, [booking]).get(booking.appointment_id, [])
    chosen = next((each for each in free if each.agenda_id == agenda_id), None)
    if chosen is None:
        raise ColleagueTaken(booking.appointment_id)
    reassign(
        session,
        clock,
        booking.appointment_id,
        Actor.agent(agent_id),
        leaves=booking.agenda_id,
        to=chosen.agenda_id,
        opening_id=chosen.opening_id,
        tell=tell,
    )


def _move(session: Session, clock: Clock, agent_id: int, booking: Booking, *, tell: bool) -> None:
    """To the nearest slot a citizen could book at the same place, of whichever agenda in sight S-8 prefers."""
    appointment = session.get_one(Appointment, booking.appointment_id)
    among = _offering(session, agent_id, [appointment.motif_id])
    citizen_id = next((seat.citizen_id for seat in appointment.seated), None)
    scope = replace(Scope.one(booking.place_id, citizen_id=citizen_id), among=among)
    near = nearest(session, clock, appointment.motif, appointment.starts_at, scope, 1)
    if not near or not moves_alone(appointment):
        raise NothingNear(appointment.id)
    move_to(
        session,
        clock,
        Actor.agent(agent_id),
        appointment,
        near[0].starts_at,
        agenda_id=near[0].agenda_id,
        tell=tell,
    )


def moves_alone(appointment: Appointment) -> bool:
    """Whether it is one person's, with one agenda."""
    motif = appointment.motif
    return not appointment.shared and motif.agents_needed + motif.rooms_needed == 1


def _offering(session: Session, agent_id: int, motif_ids: Collection[int]) -> set[int]:
    """The agendas in sight that open for one of these motifs."""
    query = (
        agendas_of_sight(agent_id)
        .with_only_columns(Agenda.id)
        .join(OpeningRange, OpeningRange.agenda_id == Agenda.id)
        .join(OpeningRangeMotif, OpeningRangeMotif.opening_range_id == OpeningRange.id)
        .where(OpeningRangeMotif.motif_id.in_(motif_ids))
    )
    return set(session.scalars(query))
