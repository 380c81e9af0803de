"""Agendas as the grids of the theme draw them: which days and hours, blocks side by side, words on each.

A week of one agenda is one grid, a column a day; of several agendas it is a grid a day, a column an agenda.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.days import Away, Booked, Day, Opened, days_of
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.seen import Seen
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.citizens.phone import phone_words
from rdvdav.directory.agent import Agent
from rdvdav.directory.workplace import holidays_of
from rdvdav.hours.holiday import Holidays
from rdvdav.i18n import N_, long_date
from rdvdav.i18n import gettext as _
from rdvdav.planning.moving import is_movable
from rdvdav_web import timetable
from rdvdav_web.agent.words import absence_words, presence_of, status_word, who_comes

SATURDAY = 5


@dataclass(frozen=True)
class Grid:
    """What the agenda's macro takes.

    Attributes:
        day: The one all columns are of, where they are agendas.
    """

    days: list[dict[str, Any]]
    first_hour: int
    last_hour: int
    scale: str
    day: date | None = None


@dataclass(frozen=True)
class Shown:
    """One agenda and what stands in it on the days that are looked at."""

    agenda: Agenda
    days: Sequence[Day]
    holidays: Holidays
    now: datetime

    @property
    def zone(self) -> str:
        """Its clocks."""
        return self.agenda.zone


@dataclass(frozen=True)
class Sheet:
    """The agendas that are looked at, drawn.

    Attributes:
        agendas: Ids for the address of each day; None for one's own alone.
        viewer: Who looks at it: hours and week-ends are shown as this agent prefers.
        cancelled, phones: Whether cancelled appointments and numbers are shown.
    """

    shown: Sequence[Shown]
    viewer: Agent
    agendas: Sequence[int] | None = None
    cancelled: bool = False
    phones: bool = False

    @cached_property
    def appointments(self) -> int:
        """How many are shown."""
        return len({each.appointment.id for _agenda, each in self._all() if self.cancelled or not is_cancelled(each)})

    @cached_property
    def hidden(self) -> int:
        """How many are cancelled, shown or not."""
        return len({each.appointment.id for _agenda, each in self._all() if is_cancelled(each)})

    @property
    def grids(self) -> list[Grid]:
        """The grids of a day or a week, days without anything at the week-end left out."""
        if len(self.shown) == 1:
            [one] = self.shown
            return [self._grid([(one, day) for day in one.days if self._is_shown(day)], None)]
        together = [
            list(zip(self.shown, days, strict=True)) for days in zip(*(one.days for one in self.shown), strict=True)
        ]
        return [
            self._grid(columns, columns[0][1].date)
            for columns in together
            if any(self._is_shown(day) for _one, day in columns)
        ]

    def booked(self, day: Day) -> list[Booked]:
        """The appointments of *day* that are shown."""
        return [each for each in day.appointments if self.cancelled or not is_cancelled(each)]

    def _all(self) -> Iterable[tuple[Shown, Booked]]:
        return ((one, each) for one in self.shown for day in one.days for each in day.appointments)

    def _is_shown(self, day: Day) -> bool:
        is_used = bool(day.openings or day.appointments)
        return len(self.shown[0].days) == 1 or day.date.weekday() < SATURDAY or self.viewer.weekends or is_used

    def _grid(self, columns: Sequence[tuple[Shown, Day]], day: date | None) -> Grid:
        blocks = [each for _one, day in columns for each in self.booked(day)]
        first_hour, last_hour = _hours([day for _one, day in columns], blocks, self.viewer)
        lengths = (_minutes(each.end) - _minutes(each.start) for each in blocks if each.end > each.start)
        words = Words(self.phones, self.agendas)
        drawn = [self._column(one, each, words, named=day is not None) for one, each in columns]
        return Grid(drawn, first_hour, last_hour, timetable.scale(lengths), day)

    def _column(self, one: Shown, day: Day, words: "Words", *, named: bool) -> dict[str, Any]:
        today = one.now.date()
        blocks: list[Away | Booked] = [*day.absences, *self.booked(day)]
        blocks.sort(key=lambda each: (each.start, isinstance(each, Booked)))
        lanes = timetable.side_by_side([(each.start, each.end) for each in blocks])
        return {
            "date": day.date,
            "heading": one.agenda.name if named else "",
            "url": words.day_url(day.date, one.agenda.id if named else None),
            "today": day.date == today,
            "holiday": one.holidays.name(day.date),
            "now": timetable.step_of(one.now.time()) if day.date == today else None,
            "agenda": one.agenda.id,
            "label": one.agenda.name if named else long_date(day.date),
            "add": words.new(day.date, one.agenda.id),
            "openings": [
                {
                    "start": each.start,
                    "end": each.end,
                    "label": each.opening.name,
                    "url": date_url(each.opening, day.date),
                    "repeats": each.opening.recurrence is not None or each.opening.series_id is not None,
                }
                for each in day.openings
            ],
            "blocks": [
                words.block(each, day.date, one) | {"start": each.start, "end": each.end, "lane": lane, "lanes": of}
                for each, (lane, of) in zip(blocks, lanes, strict=True)
            ],
        }


class Words:
    """What blocks say. Addresses are made once: a week of ten agendas has a thousand blocks."""

    def __init__(self, phones: bool, agendas: Sequence[int] | None) -> None:
        """With *phones*, numbers stand on them too; *agendas* are those that days lead to."""
        self._phones = phones
        self._appointment = _pattern(url_for("agent.appointments.show", reference="KEY"))
        # Said as what follows the appointment's own address.
        self._move = url_for("agent.moving.show", reference="KEY").rpartition("/")[2]
        self._day = _pattern(url_for("agent.agenda.show", vue="jour", jour="KEY", agenda=agendas))
        self._day_of_one = _pattern(url_for("agent.agenda.show", vue="jour", jour="KEY", agenda="KEY"))
        self._new = {
            _(label): _pattern(url_for(page, jour="KEY", agenda="KEY"))
            for label, page in (
                (N_("New appointment"), "agent.booking.new"),
                (N_("Absence"), "agent.absences.new"),
                (N_("Opening range"), "agent.opening_ranges.new"),
            )
        }

    def day_url(self, day: date, agenda_id: int | None) -> str:
        """Where a day leads: to the same agendas, or to one of them alone."""
        return self._day(day) if agenda_id is None else self._day_of_one(day, agenda_id)

    def new(self, day: date, agenda_id: int) -> Mapping[str, str]:
        """What can begin on *day*, and where it is typed; a script adds the hour."""
        return {label: address(day, agenda_id) for label, address in self._new.items()}

    def block(self, each: Away | Booked, on: date, one: Shown) -> dict[str, Any]:
        """One block, without its place."""
        if isinstance(each, Away):
            return {"kind": "absence", "title": absence_words(each.absence), "url": date_url(each.absence, each.begins)}
        seen, today = each.appointment, one.now.date()
        upcoming = seen.status is Status.PLANNED and on > today
        return {
            "kind": "cancelled" if is_cancelled(each) else "appointment conflict" if each.conflict else "appointment",
            "title": who_comes(seen),
            # There is little room beside the absence: a conflict matters more than the motif.
            "detail": "" if each.conflict else seen.motif,
            "status": _("In conflict")
            if each.conflict
            else presence_of(seen.status, seen.starts_at, seen.arrivals, one.now)
            or ("" if upcoming else status_word(seen.status, on, today)),
            "hue": seen.colour,
            "url": self._appointment(seen.reference),
            "move": self._move if each.begins and is_movable(seen.status) else "",
            "phones": phones_of(seen) if self._phones else "",
        }


def phones_of(seen: Seen) -> str:
    """The numbers of those who come."""
    return ", ".join(phone_words(phone) for phone in seen.phones)


def week_of_openings(session: Session, agenda: Agenda, monday: date, viewer: Agent) -> Grid:
    """The week from *monday* on as *viewer* prefers to see it, with nothing but opening ranges, each leading to its date."""
    days = days_of(session, agenda, monday, monday + timedelta(days=6))
    shown = [day for day in days if day.date.weekday() < SATURDAY or viewer.weekends or day.openings]
    holidays = holidays_of(session, agenda.agent_id)
    first_hour, last_hour = _hours([replace(day, absences=[]) for day in shown], (), viewer)
    drawn = []
    for day in shown:
        lanes = timetable.side_by_side([(each.start, each.end) for each in day.openings])
        blocks = [
            {
                "start": each.start,
                "end": each.end,
                "lane": lane,
                "lanes": of,
                "kind": "range",
                "title": each.opening.name,
                "url": date_url(each.opening, day.date),
            }
            for each, (lane, of) in zip(day.openings, lanes, strict=True)
        ]
        drawn.append({"date": day.date, "holiday": holidays.name(day.date), "openings": [], "blocks": blocks})
    lengths = [_minutes(each.end) - _minutes(each.start) for day in shown for each in day.openings]
    return Grid(drawn, first_hour, last_hour, timetable.scale(lengths))


def date_url(row: OpeningRange | Absence, day: date) -> str:
    """Where one changes what *row* makes of *day*: the date of a series, or the whole of what happens once."""
    page = "agent.absences" if isinstance(row, Absence) else "agent.opening_ranges"
    if row.series_id is not None:
        return url_for(f"{page}.date", row_id=row.series_id, day=row.original_day)
    if row.recurrence is not None:
        return url_for(f"{page}.date", row_id=row.id, day=day)
    if isinstance(row, Absence):
        return url_for(f"{page}.change", absence_id=row.id)
    return url_for(f"{page}.change", range_id=row.id)


def _pattern(address: str) -> Callable[..., str]:
    """*address* with what it is given, in order, in place of each KEY; nothing of it needs quoting."""
    return address.replace("KEY", "{}").format


def _hours(days: Iterable[Day], booked: Iterable[Booked], viewer: Agent) -> tuple[int, int]:
    """First and last hour shown: those *viewer* prefers, and what sticks out of it; whole days away stick out nowhere."""
    stretches: list[Opened | Away | Booked] = [
        *booked,
        *(each for day in days for each in day.openings),
        *(each for day in days for each in day.absences if each.start != time() and each.end != time()),
    ]
    first = min([viewer.first_hour, *(each.start.hour for each in stretches)])
    last = max([viewer.last_hour, *(-(-_minutes(each.end) // 60) or 24 for each in stretches)])
    return first, last


def is_cancelled(each: Booked) -> bool:
    """Whether it will not happen."""
    return each.appointment.status in CANCELLED


def _minutes(hour: time) -> int:
    return hour.hour * 60 + hour.minute
