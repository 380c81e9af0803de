"""When an agent's own agenda is free, without a word of what takes its time: free/busy and availability (K-43).

Computed at each reading, for no stored text says when somebody is not there. Both speak from the Monday of the present week on and
as of the last midnight, on the agenda's clock, so that the same state gives the same bytes all day.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Claim
from rdvdav.agenda.days import absences_between, openings_between
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.feeds.disclosure import horizon
from rdvdav.feeds.recurring import series_of
from rdvdav.hours.interval import Interval, Intervals, Span
from rdvdav.hours.wall import day_bounds, from_minutes, local_day, to_minutes, to_minutes_up
from rdvdav.ical.availability import render_availability
from rdvdav.ical.event import Facts
from rdvdav.ical.free_busy import Period, in_utc, render_free_busy
from rdvdav.ical.series import SeriesEntry
from rdvdav.policy.installation import installation

WEEKS = 8
"""How far free/busy looks."""


def free_busy_text(session: Session, clock: Clock, agenda_id: int, name: str) -> str:
    """The VFREEBUSY of an agenda: appointments and absences are busy, hours outside opening ranges and holidays unavailable.

    Args:
        name: Local part of its UID.
    """
    agenda, today, monday = _now(session, clock, agenda_id)
    last = monday + timedelta(days=7 * WEEKS - 1)
    window = Interval(day_bounds(monday, agenda.zone).start, day_bounds(last, agenda.zone).end)
    busy = Intervals([*_booked(session, agenda_id, window), *_absent(session, agenda_id, window, monday, last)])
    taken = busy.clip(window)
    opened = Intervals(_opened(session, agenda_id, window, monday, last)).clip(window)
    closed = Intervals([window]).minus(opened).minus(taken)
    uid = f"{name}@{installation(session).uid_host}"
    return render_free_busy(
        uid, _midnight(today, agenda.zone), _period(window), map(_period, taken), map(_period, closed)
    )


def availability_text(session: Session, clock: Clock, agenda_id: int, name: str) -> str:
    """The VAVAILABILITY of an agenda: the hours of its opening ranges, holidays excluded, for two years.

    Args:
        name: Local part of its UID.
    """
    agenda, today, monday = _now(session, clock, agenda_id)
    until, stamp = horizon(clock.now()), _midnight(today, agenda.zone)
    openings = openings_between(session, [agenda_id], monday, until.date())
    holidays = _holidays(session, openings, monday, until.date())
    entries = (_entry(opening, stamp, until, holidays[opening.id]) for opening in openings)
    uid = f"{name}@{installation(session).uid_host}"
    return render_availability(uid, stamp, (_midnight(monday, agenda.zone), until), filter(None, entries))


def _now(session: Session, clock: Clock, agenda_id: int) -> tuple[Agenda, date, date]:
    """The agenda, its day, and the Monday of that week."""
    agenda = session.get_one(Agenda, agenda_id)
    today = local_day(to_minutes(clock.now()), agenda.zone)
    return agenda, today, today - timedelta(days=today.weekday())


def _booked(session: Session, agenda_id: int, window: Interval) -> Iterator[Span]:
    since, until = _instants(window)
    query = select(Claim.starts_at, Claim.ends_at).where(
        Claim.agenda_id == agenda_id, Claim.holds_time, Claim.ends_at > since, Claim.starts_at < until
    )
    return ((to_minutes(start), to_minutes_up(end)) for start, end in session.execute(query))


def _absent(session: Session, agenda_id: int, window: Interval, first: date, last: date) -> Iterator[Span]:
    for absence in absences_between(session, [agenda_id], first, last):
        yield from absence.hours.within(window)


def _opened(session: Session, agenda_id: int, window: Interval, first: date, last: date) -> Iterator[Span]:
    openings = openings_between(session, [agenda_id], first, last)
    holidays = _holidays(session, openings, first, last)
    for opening in openings:
        closed = Intervals(day_bounds(day, opening.zone) for day in holidays[opening.id])
        yield from Intervals(opening.hours.within(window)).minus(closed)


def _holidays(
    session: Session, openings: Collection[OpeningRange], first: date, last: date
) -> Mapping[int, frozenset[date]]:
    """The days on which each of *openings* is closed, by its id: none where one of its motifs ignores holidays (S-2)."""
    ids = {opening.organisation_id for opening in openings}
    query = select(Organisation).where(Organisation.id.in_(ids)).options(selectinload(Organisation.holiday_changes))
    closed = {each.id: frozenset(each.holidays.between(first, last)) for each in session.scalars(query)}
    heedless = set(
        session.scalars(
            select(OpeningRangeMotif.opening_range_id)
            .join(Motif)
            .where(OpeningRangeMotif.opening_range_id.in_([each.id for each in openings]), Motif.ignores_holidays)
        )
    )
    return {each.id: frozenset() if each.id in heedless else closed[each.organisation_id] for each in openings}


def _entry(opening: OpeningRange, stamp: datetime, until: datetime, closed: frozenset[date]) -> SeriesEntry | None:
    hours = opening.hours
    series = replace(hours.series, excluded=hours.series.excluded | closed)
    facts = Facts(uid=opening.uid, sequence=0, stamp=stamp, created=stamp, summary="")
    found = series_of(facts, replace(hours, series=series), until)
    return found and found.entry


def _midnight(day: date, zone: str) -> datetime:
    return from_minutes(day_bounds(day, zone).start)


def _instants(span: Span) -> tuple[datetime, datetime]:
    return from_minutes(span[0]), from_minutes(span[1])


def _period(span: Span) -> Period:
    start, end = _instants(span)
    return in_utc(start), in_utc(end)
