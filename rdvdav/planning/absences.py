"""Absences: away for hours or days, changed, taken back (S03). Appointments inside stay, shown as conflicts (L-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence, AbsenceKind
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.days import appointments_between
from rdvdav.agenda.status import HOLDS_TIME
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.errors import NotFound, Refused
from rdvdav.feeds.change import changing
from rdvdav.hours.interval import Interval
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall import day_bounds, local_day, to_minutes
from rdvdav.hours.wall_range import WallRange
from rdvdav.ical.uid import new_uid
from rdvdav.policy.installation import installation
from rdvdav.policy.right import agenda_to_open


class NoSuchAbsence(NotFound):
    """No such absence."""


class Contradiction(StrEnum):
    """What can't be saved."""

    ENDS_BEFORE_START = "ends_before_start"


@dataclass(eq=False)
class Contradictory(Refused):
    """The absence as it was typed can't be."""

    found: tuple[Contradiction, ...]


@dataclass(frozen=True)
class Plan:
    """An absence as somebody wants it: whole days when both times are None; both days are included."""

    title: str
    kind: AbsenceKind
    first_day: date
    end_day: date
    starts: time | None = None
    ends: time | None = None

    def hours(self, zone: str) -> WallRange:
        """The time away on the clocks of *zone*."""
        nights = (self.end_day - self.first_day).days
        if self.starts is None or self.ends is None:
            return WallRange(Series(self.first_day), time(), time(), zone, nights + 1)
        return WallRange(Series(self.first_day), self.starts, self.ends, zone, nights)


def contradictions(plan: Plan) -> list[Contradiction]:
    """What keeps *plan* from being saved, nothing when it can be."""
    within_a_day = plan.first_day == plan.end_day and plan.starts is not None and plan.ends is not None
    backwards = plan.end_day < plan.first_day or (within_a_day and (plan.ends or time.min) <= (plan.starts or time.min))
    return [Contradiction.ENDS_BEFORE_START] if backwards else []


def create(session: Session, clock: Clock, agent_id: int, agenda_id: int, plan: Plan) -> Absence:
    """Close an agenda for the time of *plan*; its appointments there stay. The caller commits.

    Raises:
        NoSuchAgenda: *agent_id* may not open this agenda.
        Contradictory: The plan can't be.
    """
    with changing(session, clock, [agenda_id]) as publishing:
        agenda = agenda_to_open(session, agent_id, agenda_id)
        absence = Absence(
            territory_id=agenda.territory_id,
            agenda_id=agenda_id,
            zone=agenda.zone,
            excluded_days=[],
            uid=new_uid(installation(session).uid_host),
            stamped_at=clock.now(),
            created_at=clock.now(),
        )
        _write(absence, plan)
        session.add(absence)
        session.flush()
        _trace(session, clock, agent_id, "absence.created", absence)
        publishing.publish(absence)
    return absence


def change(session: Session, clock: Clock, agent_id: int, absence_id: int, plan: Plan) -> Absence:
    """Make the absence what *plan* says. The caller commits.

    Raises:
        NoSuchAbsence, NoSuchAgenda: It does not exist, or not for this agent.
        Contradictory: The plan can't be.
    """
    with changing(session, clock, [absence_of(session, agent_id, absence_id).agenda_id]) as publishing:
        absence = absence_of(session, agent_id, absence_id)
        _write(absence, plan)
        session.flush()
        _trace(session, clock, agent_id, "absence.changed", absence)
        publishing.publish(absence)
    return absence


def remove(session: Session, clock: Clock, agent_id: int, absence_id: int) -> Absence:
    """Be there after all. The caller commits.

    Raises:
        NoSuchAbsence, NoSuchAgenda: It does not exist, or not for this agent.
    """
    with changing(session, clock, [absence_of(session, agent_id, absence_id).agenda_id]) as publishing:
        absence = absence_of(session, agent_id, absence_id)
        _trace(session, clock, agent_id, "absence.removed", absence)
        publishing.withdraw(absence.uid)
        session.delete(absence)
    return absence


def absence_of(session: Session, agent_id: int, absence_id: int) -> Absence:
    """An absence on an agenda that *agent_id* may open.

    Raises:
        NoSuchAbsence: It does not exist.
        NoSuchAgenda: It does, but not for this agent: doors answer both alike.
    """
    absence = session.get(Absence, absence_id)
    if absence is None:
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
        .where(Absence.agenda_id == agenda.id, over if past else going_on)
        .order_by(order, Absence.starts, Absence.id)
    )
    return session.scalars(query).all()


def concerned(session: Session, clock: Clock, agenda: Agenda, hours: WallRange) -> list[Appointment]:
    """The appointments still to come that hold time of *agenda* during *hours*, one occurrence: each is kept (L-4)."""
    now = clock.now()
    last = hours.series.first_day.toordinal() + hours.nights
    window = Interval(
        day_bounds(hours.series.first_day, hours.zone).start, day_bounds(date.fromordinal(last), hours.zone).end
    )
    return [
        appointment
        for start, end in hours.within(window)
        for appointment in appointments_between(session, agenda.id, Interval(start, end))
        if appointment.status in HOLDS_TIME and appointment.ends_at > now
    ]


def _write(absence: Absence, plan: Plan) -> None:
    if found := contradictions(plan):
        raise Contradictory(tuple(found))
    absence.title, absence.kind = plan.title, plan.kind
    absence.first_day, absence.end_day = plan.first_day, plan.end_day
    absence.starts, absence.ends = plan.starts, plan.ends
    absence.last_day = plan.end_day


def _trace(session: Session, clock: Clock, agent_id: int, kind: str, absence: Absence) -> None:
    record(
        session,
        clock,
        Actor.agent(agent_id),
        kind,
        absence.territory_id,
        absence.id,
        agenda_id=absence.agenda_id,
        reason=absence.kind,
        title=absence.title,
        first_day=absence.first_day.isoformat(),
        end_day=absence.end_day.isoformat(),
        starts=absence.starts.isoformat("minutes") if absence.starts else None,
        ends=absence.ends.isoformat("minutes") if absence.ends else None,
    )
