"""Who else could receive: agendas that are free at a booking's time, for its motif, at its place (L-4). Six statements in all."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.hours.interval import Interval, Intervals
from rdvdav.hours.wall import DAY, from_minutes, local_day
from rdvdav.planning.standing import Booking, Hours, load_hours
from rdvdav.policy.sight import agendas_of_sight
from rdvdav.slots.busy import Busy, Taken, whole_days


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
        {id_: Taken(busy) for id_, busy in _busy(session, clock, agendas, Interval(first, last)).items()},
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


def _busy(session: Session, clock: Clock, agendas: Collection[int], window: Interval) -> dict[int, list[Busy]]:
    """What takes the agendas' time, appointments and live holds (S-2); two statements."""
    since, until = from_minutes(window.start - DAY), from_minutes(window.end + DAY)
    before = func.coalesce(OpeningRange.buffer_before_minutes, Motif.buffer_before_minutes)
    after = func.coalesce(OpeningRange.buffer_after_minutes, Motif.buffer_after_minutes)
    claims = (
        select(Claim.agenda_id, Claim.starts_at, Claim.ends_at, before, after)
        .join(Appointment, Appointment.id == Claim.appointment_id)
        .join(Motif, Motif.id == Appointment.motif_id)
        .outerjoin(OpeningRange, OpeningRange.id == Claim.opening_range_id)
        .where(Claim.agenda_id.in_(agendas), Claim.holds_time, Claim.ends_at > since, Claim.starts_at < until)
    )
    holds = (
        select(HoldClaim.agenda_id, HoldClaim.starts_at, HoldClaim.ends_at, before, after)
        .join(Hold, Hold.id == HoldClaim.hold_id)
        .join(Motif, Motif.id == Hold.motif_id)
        .outerjoin(OpeningRange, OpeningRange.id == HoldClaim.opening_range_id)
        .where(HoldClaim.agenda_id.in_(agendas), HoldClaim.expires_at > clock.now())
        .where(HoldClaim.ends_at > since, HoldClaim.starts_at < until)
    )
    busy: dict[int, list[Busy]] = defaultdict(list)
    for query in (claims, holds):
        for agenda_id, starts_at, ends_at, pause_before, pause_after in session.execute(query):
            busy[agenda_id].append(Busy.of(starts_at, ends_at, pause_before, pause_after))
    return busy
