"""Fields of the agents' forms: French dates and hours, and what addresses carry. Each error says what to do."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from werkzeug.exceptions import BadRequest
from wtforms import DateField, IntegerField, StringField, TextAreaField, TimeField

from rdvdav.i18n import N_

FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST_KEY = len(str(2**63 - 1))
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y"]
HOUR_FORMATS = ["%H:%M", "%H:%M:%S", "%Hh%M", "%H h %M", "%Hh", "%H h"]


def one_line(text: str | None) -> str:
    """*text* without what no keyboard types: control characters, ends of lines, spaces around."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text or "").split())


def key_of(value: object) -> int:
    """The id that a form carries; -1, which nothing has, for what can't be one."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_KEY else -1


def day_in_address(text: str) -> date:
    """The day an address names, ISO or French.

    Raises:
        BadRequest: It is none, or out of sight.
    """
    for form in DAY_FORMATS:
        try:
            found = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a naive local day is meant
        except ValueError:
            continue
        if FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
    raise BadRequest


def hour_in_address(text: str) -> time | None:
    """The time of day an address names, to the minute; None for what is none."""
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a naive local time is meant
    except ValueError:
        return None


class LineField(StringField):
    """Text on one line."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the text without control characters."""
        if valuelist:
            self.data = one_line(valuelist[0])


class TextField(TextAreaField):
    """Text on some lines."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the lines, each without control characters."""
        if valuelist:
            self.data = "\n".join(one_line(line) for line in valuelist[0].splitlines()).strip()


class DayField(DateField):
    """A day, chosen or typed."""

    data: date | None
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    out_of_sight = N_("Type a date between 2000 and 2100.")

    def __init__(self, label: str, validators: Sequence[Any] = (), **more: Any) -> None:
        """As a DateField that reads French dates too."""
        super().__init__(label, validators, format=DAY_FORMATS, **more)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read a day of the years in sight."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(N_("Type a date, for example 24/11/2026.")) from error
        if self.data is not None and self.data.year not in self.years:
            self.data = None
            raise ValueError(self.out_of_sight)


class BirthField(DayField):
    """The day somebody was born on."""

    years = range(1880, LAST_YEAR + 1)
    out_of_sight = N_("Type a date of birth in the past.")


class HourField(TimeField):
    """A time of day, chosen or typed."""

    data: time | None

    def __init__(self, label: str, validators: Sequence[Any] = (), **more: Any) -> None:
        """As a TimeField that reads « 9 h 30 » too."""
        super().__init__(label, validators, format=HOUR_FORMATS, **more)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read a time, to the minute."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(N_("Type a time, for example 09:30.")) from error
        if self.data is not None:
            self.data = self.data.replace(second=0)


class NumberField(IntegerField):
    """A whole number."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read a number in figures."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(N_("Type a number in figures, for example 2.")) from error
