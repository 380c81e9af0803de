"""A free slot: computed, never stored."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import repeat
from typing import NamedTuple

from rdvdav.hours.wall import from_minutes
from rdvdav.slots.opening import Opening


class Slot(NamedTuple):
    """Free time of one agenda that can be booked, in epoch minutes."""

    start: int
    end: int
    agenda_id: int
    opening_id: int
    place_id: int | None

    @property
    def starts_at(self) -> datetime:
        """The start as an instant, in UTC."""
        return from_minutes(self.start)

    @property
    def ends_at(self) -> datetime:
        """The end as an instant, in UTC."""
        return from_minutes(self.end)


def slots_at(starts: Sequence[int], duration: int, opening: Opening) -> Iterable[Slot]:
    """The opening's slots at *starts*, made without a Python call for each."""
    ends = [start + duration for start in starts]
    fields = zip(starts, ends, repeat(opening.agenda_id), repeat(opening.id), repeat(opening.place_id), strict=False)
    return map(_slot, fields)


_slot: Callable[[Iterable[int | None]], Slot] = partial(tuple.__new__, Slot)
