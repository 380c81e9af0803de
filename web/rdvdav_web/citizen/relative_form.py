"""Forms about relatives (B11): who it is, and for whom a booking is."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, ValidationError

from rdvdav.citizens.citizen import Citizen
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.citizen.fields import DayField, no_control, stripped

ANOTHER = "autre"


class RelativeForm(FlaskForm):
    """A person one answers for."""

    first_name = StringField(
        N_("First name"),
        [DataRequired(N_("Enter the first name")), Length(max=100, message=N_("Shorten this name")), no_control],
        filters=[stripped],
    )
    last_name = StringField(
        N_("Last name"),
        [DataRequired(N_("Enter the last name")), Length(max=100, message=N_("Shorten this name")), no_control],
        filters=[stripped],
    )
    birth_date = DayField(N_("Date of birth"), [DataRequired(N_("Enter a date, for example 30/11/2026"))])

    today: date = date.max
    """Nobody is born later."""

    def validate_birth_date(self, field: Field) -> None:
        """Nobody is born tomorrow."""
        if field.data > self.today:
            raise ValidationError(N_("Enter a date of birth in the past"))

    @property
    def described(self) -> tuple[str, str, date]:
        """First name, last name and birth date, once valid."""
        born: date = self.birth_date.data  # type: ignore[assignment]  # required
        return self.first_name.data, self.last_name.data, born


class WhoForm(RelativeForm):
    """« Pour qui ? » (3.10); who another relative is counts only where that is chosen."""

    who = RadioField(N_("For whom is this appointment?"), validate_choice=False)

    def __init__(self, citizen: Citizen, people: Sequence[Citizen], today: date, *, chosen: int | None) -> None:
        """Choose among *people*, the *citizen* first, or another relative; *chosen* comes ticked, else the citizen."""
        super().__init__()
        self.today = today
        self.who.choices = [
            SelectChoice(str(each.id), _("For me (%(name)s)", name=each.name) if each is citizen else each.name)
            for each in people
        ] + [SelectChoice(ANOTHER, _("For another relative"))]
        if not self.is_submitted():
            self.who.data = str(chosen if chosen in {each.id for each in people} else citizen.id)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the choice, and of another relative who that is."""
        if self.who.data == ANOTHER:
            return bool(super().validate(extra_validators))
        valid = not hasattr(self, "csrf_token") or self.csrf_token.validate(self)
        if self.chosen is None:
            self.who.errors = [N_("Choose for whom the appointment is")]
        return valid and self.chosen is not None

    @property
    def chosen(self) -> int | None:
        """Id of the person chosen, if it is one of those offered."""
        known = {choice.value for choice in self.who.choices} - {ANOTHER}
        return int(self.who.data) if self.who.data in known else None
