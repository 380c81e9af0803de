"""What an absence will take, before it is saved: its next dates, and which changed ones would go (ux 7.5)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.directory.workplace import holidays_of
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.hours.wall_range import WallRange
from rdvdav.planning.absences import Plan
from rdvdav.planning.part import Part, foresee
from rdvdav.planning.preview import days_ahead


@dataclass(frozen=True)
class ComingAbsence:
    """One date of an absence; `changed` is what happens instead, where that date was changed."""

    day: date
    changed: Absence | None
    holiday: str | None


@dataclass(frozen=True)
class AbsencePreview:
    """All that stands beside the form.

    Attributes:
        hours: The time away, without the changed dates.
        times: With them.
        dates: The next ones where it repeats, all of a year's if asked for.
        within_a_year: How many there are.
        lost: Dates changed before that would go, for the absence would no more fall on them.
    """

    hours: WallRange
    times: list[WallRange]
    dates: list[ComingAbsence]
    within_a_year: int
    lost: list[Absence]


def preview_absence(
    session: Session, clock: Clock, agenda: Agenda, plan: Plan, part: Part[Absence] | None, *, whole_year: bool = False
) -> AbsencePreview:
    """What *plan* will take from *agenda*; *part* is what it changes, if it does. The plan has dates and runs forward."""
    zone = part.row.zone if part else agenda.zone
    seen = foresee(plan.hours(zone), part)
    days: list[date] = []
    count = 1
    if plan.recurrence is not None:
        days, count = days_ahead(seen.hours.series, local_day(to_minutes(clock.now()), zone), whole_year=whole_year)
    holidays = holidays_of(session, agenda.agent_id)
    dates = [ComingAbsence(day, seen.changed.get(day), holidays.name(day)) for day in days]
    times = [seen.usual, *(each.hours for each in seen.changed.values())]
    return AbsencePreview(seen.usual, times, dates, count, seen.lost)
