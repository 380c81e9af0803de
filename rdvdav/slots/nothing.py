"""What stands behind an empty search: the reason for staff (7.6), the case and its remedies for citizens (3.7)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from rdvdav.citizens.referent import referents_of
from rdvdav.clock import Clock
from rdvdav.directory.motif import Modality, Motif
from rdvdav.directory.place import Place
from rdvdav.hours.interval import Interval
from rdvdav.hours.limit import Limit
from rdvdav.hours.wall import day_bounds, instant_of, local_day
from rdvdav.slots.limits import bounds_of
from rdvdav.slots.load import Loaded, Scope, carrying, load
from rdvdav.slots.need import Bounds
from rdvdav.slots.opening import Opening
from rdvdav.slots.search import places_with_next
from rdvdav.slots.slot import Slot
from rdvdav.slots.stretches import first_slot
from rdvdav.slots.why import Cause, NoSlot, next_opening_day, why_none

A_DAY = timedelta(days=1)


class Case(StrEnum):
    """Which of the cases of ux 3.7 an empty list is."""

    FILTERED = "filtered"
    """Something is free, but nothing these filters leave."""
    ELSEWHERE = "elsewhere"
    """Nothing is free here, something is at other places."""
    FULL = "full"
    """Hours are open, and nothing of them is left."""
    CLOSED = "closed"
    """No hours are open."""
    WHO = "who"
    """Only with the agent who follows the person, and nobody said who comes."""
    NOT_FOLLOWED = "not_followed"
    """Nobody who receives for it follows this person."""


CASES = {
    Cause.NO_CITIZEN: Case.WHO,
    Cause.NO_REFERENT: Case.NOT_FOLLOWED,
    Cause.OTHER_AGENTS: Case.NOT_FOLLOWED,
    Cause.NO_OPENING: Case.CLOSED,
    Cause.NOT_PLANNED: Case.CLOSED,
    Cause.OTHER_PLACES: Case.CLOSED,
    Cause.NONE_IN_SPAN: Case.CLOSED,
}
"""What the engine's reasons mean to a citizen; all others mean FULL."""


@dataclass(frozen=True)
class Nothing:
    """Why a citizen finds nothing, and what there is instead.

    Attributes:
        why: The engine's reason; None where something is free elsewhere or without filters.
        places: Other places with their next slot, the earliest first.
        reopens_on: Local day on which the next hours behind the limit can be booked, where such hours are known.
    """

    case: Case
    why: NoSlot | None = None
    places: tuple[tuple[Place, Slot], ...] = ()
    reopens_on: date | None = None


def nothing_free(session: Session, clock: Clock, motif: Motif, scope: Scope, *, first_free: Slot | None) -> Nothing:
    """What a citizen is told whose list is empty (3.7).

    Args:
        first_free: The earliest slot of *scope* whatever the days and hours asked for, if there is one.
    """
    limits = bounds_of(session, clock, motif)
    if first_free is not None:
        return Nothing(Case.FILTERED)
    if scope.agendas is not None and first_slot(session, clock, motif, limits, replace(scope, agendas=None)):
        return Nothing(Case.FILTERED)
    if scope.places is not None:
        all_places = places_with_next(session, clock, motif, replace(scope, places=None))
        found = ((place, slot) for place, slot in all_places if slot is not None and place.id not in scope.places)
        if others := tuple(found):
            return Nothing(Case.ELSEWHERE, places=others)
    zone = motif.organisation.zone
    days = local_day(limits.now, zone), local_day(limits.latest - 1, zone)
    loaded = load(session, motif, clock.now(), limits, scope)
    why = reason(session, motif, scope, loaded, limits, days, None)
    case = CASES.get(why.cause, Case.FULL)
    known = case in {Case.FULL, Case.CLOSED} and not motif.collective
    return Nothing(case, why, reopens_on=_reopens_on(session, clock, motif, scope, limits) if known else None)


def reason(
    session: Session,
    motif: Motif,
    scope: Scope,
    loaded: Loaded,
    limits: Bounds,
    span: tuple[date, date],
    next_one: Slot | None,
) -> NoSlot:
    """Why nothing is free within *span*, two local days, both included.

    Args:
        next_one: The earliest slot behind the span, if there is one.
    """
    zone = motif.organisation.zone
    why = _why_nobody(session, motif, scope)
    if why is not None:
        return why
    openings: list[Opening] = []
    if not motif.collective:
        everywhere = carrying(session, motif, local_day(limits.now, zone), scope=Scope(staff=True))
        openings = carrying(session, motif, local_day(limits.now, zone), scope=scope)
        if not openings:
            return _elsewhere(everywhere, motif, scope)
    window = Interval(day_bounds(span[0], zone).start, day_bounds(span[1], zone).end)
    why = why_none(openings, loaded.taken, loaded.need, limits, window, zone)
    if why.cause is Cause.TAKEN:
        full_until = local_day(next_one.start, zone) - A_DAY if next_one else local_day(limits.latest - 1, zone)
        return replace(why, until=max(full_until, span[0]))
    return why


def _why_nobody(session: Session, motif: Motif, scope: Scope) -> NoSlot | None:
    """Of a follow-up motif: nobody said who comes, or nobody follows the citizen."""
    if not motif.follow_up:
        return None
    if scope.citizen_id is None:
        return None if scope.staff else NoSlot(Cause.NO_CITIZEN)
    followed = session.scalar(referents_of(scope.citizen_id).limit(1))
    return NoSlot(Cause.NO_REFERENT) if followed is None else None


def _elsewhere(everywhere: list[Opening], motif: Motif, scope: Scope) -> NoSlot:
    """None of the openings is in *scope*."""
    if not everywhere:
        return NoSlot(Cause.NO_OPENING)
    on_site = motif.modality is Modality.ON_SITE
    if on_site and scope.places is not None and not any(each.place_id in scope.places for each in everywhere):
        return NoSlot(Cause.OTHER_PLACES)
    return NoSlot(Cause.OTHER_AGENTS, agendas=len({opening.agenda_id for opening in everywhere}))


def _reopens_on(session: Session, clock: Clock, motif: Motif, scope: Scope, limits: Bounds) -> date | None:
    """When the first hours that open behind the limit can be booked: the limit moves on with each day."""
    organisation = motif.organisation
    zone, today = organisation.zone, local_day(limits.now, organisation.zone)
    opens_on = next_opening_day(carrying(session, motif, today, scope=scope), limits.latest, zone)
    if opens_on is None:
        return None
    most, day = Limit.parse(motif.max_notice), today
    while day < opens_on and most.last_day(_midnight(day, zone), zone, organisation.holidays) < opens_on:
        day += A_DAY
    return day


def _midnight(day: date, zone: str) -> datetime:
    return instant_of(day, time(), zone)
