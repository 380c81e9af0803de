"""What an opening range will give, before it is saved: its next dates with remarks, and how its motifs fit in (ux 7.2).

Remarks warn; nothing here refuses.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.days import absences_between, openings_between
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.clock import Clock
from rdvdav.directory.motif import Grid, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.hours.holiday import NO_HOLIDAYS
from rdvdav.hours.interval import Interval
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall import day_bounds, local_day, to_minutes
from rdvdav.hours.wall_range import WallRange
from rdvdav.planning.offer import Offer
from rdvdav.planning.opening_ranges import Plan
from rdvdav.planning.part import Part, foresee

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
        changed: What happens instead, where that date was changed; the rest is about that.
        holiday: Name of the holiday that keeps slots away.
        absences: Of the agenda's agent, during these hours.
    """

    day: date
    changed: OpeningRange | None = None
    holiday: str | None = None
    absences: list[Absence] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)


@dataclass(frozen=True)
class Fit:
    """How often a motif fits in one occurrence, and how many minutes it leaves unused."""

    motif: Motif
    slots: int
    unused_minutes: int
    slots_in_four_weeks: int


@dataclass(frozen=True)
class Preview:
    """All that stands beside the form.

    Attributes:
        dates: The next ones, all of a year's if asked for.
        within_a_year: How many there are.
        lost: Dates changed before that would go, for the range would no more fall on them.
    """

    hours: WallRange
    dates: list[Coming]
    fits: list[Fit]
    within_a_year: int
    lost: list[OpeningRange]


def preview(
    session: Session,
    clock: Clock,
    agenda: Agenda,
    plan: Plan,
    offer: Offer,
    part: Part[OpeningRange] | None = None,
    *,
    whole_year: bool = False,
) -> Preview:
    """What *plan* will give on *agenda*; *part* is what it changes, if it does. The plan has dates and runs forward."""
    motifs = offer.motifs_among(plan.motif_ids)
    organisation = _organisation(plan, offer)
    zone = organisation.zone if organisation else agenda.zone
    seen = foresee(plan.hours(zone), part)
    today = local_day(to_minutes(clock.now()), zone)
    days, count = days_ahead(seen.hours.series, today, whole_year=whole_year)
    scene = _Scene(session, agenda, plan, organisation if _closed(motifs) else None, part)
    return Preview(
        seen.usual, scene.remarks(seen.hours, days, seen.changed), _fits(plan, motifs, seen.usual), count, seen.lost
    )


def days_ahead(series: Series, today: date, *, whole_year: bool) -> tuple[list[date], int]:
    """The next days of *series* from *today* on, few or all of a year's, and how many there are in a year."""
    start = max(today, series.first_day)
    year = series.between(start, start + timedelta(days=364))
    return (year if whole_year else next_days(series, today)), len(year)


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
    """Which of *openings*, changed dates included, are open at the same time inside *window*: by id, the others, in their order."""
    found: dict[int, set[int]] = defaultdict(set)
    spans = sorted(
        (start, end, opening.id)
        for opening in openings
        for each in (opening, *opening.changed)
        for start, end in each.hours.within(window)
    )
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


def _closed(motifs: list[Motif]) -> bool:
    """Whether holidays matter to some of *motifs*, or may to those to come."""
    return not motifs or any(not motif.ignores_holidays for motif in motifs)


@dataclass(frozen=True)
class _Scene:
    """What the dates of a plan meet in the agenda. Four statements."""

    session: Session
    agenda: Agenda
    plan: Plan
    organisation: Organisation | None
    part: Part[OpeningRange] | None

    def remarks(self, hours: WallRange, days: list[date], changed: dict[date, OpeningRange]) -> list[Coming]:
        """Each of *days*, the changed ones as they are by now."""
        if not days:
            return []
        first, last = min([days[0], *(each.first_day for each in changed.values())]), days[-1]
        last = max([last, *(each.first_day for each in changed.values() if each.original_day in days)])
        holidays = self.organisation.holidays if self.organisation else NO_HOLIDAYS
        absences = absences_between(self.session, [self.agenda.id], first, last)
        others = self._others(openings_between(self.session, [self.agenda.id], first, last))
        query = select(Place).where(Place.id.in_(_place_ids(other for other, _hours in others)))
        places = {place.id: place for place in self.session.scalars(query)}
        found = []
        for day in days:
            one = changed.get(day)
            there = one.first_day if one else day
            spans = [Interval(*span) for span in (one.hours if one else hours).within(day_bounds(there, hours.zone))]
            overlaps = [
                _overlap(other, self.plan, places)
                for other, its_hours in others
                if other is not one and any(_meets(its_hours, span) for span in spans)
            ]
            away = [absence for absence in absences if any(_meets(absence.hours, span) for span in spans)]
            found.append(Coming(day, one, holidays.name(there), away, overlaps))
        return found

    def _others(self, openings: list[OpeningRange]) -> list[tuple[OpeningRange, WallRange]]:
        """What else is open then, and when."""
        part = self.part
        if part is None:
            return [(other, other.hours) for other in openings]
        return [(other, part.left(other)) for other in openings if not part.takes(other)]


def _meets(hours: WallRange, span: Interval) -> bool:
    return any(True for _occurrence in hours.within(span))


def _overlap(other: OpeningRange, plan: Plan, places: dict[int, Place]) -> Overlap:
    same_hours = (other.opens, other.closes) == (plan.opens, plan.closes)
    elsewhere = other.place_id is not None and other.place_id != plan.place_id
    return Overlap(other, places[other.place_id] if same_hours and elsewhere and other.place_id is not None else None)


def _place_ids(openings: Iterable[OpeningRange]) -> set[int]:
    return {opening.place_id for opening in openings if opening.place_id is not None}


def _fits(plan: Plan, motifs: list[Motif], hours: WallRange) -> list[Fit]:
    lasts = (hours.closes.hour - hours.opens.hour) * 60 + hours.closes.minute - hours.opens.minute
    first = hours.series.first_day
    times = len(hours.series.between(first, first + FOUR_WEEKS - timedelta(days=1))) if hours.series.recurrence else 0
    return [_fit(plan, motif, lasts, times) for motif in motifs]


def _fit(plan: Plan, motif: Motif, lasts: int, times: int) -> Fit:
    fixed = (plan.grid or motif.grid) is Grid.FIXED
    step = (plan.step_minutes if fixed else None) or motif.duration_minutes
    slots = (lasts - motif.duration_minutes) // step + 1 if lasts >= motif.duration_minutes else 0
    unused = max(0, lasts - (slots - 1) * step - motif.duration_minutes) if slots else lasts
    return Fit(motif, slots, unused, times * slots)
