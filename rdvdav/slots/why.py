"""Why a search found nothing: looked up by taking away, one after the other, what might stand in the way (ux 3.7, 7.6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import DAY, local_day
from rdvdav.slots.busy import Taken
from rdvdav.slots.free import free_slots
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.next_one import next_slot
from rdvdav.slots.opening import Opening

A_YEAR = 366 * DAY
"""Minutes within which the next opening is looked for."""


class Cause(StrEnum):
    """What stands in the way first; further causes may stand behind it."""

    NO_CITIZEN = "no_citizen"
    """A follow-up motif, and nobody said who comes."""
    NO_REFERENT = "no_referent"
    """A follow-up motif, and nobody follows this citizen."""
    NOT_PLANNED = "not_planned"
    """A collective motif without any appointment in the span."""
    NO_OPENING = "no_opening"
    """No opening that is not over carries the motif."""
    OTHER_PLACES = "other_places"
    """Openings carry it, but none at these places."""
    OTHER_AGENTS = "other_agents"
    """Openings carry it, but none of these agents, or of this citizen's referents."""
    NONE_IN_SPAN = "none_in_span"
    """No opening occurs in the span."""
    PAST = "past"
    """The span is over."""
    MIN_NOTICE = "min_notice"
    """The span, or what is open in it, lies before the minimum notice is over."""
    MAX_NOTICE = "max_notice"
    """The span lies behind the last day that may be booked."""
    TOO_SHORT = "too_short"
    """No opening is long enough for the motif."""
    TOO_FEW_AGENDAS = "too_few_agendas"
    """Agendas are open, but never enough of them at once."""
    HOLIDAYS = "holidays"
    """All that is open falls on public holidays."""
    ABSENT = "absent"
    """Those who are open are absent."""
    TAKEN = "taken"
    """All is booked or held."""


@dataclass(frozen=True)
class NoSlot:
    """Why there is no slot, with its facts.

    Attributes:
        agendas: How many agendas are open in the span.
        absent: How many of them are absent whenever they are open.
        until: Last local day that is full (TAKEN), or that may be booked (MAX_NOTICE).
        opens_on: Next local day an opening occurs (NONE_IN_SPAN), or first one that may be booked (MIN_NOTICE).
    """

    cause: Cause
    agendas: int = 0
    absent: int = 0
    until: date | None = None
    opens_on: date | None = None


def why_none(
    openings: Sequence[Opening],
    taken: Mapping[int, Taken],
    need: Need,
    limits: Bounds,
    span: Interval,
    zone: str,
) -> NoSlot:
    """Why nothing is free in *span*, though *openings*, now or later, carry the motif.

    Args:
        taken: As for the search of *span*.
        limits: Between which a slot might start at all.
        span: What was searched, before the limits cut it; epoch minutes.
    """
    bounds = replace(limits, earliest=max(limits.earliest, span.start), latest=min(limits.latest, span.end))
    if need.collective:
        return _why_no_seat(taken, bounds)
    if span.end <= limits.now:
        return NoSlot(Cause.PAST)
    if span.end <= limits.earliest:
        return NoSlot(Cause.MIN_NOTICE, opens_on=local_day(limits.earliest, zone))
    if span.start >= limits.latest:
        return NoSlot(Cause.MAX_NOTICE, until=local_day(limits.latest - 1, zone))
    here = [opening for opening in openings if _occurs(opening, Interval(max(span.start, limits.now), span.end))]
    if not here:
        return NoSlot(Cause.NONE_IN_SPAN, opens_on=next_opening_day(openings, span.end, zone))
    cause = _first_cause(here, taken, need, bounds, replace(bounds, earliest=max(limits.now, span.start)))
    return NoSlot(
        cause,
        agendas=len({opening.agenda_id for opening in here}),
        absent=_absent(here, taken, need, bounds),
        until=local_day(bounds.latest - 1, zone) if cause is Cause.TAKEN else None,
        opens_on=local_day(limits.earliest, zone) if cause is Cause.MIN_NOTICE else None,
    )


def _first_cause(
    openings: Sequence[Opening], taken: Mapping[int, Taken], need: Need, bounds: Bounds, at_once: Bounds
) -> Cause:
    """The first of the causes that alone, with those before it, leaves nothing; *at_once* are the bounds without notice."""

    def any_free(taken: Mapping[int, Taken], bounds: Bounds = bounds) -> bool:
        return next_slot(openings, taken, need, bounds) is not None

    if not any_free({}):
        if any_free({}, at_once):
            return Cause.MIN_NOTICE
        return Cause.TOO_FEW_AGENDAS if need.several and _each_alone(openings, {}, need, bounds) else Cause.TOO_SHORT
    if not any_free(_only(taken, "holidays")):
        return Cause.HOLIDAYS
    if not any_free(_only(taken, "holidays", "closed")):
        return Cause.ABSENT
    return Cause.TAKEN


def _why_no_seat(taken: Mapping[int, Taken], bounds: Bounds) -> NoSlot:
    """Of a collective motif: nothing planned, nothing left, or closed by absences."""
    planned = [each for known in taken.values() for each in known.shared if each.start in range(*bounds.window)]
    if not planned:
        return NoSlot(Cause.NOT_PLANNED)
    agendas = len({agenda for each in planned for agenda in each.agendas})
    open_ones = [each for each in planned if each.seats > 0]
    if not open_ones:
        return NoSlot(Cause.TAKEN, agendas)
    return NoSlot(Cause.ABSENT, agendas, absent=len({agenda for each in open_ones for agenda in each.agendas}))


def _absent(openings: Sequence[Opening], taken: Mapping[int, Taken], need: Need, bounds: Bounds) -> int:
    """How many agendas would be free but for their absences."""
    expected = _each_alone(openings, _only(taken, "holidays"), need, bounds)
    return len(expected - _each_alone(openings, _only(taken, "holidays", "closed"), need, bounds))


def _each_alone(openings: Iterable[Opening], taken: Mapping[int, Taken], need: Need, bounds: Bounds) -> set[int]:
    """The agendas that offer a slot to whoever needs but one, room or not."""
    alike = [replace(opening, room=False) for opening in openings]
    alone = replace(need, agents=1, rooms=0, leaders=None)
    return {slot.agenda_id for slot in free_slots(alike, taken, alone, bounds)}


def _only(taken: Mapping[int, Taken], *kinds: str) -> dict[int, Taken]:
    """Of what is taken, these kinds alone."""
    return {agenda: Taken(**{kind: getattr(known, kind) for kind in kinds}) for agenda, known in taken.items()}


def _occurs(opening: Opening, span: Interval) -> bool:
    return any(True for _ in opening.hours.within(span))


def next_opening_day(openings: Iterable[Opening], after: int, zone: str) -> date | None:
    """The first local day, from *after* on, on which one of *openings* occurs; None within a year."""
    year = Interval(after, after + A_YEAR)
    starts = [next((start for start, _ in opening.hours.within(year) if start >= after), None) for opening in openings]
    return min((local_day(start, zone) for start in starts if start is not None), default=None)
