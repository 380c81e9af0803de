"""Collective appointments as citizens choose among them: each with what is left of its seats, full ones too (S-7, ux 3.8)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from rdvdav.agenda.appointment import Appointment
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.slots.free import Search
from rdvdav.slots.limits import bounds_of
from rdvdav.slots.load import ANYWHERE, Scope, load
from rdvdav.slots.slot import Slot


@dataclass(frozen=True)
class Meeting:
    """One collective appointment; no *seats* are left of one that is full."""

    appointment: Appointment
    slot: Slot
    seats: int


def meetings(session: Session, clock: Clock, motif: Motif, scope: Scope = ANYWHERE) -> list[Meeting]:
    """Those of a collective motif that citizens may still choose (S-6), by time; a fixed number of statements."""
    bounds = bounds_of(session, clock, motif, staff=scope.staff)
    loaded = load(session, motif, clock.now(), bounds, scope)
    found = {
        seating.appointment_id: seating
        for seating in Search(loaded.taken, loaded.need, bounds.latest).meetings(bounds)
        if seating.appointment_id is not None
    }
    query = (
        select(Appointment)
        .where(Appointment.id.in_(found))
        .options(joinedload(Appointment.place))
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [
        Meeting(each, found[each.id].slot, max(0, found[each.id].seats)) for each in session.scalars(query).unique()
    ]
