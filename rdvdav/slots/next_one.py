"""The earliest free slot, up to twelve months away, in one pass (S-9)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from operator import attrgetter

from rdvdav.slots.busy import Taken
from rdvdav.slots.free import Search
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.opening import Opening
from rdvdav.slots.slot import Slot, slots_at


def next_slot(openings: Iterable[Opening], taken: Mapping[int, Taken], need: Need, bounds: Bounds) -> Slot | None:
    """The earliest slot within *bounds*, of the opening registered first; None when there is none.

    Each opening is followed only until its first slot, or until the best one known: what lies behind is not computed.
    """
    search = Search(taken, need, bounds.latest)
    best: Slot | None = None
    for opening in sorted(openings, key=attrgetter("id")):
        start = next(search.starts(opening, bounds), None)
        if start is not None:
            [best] = slots_at([start], need.duration, opening)
            bounds = replace(bounds, latest=start)
    return best
