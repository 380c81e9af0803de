"""An agenda's days as the grid of the theme draws them: which days and hours, blocks side by side, words on each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.days import Away, Booked, Day, Opened, days_of
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.directory.workplace import holidays_of
from rdvdav.hours.holiday import Holidays
from rdvdav.i18n import gettext as _
from rdvdav_web import timetable
from rdvdav_web.agent.words import absence_words, people, presence, status_word

FIRST_HOUR, LAST_HOUR = 8, 18
"""Shown even when nothing stands there."""
SATURDAY = 5


@dataclass(frozen=True)
class Sheet:
    """What the agenda's macro takes, and what stands around it.

    Attributes:
        appointments: How many are shown.
        cancelled: How many there are, shown or not.
    """

    days: list[dict[str, Any]]
    first_hour: int
    last_hour: int
    scale: str
    appointments: int
    cancelled: int


def sheet(days: Sequence[Day], now: datetime, holidays: Holidays, agenda: int | None, *, cancelled: bool) -> Sheet:
    """The sheet of *days* at *now*, wall time of the agenda; *agenda* goes into addresses, *cancelled* shows those too."""
    shown = [day for day in days if len(days) == 1 or day.date.weekday() < SATURDAY or _is_used(day)]
    booked = {day.date: [each for each in day.appointments if cancelled or not _is_cancelled(each)] for day in shown}
    blocks = [each for found in booked.values() for each in found]
    first_hour, last_hour = _hours(shown, blocks)
    return Sheet(
        days=[_day(day, booked[day.date], now, holidays, agenda) for day in shown],
        first_hour=first_hour,
        last_hour=last_hour,
        scale=timetable.scale(_minutes(each.end) - _minutes(each.start) for each in blocks if each.end > each.start),
        appointments=len({each.appointment.id for each in blocks}),
        cancelled=len({each.appointment.id for day in days for each in day.appointments if _is_cancelled(each)}),
    )


def week_of_openings(session: Session, agenda: Agenda, monday: date) -> Sheet:
    """The week from *monday* on with nothing but opening ranges, each leading to its date."""
    days = days_of(session, agenda, monday, monday + timedelta(days=6))
    shown = [day for day in days if day.date.weekday() < SATURDAY or day.openings]
    holidays = holidays_of(session, agenda.agent_id)
    first_hour, last_hour = _hours([replace(day, absences=[]) for day in shown], ())
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
    return Sheet(drawn, first_hour, last_hour, timetable.scale(lengths), 0, 0)


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


def _day(day: Day, booked: list[Booked], now: datetime, holidays: Holidays, agenda: int | None) -> dict[str, Any]:
    today = now.date()
    blocks: list[Away | Booked] = [*day.absences, *booked]
    blocks.sort(key=lambda each: (each.start, isinstance(each, Booked)))
    lanes = timetable.side_by_side([(each.start, each.end) for each in blocks])
    return {
        "date": day.date,
        "url": url_for("agent.agenda.show", vue="jour", jour=day.date, agenda=agenda),
        "today": day.date == today,
        "holiday": holidays.name(day.date),
        "now": now.time() if day.date == today else None,
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
            _block(each, day.date, now) | {"start": each.start, "end": each.end, "lane": lane, "lanes": of}
            for each, (lane, of) in zip(blocks, lanes, strict=True)
        ],
    }


def _block(each: Away | Booked, on: date, now: datetime) -> dict[str, Any]:
    if isinstance(each, Away):
        return {"kind": "absence", "title": absence_words(each.absence), "url": date_url(each.absence, each.begins)}
    appointment, today = each.appointment, now.date()
    upcoming = appointment.status is Status.PLANNED and on > today
    return {
        "kind": "cancelled" if _is_cancelled(each) else "appointment conflict" if each.conflict else "appointment",
        "title": people(appointment),
        # There is little room beside the absence: a conflict matters more than the motif.
        "detail": "" if each.conflict else appointment.motif.name,
        "status": _("In conflict")
        if each.conflict
        else presence(appointment, now) or ("" if upcoming else status_word(appointment.status, on, today)),
        "hue": appointment.motif.colour,
        "url": url_for("agent.appointments.show", reference=appointment.reference),
    }


def _hours(days: Iterable[Day], booked: Iterable[Booked]) -> tuple[int, int]:
    """First and last hour shown: the usual day, and what sticks out of it; whole days away stick out nowhere."""
    stretches: list[Opened | Away | Booked] = [
        *booked,
        *(each for day in days for each in day.openings),
        *(each for day in days for each in day.absences if each.start != time() and each.end != time()),
    ]
    first = min([FIRST_HOUR, *(each.start.hour for each in stretches)])
    last = max([LAST_HOUR, *(-(-_minutes(each.end) // 60) or 24 for each in stretches)])
    return first, last


def _is_cancelled(each: Booked) -> bool:
    return each.appointment.status in CANCELLED


def _is_used(day: Day) -> bool:
    return bool(day.openings or day.appointments)


def _minutes(hour: time) -> int:
    return hour.hour * 60 + hour.minute
