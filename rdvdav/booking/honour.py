"""Whether a hold can be honoured: its time, its seats, who receives in it (D-5, S-7)."""

from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.hold import Hold
from rdvdav.booking.seats import seats_at, shared_with
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place
from rdvdav.errors import Stale
from rdvdav.slots.load import Scope
from rdvdav.slots.near import nearest
from rdvdav.slots.slot import Slot


@dataclass(eq=False)
class SlotTaken(Stale):
    """Somebody was faster (D-2); up to three nearest free slots."""

    alternatives: tuple[Slot, ...] = ()


def require_free(session: Session, clock: Clock, hold: Hold, people: int = 1) -> Appointment | None:
    """Check that the held time can still be honoured, and find the appointment it is a seat of, if there is one (S-7).

    Staff may have overlapped it meanwhile (D-6), or seated more people (I-2).

    Args:
        people: How many are to sit there.

    Raises:
        SlotTaken: Somebody took the time or the seats, the agent has left, or the place is closed; carries alternatives.
    """
    joined = shared_with(session, hold)
    motif = session.get_one(Motif, hold.motif_id)
    if _is_gone(session, hold, joined) or not _has_room(session, hold, motif, joined, people):
        scope = Scope.one(hold.place_id)
        raise SlotTaken(tuple(nearest(session, clock, motif, hold.starts_at, scope)))
    return joined


def _has_room(session: Session, hold: Hold, motif: Motif, joined: Appointment | None, people: int) -> bool:
    if joined is not None:
        return len(joined.seated) + people <= joined.seats
    return not motif.collective and people <= seats_at(session, hold)


def _is_gone(session: Session, hold: Hold, joined: Appointment | None) -> bool:
    """Whether something else stands in the held time, or nobody receives in it any more."""
    agendas = [claim.agenda_id for claim in hold.claims]
    overlapping = (Claim.starts_at < hold.ends_at) & (Claim.ends_at > hold.starts_at) & Claim.holds_time
    if joined is not None:
        overlapping &= Claim.appointment_id != joined.id
    taken = exists().where(Claim.agenda_id.in_(agendas), overlapping)
    left = exists().where(Agenda.id.in_(agendas), Agent.id == Agenda.agent_id, Agent.left_at.is_not(None))
    closed = exists().where(Place.id == hold.place_id, ~Place.enabled)
    causes = or_(left, closed) if joined is not None and joined.motif.collective else or_(taken, left, closed)
    return not agendas or bool(session.scalar(select(causes)))
