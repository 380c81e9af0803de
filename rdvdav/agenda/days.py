"""What stands in agendas on some days, each on its own wall clock: what screens draw (A01).

Four statements whatever the number of agendas and appointments; of appointments, only what a screen says is read.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.seen import Seen, seen_between
from rdvdav.agenda.status import HOLDS_TIME
from rdvdav.hours.interval import Interval, Intervals
from rdvdav.hours.wall import DAY, day_bounds, from_minutes, local_day, to_minutes, to_minutes_up


@dataclass(frozen=True)
class Opened:
    """The part of an opening that falls on one day; an end of 00:00 is midnight."""

    start: time
    end: time
    opening: OpeningRange


@dataclass(frozen=True)
class Away:
    """The part of an absence that falls on one day.

    Attributes:
        begins: The day on which this occurrence began.
    """

    start: time
    end: time
    absence: Absence
    begins: date


@dataclass(frozen=True)
class Booked:
    """The part of an appointment that falls on one day.

    Attributes:
        conflict: It holds time inside an absence, or was kept although its slot is gone: « En conflit » (L-4).
        begins: It begins on this day.
    """

    start: time
    end: time
    appointment: Seen
    conflict: bool
    begins: bool


@dataclass(frozen=True)
class Day:
    """One local day, each list in order of time."""

    date: date
    openings: list[Opened] = field(default_factory=list)
    absences: list[Away] = field(default_factory=list)
    appointments: list[Booked] = field(default_factory=list)


def days_of(session: Session, agenda: Agenda, first: date, last: date) -> list[Day]:
    """The days from *first* to *last*, both included, with all that stands on them, cancelled appointments too."""
    return days_of_all(session, [agenda], first, last)[agenda.id]


def days_of_all(session: Session, agendas: Sequence[Agenda], first: date, last: date) -> dict[int, list[Day]]:
    """The same of several agendas, by id."""
    ids = [agenda.id for agenda in agendas]
    windows = [_window(agenda.zone, first, last) for agenda in agendas]
    span = Interval(min(each.start for each in windows), max(each.end for each in windows))
    openings: dict[int, list[OpeningRange]] = defaultdict(list)
    absences: dict[int, list[Absence]] = defaultdict(list)
    for opening in openings_between(session, ids, first, last):
        openings[opening.agenda_id].append(opening)
    for absence in absences_between(session, ids, first, last):
        absences[absence.agenda_id].append(absence)
    booked = seen_between(session, ids, span)
    return {
        agenda.id: _days(agenda.zone, first, last, openings[agenda.id], absences[agenda.id], booked[agenda.id])
        for agenda in agendas
    }


def _days(
    zone: str,
    first: date,
    last: date,
    openings: Iterable[OpeningRange],
    absences: Iterable[Absence],
    booked: Iterable[Seen],
) -> list[Day]:
    """The days of one agenda, on the clocks of *zone*."""
    days = {day: Day(day) for day in _each(first, last)}
    bounds = {day: day_bounds(day, zone) for day in days}
    window = _window(zone, first, last)
    for opening in openings:
        for span in opening.hours.within(window):
            for day, start, end in _parts(Interval(*span), bounds, zone):
                days[day].openings.append(Opened(start, end, opening))
    away: list[Interval] = []
    for absence in absences:
        for span in absence.hours.within(window):
            away.append(Interval(*span))
            for day, start, end in _parts(Interval(*span), bounds, zone):
                days[day].absences.append(Away(start, end, absence, local_day(span[0], absence.zone)))
    absent = Intervals(away)
    for seen in booked:
        interval = Interval(to_minutes(seen.starts_at), to_minutes_up(seen.ends_at))
        conflict = seen.status in HOLDS_TIME and (seen.withdrawn or absent.meets(interval))
        for day, start, end in _parts(interval, bounds, zone):
            days[day].appointments.append(Booked(start, end, seen, conflict, bounds[day].start <= interval.start))
    for found in days.values():
        found.openings.sort(key=lambda stretch: stretch.start)
        found.absences.sort(key=lambda stretch: stretch.start)
    return list(days.values())


def _window(zone: str, first: date, last: date) -> Interval:
    return Interval(day_bounds(first, zone).start, day_bounds(last, zone).end)


def appointments_between(session: Session, agenda_id: int, window: Interval) -> list[Appointment]:
    """The appointments that claim time of the agenda inside *window*, by start, with motif, place and participants."""
    query = (
        select(Appointment)
        .join(Claim)
        .where(
            Claim.agenda_id == agenda_id,
            Claim.ends_at > from_minutes(window.start),
            Claim.starts_at < from_minutes(window.end),
        )
        .options(
            joinedload(Appointment.motif),
            joinedload(Appointment.place),
            selectinload(Appointment.participations).joinedload(Participation.citizen),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return list(session.scalars(query))


def openings_between(session: Session, agenda_ids: Sequence[int], first: date, last: date) -> list[OpeningRange]:
    """The opening ranges of the agendas that may occur from *first* to *last*, by their order of registration, without their motifs."""
    # A day more on each side: a range keeps its organisation's zone, which need not be the agenda's.
    query = (
        select(OpeningRange)
        .where(
            OpeningRange.agenda_id.in_(agenda_ids),
            OpeningRange.first_day <= last + timedelta(days=1),
            or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= first - timedelta(days=1)),
        )
        .order_by(OpeningRange.id)
    )
    return list(session.scalars(query))


def absences_between(session: Session, agenda_ids: Sequence[int], first: date, last: date) -> list[Absence]:
    """The absences of the agendas that may touch the days from *first* to *last*, by their order of registration."""
    query = (
        select(Absence)
        .where(
            Absence.agenda_id.in_(agenda_ids),
            Absence.first_day <= last + timedelta(days=1),
            or_(Absence.last_day.is_(None), Absence.last_day >= first - timedelta(days=1)),
        )
        .order_by(Absence.id)
    )
    return list(session.scalars(query))


def _each(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _parts(interval: Interval, days: Mapping[date, Interval], zone: str) -> Iterator[tuple[date, time, time]]:
    """Where *interval* falls on each of *days*, which follow each other and have their bounds, in wall times of *zone*."""
    for day, bounds in days.items():
        if bounds.start >= interval.end:
            return
        if interval.overlaps(bounds):
            start, end = max(interval.start, bounds.start), min(interval.end, bounds.end)
            yield day, _wall(start, bounds, zone), _wall(end, bounds, zone)


def _wall(minute: int, day: Interval, zone: str) -> time:
    """What clocks show at *minute* of a day, its end included."""
    if day.end - day.start == DAY:  # no clock changes: the cheap way, for a page may ask thousands
        hours, minutes = divmod(minute - day.start, 60)
        return time(hours % 24, minutes)
    return from_minutes(minute).astimezone(ZoneInfo(zone)).time()
