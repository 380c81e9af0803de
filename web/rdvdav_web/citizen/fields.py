"""Fields and values that forms and addresses of the portal share: text without strange signs, days, instants, phone numbers."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from wtforms import (
    DateField,
    Field,
)
from wtforms.validators import ValidationError

from rdvdav.citizens.phone import NotAPhone, read_phone
from rdvdav.i18n import N_

YEARS = range(2000, 2200)
"""Days beyond are nobody's appointment, and the ends of the calendar are out of reach of any arithmetic."""


CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What no keyboard has: control characters, and signs that turn the text after them round."""


INSTANT = re.compile(r"(2[01]\d\d-\d\d-\d\dT\d\d:\d\d)Z")


def stripped(text: str | None) -> str | None:
    """Without the blanks around it."""
    return text.strip() if text is not None else None


def no_control(_form: Any, field: Field) -> None:
    """Refuse signs that no keyboard has."""
    if CONTROL.search(field.data or ""):
        raise ValidationError(N_("Remove the special characters"))


class DayField(DateField):
    """A date, as a date picker sends it or typed « 30/11/2026 »."""

    def __init__(self, label: str, validators: Sequence[Any] = (), **more: Any) -> None:
        """A field with *label*, a message id."""
        super().__init__(label, validators, format=["%Y-%m-%d", "%d/%m/%Y"], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent.

        Raises:
            ValueError: It is no date that can be meant.
        """
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
        if valuelist and valuelist[0] and (self.data is None or self.data.year not in range(1900, YEARS.stop)):
            self.data = None
            raise ValueError(N_("Enter a date, for example 30/11/2026"))


def number(field: Field, zone: str) -> str | None:
    """The E.164 form of what was typed; None where nothing was.

    Raises:
        ValidationError: It is no phone number.
    """
    try:
        return read_phone(field.data[:50], zone) if field.data else None
    except NotAPhone as error:
        raise ValidationError(N_("Enter a phone number, for example 06 12 34 56 78")) from error


def read_day(text: str) -> date | None:
    """A day as a date picker sends it; None when it is not one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_instant(text: str) -> datetime | None:
    """An instant as the portal writes it, `2026-11-25T08:00Z`; None when it is not one."""
    found = INSTANT.fullmatch(text)
    try:
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def write_instant(instant: datetime) -> str:
    """`2026-11-25T08:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
