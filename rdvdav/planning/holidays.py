"""The holidays of an organisation: its calendar, the days taken out of it and those added (S04); where communes differ, day by day.

Nothing stored in calendars hangs on holidays: slots, free/busy and availability ask for them at each reading. Appointments on a day that
becomes one lose their slot: each change goes through `consequences`, over `agendas_closed` (L-4).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.record import Actor, changed, record
from rdvdav.clock import Clock
from rdvdav.directory.organisation import HolidayChange, Organisation
from rdvdav.hours.holiday import CALENDARS, CalendarUnknown, holidays_of
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.notify.reminder import plan_all
from rdvdav.policy.right import organisation_to_administer

YEARS_SHOWN = 2
"""This year and the next."""


@dataclass(frozen=True)
class HolidayLine:
    """A day of the calendar or one that was added.

    Attributes:
        closed: It is kept as a holiday.
        added: The calendar does not know it.
    """

    day: date
    name: str
    closed: bool
    added: bool = False


def lines(organisation: Organisation, clock: Clock) -> dict[int, list[HolidayLine]]:
    """The days of this year and the next, by year, in order."""
    now, changes = local_day(to_minutes(clock.now()), organisation.zone), organisation.holiday_changes
    taken_out = {change.day for change in changes if not change.closed}
    found = {}
    for year in range(now.year, now.year + YEARS_SHOWN):
        of_calendar = holidays_of(organisation.holiday_calendar, year)
        added = {change.day: change.name for change in changes if change.closed and change.day.year == year}
        found[year] = [
            *(HolidayLine(day, name, day not in taken_out) for day, name in of_calendar.items() if day not in added),
            *(HolidayLine(day, name, closed=True, added=True) for day, name in added.items()),
        ]
        found[year].sort(key=lambda line: line.day)
    return found


def agendas_closed(session: Session, clock: Clock, agent_id: int, organisation_id: int) -> frozenset[int]:
    """Ids of the agendas that a holiday of the organisation touches: those that open for it, or are booked for it.

    Raises:
        NoSuchOrganisation: It does not exist, or *agent_id* does not administer it.
    """
    organisation_to_administer(session, agent_id, organisation_id)
    opens = exists().where(OpeningRange.agenda_id == Agenda.id, OpeningRange.organisation_id == organisation_id)
    booked = (
        select(Claim.agenda_id)
        .join(Appointment, Appointment.id == Claim.appointment_id)
        .where(Appointment.organisation_id == organisation_id, Claim.ends_at > clock.now())
    )
    return frozenset(session.scalars(select(Agenda.id).where(or_(opens, Agenda.id.in_(booked)))))


def choose_calendar(session: Session, clock: Clock, agent_id: int, organisation_id: int, code: str) -> Organisation:
    """Follow another calendar; days added or taken out stay so. The caller commits.

    Raises:
        NoSuchOrganisation: It does not exist, or *agent_id* does not administer it.
        CalendarUnknown: No calendar has this code.
    """
    organisation = _held(session, agent_id, organisation_id)
    if code not in CALENDARS:
        raise CalendarUnknown(code)
    facts = changed({"calendar": organisation.holiday_calendar}, {"calendar": code})
    organisation.holiday_calendar = code
    if facts:
        _settle(session, clock, agent_id, organisation, **facts)
    return organisation


def close_on(
    session: Session, clock: Clock, agent_id: int, organisation_id: int, closed: Collection[date]
) -> Organisation:
    """Keep as holidays those days of the shown years' calendar that are among *closed*, and work on the others. The caller commits.

    Raises:
        NoSuchOrganisation: It does not exist, or *agent_id* does not administer it.
    """
    organisation = _held(session, agent_id, organisation_id)
    known = {line.day: line for of_year in lines(organisation, clock).values() for line in of_year if not line.added}
    changes = {change.day: change for change in organisation.holiday_changes}
    for day, line in known.items():
        if day in closed and not line.closed:
            organisation.holiday_changes.remove(changes[day])
        elif day not in closed and line.closed:
            organisation.holiday_changes.append(HolidayChange(day=day, closed=False, name=line.name))
    before = sorted(day.isoformat() for day, line in known.items() if not line.closed)
    worked = sorted(day.isoformat() for day in known if day not in closed)
    if facts := changed({"worked": before}, {"worked": worked}):
        _settle(session, clock, agent_id, organisation, **facts)
    return organisation


def add_day(session: Session, clock: Clock, agent_id: int, organisation_id: int, day: date, name: str) -> Organisation:
    """Close on *day* too, or name it otherwise. The caller commits.

    Raises:
        NoSuchOrganisation: It does not exist, or *agent_id* does not administer it.
    """
    organisation = _held(session, agent_id, organisation_id)
    _drop(session, organisation, day)
    organisation.holiday_changes.append(HolidayChange(day=day, closed=True, name=name))
    _settle(session, clock, agent_id, organisation, added=day.isoformat(), name=name)
    return organisation


def remove_day(session: Session, clock: Clock, agent_id: int, organisation_id: int, day: date) -> Organisation:
    """Take back a day that was added; twice is harmless. The caller commits.

    Raises:
        NoSuchOrganisation: It does not exist, or *agent_id* does not administer it.
    """
    organisation = _held(session, agent_id, organisation_id)
    _drop(session, organisation, day)
    _settle(session, clock, agent_id, organisation, removed=day.isoformat())
    return organisation


def _held(session: Session, agent_id: int, organisation_id: int) -> Organisation:
    """The organisation, its row locked: two administrators do not add the same day twice."""
    session.scalar(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())
    session.expire_all()
    return organisation_to_administer(session, agent_id, organisation_id)


def _drop(session: Session, organisation: Organisation, day: date) -> None:
    changes: Sequence[HolidayChange] = organisation.holiday_changes
    for change in [change for change in changes if change.day == day]:
        organisation.holiday_changes.remove(change)
    session.flush()  # before another row of the same day comes


def _settle(session: Session, clock: Clock, agent_id: int, organisation: Organisation, **details: Any) -> None:
    """Note the change, and let the reminders follow the days there are now (M-3)."""
    plan_all(session, clock, organisation.id)
    actor = Actor.agent(agent_id)
    record(
        session, clock, actor, "organisation.holidays_changed", organisation.territory_id, organisation.id, **details
    )
