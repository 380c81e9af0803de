"""What is free at one start, or nearest to it: for whoever holds a slot, and for whoever came too late (D-2)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.hours.wall import DAY, to_minutes
from rdvdav.slots.limits import bounds_of
from rdvdav.slots.load import ANYWHERE, Scope, load
from rdvdav.slots.need import Bounds
from rdvdav.slots.slot import Slot
from rdvdav.slots.stretches import SlotDay, days

NEAR = 7 * DAY
"""Minutes."""


def offered_at(
    session: Session, clock: Clock, motif: Motif, starts_at: datetime, scope: Scope = ANYWHERE
) -> list[Slot]:
    """The slots that start exactly at *starts_at*, one per agenda that may lead it, the one S-8 prefers first."""
    bounds = bounds_of(session, clock, motif, staff=scope.staff)
    start = to_minutes(starts_at)
    if starts_at.second or starts_at.microsecond or not bounds.earliest <= start < bounds.latest:
        return []
    only = Bounds(bounds.now, start, start + 1)
    loaded = load(session, motif, clock.now(), only, scope)
    return sorted(loaded.free(only), key=loaded.rank)


def nearest(
    session: Session, clock: Clock, motif: Motif, starts_at: datetime, scope: Scope = ANYWHERE, count: int = 3
) -> list[Slot]:
    """The *count* free slots nearest to *starts_at*, in order of time: what a loser is offered (D-2)."""
    bounds = bounds_of(session, clock, motif, staff=scope.staff)
    wanted = to_minutes(starts_at)
    around = replace(bounds, earliest=max(bounds.earliest, wanted - NEAR), latest=min(bounds.latest, wanted + NEAR))
    slots: list[Slot] = []
    if around.earliest < around.latest:
        slots = load(session, motif, clock.now(), around, scope).one_per_start(around)
    if len(slots) < count:
        slots = _from_afar(days(session, clock, motif, bounds, scope), wanted, count)
    near = sorted(slots, key=lambda slot: (abs(slot.start - wanted), slot.start))[:count]
    return sorted(near, key=lambda slot: slot.start)


def _from_afar(ahead: Iterator[SlotDay], wanted: int, count: int) -> list[Slot]:
    """Slots among which the nearest to *wanted* are: all before it, and as many as *count* after it."""
    slots: list[Slot] = []
    for day in ahead:
        slots += day.slots
        if sum(slot.start >= wanted for slot in slots) >= count:
            break
    return slots
