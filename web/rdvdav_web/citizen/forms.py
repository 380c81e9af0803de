"""Forms of the portal: what may be typed, and what to say when it can't be used."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Field,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from rdvdav.i18n import N_, translated
from rdvdav.i18n import gettext as _
from rdvdav.slots.search import DayPart
from rdvdav_web.citizen.fields import (
    DayField,
    no_control,
)
from rdvdav_web.citizen.people_forms import EmailForm
from rdvdav_web.question_fields import QuestionsForm

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
"""Words of the address, Monday first."""
WEEKDAY_LABELS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
PARTS = {"": N_("All day"), DayPart.MORNING.value: N_("Morning"), DayPart.AFTERNOON.value: N_("Afternoon")}
"""By value of `slots.search.DayPart`: its words."""


class Filters(FlaskForm):
    """Of the list of slots (3.6); its state is the address. What it does not know it leaves out."""

    class Meta:
        """A form that changes nothing needs no token."""

        csrf = False

    du = DayField(N_("Starting on"), [Optional()])
    moment = SelectField(N_("Time of day"), choices=[], validate_choice=False)
    jours = SelectMultipleField(
        N_("Days of the week"),
        choices=[SelectChoice(word, label) for word, label in zip(WEEKDAYS, WEEKDAY_LABELS, strict=True)],
        validate_choice=False,
    )
    agent = SelectField(N_("Agent"), choices=[], validate_choice=False)

    def __init__(self, args: MultiDict[str, str], agents: Iterable[tuple[int, str]] = ()) -> None:
        """Read the filters from *args*; *agents* are those the citizen may choose among, by agenda."""
        super().__init__(args)
        self.agents = {str(agenda_id): name for agenda_id, name in agents}
        parts = {DayPart.ANY: _("All day"), DayPart.MORNING: _("Morning"), DayPart.AFTERNOON: _("Afternoon")}
        self.moment.choices = [SelectChoice(part, label) for part, label in parts.items()]
        named = [SelectChoice(agenda_id, name) for agenda_id, name in self.agents.items()]
        self.agent.choices = [SelectChoice("", _("Any agent")), *named]
        self.validate()
        if not self.agents:
            del self.agent

    @property
    def part(self) -> DayPart:
        """The half of the day that was asked for."""
        known = {part.value: part for part in DayPart}
        return known.get(self.moment.data or "", DayPart.ANY)

    @property
    def weekdays(self) -> frozenset[int]:
        """The days of the week that were asked for, 0 being Monday."""
        return frozenset(WEEKDAYS.index(word) for word in self.jours.data or () if word in WEEKDAYS)

    @property
    def first_day(self) -> date | None:
        """The day the list starts at."""
        day: date | None = self.du.data
        return day

    @property
    def agenda_id(self) -> int | None:
        """The agent that was asked for, by agenda."""
        return int(self.agent.data) if "agent" in self and self.agent.data in self.agents else None

    @property
    def state(self) -> dict[str, Any]:
        """The filters as arguments of an address."""
        given: dict[str, Any] = {
            "du": self.first_day.isoformat() if self.first_day else "",
            "moment": self.part.value,
            "jours": [WEEKDAYS[day] for day in sorted(self.weekdays)],
            "agent": self.agenda_id,
        }
        return {name: value for name, value in given.items() if value}


class ConditionsForm(FlaskForm):
    """What a motif asks to be read first (3.4)."""

    read = BooleanField(
        N_("I have read these conditions"), [InputRequired(N_("Tick the box once you have read the conditions"))]
    )


class WaitingForm(EmailForm):
    """What somebody waits for (3.17)."""

    weekdays = SelectMultipleField(
        N_("Days that suit you"),
        choices=[SelectChoice(word, label) for word, label in zip(WEEKDAYS, WEEKDAY_LABELS, strict=True)],
        validate_choice=False,
    )
    part = RadioField(
        N_("Time of day"), choices=[SelectChoice(part, label) for part, label in PARTS.items()], validate_choice=False
    )

    def __init__(self, *, signed_in: bool, weekdays: Sequence[str], part: str) -> None:
        """Filled with the filters of the list one comes from; who is *signed_in* is known by an address."""
        super().__init__(data={"weekdays": list(weekdays), "part": part if part in PARTS else ""})
        if signed_in:
            del self.email


class SurnameForm(FlaskForm):
    """How the surname begins, before an appointment is shown (4.1)."""

    letters = StringField(
        N_("First 3 letters of your surname"),
        [DataRequired(N_("Enter the first 3 letters of your surname")), Length(max=100), no_control],
    )


class CodeForm(FlaskForm):
    """The code of a mail."""

    code = StringField(N_("Code of 6 figures"), [DataRequired(N_("Enter the 6 figures of the code"))])

    def validate_code(self, field: Field) -> None:
        """Six figures, with blanks or not."""
        if not re.fullmatch(r"[0-9]{6}", re.sub(r"\s", "", field.data)):
            raise ValidationError(N_("Enter the 6 figures of the code"))


class CheckForm(QuestionsForm):
    """The last look before booking, and what the motif asks (3.11)."""

    by_email = BooleanField(N_("Receive messages about this appointment by e-mail"), default=True)
    by_sms = BooleanField(N_("Receive messages about this appointment by SMS"), default=True)


REASONS = {
    "empechement": N_("I can no longer come"),
    "autrement": N_("I no longer need this appointment"),
    "erreur": N_("I booked by mistake"),
    "autre": N_("Another reason"),
}


class CancelForm(FlaskForm):
    """Why one cancels, if one says it (3.16)."""

    reason = RadioField(
        N_("Why do you cancel?"),
        choices=[SelectChoice(value, label) for value, label in REASONS.items()],
        validate_choice=False,
    )

    @property
    def words(self) -> str:
        """The reason as agents read it."""
        return translated(REASONS.get(self.reason.data or "", ""))
