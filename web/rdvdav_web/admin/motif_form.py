"""The form of a motif in its blocks, and the short one for several at once (R04, ux 10.2)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from rdvdav.administration.motifs import COLOURS, LONGEST_MINUTES, Flaw, Terms
from rdvdav.directory.motif import MOST_AT_ONCE, BookableBy, Choice, Grid, LimitScope, Modality, Visibility
from rdvdav.directory.service import Service
from rdvdav.hours.limit import Limit, LimitUnreadable, Unit
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.admin import motif_words as words
from rdvdav_web.admin.organisation_form import at_most
from rdvdav_web.admin.question_form import QuestionFields, question_values
from rdvdav_web.agent.forms import LineField, NumberField, TextField, key_of

LIMITS = ("min_notice", "max_notice", "cancel_limit", "move_limit")
ENUMS: Mapping[str, type[StrEnum]] = {
    "modality": Modality,
    "bookable_by": BookableBy,
    "visibility": Visibility,
    "grid": Grid,
    "choice": Choice,
    "limit_scope": LimitScope,
}
CHOICES: Mapping[str, Mapping[Any, str]] = {
    "modality": words.MODALITIES,
    "bookable_by": words.BOOKABLE_BY,
    "visibility": words.VISIBILITIES,
    "grid": words.GRIDS,
    "choice": words.CHOICES,
    "limit_scope": words.LIMIT_SCOPES,
}
FLAWS = {
    Flaw.NAME_TAKEN: (
        "name",
        N_("This service has a motif of this name and mode already: choose another name, or archive the other one."),
    ),
    Flaw.NO_SUCH_SERVICE: ("service_id", N_("Choose a service.")),
    Flaw.NEVER_OPEN: ("max_notice_n", N_("The longest notice must be longer than the shortest.")),
    Flaw.NOBODY_NEEDED: ("agents_needed", N_("Say that one agent or one room is needed, at least.")),
    Flaw.OUT_OF_RANGE: ("duration_minutes", N_("Type a number of minutes from 5 to 1440.")),
}
"""Where each flaw is said, and how."""
ADVANCED = (
    "buffer_before_minutes",
    "buffer_after_minutes",
    "agents_needed",
    "rooms_needed",
    "hold_minutes",
    "grid",
    "choice",
)
MINUTES = NumberRange(0, 480, N_("Type a number of minutes from 0 to 480."))
FIGURE = N_("Type a number in figures, for example 2.")


def number(label: str, least: int, most: int, message: str) -> NumberField:
    """A whole number that must be there."""
    return NumberField(label, [InputRequired(FIGURE), NumberRange(least, most, message)])


def limit_fields(label: str) -> tuple[NumberField, SelectField]:
    """A number and what it counts."""
    figure = NumberField(label, [Optional(), NumberRange(0, 9999, N_("Type a number from 0 to 9999."))])
    return figure, SelectField(N_("Unit"), validate_choice=False)


class Booking(FlaskForm):
    """What both forms ask: who may book, within which limits."""

    category = LineField(N_("Category on the public page"), [Optional(), at_most(80)])
    min_notice_n, min_notice_unit = limit_fields(N_("Shortest notice"))
    max_notice_n, max_notice_unit = limit_fields(N_("Longest notice"))
    cancel_limit_n, cancel_limit_unit = limit_fields(N_("Last moment to cancel, before the appointment"))
    move_limit_n, move_limit_unit = limit_fields(N_("Last moment to move, before the appointment"))

    def __init__(self, **more: Any) -> None:
        """Offer the units."""
        super().__init__(**more)
        for name in LIMITS:
            self[f"{name}_unit"].choices = [SelectChoice(unit.value, _(text)) for unit, text in words.UNITS.items()]

    def limit(self, name: str) -> Limit | None:
        """The limit that was typed, or nothing while it is none."""
        figure, unit = self[f"{name}_n"].data, self[f"{name}_unit"].data
        try:
            return Limit.parse(f"{figure} {unit}") if figure is not None else None
        except LimitUnreadable:
            return None

    def check_limits(self, names: Iterable[str]) -> bool:
        """Whether each limit is one; says so beside those that are not."""
        wrong = [self[f"{name}_n"] for name in names if self.limit(name) is None]
        for field in wrong:
            if not field.errors:
                field.errors = [N_("Type a number and choose a unit, ten years at most.")]
        return not wrong


class MotifForm(QuestionFields, Booking):
    """All options of one motif."""

    name = LineField(
        N_("Name of the motif"), [DataRequired(N_("Name the motif, for example Identity card.")), at_most(120)]
    )
    service_id = SelectField(N_("Service"), coerce=key_of, validate_choice=False)
    duration_minutes = number(
        N_("Duration in minutes"), 5, LONGEST_MINUTES, N_("Type a number of minutes from 5 to 1440.")
    )
    colour = RadioField(N_("Colour in the agenda"), coerce=key_of, validate_choice=False)
    modality = RadioField(N_("Mode"), validate_choice=False)
    collective = BooleanField(N_("Collective appointment: several people come at once"))
    seats = number(N_("Seats of a collective appointment"), 1, 500, N_("Type a number from 1 to 500."))
    bookable_by = RadioField(N_("Who may book"), validate_choice=False)
    may_cancel = BooleanField(N_("The citizen may cancel online"))
    may_move = BooleanField(N_("The citizen may move it online"))
    per_citizen_limit = NumberField(
        N_("Appointments to come one person may have"),
        [Optional(), NumberRange(1, 99, N_("Type a number from 1 to 99."))],
    )
    limit_scope = SelectField(N_("Counted together"), validate_choice=False)
    slots_at_once = SelectField(N_("Slots a citizen may take in one go"), coerce=key_of, validate_choice=False)
    asks_birth_date = BooleanField(N_("Ask for the date of birth"))
    citizen_chooses_agent = BooleanField(N_("The citizen may choose the agent"))
    hold_minutes = number(
        N_("Minutes a slot is kept while the citizen fills in the form"),
        5,
        60,
        N_("Type a number of minutes from 5 to 60."),
    )
    restriction = TextField(N_("To be read and accepted before booking"), [Optional(), at_most(2000)])
    pieces = TextField(N_("What to bring, one thing a line"), [Optional(), at_most(2000)])
    instructions = TextField(N_("Instructions once it is booked"), [Optional(), at_most(2000)])
    cancel_warning = TextField(N_("Warning before cancelling"), [Optional(), at_most(1000)])
    visibility = RadioField(N_("What the citizen sees and gets"), validate_choice=False)
    sensitive = BooleanField(N_("Sensitive motif: neutral titles in mails and citizens' calendars"))
    open_to_secretariat = BooleanField(N_("The secretariat may book it"))
    follow_up = BooleanField(N_("Follow-up: only with the citizen's referent agents"))
    ignores_holidays = BooleanField(N_("Offered on public holidays too"))
    buffer_before_minutes = NumberField(
        N_("Minutes kept free before each appointment"), [InputRequired(FIGURE), MINUTES]
    )
    buffer_after_minutes = NumberField(N_("Minutes kept free after each appointment"), [InputRequired(FIGURE), MINUTES])
    grid = RadioField(N_("Starts of the slots"), validate_choice=False)
    choice = RadioField(N_("When several agents are free, the appointment goes to the agent"), validate_choice=False)
    agents_needed = number(N_("Agents needed at once"), 0, 10, N_("Type a number from 0 to 10."))
    rooms_needed = number(N_("Rooms needed besides"), 0, 10, N_("Type a number from 0 to 10."))

    def __init__(self, services: Iterable[Service], terms: Terms | None = None) -> None:
        """Offer the territory's *services*, filled in with *terms*, those of a usual motif when there are none."""
        offered = list(services)
        usual = Terms("", offered[0].id if len(offered) == 1 else 0, 30, bookable_by=BookableBy.EVERYONE)
        super().__init__(data=_values(terms or usual))
        self.service_id.choices = [
            SelectChoice(0, _("Choose")),
            *(SelectChoice(each.id, each.name) for each in offered),
        ]
        self.colour.choices = [SelectChoice(key, _(name)) for key, name in enumerate(words.COLOURS, 1)]
        self.slots_at_once.choices = [SelectChoice(n, str(n)) for n in range(1, MOST_AT_ONCE + 1)]
        for name, labels in CHOICES.items():
            self[name].choices = [SelectChoice(value.value, _(text)) for value, text in labels.items()]

    @property
    def terms(self) -> Terms | None:
        """The motif that is described so far, or nothing while something in it can't be read."""
        values: dict[str, Any] = {}
        for name in Terms.__dataclass_fields__:
            if name in LIMITS:
                values[name] = self.limit(name)
            elif name in ENUMS:
                values[name] = ENUMS[name](self[name].data) if self[name].data in set(ENUMS[name]) else None
            elif name == "questions":
                values[name] = self.questions
            else:
                values[name] = self[name].data
        missing = {name for name, value in values.items() if value is None and name != "per_citizen_limit"}
        return None if missing else Terms(**values)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, then the limits and what was chosen from lists."""
        right: bool = super().validate(extra_validators)
        right = self.check_limits(LIMITS) and right
        right = self.check_questions() and right
        for name in (*CHOICES, "colour", "slots_at_once"):
            if self[name].data not in {choice.value for choice in self[name].choices}:
                self[name].errors = [N_("Choose one of the list.")]
                right = False
        return right

    def say(self, flaws: Iterable[Flaw]) -> bool:
        """Say each flaw beside its field; whether there is none."""
        said = [FLAWS[flaw] for flaw in flaws]
        for name, text in said:
            self[name].errors = [text]
        return not said

    @property
    def advanced(self) -> bool:
        """Whether the advanced block is open: something in it is wrong, or not as usual."""
        usual = Terms("", 0, 30)
        changed = any(str(self[name].data) != str(getattr(usual, name)) for name in ADVANCED)
        boxes = self.follow_up.data or self.ignores_holidays.data or not self.open_to_secretariat.data
        return bool(changed or boxes or any(self[name].errors for name in ADVANCED))


class SeveralForm(Booking):
    """What the ticked motifs are given; what is left alone stays as each has it."""

    bookable_by = SelectField(N_("Who may book"), validate_choice=False)
    may_cancel = SelectField(N_("The citizen may cancel online"), validate_choice=False)
    may_move = SelectField(N_("The citizen may move it online"), validate_choice=False)
    colour = SelectField(N_("Colour in the agenda"), coerce=key_of, validate_choice=False)

    def __init__(self) -> None:
        """Everything is left as it is at first."""
        super().__init__(data={f"{name}_unit": Unit.HOURS.value for name in LIMITS})
        as_is = SelectChoice("", _("Leave as it is"))
        offered = [SelectChoice(value.value, _(text)) for value, text in words.BOOKABLE_BY.items()]
        self.bookable_by.choices = [as_is, *offered]
        for field in (self.may_cancel, self.may_move):
            field.choices = [as_is, SelectChoice("1", _("Yes")), SelectChoice("0", _("No"))]
        self.colour.choices = [
            SelectChoice(0, _("Leave as it is")),
            *(SelectChoice(key, _(name)) for key, name in enumerate(words.COLOURS, 1)),
        ]

    @property
    def values(self) -> dict[str, Any]:
        """What is changed, by the names of the options; the form must be valid."""
        found: dict[str, Any] = {name: limit for name in LIMITS if (limit := self.limit(name)) is not None}
        if self.bookable_by.data in set(BookableBy):
            found["bookable_by"] = BookableBy(self.bookable_by.data)
        found |= {name: self[name].data == "1" for name in ("may_cancel", "may_move") if self[name].data in {"0", "1"}}
        if 1 <= (self.colour.data or 0) <= COLOURS:
            found["colour"] = self.colour.data
        if self.category.data:
            found["category"] = self.category.data
        return found

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what was typed; something must change."""
        right: bool = super().validate(extra_validators)
        right = self.check_limits(name for name in LIMITS if self[f"{name}_n"].data is not None) and right
        if right and not self.values:
            self.form_errors.append(N_("Choose what to change, at least one thing."))
            right = False
        return right


def _values(terms: Terms) -> dict[str, Any]:
    """What the form shows of *terms*."""
    values = {name: getattr(terms, name) for name in Terms.__dataclass_fields__ if name not in {*LIMITS, "questions"}}
    values |= question_values(terms.questions)
    for name in LIMITS:
        limit: Limit = getattr(terms, name)
        values |= {f"{name}_n": limit.n, f"{name}_unit": limit.unit.value}
    return values | {name: values[name].value for name in ENUMS}
