"""Free slots of many openings at once: openings minus what is taken, cut by each opening's grid (S-1 to S-7)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from operator import attrgetter, itemgetter

from rdvdav.hours.interval import Interval, Intervals, Span
from rdvdav.hours.wall import second_passes
from rdvdav.slots.busy import NOTHING_TAKEN, Taken
from rdvdav.slots.capacity import Crowd, Seating, offered
from rdvdav.slots.choice import Rank, first_registered, one_per_start
from rdvdav.slots.grid import fixed, flow
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.opening import Opening
from rdvdav.slots.slot import Slot, slots_at
from rdvdav.slots.together import together

BY_START = itemgetter(0)
"""A slot's start, faster than by name."""


def free_slots(
    openings: Iterable[Opening],
    taken: Mapping[int, Taken],
    need: Need,
    bounds: Bounds,
    rank: Rank = first_registered,
) -> list[Slot]:
    """All free slots that start within *bounds*, by start, then in the order their openings were registered.

    Openings are not merged; the same start offered twice for one agenda counts once, for the opening registered first
    (S-5). Agendas free at the same start are all there: `choice` picks. An appointment with seats left is offered as
    its own slot (S-7).

    Args:
        openings: Those that carry the motif, of agendas and places in use (S-1).
        taken: By agenda; whatever overlaps `bounds.touched` must be in it.
        rank: Decides which agendas come together where the motif needs several.
    """
    search = Search(taken, need, bounds.latest)
    ours = search.carrying(openings)
    if need.several:
        starts = partial(search.starts, bounds=bounds)
        slots = together(ours, starts, partial(search.room, bounds=bounds), need, rank)
    else:
        slots = _alone(search, ours, bounds)
    slots += [seating.slot for seating in search.seatings(ours, bounds)]
    slots.sort(key=BY_START)
    return slots


def chosen_slots(
    openings: Iterable[Opening],
    taken: Mapping[int, Taken],
    need: Need,
    bounds: Bounds,
    rank: Rank = first_registered,
) -> list[Slot]:
    """Of `free_slots` the one that *rank* chooses for each start (S-8). Slots nobody is shown are mostly never made."""
    search = Search(taken, need, bounds.latest)
    ours = search.carrying(openings)
    seatings = list(search.seatings(ours, bounds))
    if need.several or seatings or rank is not first_registered:
        return one_per_start(free_slots(ours, taken, need, bounds, rank), rank)
    winners: dict[int, Opening] = {}
    for opening in reversed(ours):
        winners.update(dict.fromkeys(search.starts(opening, bounds), opening))
    return [slot for start in sorted(winners) for slot in slots_at([start], need.duration, winners[start])]


def _alone(search: "Search", openings: Iterable[Opening], bounds: Bounds) -> list[Slot]:
    slots: list[Slot] = []
    known_by: dict[int, set[int]] = {}
    for opening in openings:
        starts = list(search.starts(opening, bounds))
        if known := known_by.setdefault(opening.agenda_id, set()):
            starts = [start for start in starts if start not in known]
        known.update(starts)
        slots += slots_at(starts, search.need.duration, opening)
    return slots


@dataclass(frozen=True, slots=True)
class Search:
    """What several openings of one search share; each agenda's busy time is merged once."""

    taken: Mapping[int, Taken]
    need: Need
    until: int
    """What all is searched up to; openings may be searched less far."""
    _seen: dict[tuple[int, int, int], Intervals] = field(default_factory=dict)
    _closed: dict[int, Intervals] = field(default_factory=dict)
    _crowds: dict[int, Crowd] = field(default_factory=dict)

    def carrying(self, openings: Iterable[Opening]) -> list[Opening]:
        """Those of a kind of agenda that is needed, in the order they were registered."""
        need = self.need
        if need.collective:
            return []
        wanted = (each for each in openings if (need.rooms if each.room else need.agents))
        named = (each for each in wanted if need.several or need.may_lead(each.agenda_id))
        return sorted(named, key=attrgetter("id"))

    def starts(self, opening: Opening, bounds: Bounds) -> Iterator[int]:
        """The starts the opening's grid offers within *bounds*, in order, lazily.

        For one agenda `bounds.latest` may come down from one call to the next, never go up.
        """
        occurrences, taken = opening.hours.within(bounds.window), self._taken(opening, bounds.latest)
        if opening.step is None:
            starts = flow(occurrences, taken, self.need.duration, bounds)
        else:
            starts = fixed(occurrences, taken, self.need.duration, opening.step, bounds)
        twice = _shown_twice(bounds.window, opening.hours.zone)
        if any(True for again in twice for _ in opening.hours.within(again)):
            return (start for start in starts if start not in twice)
        return starts

    def room(self, opening: Opening, bounds: Bounds) -> Iterator[Span]:
        """The first and last start of each stretch in which the whole slot is free, whatever the grid."""
        gaps = self._taken(opening, bounds.latest).gaps(opening.hours.within(bounds.window))
        return ((start, end - self.need.duration) for start, end in gaps)

    def seatings(self, openings: Iterable[Opening], bounds: Bounds) -> Iterator[Seating]:
        """What people may join within *bounds*, in any order."""
        shared = [seating for taken in self.taken.values() for seating in taken.shared]
        ids = [opening.id for opening in openings] if shared else ()
        ours = (
            seating for seating in offered(shared, ids, bounds.window) if any(map(self.need.may_lead, seating.agendas))
        )
        return (seating for seating in ours if self._open(seating))

    def meetings(self, bounds: Bounds) -> Iterator[Seating]:
        """The collective appointments within *bounds* that nothing closes, full ones too, in any order."""
        shared = (seating for taken in self.taken.values() for seating in taken.shared if seating.collective)
        return (each for each in shared if bounds.earliest <= each.start < bounds.latest and self._open(each))

    def _open(self, seating: Seating) -> bool:
        """Whether nothing but its own people stands in its time."""
        span = seating.start, seating.end
        if seating.collective:
            return not any(self._closings(each).meets(span) for each in seating.agendas if each not in seating.kept)
        return not any(
            self._closings(agenda).meets(span) or self._crowd(agenda).during(span) > seating.entries
            for agenda in seating.agendas
        )

    def _closings(self, agenda_id: int) -> Intervals:
        if agenda_id not in self._closed:
            known = replace(self.taken.get(agenda_id, NOTHING_TAKEN), busy=())
            ignores = self.need.ignores_holidays or self.need.collective
            self._closed[agenda_id] = known.seen(0, 0, ignores_holidays=ignores)
        return self._closed[agenda_id]

    def _crowd(self, agenda_id: int) -> Crowd:
        if agenda_id not in self._crowds:
            self._crowds[agenda_id] = Crowd(self.taken.get(agenda_id, NOTHING_TAKEN).busy)
        return self._crowds[agenda_id]

    def _taken(self, opening: Opening, latest: int) -> Intervals:
        before = self.need.before if opening.buffer_before is None else opening.buffer_before
        after = self.need.after if opening.buffer_after is None else opening.buffer_after
        key = opening.agenda_id, before, after
        if key not in self._seen:
            taken = self.taken.get(opening.agenda_id, NOTHING_TAKEN)
            until = latest + self.need.duration if latest < self.until else None
            self._seen[key] = taken.seen(before, after, ignores_holidays=self.need.ignores_holidays, until=until)
        return self._seen[key]


@lru_cache(maxsize=64)
def _shown_twice(window: Interval, zone: str) -> Intervals:
    """The minutes of *window* that clocks in *zone* show for the second time: no slot starts there (T-3)."""
    return second_passes(window, zone).clip(window)
