"""Any opening as one value: where, when, on which grid. Its occurrences come out of its hours, not one object each."""

from dataclasses import dataclass

from rdvdav.hours.wall_range import WallRange


@dataclass(frozen=True, slots=True)
class Opening:
    """When an agenda can be booked for the motif that is searched.

    Attributes:
        id: Order of registration, which S-8 decides by.
        hours: Its days and wall times; `hours.within(window)` gives the occurrences.
        step: Minutes from start to start on a fixed grid (S-4); None is the flow grid (S-3).
        seats: How many people share one appointment in it (S-7).
        buffer_before, buffer_after: Minutes that replace the motif's (S-2); None leaves the motif's.
        room: Its agenda is a room's.
    """

    id: int
    agenda_id: int
    place_id: int | None
    hours: WallRange
    step: int | None = None
    seats: int = 1
    buffer_before: int | None = None
    buffer_after: int | None = None
    room: bool = False
