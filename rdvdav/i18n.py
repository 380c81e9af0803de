"""Words, dates and hours in the reader's language, for pages and mails alike: the one catalogue and its formats.

Message ids are English sentences with named placeholders; a percent sign is written `%%`. The language is French
until `speaking` says otherwise for a block. Formats take wall-clock values of the organisation's zone; an instant in
UTC is refused, because nobody reads hours in UTC.
"""

import gettext as stdlib_gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOMAIN = "rdvdav"
DEFAULT_LOCALE = "fr"
CATALOGUES = Path(__file__).parent / "translations"

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)


def language() -> str:
    """The language spoken now, as a BCP 47 tag."""
    return _locale.get()


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Speak *locale* inside the block."""
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


@cache
def translations(locale: str) -> stdlib_gettext.NullTranslations:
    """The catalogue of *locale*: compiled as the wheel carries it, or read from its .po where the sources run in place.

    A language without catalogue gets the message ids, which are English.
    """
    source = CATALOGUES / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
    compiled = source.with_suffix(".mo")
    if compiled.exists():
        return stdlib_gettext.GNUTranslations(BytesIO(compiled.read_bytes()))
    if source.exists():
        return stdlib_gettext.GNUTranslations(compile_catalogue(source))
    return stdlib_gettext.NullTranslations()


def compile_catalogue(source: Path) -> BytesIO:
    """The .mo form of the .po file *source*."""
    with source.open("rb") as file:
        catalogue = read_po(file)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return compiled


def gettext(message: str, /, **values: object) -> str:
    """*message* in the reader's language, its placeholders filled."""
    return translations(language()).gettext(message) % values


def ngettext(one: str, many: str, num: int, /, **values: object) -> str:
    """The form of the message that goes with *num*, which fills `%(num)s`."""
    return translations(language()).ngettext(one, many, num) % {"num": num, **values}


def pgettext(context: str, message: str, /, **values: object) -> str:
    """*message* in the sense *context* gives it."""
    return translations(language()).pgettext(context, message) % values


def npgettext(context: str, one: str, many: str, num: int, /, **values: object) -> str:
    """The form that goes with *num*, in the sense *context* gives it."""
    return translations(language()).npgettext(context, one, many, num) % {"num": num, **values}


_ = gettext


def N_(message: str) -> str:  # noqa: N802 (the name extraction tools look for)
    """Mark a message that is translated later, where it is shown: a form's label, a choice."""
    return message


def translated(message: str) -> str:
    """*message* as the catalogue has it, placeholders and percent signs left alone; what it does not know stays."""
    return translations(language()).gettext(message) if message else ""


def alphabetical(text: str) -> str:
    """Key by which people expect names in order: « État civil » before « Urbanisme », large letters like small ones."""
    return "".join(sign for sign in normalize("NFKD", text) if not combining(sign)).casefold()


# --- dates


def long_date(day: date) -> str:
    """« mardi 1er décembre 2026 »."""
    return _pattern_date(day, pgettext("date", "EEEE d MMMM y"), pgettext("first of the month", "EEEE d MMMM y"))


def day_and_month(day: date) -> str:
    """« mardi 1er décembre »."""
    return _pattern_date(day, pgettext("date", "EEEE d MMMM"), pgettext("first of the month", "EEEE d MMMM"))


def day_of_month(day: date) -> str:
    """« 1er décembre »."""
    return _pattern_date(day, pgettext("date", "d MMMM"), pgettext("first of the month", "d MMMM"))


def plain_date(day: date) -> str:
    """« 1er décembre 2026 », without the day of the week."""
    return _pattern_date(day, pgettext("date", "d MMMM y"), pgettext("first of the month", "d MMMM y"))


def short_date(day: date) -> str:
    """« 01/12/2026 », for tables."""
    return format_date(_day(day), pgettext("date", "dd/MM/y"), locale=language())


def month_and_year(day: date) -> str:
    """« décembre 2026 »."""
    return format_date(_day(day), "LLLL y", locale=language())


def weekday(day: date) -> str:
    """« mardi »."""
    return format_date(_day(day), "EEEE", locale=language())


def relative_date(day: date, today: date) -> str:
    """« demain, mardi 24 novembre », the relative word only beside the date; the year only when it is another one."""
    day, today = _day(day), _day(today)
    written = day_and_month(day) if day.year == today.year else long_date(day)
    match (day - today).days:
        case -1:
            return _("yesterday, %(date)s", date=written)
        case 0:
            return _("today, %(date)s", date=written)
        case 1:
            return _("tomorrow, %(date)s", date=written)
        case _days:
            return written


