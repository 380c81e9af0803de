"""Free slots of many openings at once: openings minus what is taken, cut by each opening's grid (S-1 to S-6)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from rdvdav.hours.interval import Intervals
from rdvdav.hours.wall import second_passes
from rdvdav.slots.busy import NOTHING_TAKEN, Taken
from rdvdav.slots.grid import fixed, flow
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.opening import Opening
from rdvdav.slots.slot import Slot, slots_at


def free_slots(openings: Iterable[Opening], taken: Mapping[int, Taken], need: Need, bounds: Bounds) -> list[Slot]:
    """All free slots that start within *bounds*, by start, then in the order their openings were registered.

    Openings are not merged; the same start offered twice for one agenda counts once, for the opening registered first
    (S-5). Agendas free at the same start are all there: `choice` picks.

    Args:
        openings: Those that carry the motif, of agendas and places in use (S-1).
        taken: By agenda; whatever overlaps `bounds.touched` must be in it.
    """
    search = Search(taken, need, bounds.latest)
    slots: list[Slot] = []
    offered: dict[int, set[int]] = {}
    for opening in sorted(openings, key=attrgetter("id")):
        starts = list(search.starts(opening, bounds))
        if known := offered.setdefault(opening.agenda_id, set()):
            starts = [start for start in starts if start not in known]
        known.update(starts)
        slots += slots_at(starts, need.duration, opening)
    slots.sort(key=attrgetter("start"))
    return slots


@dataclass(frozen=True, slots=True)
class Search:
    """What several openings of one search share; each agenda's busy time is merged once."""

    taken: Mapping[int, Taken]
    need: Need
    until: int
    """What all is searched up to; openings may be searched less far."""
    _seen: dict[tuple[int, int, int], Intervals] = field(default_factory=dict)

    def starts(self, opening: Opening, bounds: Bounds) -> Iterator[int]:
        """The starts the opening offers within *bounds*, in order, lazily.

        For one agenda `bounds.latest` may come down from one call to the next, never go up.
        """
        occurrences, taken = opening.hours.within(bounds.window), self._taken(opening, bounds.latest)
        if opening.step is None:
            starts = flow(occurrences, taken, self.need.duration, bounds)
        else:
            starts = fixed(occurrences, taken, self.need.duration, opening.step, bounds)
        twice = second_passes(bounds.window, opening.hours.zone)
        if any(True for again in twice for _ in opening.hours.within(again)):
            return (start for start in starts if start not in twice)
        return starts

    def _taken(self, opening: Opening, latest: int) -> Intervals:
        before = self.need.before if opening.buffer_before is None else opening.buffer_before
        after = self.need.after if opening.buffer_after is None else opening.buffer_after
        key = opening.agenda_id, before, after
        if key not in self._seen:
            taken = self.taken.get(opening.agenda_id, NOTHING_TAKEN)
            until = latest + self.need.duration if latest < self.until else None
            self._seen[key] = taken.seen(before, after, ignores_holidays=self.need.ignores_holidays, until=until)
        return self._seen[key]
