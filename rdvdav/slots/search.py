"""The searches of portal and office: days with slots, places with their next slot, who is free at a start, what is near.

Citizens see what S-6 lets them; `staff=True` sees every future slot of a year (S-9). Nothing is written.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby, islice
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.clock import Clock
from rdvdav.directory.motif import BookableBy, Modality, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.hours.limit import Limit
from rdvdav.hours.wall import DAY, local_day, to_minutes
from rdvdav.slots.choice import first_registered, one_per_start
from rdvdav.slots.free import free_slots
from rdvdav.slots.load import Loaded, load
from rdvdav.slots.need import Bounds
from rdvdav.slots.next_one import next_slot
from rdvdav.slots.slot import Slot

DAYS_AT_ONCE = 14
"""How far one step of a search by days looks."""
STAFF_SEES = timedelta(days=366)
NEAR = 7 * DAY
"""Minutes."""


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


def bounds_of(session: Session, clock: Clock, motif: Motif, *, staff: bool = False) -> Bounds:
    """Between which instants a slot of *motif* may start (S-6)."""
    now = clock.now()
    if staff:
        return Bounds.for_staff(now, now + STAFF_SEES)
    organisation = session.get_one(Organisation, motif.organisation_id)
    notice, most = Limit.parse(motif.min_notice), Limit.parse(motif.max_notice)
    return Bounds.for_citizens(now, notice, most, organisation.zone, organisation.holidays)


def find_days(
    session: Session,
    clock: Clock,
    motif: Motif,
    *,
    place_id: int | None = None,
    first_day: date | None = None,
    count: int = 10,
    part: DayPart = DayPart.ANY,
    weekdays: Collection[int] = frozenset(),
    agenda_id: int | None = None,
    staff: bool = False,
) -> SlotPage:
    """The next *count* days from *first_day* on that have slots, filtered by part of the day and weekdays (0 is Monday)."""
    bounds = bounds_of(session, clock, motif, staff=staff)
    zone = session.get_one(Organisation, motif.organisation_id).zone
    opens_on, closes_on = local_day(bounds.earliest, zone), local_day(bounds.latest - 1, zone)
    loaded = _load(session, clock, motif, bounds, place_id, agenda_id)
    start = min(max(first_day or opens_on, opens_on), closes_on + timedelta(days=1))

    def wanted(slot: Slot) -> bool:
        wall = slot.starts_at.astimezone(ZoneInfo(zone))
        right_part = part is DayPart.ANY or (wall.hour < 12) is (part is DayPart.MORNING)
        return right_part and (not weekdays or wall.weekday() in weekdays)

    days = list(islice(_days(loaded, bounds, start, closes_on, zone, wanted), count + 1))
    return SlotPage(
        days=days[:count],
        first_free=next_slot(loaded.openings, loaded.taken, loaded.need, bounds),
        opens_on=opens_on,
        closes_on=closes_on,
        next_day=days[count].date if len(days) > count else None,
    )


def _days(
    loaded: Loaded, bounds: Bounds, start: date, end: date, zone: str, wanted: Callable[[Slot], bool]
) -> Iterator[SlotDay]:
    while start <= end:
        last = min(end, start + timedelta(days=DAYS_AT_ONCE - 1))
        slots = free_slots(loaded.openings, loaded.taken, loaded.need, bounds.during(start, last, zone))
        ours = filter(wanted, one_per_start(slots))
        for day, of_day in groupby(ours, key=lambda slot: local_day(slot.start, zone)):
            yield SlotDay(day, list(of_day))
        start = last + timedelta(days=1)


def places_with_next(session: Session, clock: Clock, motif: Motif) -> list[tuple[Place, Slot | None]]:
    """The places that receive for *motif*, by their next slot; those without any come last, by name."""
    bounds = bounds_of(session, clock, motif)
    loaded = _load(session, clock, motif, bounds, None, None)
    ids = {opening.place_id for opening in loaded.openings}
    places = session.scalars(select(Place).where(Place.id.in_(ids)).order_by(Place.name, Place.id)).all()
    found = [
        (place, next_slot([o for o in loaded.openings if o.place_id == place.id], loaded.taken, loaded.need, bounds))
        for place in places
    ]
    return sorted(found, key=lambda pair: pair[1].start if pair[1] else bounds.latest)


def offered_at(
    session: Session,
    clock: Clock,
    motif: Motif,
    place_id: int | None,
    starts_at: datetime,
    *,
    agenda_id: int | None = None,
    among: Collection[int] | None = None,
    staff: bool = False,
) -> list[Slot]:
    """The slots that start exactly at *starts_at*, one per free agenda, the one S-8 prefers first."""
    bounds = bounds_of(session, clock, motif, staff=staff)
    start = to_minutes(starts_at)
    if starts_at.second or starts_at.microsecond or not bounds.earliest <= start < bounds.latest:
        return []
    only = Bounds(bounds.now, start, start + 1)
    agendas = among if among is not None else None if agenda_id is None else [agenda_id]
    loaded = load(session, motif, clock.now(), only, place_id=place_id, agendas=agendas)
    slots = free_slots(loaded.openings, loaded.taken, loaded.need, only)
    ordered = []
    while slots:
        ordered.append(first_registered(slots))
        slots.remove(ordered[-1])
    return ordered


def nearest(
    session: Session,
    clock: Clock,
    motif: Motif,
    place_id: int | None,
    starts_at: datetime,
    count: int = 3,
    *,
    agenda_id: int | None = None,
    among: Collection[int] | None = None,
) -> list[Slot]:
    """The *count* free slots nearest to *starts_at*, in order of time: what a loser is offered (D-2)."""
    agendas = among if among is not None else None if agenda_id is None else [agenda_id]
    bounds = bounds_of(session, clock, motif)
    wanted = to_minutes(starts_at)
    around = Bounds(
        bounds.now,
        max(bounds.earliest, wanted - NEAR),
        min(bounds.latest, wanted + NEAR),
    )
    for span in (around, bounds):
        if span.earliest >= span.latest:
            continue
        loaded = load(session, motif, clock.now(), span, place_id=place_id, agendas=agendas)
        slots = one_per_start(free_slots(loaded.openings, loaded.taken, loaded.need, span))
        if len(slots) >= count or span is bounds:
            near = sorted(slots, key=lambda slot: (abs(slot.start - wanted), slot.start))[:count]
            return sorted(near)
    return []


def has_openings(session: Session, clock: Clock, motif: Motif) -> bool:
    """Whether any opening that is not over carries *motif* (ux 3.7 d)."""
    today = clock.now().date()
    running = or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= today)
    found = exists().where(
        OpeningRangeMotif.motif_id == motif.id, OpeningRange.id == OpeningRangeMotif.opening_range_id, running
    )
    return bool(session.scalar(select(found)))


def bookable_motifs(session: Session, organisation_id: int) -> list[Motif]:
    """The motifs of an organisation that everybody may book, by service, category and name."""
    query = (
        select(Motif)
        .join(Service, Service.id == Motif.service_id)
        .where(
            Motif.organisation_id == organisation_id,
            Motif.archived_at.is_(None),
            Motif.bookable_by == BookableBy.EVERYONE,
        )
        .order_by(Service.name, Motif.category, Motif.name, Motif.id)
    )
    return list(session.scalars(query))


def needs_place(motif: Motif) -> bool:
    """Whether people come to a place for it."""
    return motif.modality is Modality.ON_SITE


def _load(
    session: Session, clock: Clock, motif: Motif, bounds: Bounds, place_id: int | None, agenda_id: int | None
) -> Loaded:
    agendas = None if agenda_id is None else [agenda_id]
    return load(session, motif, clock.now(), bounds, place_id=place_id, agendas=agendas)