def date_range(first: date, last: date) -> str:
    """« 23 – 27 novembre 2026 », saying once what both share; both days are included."""
    first, last = _day(first), _day(last)
    if first == last:
        return plain_date(first)
    if (first.year, first.month) == (last.year, last.month):
        start = _pattern_date(first, "d", pgettext("first of the month", "d"))
    elif first.year == last.year:
        start = _pattern_date(first, pgettext("date", "d MMMM"), pgettext("first of the month", "d MMMM"))
    else:
        start = plain_date(first)
    return f"{start} – {plain_date(last)}"


def week_number(day: date) -> int:
    """The ISO 8601 week *day* falls in."""
    return _day(day).isocalendar().week


# --- hours


def clock(hour: time | datetime) -> str:
    """« 09:30 », for buttons, grids and tables."""
    plain = hour if type(hour) is time and hour.tzinfo is None else _hour(hour)
    return _time(plain, "HH:mm", language())


def hour_words(hour: time | datetime) -> str:
    """« 9 h 30 », « 9 h », for sentences."""
    hour = _hour(hour)
    pattern = pgettext("hour and minutes", "H:mm") if hour.minute else pgettext("whole hour", "H:mm")
    return _time(hour, pattern, language())


def at(hour: time | datetime) -> str:
    """« à 9 h 30 »."""
    return _("at %(time)s", time=hour_words(hour))


def hours_range(start: time | datetime, end: time | datetime) -> str:
    """« de 9 h à 12 h »; an end at midnight reads as the end of the day."""
    end = _hour(end)
    written = pgettext("end of the day", "24:00") if end == time() else hour_words(end)
    return _("from %(start)s to %(end)s", start=hour_words(start), end=written)


def moment(wall: datetime) -> str:
    """« mardi 1er décembre 2026 à 9 h 30 »."""
    return _("%(date)s at %(time)s", date=long_date(wall), time=hour_words(_hour(wall)))


def duration(length: timedelta) -> str:
    """« 30 minutes », « 1 heure 15 »."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if not hours:
        return ngettext("%(num)d minute", "%(num)d minutes", minutes)
    whole = ngettext("%(num)d hour", "%(num)d hours", hours)
    return _("%(hours)s %(minutes)02d", hours=whole, minutes=minutes) if minutes else whole


# --- zones


def zone_line(instant: datetime, zone: str) -> str:
    """« Horaires affichés à l'heure de Paris (UTC+1) », the offset being the one of *instant*."""
    return _("Times are shown in %(zone)s (%(offset)s)", zone=zone_name(zone), offset=utc_offset(instant, zone))


def zone_name(zone: str) -> str:
    """« l'heure de Paris », worded for the zones of France; elsewhere by the zone's city."""
    names = {
        "Europe/Paris": _("Paris time"),
        "Indian/Reunion": _("Réunion time"),
        "Indian/Mayotte": _("Mayotte time"),
        "America/Martinique": _("Martinique time"),
        "America/Guadeloupe": _("Guadeloupe time"),
        "America/St_Barthelemy": _("Saint Barthélemy time"),
        "America/Marigot": _("Saint Martin time"),
        "America/Cayenne": _("French Guiana time"),
        "America/Miquelon": _("Saint Pierre and Miquelon time"),
        "Pacific/Noumea": _("New Caledonia time"),
        "Pacific/Tahiti": _("Tahiti time"),
        "Pacific/Marquesas": _("Marquesas time"),
        "Pacific/Gambier": _("Gambier time"),
        "Pacific/Wallis": _("Wallis and Futuna time"),
    }
    return names.get(zone) or _(
        "local time (%(city)s)", city=get_timezone_location(zone, locale=language(), return_city=True)
    )


def utc_offset(instant: datetime, zone: str) -> str:
    """« UTC+1 », « UTC−9:30 » (a minus sign, so that it is read as one)."""
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = "−" if offset < timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02d}" if minutes else "")


def wall(instant: datetime, zone: str) -> datetime:
    """What clocks in *zone* show at *instant*, the form every format here takes."""
    return instant.astimezone(ZoneInfo(zone))


def _pattern_date(day: date, pattern: str, first_of_month: str) -> str:
    day = _day(day)
    return _date(day, first_of_month if day.day == 1 else pattern, language())


def _day(day: date) -> date:
    _refuse_instant(day)
    return day.date() if isinstance(day, datetime) else day


# A page may say thousands of dates and times, and Babel reads the locale's name anew for each.


@lru_cache(maxsize=4096)
def _date(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


@lru_cache(maxsize=4096)
def _time(hour: time, pattern: str, locale: str) -> str:
    return format_time(hour, pattern, locale=locale)


def _hour(hour: time | datetime) -> time:
    _refuse_instant(hour)
    return hour.time() if isinstance(hour, datetime) else hour.replace(tzinfo=None)


def _refuse_instant(value: date | time) -> None:
    if getattr(value, "tzinfo", None) is UTC:
        raise ValueError(f"{value} is an instant: show it with wall(instant, zone)")
