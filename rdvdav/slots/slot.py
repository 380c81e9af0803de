"""A free slot: computed, never stored."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple

from rdvdav.hours.wall import from_minutes
from rdvdav.slots.opening import Opening

Part = tuple[int, int | None]
"""An agenda, and the opening whose time it gives; None where no opening is behind it."""


class Slot(NamedTuple):
    """Free time that can be booked, in epoch minutes: of one agenda, or of several at once."""

    start: int
    end: int
    agenda_id: int
    opening_id: int | None
    place_id: int | None
    seats: int = 1
    """How many people may still book it (S-7)."""
    others: tuple[Part, ...] = ()
    """What it takes besides, for motifs that need several agendas at once."""
    appointment_id: int | None = None
    """The appointment one joins; None where booking makes a new one."""

    @property
    def starts_at(self) -> datetime:
        """The start as an instant, in UTC."""
        return from_minutes(self.start)

    @property
    def ends_at(self) -> datetime:
        """The end as an instant, in UTC."""
        return from_minutes(self.end)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All it takes, the agenda it is named after first."""
        return ((self.agenda_id, self.opening_id), *self.others)

    @property
    def agendas(self) -> frozenset[int]:
        """Ids of the agendas whose time it takes."""
        return frozenset(agenda for agenda, _ in self.parts)


def slots_at(starts: Sequence[int], duration: int, opening: Opening) -> Iterable[Slot]:
    """The opening's slots at *starts*, made without a Python call for each."""
    ends = [start + duration for start in starts]
    same = (opening.agenda_id, opening.id, opening.place_id, opening.seats, (), None)
    return map(_slot, zip(starts, ends, *map(repeat, same), strict=False))


_slot: Callable[[Iterable[Any]], Slot] = partial(tuple.__new__, Slot)
