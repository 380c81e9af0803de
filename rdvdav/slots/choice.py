"""Which agenda wins when several are free at the same instant (S-8). Deterministic, never random.

A rank gives each slot a key; of slots that start together the least key wins.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from rdvdav.hours.wall import local_week
from rdvdav.slots.slot import Slot

Rank = Callable[[Slot], tuple[int, int]]
"""How far behind an agenda stands, then the order its opening was registered in."""


def first_registered(slot: Slot) -> tuple[int, int]:
    """The opening registered first wins."""
    return 0, slot.opening_id or 0


def least_loaded(booked: Iterable[tuple[int, int]], zone: str) -> Rank:
    """The agenda with the fewest appointments in the slot's local week, Monday to Sunday, wins; then as `first_registered`.

    Args:
        booked: Agenda and start in epoch minutes of each appointment that holds time, over whole weeks.
        zone: IANA zone whose weeks count.
    """
    load: dict[tuple[int, int], int] = {}
    for agenda_id, start in booked:
        key = agenda_id, local_week(start, zone)
        load[key] = load.get(key, 0) + 1
    return lambda slot: (load.get((slot.agenda_id, local_week(slot.start, zone)), 0), slot.opening_id or 0)


def in_turn(last_booked: Mapping[int, int]) -> Rank:
    """The agenda whose last appointment of the motif was booked longest ago wins, one without any before all.

    Args:
        last_booked: By agenda, the order in which its last appointment was booked; later is larger.
    """
    return lambda slot: (last_booked.get(slot.agenda_id, 0), slot.opening_id or 0)


def rivals(slots: Iterable[Slot], rank: Rank = first_registered) -> Iterator[list[Slot]]:
    """From slots in order, those of each start, the winner first."""
    return (sorted(together, key=rank) for _, together in groupby(slots, key=attrgetter("start")))


def one_per_start(slots: Iterable[Slot], rank: Rank = first_registered) -> list[Slot]:
    """For the portal: the winner of each start, from slots in order."""
    return [min(together, key=rank) for _, together in groupby(slots, key=attrgetter("start"))]


def winner(slots: Sequence[Slot], rank: Rank = first_registered) -> Slot | None:
    """Of slots that all start together; None of none."""
    return min(slots, key=rank, default=None)
