"""Starts at which several agendas are free at once: two agents, an agent and a room (S16)."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

from rdvdav.hours.interval import Span
from rdvdav.slots.choice import Rank
from rdvdav.slots.need import Need
from rdvdav.slots.opening import Opening
from rdvdav.slots.slot import Slot

Starts = Callable[[Opening], Iterator[int]]
"""The grid starts of an opening."""
Room = Callable[[Opening], Iterator[Span]]
"""The stretches of starts, both ends included, at which an opening has the whole slot free."""


def together(openings: Sequence[Opening], starts: Starts, room: Room, need: Need, rank: Rank) -> list[Slot]:
    """The slots for which enough different agendas of each kind are free, by start.

    A start comes from the grid of any one of the openings, for the agendas' flow grids may be out of step; at that
    start, enough different agendas must have the whole slot free, each within one of its openings at the same place.
    Every agent free then leads a slot of its own, so that a choice remains; who comes with the leader, and which
    rooms, goes by *rank*. Where no agent is needed, rooms lead.
    """
    found: dict[tuple[int, int], Slot] = {}
    for place in {opening.place_id: None for opening in openings}:
        here = [opening for opening in openings if opening.place_id == place]
        for start, free in _free(here, starts, room):
            for slot in _led(start, free, need, rank):
                known = found.setdefault((start, slot.agenda_id), slot)
                if rank(slot)[1] < rank(known)[1]:
                    found[start, slot.agenda_id] = slot
    return sorted(found.values(), key=lambda slot: (slot.start, slot.opening_id))


def _free(openings: Sequence[Opening], starts: Starts, room: Room) -> Iterator[tuple[int, list[Opening]]]:
    """Each start of any of *openings*, with those that are free for the whole slot then."""
    grid = sorted({start for opening in openings for start in starts(opening)})
    free: dict[int, list[Opening]] = defaultdict(list)
    for opening in openings:
        for first, last in room(opening):
            for start in grid[bisect_left(grid, first) : bisect_right(grid, last)]:
                free[start].append(opening)
    return ((start, free[start]) for start in grid)


def _led(start: int, free: Sequence[Opening], need: Need, rank: Rank) -> Iterator[Slot]:
    """A slot for each agenda that may lead; none when there are too few."""
    firsts: dict[int, Opening] = {}
    for opening in sorted(free, key=attrgetter("id")):
        firsts.setdefault(opening.agenda_id, opening)
    agents = _ranked(start, [each for each in firsts.values() if not each.room], need, rank)
    rooms = _ranked(start, [each for each in firsts.values() if each.room], need, rank)
    if len(agents) < need.agents or len(rooms) < need.rooms:
        return
    for leader in agents if need.agents else rooms:
        if not need.may_lead(leader.agenda_id):
            continue
        team = [leader]
        for ranked, number in ((agents, need.agents), (rooms, need.rooms)):
            mates = [each for each in ranked if each is not leader]
            team += mates[: number - 1 if leader in ranked else number]
        others = tuple((each.agenda_id, each.opening_id) for each in team[1:])
        yield leader._replace(others=others, seats=min(each.seats for each in team))


def _ranked(start: int, openings: Sequence[Opening], need: Need, rank: Rank) -> list[Slot]:
    end = start + need.duration
    slots = [Slot(start, end, each.agenda_id, each.id, each.place_id, each.seats) for each in openings]
    return sorted(slots, key=rank)
