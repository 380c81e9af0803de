"""A search that goes through time: the near is read first, what is full is passed over in outline, and nobody pays for more than is taken.

However many agendas, appointments and days there are, it reads as many tables as many times: once for each stretch, of which
there are four at most, and once for the outline of all that lies behind the first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.hours.wall import DAY, day_bounds, local_day
from rdvdav.slots.load import Loaded, Scope, load
from rdvdav.slots.need import Bounds
from rdvdav.slots.slot import Slot

LENGTHS = (14 * DAY, 56 * DAY)
"""Minutes read at once from the first that is not full on, and then from the next one; at last all the rest."""
DAYS_AT_ONCE = 14
"""How many days are cut into slots together."""


@dataclass(frozen=True)
class SlotDay:
    """One local day and its slots, one per start."""

    date: date
    slots: list[Slot]


def stretches(
    session: Session, clock: Clock, motif: Motif, bounds: Bounds, scope: Scope, *, near: int = 0
) -> Iterator[tuple[Bounds, Loaded]]:
    """Stretch after stretch of *bounds*, with all that decides on slots in it, read when it is asked for; each ends with a local day.

    Args:
        near: Epoch minute, a local midnight, up to which is read at once; what lies behind is looked at in outline first.
    """
    start, now = bounds.earliest, clock.now()
    zone = motif.organisation.zone
    if start < min(near, bounds.latest):
        part = replace(bounds, latest=min(near, bounds.latest))
        yield part, load(session, motif, now, part, scope)
        start = part.latest
    outline = None
    for length in (*LENGTHS, bounds.latest - start):
        rest = replace(bounds, earliest=start)
        if rest.earliest >= rest.latest:
            return
        if not motif.collective:  # of which only appointments themselves are read
            outline = outline or load(session, motif, now, rest, scope, outlined=True)
            room = outline.first_room(rest)
            if room is None:
                return
            start = room
        end = day_bounds(local_day(min(start + length, bounds.latest) - 1, zone), zone).end
        part = replace(bounds, earliest=start, latest=min(end, bounds.latest))
        yield part, load(session, motif, now, part, scope)
        start = part.latest


def first_slot(
    session: Session, clock: Clock, motif: Motif, bounds: Bounds, scope: Scope, *, near: int = 0
) -> Slot | None:
    """The earliest slot within *bounds* (S-9); *near* as in `stretches`."""
    parts = stretches(session, clock, motif, bounds, scope, near=near)
    found = (loaded.first(part) for part, loaded in parts)
    return next((slot for slot in found if slot is not None), None)


def days(
    session: Session, clock: Clock, motif: Motif, bounds: Bounds, scope: Scope, *, near: int = 0
) -> Iterator[SlotDay]:
    """The local days that have slots within *bounds*, in order, made as they are asked for; *near* as in `stretches`."""
    zone = motif.organisation.zone
    for part, loaded in stretches(session, clock, motif, bounds, scope, near=near):
        first, last = local_day(part.earliest, zone), local_day(part.latest - 1, zone)
        while first <= last:
            slots = loaded.one_per_start(part.during(first, first + timedelta(days=DAYS_AT_ONCE - 1), zone))
            for day, of_day in groupby(slots, key=lambda slot: local_day(slot.start, zone)):
                yield SlotDay(day, list(of_day))
            first += timedelta(days=DAYS_AT_ONCE)
