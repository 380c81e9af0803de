"""The searches of portal and office: days with slots, places with their next slot, what staff finds over a span.

Citizens see what S-6 lets them; staff every future slot of a year (S-9). Nothing is written.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place
from rdvdav.hours.wall import DAY, day_bounds, local_day
from rdvdav.slots.limits import bounds_of
from rdvdav.slots.load import ANYWHERE, Scope, carrying
from rdvdav.slots.slot import Slot
from rdvdav.slots.stretches import SlotDay, days, first_slot, stretches

NEAR = 14 * DAY
"""Minutes in which most places have a slot."""


class DayPart(StrEnum):
    """Filter « Moment »; noon begins the afternoon."""

    ANY = ""
    MORNING = "matin"
    AFTERNOON = "apres-midi"


@dataclass(frozen=True)
class SlotPage:
    """The next days that have slots.

    Attributes:
        first_free: The earliest slot whatever the filters; None when all is full until the limit.
        opens_on, closes_on: First and last local day that may be booked (S-6).
        next_day: Where the following page starts; None at the end.
    """

    days: list[SlotDay]
    first_free: Slot | None
    opens_on: date
    closes_on: date
    next_day: date | None


def find_days(
    session: Session,
    clock: Clock,
    motif: Motif,
    *,
    scope: Scope = ANYWHERE,
    first_day: date | None = None,
    count: int = 10,
    part: DayPart = DayPart.ANY,
    weekdays: Collection[int] = frozenset(),
) -> SlotPage:
    """The next *count* days from *first_day* on that have slots, filtered by part of the day and weekdays (0 is Monday)."""
    bounds = bounds_of(session, clock, motif, staff=scope.staff)
    zone = motif.organisation.zone
    opens_on, closes_on = local_day(bounds.earliest, zone), local_day(bounds.latest - 1, zone)
    start = min(max(first_day or opens_on, opens_on), closes_on + timedelta(days=1))

    def wanted(slot: Slot) -> bool:
        wall = slot.starts_at.astimezone(ZoneInfo(zone))
        right_part = part is DayPart.ANY or (wall.hour < 12) is (part is DayPart.MORNING)
        return right_part and (not weekdays or wall.weekday() in weekdays)

    near = day_bounds(start + timedelta(days=2 * count), zone).end
    ahead = days(session, clock, motif, bounds.during(start, closes_on, zone), scope, near=near)
    ours = (SlotDay(day.date, list(filter(wanted, day.slots))) for day in ahead)
    found = list(islice((day for day in ours if day.slots), count + 1))
    narrowed = start > opens_on or part is not DayPart.ANY or weekdays
    first_free = found[0].slots[0] if found else None
    if narrowed:
        near = day_bounds(opens_on + timedelta(days=2 * count), zone).end
        first_free = first_slot(session, clock, motif, bounds, scope, near=near)
    return SlotPage(found[:count], first_free, opens_on, closes_on, found[count].date if len(found) > count else None)


def places_with_next(
    session: Session, clock: Clock, motif: Motif, scope: Scope = ANYWHERE
) -> list[tuple[Place, Slot | None]]:
    """The places that receive for *motif*, by their next slot; those without any come last, by name."""
    bounds = bounds_of(session, clock, motif, staff=scope.staff)
    zone = motif.organisation.zone
    first, last = (local_day(minute, zone) for minute in bounds.touched)
    ids = set() if motif.collective else {each.place_id for each in carrying(session, motif, first, last, scope)}
    places = session.scalars(select(Place).where(Place.id.in_(ids)).order_by(Place.name, Place.id)).all()
    near = day_bounds(local_day(bounds.earliest + NEAR, zone), zone).start
    found: dict[int, Slot] = {}
    for part, loaded in stretches(session, clock, motif, bounds, scope, near=near):
        for place in places:
            slot = None if place.id in found else loaded.at(place.id).first(part)
            if slot is not None:
                found[place.id] = slot
        if len(found) == len(places):
            break
    pairs = [(place, found.get(place.id)) for place in places]
    return sorted(pairs, key=lambda pair: pair[1].start if pair[1] else bounds.latest)
