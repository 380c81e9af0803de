"""What an opening range will give, before it is saved: its next dates with remarks, and how its motifs fit in (ux 7.2).

Remarks warn; nothing here refuses.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.days import absences_between, openings_between
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.hours.holiday import NO_HOLIDAYS
from rdvdav.hours.interval import Interval
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall import day_bounds, local_day, to_minutes
from rdvdav.hours.wall_range import WallRange
from rdvdav.planning.offer import Offer
from rdvdav.planning.opening_ranges import Plan

DATES_SHOWN = 10
FOUR_WEEKS = timedelta(weeks=4)
YEAR_OF_DAYS = 371
HORIZON_YEARS = 12
"""Ten dates of a range that returns once a year are within it."""


@dataclass(frozen=True)
class Overlap:
    """Another range of the same agenda that is open at the same time.

    Attributes:
        place: Where it is, when its hours are exactly the same and its place another one.
    """

    opening: OpeningRange
    place: Place | None = None


@dataclass(frozen=True)
class Coming:
    """One date of a range, with what there is to say about it.

    Attributes:
        holiday: Name of the holiday that keeps slots away.
        absences: Of the agenda's agent, during these hours.
    """

    day: date
    holiday: str | None
    absences: list[Absence]
    overlaps: list[Overlap]


@dataclass(frozen=True)
class Fit:
    """How often a motif fits in one occurrence, and how many minutes it leaves unused."""

    motif: Motif
    slots: int
    unused_minutes: int
    slots_in_four_weeks: int


@dataclass(frozen=True)
class Preview:
    """All that stands beside the form."""

    hours: WallRange
    dates: list[Coming]
    fits: list[Fit]


def preview(
    session: Session, clock: Clock, agenda: Agenda, plan: Plan, offer: Offer, opening: OpeningRange | None = None
) -> Preview:
    """What *plan* will give on *agenda*; *opening* is the range it changes, if it does. The plan has dates and runs forward."""
    motifs = offer.motifs_among(plan.motif_ids)
    organisation = _organisation(plan, offer)
    zone = organisation.zone if organisation else agenda.zone
    excluded = opening.series.excluded if opening is not None and plan.recurrence else frozenset()
    hours = plan.hours(zone, excluded)
    days = next_days(hours.series, local_day(to_minutes(clock.now()), zone))
    return Preview(
        hours, _remarks(session, agenda, plan, hours, days, motifs, organisation, opening), _fits(motifs, hours)
    )


def next_days(series: Series, today: date, count: int = DATES_SHOWN) -> list[date]:
    """The first *count* days of *series* from *today* on, fewer when it ends before."""
    low = max(today, series.first_day).toordinal()
    found: list[int] = []
    for start in range(low, low + HORIZON_YEARS * YEAR_OF_DAYS, YEAR_OF_DAYS):
        found += series.ordinals(start, start + YEAR_OF_DAYS)
        if len(found) >= count:
            break
    return [date.fromordinal(day) for day in found[:count]]


def overlapping(openings: Sequence[OpeningRange], window: Interval) -> dict[int, list[OpeningRange]]:
    """Which of *openings* are open at the same time inside *window*: by id, the others, in their order."""
    found: dict[int, set[int]] = defaultdict(set)
    spans = sorted((start, end, opening.id) for opening in openings for start, end in opening.hours.within(window))
    running: list[tuple[int, int]] = []
    for start, end, opening_id in spans:
        running = [(until, id_) for until, id_ in running if until > start]
        for _until, other in running:
            if other != opening_id:
                found[opening_id].add(other)
                found[other].add(opening_id)
        running.append((end, opening_id))
    return {id_: [opening for opening in openings if opening.id in others] for id_, others in found.items()}


def _organisation(plan: Plan, offer: Offer) -> Organisation | None:
    if offer.motifs_among(plan.motif_ids):
        return offer.organisation_of(plan.motif_ids)
    return offer.organisations[0] if offer.organisations else None


def _remarks(
    session: Session,
    agenda: Agenda,
    plan: Plan,
    hours: WallRange,
    days: list[date],
    motifs: list[Motif],
    organisation: Organisation | None,
    opening: OpeningRange | None,
) -> list[Coming]:
    if not days:
        return []
    closed = not motifs or any(not motif.ignores_holidays for motif in motifs)
    holidays = organisation.holidays if organisation and closed else NO_HOLIDAYS
    absences = absences_between(session, agenda.id, days[0], days[-1])
    others = [
        other
        for other in openings_between(session, agenda.id, days[0], days[-1])
        if opening is None or other.id != opening.id
    ]
    places = {place.id: place for place in session.scalars(select(Place).where(Place.id.in_(_place_ids(others))))}
    return [
        Coming(
            day,
            holidays.name(day),
            [absence for absence in absences if any(_touching(absence.hours, span))],
            [_overlap(other, plan, places) for other in others if any(_touching(other.hours, span))],
        )
        for day, span in _occurrences(hours, days)
    ]


def _occurrences(hours: WallRange, days: Iterable[date]) -> Iterator[tuple[date, Interval]]:
    for day in days:
        for start, end in hours.within(day_bounds(day, hours.zone)):
            yield day, Interval(start, end)


def _touching(hours: WallRange, span: Interval) -> Iterator[bool]:
    return (True for _occurrence in hours.within(span))


def _overlap(other: OpeningRange, plan: Plan, places: dict[int, Place]) -> Overlap:
    same_hours = (other.opens, other.closes) == (plan.opens, plan.closes)
    elsewhere = other.place_id is not None and other.place_id != plan.place_id
    return Overlap(other, places[other.place_id] if same_hours and elsewhere and other.place_id is not None else None)


def _place_ids(openings: Iterable[OpeningRange]) -> set[int]:
    return {opening.place_id for opening in openings if opening.place_id is not None}


def _fits(motifs: list[Motif], hours: WallRange) -> list[Fit]:
    lasts = (hours.closes.hour - hours.opens.hour) * 60 + hours.closes.minute - hours.opens.minute
    first = hours.series.first_day
    times = len(hours.series.between(first, first + FOUR_WEEKS - timedelta(days=1))) if hours.series.recurrence else 0
    return [
        Fit(
            motif,
            slots=lasts // motif.duration_minutes,
            unused_minutes=lasts % motif.duration_minutes,
            slots_in_four_weeks=times * (lasts // motif.duration_minutes),
        )
        for motif in motifs
    ]
