"""Absences: away for hours or days, changed, taken back, all dates or some (S02, S03). Appointments inside stay, as conflicts (L-4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from rdvdav.agenda.absence import Absence, AbsenceKind, time_away
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.days import appointments_between
from rdvdav.agenda.status import HOLDS_TIME
from rdvdav.clock import Clock
from rdvdav.errors import NotFound, Refused
from rdvdav.hours.interval import Interval, Intervals
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall import local_day, to_minutes, to_minutes_up
from rdvdav.hours.wall_range import WallRange
from rdvdav.outbox.event import Event
from rdvdav.planning.repeated import Trade
from rdvdav.policy.right import agenda_to_open


class NoSuchAbsence(NotFound):
    """No such absence."""


class Contradiction(StrEnum):
    """What can't be saved."""

    ENDS_BEFORE_START = "ends_before_start"
    NO_DATE = "no_date"


@dataclass(eq=False)
class Contradictory(Refused):
    """The absence as it was typed can't be."""

    found: tuple[Contradiction, ...]


@dataclass(frozen=True)
class Plan:
    """An absence as somebody wants it: whole days when both times are None; both days are included.

    Attributes:
        recurrence: An RRULE value that counts from *first_day*, or None for once; each time lasts as long as the first.
    """

    title: str
    kind: AbsenceKind
    first_day: date
    end_day: date
    starts: time | None = None
    ends: time | None = None
    recurrence: str | None = None

    def hours(self, zone: str, excluded: frozenset[date] = frozenset()) -> WallRange:
        """The time away on the clocks of *zone*."""
        series = Series(self.first_day, self.recurrence, excluded)
        return time_away(series, self.end_day, self.starts, self.ends, zone)


def plan_of(absence: Absence) -> Plan:
    """The wish that *absence* fulfils as it is."""
    return Plan(
        absence.title,
        absence.kind,
        absence.first_day,
        absence.end_day,
        absence.starts,
        absence.ends,
        absence.recurrence,
    )


LOOKED_AHEAD = timedelta(days=3660)
"""Nothing is booked further ahead."""
WITH_DATES = (selectinload(Absence.changed),)


def contradictions(plan: Plan) -> list[Contradiction]:
    """What keeps *plan* from being saved, nothing when it can be."""
    within_a_day = plan.first_day == plan.end_day and plan.starts is not None and plan.ends is not None
    backwards = plan.end_day < plan.first_day or (within_a_day and (plan.ends or time.min) <= (plan.starts or time.min))
    said = {
        Contradiction.ENDS_BEFORE_START: backwards,
        Contradiction.NO_DATE: not backwards and plan.hours("UTC").series.first() is None,
    }
    return [contradiction for contradiction, holds in said.items() if holds]


def absence_of(session: Session, agent_id: int, absence_id: int) -> Absence:
    """An absence on an agenda that *agent_id* may open, with its changed dates.

    Raises:
        NoSuchAbsence: It does not exist; a changed date is reached by its series.
        NoSuchAgenda: It does, but not for this agent: doors answer both alike.
    """
    absence = session.get(Absence, absence_id, options=WITH_DATES)
    if absence is None or absence.series_id is not None:
        raise NoSuchAbsence
    agenda_to_open(session, agent_id, absence.agenda_id)
    return absence


def absences(session: Session, clock: Clock, agenda: Agenda, *, past: bool) -> Sequence[Absence]:
    """The absences of *agenda* that are over (*past*), latest first, or the others, soonest first."""
    today = local_day(to_minutes(clock.now()), agenda.zone)
    over = Absence.last_day < today
    going_on = or_(Absence.last_day.is_(None), Absence.last_day >= today)
    order = Absence.last_day.desc() if past else Absence.first_day
    query = (
        select(Absence)
        .where(Absence.agenda_id == agenda.id, Absence.series_id.is_(None), over if past else going_on)
        .options(*WITH_DATES)
        .order_by(order, Absence.starts, Absence.id)
    )
    return session.scalars(query).all()


def concerned(session: Session, clock: Clock, agenda: Agenda, *hours: WallRange) -> list[Appointment]:
    """The appointments still to come that hold time of *agenda* at one of the times *hours*: each is kept (L-4); two statements."""
    return touched(to_come(session, clock, agenda), hours)


def to_come(session: Session, clock: Clock, agenda: Agenda) -> list[Appointment]:
    """The appointments that hold time of *agenda* and are not over, by start; two statements."""
    window = Interval(to_minutes(clock.now()), to_minutes(clock.now() + LOOKED_AHEAD))
    return [each for each in appointments_between(session, agenda.id, window) if each.status in HOLDS_TIME]


def touched(appointments: Sequence[Appointment], hours: Iterable[WallRange]) -> list[Appointment]:
    """Those of *appointments*, which are in order of start, that take time at one of the times *hours*. Pure."""
    spans = [Interval(to_minutes(each.starts_at), to_minutes_up(each.ends_at)) for each in appointments]
    if not spans:
        return []
    reach = Interval(spans[0].start, max(span.end for span in spans))
    away = Intervals(span for each in hours for span in each.within(reach))
    return [each for each, span in zip(appointments, spans, strict=True) if away.clip(span)]


def times_of(absence: Absence) -> list[WallRange]:
    """When *absence* is: as it repeats, and on its changed dates."""
    return [absence.hours, *(each.hours for each in absence.changed)]


def _write(_session: Session, absence: Absence, plan: Plan) -> None:
    if found := contradictions(plan):
        raise Contradictory(tuple(found))
    absence.title, absence.kind = plan.title, plan.kind
    absence.first_day, absence.end_day = plan.first_day, plan.end_day
    absence.starts, absence.ends = plan.starts, plan.ends
    absence.recurrence = plan.recurrence


def _blank(agenda: Agenda) -> Absence:
    return Absence(territory_id=agenda.territory_id, agenda_id=agenda.id, zone=agenda.zone)


def _hand_over(_session: Session, _old: Absence, _new: Absence, _first: date, _last: date | None) -> None:
    """No appointment is of an absence."""


def _details(absence: Absence) -> dict[str, Any]:
    return {
        "reason": absence.kind,
        "title": absence.title,
        "end_day": absence.end_day.isoformat(),
        "starts": absence.starts.isoformat("minutes") if absence.starts else None,
        "ends": absence.ends.isoformat("minutes") if absence.ends else None,
    }


HEARD = (Event.ABSENCE_CREATED, Event.ABSENCE_CHANGED, Event.ABSENCE_REMOVED)
ABSENCES = Trade("absence", HEARD, absence_of, _blank, _write, _details, _hand_over)
create, change, remove = ABSENCES.create, ABSENCES.change, ABSENCES.remove
change_one, remove_one, restore = ABSENCES.change_one, ABSENCES.remove_one, ABSENCES.restore
change_from, remove_from = ABSENCES.change_from, ABSENCES.remove_from
"""The use cases, told of in `planning.repeated`."""
