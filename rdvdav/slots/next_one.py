"""The earliest free slot, up to twelve months away, in one pass (S-9)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter

from rdvdav.hours.wall import DAY
from rdvdav.slots.busy import Taken
from rdvdav.slots.choice import Rank, first_registered, rivals, winner
from rdvdav.slots.free import Search, free_slots
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.opening import Opening
from rdvdav.slots.slot import Slot, slots_at

STRETCH = 14 * DAY
"""Minutes looked at together where several agendas must be free at once."""


def next_slot(
    openings: Iterable[Opening],
    taken: Mapping[int, Taken],
    need: Need,
    bounds: Bounds,
    rank: Rank = first_registered,
) -> Slot | None:
    """The earliest slot within *bounds*, of those that start together the one *rank* prefers; None when there is none.

    Each opening is followed only until its first slot, or until the best one known: what lies behind is not computed.
    """
    if not need.several:
        return winner(_earliest(openings, taken, need, bounds), rank)
    given = list(openings)
    stretches = (free_slots(given, taken, need, part, rank) for part in _stretches(bounds))
    return next((together[0] for slots in stretches for together in rivals(slots, rank)), None)


def first_room(openings: Iterable[Opening], taken: Mapping[int, Taken], need: Need, bounds: Bounds) -> int | None:
    """The first minute within *bounds* at which some opening has room for a slot, or a seat; no slot starts before it.

    So it is as well where *taken* leaves out some of what is taken: a search that knows all may begin there.
    """
    search = Search(taken, need, bounds.latest)
    ours = search.carrying(openings)
    first = min((seating.start for seating in search.seatings(ours, bounds)), default=bounds.latest)
    for opening in ours:
        until = replace(bounds, latest=first)
        rooms = (
            max(start, bounds.earliest)
            for start, last in search.room(opening, until)
            if start <= last >= bounds.earliest
        )
        first = min(first, next(rooms, first))
    return first if first < bounds.latest else None


def _earliest(openings: Iterable[Opening], taken: Mapping[int, Taken], need: Need, bounds: Bounds) -> list[Slot]:
    """The slots of all agendas that start first, one for each."""
    search = Search(taken, need, bounds.latest)
    ours = search.carrying(openings)
    found = sorted((seating.slot for seating in search.seatings(ours, bounds)), key=attrgetter("start"))
    for opening in ours:
        if found:
            bounds = replace(bounds, latest=found[0].start + 1)
        start = next(search.starts(opening, bounds), None)
        if start is None:
            continue
        if found and start < found[0].start:
            found = []
        if all(slot.start != start or slot.agenda_id != opening.agenda_id for slot in found):
            found += slots_at([start], need.duration, opening)
    return [slot for slot in found if slot.start == found[0].start]


def _stretches(bounds: Bounds) -> Iterator[Bounds]:
    for start in range(bounds.earliest, bounds.latest, STRETCH):
        yield replace(bounds, earliest=start, latest=min(start + STRETCH, bounds.latest))
