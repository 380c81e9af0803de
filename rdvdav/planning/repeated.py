"""What opening ranges and absences do alike: made, changed, taken back, whole, on one date, or from one date on (S01, S02, S03).

A changed date keeps what it is when its whole series changes, as long as the series still falls on the day it stands for; else it goes,
and so does a day left out that is none any more. Forms say which (`lost`) before that is done. A series ended at a date goes on as
another one, under a new UID (K-10).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.record import Actor, changed, record
from rdvdav.clock import Clock
from rdvdav.feeds.change import Change, changing
from rdvdav.hours import split
from rdvdav.ical.uid import new_uid
from rdvdav.notify.announce_hours import announce_hours
from rdvdav.outbox.event import Event
from rdvdav.planning.part import NoSuchDate, Row, all_days, changed_on, falls_on, lost, originally, require_date
from rdvdav.policy.installation import installation
from rdvdav.policy.right import agenda_to_open

Wish = TypeVar("Wish")


@dataclass(frozen=True)
class Trade(Generic[Row, Wish]):
    """The use cases of one kind of thing that repeats. All take the agent who acts; the caller commits.

    Attributes:
        name: What the journal calls it.
        events: What agents hear of: it was made, changed, removed.
        find: One that is no changed date, for an agent who may change it; raises NotFound.
        blank: A row for an agenda, not yet written.
        write: Make a row what somebody wishes; raises Refused where that can't be. Days left out are not its business.
        details: Of a row, for the journal.
        hand_over: Appointments of the first row from one day to another, both included, are of the second from now on.
    """

    name: str
    events: tuple[Event, Event, Event]
    find: Callable[[Session, int, int], Row]
    blank: Callable[[Agenda], Row]
    write: Callable[[Session, Row, Wish], None]
    details: Callable[[Row], dict[str, Any]]
    hand_over: Callable[[Session, Row, Row, date, date | None], None]

    def create(self, session: Session, clock: Clock, agent_id: int, agenda_id: int, plan: Wish) -> Row:
        """Make one of *plan*.

        Raises:
            NoSuchAgenda: *agent_id* may not open this agenda.
            Refused: The plan can't be.
        """
        with changing(session, clock, [agenda_id]) as publishing:
            row = self._new(session, clock, agenda_to_open(session, agent_id, agenda_id))
            self.write(session, row, plan)
            self._add(session, row)
            self._trace(session, clock, agent_id, "created", row)
            self._publish(session, clock, agent_id, row, publishing, new=True)
        return row

    def change(self, session: Session, clock: Clock, agent_id: int, row_id: int, plan: Wish) -> Row:
        """Make it what *plan* says, all its dates; those changed or removed before stay so while they are days of it.

        Raises:
            NotFound: It does not exist, or not for this agent.
            Refused: The plan can't be.
        """
        with changing(session, clock, [self.find(session, agent_id, row_id).agenda_id]) as publishing:
            row = self.find(session, agent_id, row_id)
            self._rewrite(session, clock, agent_id, row, plan, publishing)
        return row

    def remove(self, session: Session, clock: Clock, agent_id: int, row_id: int) -> Row:
        """Take it back, with all its dates; appointments stay.

        Raises:
            NotFound: It does not exist, or not for this agent.
        """
        with changing(session, clock, [self.find(session, agent_id, row_id).agenda_id]) as publishing:
            row = self.find(session, agent_id, row_id)
            self._remove(session, clock, agent_id, row, publishing)
        return row

    # --- one date

    def change_one(self, session: Session, clock: Clock, agent_id: int, row_id: int, day: date, plan: Wish) -> Row:
        """Make the date *day* of a series what *plan*, which does not repeat, says; what was made of it before is forgotten.

        Raises:
            NotFound: The series does not exist, not for this agent, or has no such date.
            Refused: The plan can't be.
        """
        with changing(session, clock, [self.find(session, agent_id, row_id).agenda_id]) as publishing:
            row = self.find(session, agent_id, row_id)
            require_date(row, day)
            one = changed_on(row, day)
            before = self._said(one or row)
            if one is None:
                one = self._new(session, clock, session.get_one(Agenda, row.agenda_id))
                self.write(session, one, plan)
                one.original_day = day
                row.changed.append(one)
                row.left_out = row.left_out | {day}
                self._add(session, one)
                self.hand_over(session, row, one, day, day)
            else:
                self.write(session, one, plan)
                one.last_day = _last_day(one)
            facts = changed(before, self._said(one)) | {"original_day": day.isoformat()}
            self._trace(session, clock, agent_id, "date_changed", row, **facts)
            self._publish(session, clock, agent_id, row, publishing)
        return one

    def remove_one(self, session: Session, clock: Clock, agent_id: int, row_id: int, day: date) -> Row:
        """Take the date *day* out of a series; with its last one goes the series.

        Raises:
            NotFound: The series does not exist, not for this agent, or has no such date.
        """
        with changing(session, clock, [self.find(session, agent_id, row_id).agenda_id]) as publishing:
            row = self.find(session, agent_id, row_id)
            require_date(row, day)
            days = all_days(row)
            if replace(days, excluded=days.excluded | {day}).first() is None:
                self._trace(session, clock, agent_id, "date_removed", row, original_day=day.isoformat())
                self._remove(session, clock, agent_id, row, publishing)
                return row
            one = changed_on(row, day)
            if one is not None:
                row.changed.remove(one)
            row.left_out = row.left_out | {day}
            self._trace(session, clock, agent_id, "date_removed", row, original_day=day.isoformat())
            self._publish(session, clock, agent_id, row, publishing)
        return row

    def restore(self, session: Session, clock: Clock, agent_id: int, row_id: int, day: date) -> Row:
        """Let the series happen on *day* as on its other dates, whatever was made of it.

        Raises:
            NotFound: The series does not exist, not for this agent, or *day* was neither changed nor removed.
        """
        with changing(session, clock, [self.find(session, agent_id, row_id).agenda_id]) as publishing:
            row = self.find(session, agent_id, row_id)
            if day not in row.left_out:
                raise NoSuchDate
            one = changed_on(row, day)
            if one is not None:
                self.hand_over(session, one, row, date.min, None)
                row.changed.remove(one)
            row.left_out = row.left_out - {day}
            self._trace(session, clock, agent_id, "date_restored", row, original_day=day.isoformat())
            self._publish(session, clock, agent_id, row, publishing)
        return row

    # --- one date and all that follow

    def change_from(self, session: Session, clock: Clock, agent_id: int, row_id: int, day: date, plan: Wish) -> Row:
        """End a series before its date *day* and go on as *plan* says; changed and removed dates that follow move along.

        From its first date on, that is the whole series, which stays the same one.

        Raises:
            NotFound: The series does not exist, not for this agent, or has no such date.
            Refused: The plan can't be.
        """
        with changing(session, clock, [self.find(session, agent_id, row_id).agenda_id]) as publishing:
            row = self.find(session, agent_id, row_id)
            require_date(row, day)
            if all_days(row).first() == day:
                self._rewrite(session, clock, agent_id, row, plan, publishing)
                return row
            rest = self._new(session, clock, session.get_one(Agenda, row.agenda_id))
            self.write(session, rest, plan)
            rest.left_out = {each for each in row.left_out if each >= day}
            for each in [each for each in row.changed if originally(each) >= day]:
                row.changed.remove(each)
                rest.changed.append(each)
            self._add(session, rest)
            self._end(session, row, day)
            self.hand_over(session, row, rest, day, None)
            self._tidy(rest)
            self._trace(session, clock, agent_id, "ended", row)
            self._trace(session, clock, agent_id, "created", rest)
            self._publish(session, clock, agent_id, row, publishing)
            self._publish(session, clock, agent_id, rest, publishing, new=True)
        return rest

    def remove_from(self, session: Session, clock: Clock, agent_id: int, row_id: int, day: date) -> Row:
        """End a series before its date *day*; from its first date on, that removes it.

        Raises:
            NotFound: The series does not exist, not for this agent, or has no such date.
        """
        with changing(session, clock, [self.find(session, agent_id, row_id).agenda_id]) as publishing:
            row = self.find(session, agent_id, row_id)
            require_date(row, day)
            if all_days(row).first() == day:
                self._remove(session, clock, agent_id, row, publishing)
                return row
            for each in [each for each in row.changed if originally(each) >= day]:
                row.changed.remove(each)
            self._end(session, row, day)
            self._trace(session, clock, agent_id, "ended", row)
            self._publish(session, clock, agent_id, row, publishing)
        return row

    # --- steps

    def _new(self, session: Session, clock: Clock, agenda: Agenda) -> Row:
        row = self.blank(agenda)
        row.excluded_days = []
        row.uid = new_uid(installation(session).uid_host)
        row.stamped_at = row.created_at = clock.now()
        return row

    def _add(self, session: Session, row: Row) -> None:
        row.last_day = _last_day(row)
        session.add(row)
        session.flush()

    def _rewrite(self, session: Session, clock: Clock, agent_id: int, row: Row, plan: Wish, publishing: Change) -> None:
        before = self._said(row)
        self.write(session, row, plan)
        self._tidy(row)
        self._trace(session, clock, agent_id, "changed", row, **changed(before, self._said(row)))
        self._publish(session, clock, agent_id, row, publishing)

    def _remove(self, session: Session, clock: Clock, agent_id: int, row: Row, publishing: Change) -> None:
        self._trace(session, clock, agent_id, "removed", row)
        publishing.withdraw(row.uid)
        announce_hours(session, clock, self.events[2], row, Actor.agent(agent_id))
        session.delete(row)

    def _end(self, session: Session, row: Row, day: date) -> None:
        left = split.before(row.series, day)
        row.recurrence, row.left_out = left.recurrence, left.excluded
        session.flush()

    def _tidy(self, row: Row) -> None:
        """Let changed dates and days left out go that are no days of the series any more."""
        days = replace(row.series, excluded=frozenset())
        for each in lost(row, row.series):
            row.changed.remove(each)
        row.left_out = {day for day in row.left_out if row.recurrence and falls_on(days, day)}

    def _publish(
        self, session: Session, clock: Clock, agent_id: int, row: Row, publishing: Change, *, new: bool = False
    ) -> None:
        row.last_day = _last_day(row)
        session.flush()
        publishing.publish(row)
        announce_hours(session, clock, self.events[0 if new else 1], row, Actor.agent(agent_id))

    def _said(self, row: Row) -> dict[str, Any]:
        """What the journal says of a row."""
        return {"first_day": row.first_day.isoformat(), "recurrence": row.recurrence, **self.details(row)}

    def _trace(self, session: Session, clock: Clock, agent_id: int, what: str, row: Row, **more: Any) -> None:
        details = {"agenda_id": row.agenda_id, **self._said(row), **more}
        record(session, clock, Actor.agent(agent_id), f"{self.name}.{what}", row.territory_id, row.id, **details)


def _last_day(row: OpeningRange | Absence) -> date | None:
    """The last day that *row* or a changed date of it can touch, without walking to an UNTIL; None is endless."""
    series = replace(row.series, excluded=frozenset())
    rule = series.rule
    last = rule.until if rule is not None and rule.until is not None else series.last()
    if last is None:
        return None
    return max([last + timedelta(days=row.days_more), *(each.last_day for each in row.changed if each.last_day)])
