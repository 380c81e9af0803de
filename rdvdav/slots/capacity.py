"""Seats: time that several people share, and how many of its seats are left (S-7)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from rdvdav.hours.interval import Span
from rdvdav.slots.slot import Part, Slot

if TYPE_CHECKING:
    from rdvdav.slots.busy import Busy


class Seating(NamedTuple):
    """An appointment of the searched motif that several may join, or live holds on what will be one; epoch minutes.

    Its own time is taken for every other start; it is offered itself, with what is left of its seats.

    Attributes:
        seats: Those left, every live hold counted as taken; may be less than none where staff over-booked.
        parts: All it takes, by agenda; the first names the slot.
        entries: How many busy entries are its own on each of its agendas: the appointment and each hold.
        collective: A collective appointment: only an absence closes it, neither a holiday nor what overlaps it.
        kept: Agendas whose absences do not close it: staff chose « Garder » there.
    """

    start: int
    end: int
    seats: int
    parts: tuple[Part, ...]
    place_id: int | None = None
    appointment_id: int | None = None
    entries: int = 1
    collective: bool = False
    kept: frozenset[int] = frozenset()

    @property
    def agendas(self) -> tuple[int, ...]:
        """Ids of the agendas it takes."""
        return tuple(agenda for agenda, _ in self.parts)

    @property
    def slot(self) -> Slot:
        """The slot it is offered as."""
        (agenda, opening), *others = self.parts
        return Slot(
            self.start, self.end, agenda, opening, self.place_id, self.seats, tuple(others), self.appointment_id
        )


class Crowd:
    """How many busy entries of one agenda overlap some time."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, busy: Iterable["Busy"]) -> None:
        """Count *busy*, pauses left aside: joining changes nobody's time."""
        entries = list(busy)
        self._starts, self._ends = sorted(entry.start for entry in entries), sorted(entry.end for entry in entries)

    def during(self, span: Span) -> int:
        """How many overlap *span*: those begun before its end, less those over by its start."""
        return bisect_left(self._starts, span[1]) - bisect_right(self._ends, span[0])


def offered(seatings: Iterable[Seating], openings: Iterable[int], window: Span) -> Iterator[Seating]:
    """Those with a seat left that start in *window*: collective ones, and those of *openings* that are searched."""
    known = set(openings)
    for seating in seatings:
        ours = seating.collective or known.issuperset(opening for _, opening in seating.parts if opening is not None)
        if seating.seats > 0 and window[0] <= seating.start < window[1] and ours:
            yield seating
