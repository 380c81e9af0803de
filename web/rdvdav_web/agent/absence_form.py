"""The form of an absence (ux 7.5): whole days, or from a time of one day to a time of the same or another, once or repeated."""

from datetime import date, time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from rdvdav.agenda.absence import Absence, AbsenceKind
from rdvdav.hours.recurrence import Series
from rdvdav.i18n import N_
from rdvdav.planning.absences import Contradiction, Plan, contradictions
from rdvdav_web.agent.forms import DayField, HourField, LineField
from rdvdav_web.agent.repetition import Repetition, repetition_fields, repetition_values
from rdvdav_web.agent.words import ABSENCE_KINDS

WORDS = {
    Contradiction.ENDS_BEFORE_START: ("", N_("The absence ends before it starts: type a later end.")),
    Contradiction.NO_DATE: ("until", N_("No date is left before the end: type a later one.")),
}
"""Where each contradiction is said, empty for the end, and how."""


class AbsenceForm(Repetition, FlaskForm):
    """Why, in a word; from when to when."""

    title = LineField(N_("Title"), [Length(max=100, message=N_("Shorten the title to 100 characters."))])
    kind = RadioField(
        N_("Kind of absence"),
        choices=[SelectChoice(kind.value, label) for kind, label in ABSENCE_KINDS.items()],
        default=AbsenceKind.OTHER.value,
        validate_choice=False,
    )
    all_day = BooleanField(N_("All day"))
    first_day = DayField(N_("First day"), [InputRequired(N_("Type a date, for example 24/11/2026."))])
    starts = HourField(N_("From (time)"), [Optional()])
    end_day = DayField(N_("Last day, included"), [InputRequired(N_("Type a date, for example 24/11/2026."))])
    ends = HourField(N_("To (time)"), [Optional()])
    repeat, interval, days, nth, nth_day, ending, until = repetition_fields()

    def __init__(self, series: Series | None = None, *, single: bool = False, **more: Any) -> None:
        """*series* is what is changed, *single* if one date of it is."""
        super().__init__(**more)
        self.offer_kept(series, single=single)

    @property
    def plan(self) -> Plan | None:
        """The absence that is described so far, or nothing while its days or hours are missing."""
        first_day, end_day = self.first_day.data, self.end_day.data
        starts, ends = (None, None) if self.all_day.data else (self.starts.data, self.ends.data)
        if first_day is None or end_day is None or self._lacks():
            return None
        return Plan(self.title.data or "", self._kind, first_day, end_day, starts, ends, self.recurrence)

    @property
    def troubles(self) -> list[str]:
        """Why there is nothing to preview although days and hours are there."""
        return [words for _field, words in self._contradictions()]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, then what contradicts itself."""
        right: bool = super().validate(extra_validators)
        for name, words in [*self._lacks(), *self._contradictions()]:
            if not self[name].errors:
                self[name].errors = [words]
            right = False
        return right

    def _contradictions(self) -> list[tuple[str, str]]:
        found = contradictions(self.plan) if self.plan else ()
        end = "end_day" if self.all_day.data else "ends"
        return [(WORDS[each][0] or end, WORDS[each][1]) for each in found]

    def _lacks(self) -> list[tuple[str, str]]:
        if self.all_day.data:
            return self.repetition_lacks()
        words = N_("Type a time, for example 09:30, or tick All day.")
        return [*((name, words) for name in ("starts", "ends") if self[name].data is None), *self.repetition_lacks()]

    @property
    def _kind(self) -> AbsenceKind:
        return AbsenceKind(self.kind.data) if self.kind.data in set(AbsenceKind) else AbsenceKind.OTHER


def values_of(absence: Absence) -> dict[str, Any]:
    """What the form shows of an absence that exists."""
    return {
        "title": absence.title,
        "kind": absence.kind.value,
        "all_day": absence.all_day,
        "first_day": absence.first_day,
        "starts": absence.starts,
        "end_day": absence.end_day,
        "ends": absence.ends,
        **repetition_values(absence.series),
    }


def blank(day: date, hour: time | None = None) -> dict[str, Any]:
    """What a new absence starts from: all of *day*, or from *hour* on."""
    hours = {"all_day": hour is None, "starts": hour}
    return {"first_day": day, "end_day": day, **hours, **repetition_values(Series(day))}
