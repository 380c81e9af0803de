"""A person as an agent describes them (ux 7.7): names required, and how to reach them where known."""

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from rdvdav.booking.people import Person
from rdvdav.citizens.email import NotAnEmail, read_email
from rdvdav.citizens.phone import NotAPhone, read_phone
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_
from rdvdav_web.agent.forms import BirthField, LineField
from rdvdav_web.agent.office import current_organisation
from rdvdav_web.transaction import clock


class PersonForm(FlaskForm):
    """Who comes, when there is no record yet."""

    first_name = LineField(
        N_("First name"),
        [
            DataRequired(N_("Type the first name of this person.")),
            Length(max=100, message=N_("Shorten this name to 100 characters.")),
        ],
    )
    last_name = LineField(
        N_("Last name"),
        [
            DataRequired(N_("Type the last name of this person.")),
            Length(max=100, message=N_("Shorten this name to 100 characters.")),
        ],
    )
    phone = LineField(N_("Phone number"), [Optional()])
    email = LineField(N_("E-mail address"), [Optional(), Length(max=254, message=N_("This address is too long."))])
    birth_date = BirthField(N_("Date of birth"), [Optional()])

    def __init__(self, zone: str, today: date, **more: Any) -> None:
        """Phone numbers are read as in *zone*; nobody is born after *today*."""
        super().__init__(**more)
        self._zone, self._today = zone, today

    def validate_phone(self, field: Field) -> None:
        """Accept what can be called."""
        try:
            read_phone(field.data[:50], self._zone)
        except NotAPhone as error:
            raise ValidationError(N_("Type a phone number, for example 06 12 34 56 78.")) from error

    def validate_email(self, field: Field) -> None:
        """Accept what can be written to."""
        try:
            read_email(field.data)
        except NotAnEmail as error:
            raise ValidationError(N_("Type an e-mail address, for example name@example.org.")) from error

    def validate_birth_date(self, field: Field) -> None:
        """Nobody is born tomorrow."""
        if field.data is not None and field.data > self._today:
            raise ValidationError(N_("Type a date of birth in the past."))

    @property
    def person(self) -> Person:
        """What is typed so far, without what can't be."""
        return Person(
            first_name=self.first_name.data or "",
            last_name=self.last_name.data or "",
            email=self._read(self.email.data, read_email),
            phone=self._read(self.phone.data, lambda text: read_phone(text[:50], self._zone)),
            birth_date=self.birth_date.data,
        )

    @staticmethod
    def _read(text: str | None, read: Any) -> str | None:
        try:
            return read(text) if text else None
        except ValueError:
            return None


def person_form(**more: Any) -> PersonForm:
    """The form of a person, numbers read and days counted as in the organisation that is worked for."""
    zone = current_organisation().zone
    return PersonForm(zone, local_day(to_minutes(clock().now()), zone), **more)
