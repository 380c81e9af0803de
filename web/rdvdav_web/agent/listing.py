"""The agenda without hours on a scale: a month of counts and names, and the list of a week (ux 6.2)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import url_for
from markupsafe import Markup

from rdvdav.agenda.days import Away, Booked, Day
from rdvdav.i18n import clock
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.period import DAY
from rdvdav_web.agent.sheet import Sheet, Shown, date_url, is_cancelled, phones_of
from rdvdav_web.agent.words import absence_words, status_word, who_comes

NAMES_A_DAY = 3
"""In a cell of the month; the day itself says the others."""


def month_of(sheet: Sheet, month: int) -> list[list[dict[str, Any]]]:
    """The weeks of *month*, each day with how many come, the first names, and who is away; days outside it are empty."""
    cells = [_cell(sheet, columns) if columns[0][1].date.month == month else {} for columns in _together(sheet)]
    return [cells[number : number + 7] for number in range(0, len(cells), 7)]


def list_of(sheet: Sheet) -> list[dict[str, Any]]:
    """The days in order, each with its appointments and absences as rows of a table."""
    several = len(sheet.shown) > 1
    drawn = []
    for columns in _together(sheet):
        one, day = columns[0]
        found: list[tuple[Away | Booked, Shown]] = [
            (each, theirs) for theirs, of_day in columns for each in _all_of(sheet, of_day)
        ]
        found.sort(key=lambda pair: (pair[0].start, pair[0].end))
        drawn.append(
            {
                "date": day.date,
                "today": day.date == one.now.date(),
                "holiday": one.holidays.name(day.date),
                "url": _day_url(sheet, day.date),
                "rows": [_row(sheet, each, day.date, theirs, several=several) for each, theirs in found],
            }
        )
    return drawn


def head_of(sheet: Sheet) -> list[str]:
    """The head of the tables of `list_of`."""
    head = [_("Time"), _("Who comes"), _("Motif"), _("Place"), _("Status")]
    return head + ([_("Agenda")] if len(sheet.shown) > 1 else []) + ([_("Phone")] if sheet.phones else [])


def _together(sheet: Sheet) -> Iterator[list[tuple[Shown, Day]]]:
    """Day by day what stands in all agendas."""
    for days in zip(*(one.days for one in sheet.shown), strict=True):
        yield list(zip(sheet.shown, days, strict=True))


def _all_of(sheet: Sheet, day: Day) -> list[Away | Booked]:
    return [*day.absences, *sheet.booked(day)]


def _cell(sheet: Sheet, columns: list[tuple[Shown, Day]]) -> dict[str, Any]:
    one, day = columns[0]
    booked = sorted((each for _one, of_day in columns for each in sheet.booked(of_day)), key=lambda each: each.start)
    away = [absence_words(each.absence) for _one, of_day in columns for each in of_day.absences]
    return {
        "date": day.date,
        "today": day.date == one.now.date(),
        "holiday": one.holidays.name(day.date),
        "url": _day_url(sheet, day.date),
        "count": len(booked),
        "lines": [
            {
                "start": each.start,
                "title": who_comes(each.appointment),
                "hue": each.appointment.colour,
                "cancelled": is_cancelled(each),
                "conflict": each.conflict,
            }
            for each in booked[:NAMES_A_DAY]
        ],
        "more": max(0, len(booked) - NAMES_A_DAY),
        "away": away if len(columns) == 1 else [],
    }


def _row(sheet: Sheet, each: Away | Booked, on: date, one: Shown, *, several: bool) -> list[Any]:
    hours = f"{clock(each.start)} – {clock(each.end)}"
    name = [one.agenda.name] if several else []
    phone = [""] if sheet.phones else []
    if isinstance(each, Away):
        link = _link(date_url(each.absence, each.begins), absence_words(each.absence))
        return [hours, link, "", "", "", *name, *phone]
    seen = each.appointment
    who = _link(url_for("agent.appointments.show", reference=seen.reference), who_comes(seen))
    said = _("In conflict") if each.conflict else status_word(seen.status, on, one.now.date())
    phone = [phones_of(seen)] if sheet.phones else []
    return [hours, who, seen.motif, seen.place or "", said, *name, *phone]


def _link(url: str, words: str) -> Markup:
    return Markup('<a class="alone" href="{}">{}</a>').format(url, words)


def _day_url(sheet: Sheet, day: date) -> str:
    return url_for("agent.agenda.show", vue=DAY, jour=day, agenda=sheet.agendas)
