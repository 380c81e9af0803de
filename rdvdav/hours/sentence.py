"""A range of hours in one French sentence, as forms and lists show it.

French grammar, hence no catalogue here; dates and hours are written by `i18n`, so that they look as everywhere else.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from rdvdav.hours.recurrence import Frequency, Rule
from rdvdav.hours.wall_range import WallRange
from rdvdav.i18n import hours_range, long_date, moment, plain_date, speaking

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NTH = {
    1: "le premier",
    2: "le deuxième",
    3: "le troisième",
    4: "le quatrième",
    5: "le cinquième",
    -1: "le dernier",
    -2: "l'avant-dernier",
}
MOST_EXCEPTIONS_NAMED = 3


def sentence(hours: WallRange) -> str:
    """« Tous les mardis et jeudis, de 9 h à 12 h, à partir du 24 novembre 2026, sans date de fin »."""
    return _capital(phrase(hours))


def phrase(hours: WallRange) -> str:
    """The same to stand inside another sentence."""
    with speaking("fr"):
        rule = hours.series.rule
        if rule is None:
            return _once(hours)
        parts = [*_when(rule, hours.series.first_day), _time_of_day(hours), _span(hours, rule)]
        return ", ".join(parts) + _exceptions(sorted(hours.series.excluded))


def _once(hours: WallRange) -> str:
    first = hours.series.first_day
    last = _end_day(hours)
    if last == first:
        return f"le {long_date(first)}, {_time_of_day(hours)}"
    if _whole_days(hours):
        return f"du {long_date(first)} au {long_date(last)}, toute la journée"
    opens = moment(datetime.combine(first, hours.opens))
    closes = moment(datetime.combine(last, hours.closes)) if hours.closes != time() else f"{long_date(last)} à minuit"
    return f"du {opens} au {closes}"


def _time_of_day(hours: WallRange) -> str:
    if _whole_days(hours):
        return "toute la journée" if hours.nights == 1 else f"pendant {hours.nights} jours"
    later = (_end_day(hours) - hours.series.first_day).days
    day = {0: "", 1: " le lendemain"}.get(later, f" {later} jours plus tard")
    return hours_range(hours.opens, hours.closes) + day


def _whole_days(hours: WallRange) -> bool:
    return hours.nights > 0 and hours.opens == hours.closes == time()


def _end_day(hours: WallRange) -> date:
    """The day it ends on as people say it: midnight ends the day before."""
    nights = hours.nights - 1 if hours.closes == time() else hours.nights
    return hours.series.first_day + timedelta(days=nights)


# --- on which days


def _when(rule: Rule, first_day: date) -> list[str]:
    if rule.months or rule.positions or (rule.month_days and (rule.days or rule.frequency is Frequency.DAILY)):
        return ["à des dates particulières"]
    match rule.frequency:
        case Frequency.DAILY:
            return _daily(rule)
        case Frequency.WEEKLY:
            return _weekly(rule, first_day)
        case Frequency.MONTHLY:
            return _monthly(rule, first_day)


def _daily(rule: Rule) -> list[str]:
    if rule.interval > 1:
        every = f"tous les {rule.interval} jours"
        return [every, "seulement " + _on(_weekdays(rule))] if rule.days else [every]
    return _every(_weekdays(rule) or list(range(7)))


def _weekly(rule: Rule, first_day: date) -> list[str]:
    days = _weekdays(rule) or [first_day.weekday()]
    if rule.interval > 1:
        return [f"toutes les {rule.interval} semaines", _on(days)]
    return _every(days)


def _monthly(rule: Rule, first_day: date) -> list[str]:
    if rule.days:
        days = [_nth(nth, DAYS[day]) for nth, day in sorted(rule.days, key=lambda day: (day[0] < 0, day)) if nth]
        each = [DAYS[day] + "s" for nth, day in rule.days if not nth]
        named = _listed([*(["tous les " + _listed(each)] if each else []), *days])
    else:
        month_days = sorted(rule.month_days or (first_day.day,), key=lambda day: (day < 0, day))
        named = _listed([_day_of_month(day) for day in month_days])
    return [f"{named} de chaque mois", *([f"tous les {rule.interval} mois"] if rule.interval > 1 else [])]


def _every(days: Sequence[int]) -> list[str]:
    if len(days) == 7:
        return ["tous les jours"]
    return [_in_a_row(days) or "tous les " + _listed([DAYS[day] + "s" for day in days])]


def _on(days: Sequence[int]) -> str:
    return _in_a_row(days) or _listed(["le " + DAYS[day] for day in days])


def _in_a_row(days: Sequence[int]) -> str:
    """« du lundi au vendredi » for five days or more; shorter rows read better as a list."""
    if len(days) >= 5 and days[-1] - days[0] == len(days) - 1:
        return f"du {DAYS[days[0]]} au {DAYS[days[-1]]}"
    return ""


def _weekdays(rule: Rule) -> list[int]:
    return [day for _, day in rule.days]


def _nth(nth: int, what: str) -> str:
    return f"{NTH[nth]} {what}" if nth in NTH else f"{NTH[-nth]} {what} en partant de la fin"


def _day_of_month(day: int) -> str:
    if day > 0:
        return "le 1er" if day == 1 else f"le {day}"
    return _nth(day, "jour") if -day in NTH else f"le {-day}e jour en partant de la fin"


# --- from when to when, and except when


def _span(hours: WallRange, rule: Rule) -> str:
    first = plain_date(hours.series.first_day)
    last = rule.until or hours.series.last()
    return f"du {first} au {plain_date(last)}" if last else f"à partir du {first}, sans date de fin"


def _exceptions(days: Sequence[date]) -> str:
    if not days:
        return ""
    if len(days) > MOST_EXCEPTIONS_NAMED:
        return f", sauf {len(days)} dates"
    return f", sauf {'les' if len(days) > 1 else 'le'} {_listed(_short_of_what_follows(days))}"


def _short_of_what_follows(days: Sequence[date]) -> list[str]:
    """Each day without the month and year that the next one says: « 24 », « 31 décembre 2026 »."""
    written = [plain_date(days[-1])]
    for day, following in zip(days[-2::-1], days[:0:-1], strict=True):
        number, month, year = plain_date(day).split(" ")
        if (day.year, day.month) == (following.year, following.month):
            written.append(number)
        elif day.year == following.year:
            written.append(f"{number} {month}")
        else:
            written.append(f"{number} {month} {year}")
    return written[::-1]


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} et {last}" if others else last


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
