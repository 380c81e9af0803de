"""Which agenda wins when several are free at the same instant (S-8). Deterministic, never random."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter

from rdvdav.slots.slot import Slot

Choice = Callable[[Sequence[Slot]], Slot]
"""Picks one of several slots that start together."""


def first_registered(slots: Sequence[Slot]) -> Slot:
    """The slot whose opening was registered first."""
    return min(slots, key=attrgetter("opening_id"))


def by_start(slots: Iterable[Slot]) -> dict[int, list[Slot]]:
    """The slots of each start, from slots in order."""
    return {start: list(group) for start, group in groupby(slots, key=attrgetter("start"))}


def one_per_start(slots: Iterable[Slot], choose: Choice = first_registered) -> list[Slot]:
    """For the portal: one slot for each start, from slots in order."""
    return [choose(rivals) for rivals in by_start(slots).values()]
