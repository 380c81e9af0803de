"""Who else could receive: agendas that are free at a booking's time, for its motif, at its place (L-4). Eight statements in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.hours.interval import Intervals
from rdvdav.hours.wall import DAY, from_minutes
from rdvdav.planning.standing import Booking, Hours, load_hours
from rdvdav.policy.sight import agendas_of_sight
from rdvdav.slots.busy import Taken
from rdvdav.slots.occupied import busy_of


@dataclass(frozen=True)
class Colleague:
    """An agenda that could take a booking, and the opening it would fall in."""

    agenda_id: int
    name: str
    opening_id: int


def free_colleagues(
    session: Session, clock: Clock, agent_id: int, bookings: Sequence[Booking]
) -> dict[int, list[Colleague]]:
    """For each appointment the agendas in sight of *agent_id* that are free then, the opening registered first first (S-8).

    Whoever has an opening there for the motif and nothing else at that time is free, wherever slots would begin: staff choose (S-6).
    """
    if not bookings:
        return {}
    now = clock.now()
    agendas = {agenda.id: agenda.name for agenda in session.scalars(agendas_of_sight(agent_id))}
    hours = load_hours(session, agendas, bookings)
    around = min(each.start for each in bookings) - DAY, max(each.end for each in bookings) + DAY
    taken = {id_: Taken(busy) for id_, busy in busy_of(session, agendas, now, around).items()}
    room = _Room(taken, _pauses(session, bookings))
    return {
        each.appointment_id: sorted(
            (
                Colleague(agenda_id, agendas[agenda_id], opening_id)
                for agenda_id, theirs in hours.items()
                if agenda_id != each.agenda_id and (opening_id := room.opening_for(agenda_id, theirs, each))
            ),
            key=lambda colleague: colleague.opening_id,
        )
        for each in bookings
        if from_minutes(each.start) > now
    }


class _Room:
    """Who has room, each agenda's busy time merged once for each pair of buffers."""

    def __init__(self, taken: Mapping[int, Taken], pauses: Mapping[int, tuple[int, int]]) -> None:
        self._taken = taken
        self._pauses = pauses
        self._seen: dict[tuple[int, int, int], Intervals] = {}

    def opening_for(self, agenda_id: int, hours: Hours, booking: Booking) -> int | None:
        opening_id = hours.opening_for(booking)
        if opening_id is None or hours.away(booking) or hours.closed(booking):
            return None
        return None if self._busy(agenda_id, *self._pauses[booking.motif_id]).meets(booking.span) else opening_id

    def _busy(self, agenda_id: int, before: int, after: int) -> Intervals:
        key = agenda_id, before, after
        if key not in self._seen:
            taken = self._taken.get(agenda_id, Taken())
            self._seen[key] = taken.seen(before, after, ignores_holidays=True)
        return self._seen[key]


def _pauses(session: Session, bookings: Sequence[Booking]) -> dict[int, tuple[int, int]]:
    """Minutes before and after, by motif; one statement."""
    query = select(Motif.id, Motif.buffer_before_minutes, Motif.buffer_after_minutes)
    ids = {booking.motif_id for booking in bookings}
    return {motif_id: (before, after) for motif_id, before, after in session.execute(query.where(Motif.id.in_(ids)))}
