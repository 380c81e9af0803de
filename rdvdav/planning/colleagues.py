"""Who else could receive: agendas that are free at a booking's time, for its motif, at its place (L-4). Six statements in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.hours.interval import Interval, Intervals
from rdvdav.hours.wall import DAY, from_minutes, local_day
from rdvdav.planning.standing import Booking, Hours, load_hours
from rdvdav.policy.sight import agendas_of_sight
from rdvdav.slots.busy import Taken, whole_days
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
    first, last = min(each.start for each in bookings), max(each.end for each in bookings)
    hours = load_hours(session, agendas, first, last)
    room = _Room(
        {id_: Taken(busy) for id_, busy in busy_of(session, agendas, now, (first - DAY, last + DAY)).items()},
        _needs(session, bookings, Interval(first, last)),
    )
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


@dataclass(frozen=True)
class _Need:
    """What a motif asks of time around it: minutes, and the days it does not happen on."""

    before: int
    after: int
    holidays: Intervals


class _Room:
    """Who has room, each agenda's busy time merged once for each pair of buffers."""

    def __init__(self, taken: Mapping[int, Taken], needs: Mapping[int, _Need]) -> None:
        self._taken = taken
        self._needs = needs
        self._seen: dict[tuple[int, int, int], Intervals] = {}

    def opening_for(self, agenda_id: int, hours: Hours, booking: Booking) -> int | None:
        need = self._needs[booking.motif_id]
        opening_id = hours.opening_for(booking)
        taken = opening_id is None or hours.away(booking) or need.holidays.meets(booking.span)
        return None if taken or self._busy(agenda_id, need).meets(booking.span) else opening_id

    def _busy(self, agenda_id: int, need: _Need) -> Intervals:
        key = agenda_id, need.before, need.after
        if key not in self._seen:
            taken = self._taken.get(agenda_id, Taken())
            self._seen[key] = taken.seen(need.before, need.after, ignores_holidays=True)
        return self._seen[key]


def _needs(session: Session, bookings: Sequence[Booking], window: Interval) -> dict[int, _Need]:
    """By motif; one statement."""
    query = (
        select(Motif, Organisation)
        .join(Organisation, Organisation.id == Motif.organisation_id)
        .where(Motif.id.in_({booking.motif_id for booking in bookings}))
    )
    return {
        motif.id: _Need(
            motif.buffer_before_minutes,
            motif.buffer_after_minutes,
            Intervals(() if motif.ignores_holidays else _closed(organisation, window)),
        )
        for motif, organisation in session.execute(query)
    }


def _closed(organisation: Organisation, window: Interval) -> list[Interval]:
    first, last = local_day(window.start, organisation.zone), local_day(window.end, organisation.zone)
    return [Interval(*day) for day in whole_days(organisation.holidays.between(first, last), organisation.zone)]
