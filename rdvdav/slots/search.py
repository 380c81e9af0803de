"""The searches of portal and office: days with slots, places with their next slot, what staff finds over a span.

Citizens see what S-6 lets them; staff every future slot of a year (S-9). Nothing is written.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby, islice
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.hours.wall import day_bounds, local_day
from rdvdav.slots.limits import bounds_of
from rdvdav.slots.load import ANYWHERE, Loaded, Scope, load
from rdvdav.slots.need import Bounds
from rdvdav.slots.slot import Slot

DAYS_AT_ONCE = 14
"""How far one step of a search by days looks."""


class DayPart(StrEnum):
    """Filter « Moment »; noon begins the afternoon."""

    ANY = ""
    MORNING = "matin"
    AFTERNOON = "apres-midi"


@dataclass(frozen=True)
class SlotDay:
    """One local day and its slots, one per start."""

    date: date
    slots: list[Slot]


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
    """The next *count* days from *first_day* on that have slots, filtered by part of the day and weekdays (0 is Monday).

    What is near is read first; only where that is not enough, all up to the limit: twice at most.
    """
    bounds = bounds_of(session, clock, motif, staff=scope.staff)
    zone = session.get_one(Organisation, motif.organisation_id).zone
    opens_on, closes_on = local_day(bounds.earliest, zone), local_day(bounds.latest - 1, zone)
    start = min(max(first_day or opens_on, opens_on), closes_on + timedelta(days=1))

    def wanted(slot: Slot) -> bool:
        wall = slot.starts_at.astimezone(ZoneInfo(zone))
        right_part = part is DayPart.ANY or (wall.hour < 12) is (part is DayPart.MORNING)
        return right_part and (not weekdays or wall.weekday() in weekdays)

    for reach in _reaches(bounds, start + timedelta(days=2 * count), closes_on, zone):
        loaded = load(session, motif, clock.now(), reach, scope)
        last = local_day(reach.latest - 1, zone)
        days = list(islice(_days(loaded, reach, start, last, zone, wanted), count + 1))
        narrowed = start > opens_on or part is not DayPart.ANY or weekdays
        first_free = loaded.first(reach) if narrowed or not days else days[0].slots[0]
        if len(days) > count and first_free is not None:
            break
    return SlotPage(days[:count], first_free, opens_on, closes_on, days[count].date if len(days) > count else None)


def _reaches(bounds: Bounds, near: date, closes_on: date, zone: str) -> Iterator[Bounds]:
    """Up to the local day *near*, then as far as one may."""
    if near < closes_on:
        yield replace(bounds, latest=day_bounds(near, zone).end)
    yield bounds


def _days(
    loaded: Loaded, bounds: Bounds, start: date, end: date, zone: str, wanted: Callable[[Slot], bool]
) -> Iterator[SlotDay]:
    while start <= end:
        last = min(end, start + timedelta(days=DAYS_AT_ONCE - 1))
        ours = filter(wanted, loaded.one_per_start(bounds.during(start, last, zone)))
        for day, of_day in groupby(ours, key=lambda slot: local_day(slot.start, zone)):
            yield SlotDay(day, list(of_day))
        start = last + timedelta(days=1)


def places_with_next(
    session: Session, clock: Clock, motif: Motif, scope: Scope = ANYWHERE
) -> list[tuple[Place, Slot | None]]:
    """The places that receive for *motif*, by their next slot; those without any come last, by name."""
    bounds = bounds_of(session, clock, motif, staff=scope.staff)
    loaded = load(session, motif, clock.now(), bounds, scope)
    ids = {opening.place_id for opening in loaded.openings}
    places = session.scalars(select(Place).where(Place.id.in_(ids)).order_by(Place.name, Place.id)).all()
    found = [(place, loaded.at(place.id).first(bounds)) for place in places]
    return sorted(found, key=lambda pair: pair[1].start if pair[1] else bounds.latest)
