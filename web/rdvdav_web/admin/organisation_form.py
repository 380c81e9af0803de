"""The form of what an organisation says of itself (R02)."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from rdvdav.administration.organisations import ZONES, Identity
from rdvdav.citizens.email import NotAnEmail, read_email
from rdvdav.directory.organisation import DetailLevel
from rdvdav.i18n import N_, zone_name
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.forms import LineField, TextField
from rdvdav_web.agent.holidays import CALENDARS

NUMBER = re.compile(r"[+0-9][0-9 ().\-/]{1,29}")
TOO_LONG = N_("Shorten this text to %(max)d characters.")
LEVELS = {
    DetailLevel.BUSY: N_("Only that the time is taken"),
    DetailLevel.MOTIF: N_("The motif, the place, and a link to the appointment"),
    DetailLevel.FULL: N_("Also who comes, with a phone number"),
}


def at_most(length: int) -> Length:
    """A text of *length* characters at most."""
    return Length(max=length, message=TOO_LONG)


class EmailLine(LineField):
    """An e-mail address."""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        """Keep the address as mail programs write it; say what one looks like where it is none."""
        if not self.data or validation_stopped:
            return
        try:
            self.data = read_email(self.data)
        except NotAnEmail as error:
            raise ValidationError(N_("Type an e-mail address, for example name@example.fr.")) from error


class PhoneLine(LineField):
    """A phone number as people write it; short numbers too."""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        """Refuse what nobody can dial."""
        if self.data and not validation_stopped and not NUMBER.fullmatch(self.data):
            raise ValidationError(N_("Type a phone number, for example 01 23 45 67 89."))


class OrganisationForm(FlaskForm):
    """Name, how to reach it, its clock and its holidays."""

    name = LineField(N_("Name"), [DataRequired(N_("Type the name of the organisation.")), at_most(120)])
    phone = PhoneLine(N_("Phone"), [Optional()])
    email = EmailLine(N_("E-mail address"), [Optional(), at_most(254)])
    website = LineField(N_("Web site"), [Optional(), at_most(300)])
    address = LineField(N_("Postal address"), [Optional(), at_most(200)])
    hours = TextField(N_("Opening hours, in words"), [Optional(), at_most(500)])
    notice = TextField(N_("Notice on top of the public page"), [Optional(), at_most(1000)])
    zone = SelectField(N_("Time zone"), validate_choice=False)
    holiday_calendar = SelectField(N_("Calendar of public holidays"), validate_choice=False)

    def __init__(self, **more: Any) -> None:
        """Offer clocks and calendars; one that is kept already stays offered."""
        super().__init__(**more)
        zones = dict.fromkeys([*ZONES, *filter(None, [more.get("data", {}).get("zone")])])
        self.zone.choices = [SelectChoice(zone, _zone_words(zone)) for zone in zones]
        self.holiday_calendar.choices = [SelectChoice(code, _(label)) for code, label in CALENDARS.items()]

    def validate_website(self, field: Field) -> None:
        """Take an address without https:// too."""
        if "://" not in field.data:
            field.data = f"https://{field.data}"
        try:
            url = urlsplit(field.data)
        except ValueError:
            url = urlsplit("")
        if url.scheme not in {"http", "https"} or "." not in (url.hostname or ""):
            raise ValidationError(N_("Type the address of a web site, for example https://www.example.fr."))

    def validate_zone(self, field: Field) -> None:
        """Choose one of the list."""
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(N_("Choose a time zone of the list."))

    def validate_holiday_calendar(self, field: Field) -> None:
        """Choose one of the list."""
        if (field.data or "") not in CALENDARS:
            raise ValidationError(N_("Choose a calendar of the list."))

    @property
    def identity(self) -> Identity:
        """What was typed; the form must be valid."""
        return Identity(**{name: self[name].data or "" for name in Identity.__dataclass_fields__})


class SettingsForm(OrganisationForm):
    """The same, with what calendars show."""

    level = RadioField(N_("What the agents' calendar programs show of an appointment"), validate_choice=False)

    def __init__(self, **more: Any) -> None:
        """Offer the levels of detail."""
        super().__init__(**more)
        self.level.choices = [SelectChoice(level.value, _(words)) for level, words in LEVELS.items()]

    def validate_level(self, field: Field) -> None:
        """Choose one of the list."""
        if field.data not in set(DetailLevel):
            raise ValidationError(N_("Choose what calendars show."))


def _zone_words(zone: str) -> str:
    words = zone_name(zone)
    return words[:1].upper() + words[1:]
