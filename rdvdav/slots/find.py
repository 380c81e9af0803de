"""« Trouver un RDV »: what is free over a span, by place and day, or why nothing is and when next (S05, S06; ux 7.6)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place
from rdvdav.hours.wall import local_day
from rdvdav.slots.choice import Rank, rivals
from rdvdav.slots.limits import bounds_of
from rdvdav.slots.load import Scope, load
from rdvdav.slots.need import Bounds
from rdvdav.slots.nothing import reason
from rdvdav.slots.slot import Slot
from rdvdav.slots.stretches import first_slot
from rdvdav.slots.why import NoSlot

SPAN_DAYS = 7


@dataclass(frozen=True)
class Offer:
    """One start at one place.

    Attributes:
        slot: Of the agenda S-8 chooses.
        others: Of the further agendas that are free, in the order S-8 would take them.
    """

    slot: Slot
    others: tuple[Slot, ...]


@dataclass(frozen=True)
class OfferDay:
    """One local day at one place, by time."""

    date: date
    offers: list[Offer]


@dataclass(frozen=True)
class PlaceOffers:
    """One place, or none for motifs that need no place; only days that have slots."""

    place: Place | None
    days: list[OfferDay]


@dataclass(frozen=True)
class Finding:
    """What a search over a span found.

    Attributes:
        first_day, last_day: Local days, both included.
        places: By name; empty when nothing is free.
        earliest: The earliest slot of the span, at any place.
        next_one: When the span is empty, the earliest slot behind it, up to the limit or twelve months (S-9).
        why: When the span is empty, the reason.
        names: Of each agenda a slot takes, by its id.
    """

    first_day: date
    last_day: date
    places: list[PlaceOffers]
    earliest: Slot | None
    next_one: Slot | None
    why: NoSlot | None
    names: dict[int, str]


def find_slots(
    session: Session,
    clock: Clock,
    motif: Motif,
    *,
    first_day: date | None = None,
    days: int = SPAN_DAYS,
    places: Collection[int] | None = None,
    agendas: Collection[int] | None = None,
    citizen_id: int | None = None,
    staff: bool = True,
) -> Finding:
    """What is free for *motif* from *first_day* (None: today) on, over *days* local days.

    A fixed number of statements, whatever the number of agendas and appointments.

    Args:
        places, agendas: Only there, only led by these; None is any. Ids the caller has checked.
        citizen_id: Who comes; a follow-up motif is then offered with this person's referents alone.
    """
    scope = Scope(places=places, agendas=agendas, citizen_id=citizen_id, staff=staff)
    zone = motif.organisation.zone
    limits = bounds_of(session, clock, motif, staff=staff)
    first = first_day or local_day(limits.now, zone)
    last = first + timedelta(days=days - 1)
    bounds = limits.during(first, last, zone)
    loaded = load(session, motif, clock.now(), bounds, scope)
    slots = loaded.free(bounds)
    next_one = None if slots else first_slot(session, clock, motif, _behind(limits, bounds), scope)
    return Finding(
        first_day=first,
        last_day=last,
        places=_by_place(session, slots, loaded.rank, zone),
        earliest=next(rivals(slots, loaded.rank), [None])[0],
        next_one=next_one,
        why=None if slots else reason(session, motif, scope, loaded, limits, (first, last), next_one),
        names=_names(session, [*slots, *([next_one] if next_one else [])]),
    )


def _behind(limits: Bounds, bounds: Bounds) -> Bounds:
    """What lies after the span *bounds*."""
    return replace(limits, earliest=max(limits.earliest, bounds.latest))


def _by_place(session: Session, slots: Iterable[Slot], rank: Rank, zone: str) -> list[PlaceOffers]:
    found: dict[int | None, list[Slot]] = {}
    for slot in slots:
        found.setdefault(slot.place_id, []).append(slot)
    query = select(Place).where(Place.id.in_(found.keys() - {None})).order_by(Place.name, Place.id)
    places: list[Place | None] = [*([None] if None in found else []), *session.scalars(query)]
    return [PlaceOffers(place, _by_day(found[place.id if place else None], rank, zone)) for place in places]


def _by_day(slots: Iterable[Slot], rank: Rank, zone: str) -> list[OfferDay]:
    offers = (Offer(together[0], tuple(together[1:])) for together in rivals(slots, rank))
    days = groupby(offers, key=lambda offer: local_day(offer.slot.start, zone))
    return [OfferDay(day, list(of_day)) for day, of_day in days]


def _names(session: Session, slots: Iterable[Slot]) -> dict[int, str]:
    ids = {agenda_id for slot in slots for agenda_id in slot.agendas}
    return dict(session.execute(select(Agenda.id, Agenda.name).where(Agenda.id.in_(ids))).all())
