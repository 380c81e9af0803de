"""« Se répète »: the part that the forms of opening ranges and of absences share (ux 7.2), from boxes to an RRULE value and back.

A repetition that came from elsewhere and that these boxes can't say is kept, and said in words, as long as nobody chooses another.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional

from rdvdav.hours.recurrence import Frequency, Rule, Series, monthly, weekly
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.forms import DayField, NumberField, key_of

WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
NTH = {1: N_("first"), 2: N_("second"), 3: N_("third"), 4: N_("fourth"), 5: N_("fifth"), -1: N_("last")}
ONCE, WEEKLY, MONTHLY, DAILY, KEPT = "once", "weekly", "monthly", "daily", "kept"
HOW = {
    ONCE: N_("Once only"),
    WEEKLY: N_("Repeats by weeks"),
    MONTHLY: N_("Repeats by months"),
    DAILY: N_("Repeats by days"),
}
KEPT_WORDS = N_("Keeps its present repetition")
LONGEST_INTERVAL = 52


def repetition_fields() -> Sequence[Any]:
    """The fields, new ones for each form, in the order of `Repetition`'s annotations."""
    choices = [SelectChoice(value, label) for value, label in HOW.items()]
    every = [Optional(), NumberRange(1, LONGEST_INTERVAL, N_("Type a number from 1 to 52."))]
    days = [SelectChoice(day, label) for day, label in enumerate(WEEKDAYS)]
    ends = [SelectChoice("never", N_("No end date")), SelectChoice("until", N_("Until"))]
    return (
        RadioField(N_("Repeat"), choices=choices, default=ONCE),
        NumberField(N_("Interval"), every, default=1),
        SelectMultipleField(N_("On these days"), coerce=key_of, validate_choice=False, choices=days),
        SelectField(N_("Which one"), coerce=str, validate_choice=False, default="1"),
        SelectField(N_("Day of the week"), coerce=key_of, validate_choice=False, default=0),
        RadioField(N_("End of the repetition"), choices=ends, default="never"),
        DayField(N_("Last day, included"), [Optional()]),
    )


class Repetition:
    """What those fields say. A form that has them calls `offer_kept` once it knows what it changes."""

    repeat: Any
    interval: Any
    days: Any
    nth: Any
    nth_day: Any
    ending: Any
    until: Any

    kept: str | None = None
    """RRULE value of what is changed, when the boxes can't say it."""
    single = False
    """The form is about one date: it asks nothing of this."""

    def offer_kept(self, series: Series | None, *, single: bool = False) -> None:
        """Offer to keep the recurrence of *series* if the boxes can't say it; *single* asks for no repetition at all."""
        self.single = single
        # The words of a select are those of its choices: only now is it known in which language.
        self.nth.choices = [SelectChoice(str(nth), _(label)) for nth, label in NTH.items()]
        self.nth_day.choices = [SelectChoice(day, _(label)) for day, label in enumerate(WEEKDAYS)]
        if series is not None and series.recurrence and rule_in_boxes(series) is None:
            self.kept = series.recurrence
            self.repeat.choices = [SelectChoice(KEPT, KEPT_WORDS), *self.repeat.choices]

    @property
    def recurrence(self) -> str | None:
        """The RRULE value, None for once; nothing must be lacking."""
        match self._how:
            case "weekly":
                return weekly(self._days, self.interval.data, self._last_day)
            case "monthly":
                return monthly(int(self.nth.data), self.nth_day.data, self.interval.data, self._last_day)
            case "daily":
                return str(Rule(Frequency.DAILY, self.interval.data, (), self._last_day))
            case "kept":
                return self.kept
            case _:
                return None

    def repetition_lacks(self) -> list[tuple[str, str]]:
        """What is missing or can't be: name of the field, words."""
        if self._how in (ONCE, KEPT):
            return []
        lacks = {
            "days": (self._how == WEEKLY and not self._days, N_("Tick at least one day.")),
            "nth": (self._how == MONTHLY and self.nth.data not in map(str, NTH), N_("Choose which one of the month.")),
            "nth_day": (
                self._how == MONTHLY and self.nth_day.data not in range(len(WEEKDAYS)),
                N_("Choose a day of the week."),
            ),
            "interval": (
                not 1 <= (self.interval.data or 0) <= LONGEST_INTERVAL,
                N_("Type a number from 1 to 52."),
            ),
            "until": (
                self.ending.data == "until" and self.until.data is None,
                N_("Type the last day, or choose that there is no end date."),
            ),
        }
        return [(name, words) for name, (lacking, words) in lacks.items() if lacking]

    @property
    def _how(self) -> str:
        if self.single or (self.repeat.data == KEPT and self.kept is None):
            return ONCE
        return str(self.repeat.data)

    @property
    def _days(self) -> list[int]:
        return [day for day in self.days.data or () if day in range(len(WEEKDAYS))]

    @property
    def _last_day(self) -> date | None:
        last: date | None = self.until.data if self.ending.data == "until" else None
        return last


def rule_in_boxes(series: Series) -> Rule | None:
    """The rule of *series* as the boxes can say it, a COUNT told as the last day it leads to; None when they can't."""
    rule = series.rule
    if rule is None:
        return None
    months = rule.frequency is Frequency.MONTHLY and len(rule.days) == 1 and rule.days[0][0] in NTH
    weeks = rule.frequency is Frequency.WEEKLY and (rule.interval == 1 or not rule.week_starts)
    days = rule.frequency is Frequency.DAILY and not rule.days
    if not (months or weeks or days) or rule.month_days or rule.months or rule.positions:
        return None
    if rule.interval > LONGEST_INTERVAL:
        return None
    last = Series(series.first_day, series.recurrence).last() if rule.count else rule.until
    return Rule(rule.frequency, rule.interval, rule.days, last)


def repetition_values(series: Series) -> dict[str, Any]:
    """What the fields show of *series*."""
    rule, weekday = rule_in_boxes(series), series.first_day.weekday()
    unset = {"interval": 1, "days": [weekday], "nth": nth_of(series.first_day), "nth_day": weekday, "ending": "never"}
    if rule is None:
        return unset | {"repeat": KEPT if series.recurrence else ONCE}
    shown = {"repeat": rule.frequency.value.lower(), "interval": rule.interval}
    if rule.until is not None:
        shown |= {"ending": "until", "until": rule.until}
    if rule.frequency is Frequency.MONTHLY:
        [(nth, day)] = rule.days
        shown |= {"nth": str(nth), "nth_day": day}
    elif rule.days:
        shown |= {"days": [day for _nth, day in rule.days]}
    return unset | shown


def nth_of(day: date) -> str:
    """Which of its kind in the month *day* is: what « le 2e mardi » starts from."""
    return str((day.day - 1) // 7 + 1)
