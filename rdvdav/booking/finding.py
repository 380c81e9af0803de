"""« Trouver un RDV »: what staff see of a motif's slots, by place and day, every agent who is free (S05, S-6)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.hours.wall import local_day
from rdvdav.slots.choice import by_start, first_registered
from rdvdav.slots.free import free_slots
from rdvdav.slots.load import load
from rdvdav.slots.next_one import next_slot
from rdvdav.slots.search import bounds_of
from rdvdav.slots.slot import Slot

SPAN = 7
"""Days shown at once."""


@dataclass(frozen=True)
class Start:
    """One start at one place.

    Attributes:
        chosen: The slot S-8 prefers.
        others: Those of the other agents free then, in S-8's order.
    """

    chosen: Slot
    others: list[Slot]


@dataclass(frozen=True)
class Somewhere:
    """The slots of one place, by local day; of no place when the motif needs none."""

    place: Place | None
    days: list[tuple[date, list[Start]]]


@dataclass(frozen=True)
class Found:
    """What a search gives.

    Attributes:
        first_day, last_day: The local days that were searched, both included.
        earliest: Of all that is shown.
        next_one: The next slot after an empty span; None when there is none within a year, or when something is shown.
        agendas: Names of all agendas shown, by id.
    """

    first_day: date
    last_day: date
    places: list[Somewhere] = field(default_factory=list)
    earliest: Slot | None = None
    next_one: Slot | None = None
    agendas: dict[int, str] = field(default_factory=dict)


def find_for_staff(
    session: Session,
    clock: Clock,
    motif: Motif,
    *,
    place_id: int | None = None,
    agenda_id: int | None = None,
    first_day: date | None = None,
) -> Found:
    """The free slots of a week from *first_day* on (today if it is over), whatever citizens may see of them.

    Whether the agent may search *motif* was asked before. As many statements for two hundred agents as for one.
    """
    zone = session.get_one(Organisation, motif.organisation_id).zone
    bounds = bounds_of(session, clock, motif, staff=True)
    opens_on = local_day(bounds.earliest, zone)
    first = min(max(first_day or opens_on, opens_on), local_day(bounds.latest, zone))
    last = first + timedelta(days=SPAN - 1)
    agendas = None if agenda_id is None else [agenda_id]
    span = bounds.during(first, last, zone)
    loaded = load(session, motif, clock.now(), span, place_id=place_id, agendas=agendas)
    slots = free_slots(loaded.openings, loaded.taken, loaded.need, span)
    next_one = None
    if not slots:
        loaded = load(session, motif, clock.now(), bounds, place_id=place_id, agendas=agendas)
        next_one = next_slot(loaded.openings, loaded.taken, loaded.need, bounds)
    shown = slots or ([next_one] if next_one else [])
    return Found(
        first, last, _by_place(session, slots, zone), min(slots, default=None), next_one, _names(session, shown)
    )


def _by_place(session: Session, slots: Iterable[Slot], zone: str) -> list[Somewhere]:
    at: dict[int | None, list[Slot]] = {}
    for slot in slots:
        at.setdefault(slot.place_id, []).append(slot)
    rows = session.scalars(
        select(Place).where(Place.id.in_(each for each in at if each)).order_by(Place.name, Place.id)
    )
    places: list[Place | None] = [*rows, *([None] if None in at else [])]
    return [Somewhere(place, _by_day(at[place.id if place else None], zone)) for place in places]


def _by_day(slots: Iterable[Slot], zone: str) -> list[tuple[date, list[Start]]]:
    starts = [_start(rivals) for rivals in by_start(slots).values()]
    days = groupby(starts, key=lambda start: local_day(start.chosen.start, zone))
    return [(day, list(of_day)) for day, of_day in days]


def _start(rivals: list[Slot]) -> Start:
    chosen = first_registered(rivals)
    return Start(chosen, [slot for slot in rivals if slot is not chosen])


def _names(session: Session, slots: Iterable[Slot]) -> dict[int, str]:
    ids = {slot.agenda_id for slot in slots}
    agendas = session.scalars(select(Agenda).where(Agenda.id.in_(ids)))
    return {agenda.id: agenda.name for agenda in agendas}
