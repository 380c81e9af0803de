"""The opening ranges of an agenda as its list shows them: with place and with the ranges they overlap (ux 7.1)."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.clock import Clock
from rdvdav.directory.place import Place
from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import to_minutes
from rdvdav.planning.opening_ranges import opening_ranges
from rdvdav.planning.preview import overlapping

LOOKED_AHEAD = timedelta(weeks=26)
"""How far overlaps are warned of."""


@dataclass(frozen=True)
class Listed:
    """One range of the list."""

    opening: OpeningRange
    place: Place | None
    overlaps: list[OpeningRange] = field(default_factory=list)


def listed(session: Session, clock: Clock, agenda: Agenda, *, past: bool) -> list[Listed]:
    """The ranges of *agenda* that are over (*past*) or not; four statements, or five where dates were changed."""
    openings = opening_ranges(session, clock, agenda, past=past)
    query = select(Place).where(Place.id.in_({opening.place_id for opening in openings if opening.place_id}))
    places: dict[int | None, Place] = {place.id: place for place in session.scalars(query)}
    now = clock.now()
    window = Interval(to_minutes(now), to_minutes(now + LOOKED_AHEAD))
    overlaps = {} if past else overlapping(openings, window)
    return [Listed(opening, places.get(opening.place_id), overlaps.get(opening.id, [])) for opening in openings]
