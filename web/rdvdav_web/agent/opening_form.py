"""The form of an opening range (ux 7.2), once or every so many weeks; what contradicts itself is said beside the field."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.hours.recurrence import weekly
from rdvdav.i18n import N_, duration
from rdvdav.i18n import gettext as _
from rdvdav.planning.offer import Offer
from rdvdav.planning.opening_ranges import Contradiction, Plan, contradictions
from rdvdav_web.agent.forms import DayField, HourField, LineField, NumberField, key_of

WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)

WORDS = {
    Contradiction.ENDS_BEFORE_START: ("closes", N_("The range ends before it starts: type a later end.")),
    Contradiction.NO_MOTIF: ("motifs", N_("Tick at least one motif.")),
    Contradiction.NO_PLACE: ("place", N_("Choose a place: people come on site for one of the motifs.")),
    Contradiction.TWO_ORGANISATIONS: ("motifs", N_("Choose motifs and a place of one organisation.")),
    Contradiction.NO_DATE: ("until", N_("No date is left before the end: type a later one.")),
}
"""Where each contradiction is said, and how."""

OF_TIME = (Contradiction.ENDS_BEFORE_START, Contradiction.NO_DATE)
"""Without these settled there is nothing to preview."""


class OpeningForm(FlaskForm):
    """Name, place, motifs, days and hours."""

    name = LineField(
        N_("Name"),
        [
            DataRequired(N_("Name the opening range, for example Morning.")),
            Length(max=100, message=N_("Shorten the name to 100 characters.")),
        ],
    )
    place = SelectField(N_("Place"), coerce=key_of, validate_choice=False)
    motifs = SelectMultipleField(N_("Motifs"), coerce=key_of, validate_choice=False)
    repeat = RadioField(
        N_("Repeat"),
        choices=[SelectChoice("once", N_("Once only")), SelectChoice("weekly", N_("It repeats"))],
        default="once",
    )
    first_day = DayField(N_("Date"), [InputRequired(N_("Type a date, for example 24/11/2026."))])
    opens = HourField(N_("From (time)"), [InputRequired(N_("Type a time, for example 09:30."))])
    closes = HourField(N_("To (time)"), [InputRequired(N_("Type a time, for example 12:00."))])
    interval = NumberField(
        N_("Number of weeks"), [Optional(), NumberRange(1, 52, N_("Type a number from 1 to 52."))], default=1
    )
    days = SelectMultipleField(
        N_("On these days"),
        coerce=key_of,
        validate_choice=False,
        choices=[SelectChoice(day, label) for day, label in enumerate(WEEKDAYS)],
    )
    ending = RadioField(
        N_("End of the repetition"),
        choices=[SelectChoice("never", N_("No end date")), SelectChoice("until", N_("Until"))],
        default="never",
    )
    until = DayField(N_("Last day, included"), [Optional()])

    def __init__(self, offer: Offer, **more: Any) -> None:
        """Offer what the agenda can carry."""
        super().__init__(**more)
        self.offer = offer
        self.place.choices = [
            SelectChoice(0, _("No place")),
            *(SelectChoice(place.id, place.name) for place in offer.places),
        ]
        self.motifs.choices = [
            SelectChoice(motif.id, _("%(motif)s (%(duration)s)", motif=motif.name, duration=duration(motif.duration)))
            for motif, _service, _organisation in offer.motifs
        ]

    @property
    def plan(self) -> Plan | None:
        """The range that is described so far, or nothing while its days or hours are missing."""
        first_day, opens, closes = self.first_day.data, self.opens.data, self.closes.data
        if first_day is None or opens is None or closes is None or self._repetition_lacks():
            return None
        return Plan(
            name=self.name.data or "",
            place_id=self.place.data or None,
            motif_ids=frozenset(self.motifs.data or ()),
            first_day=first_day,
            opens=opens,
            closes=closes,
            recurrence=weekly(self._days, self.interval.data, self._last_day) if self._repeats else None,
        )

    @property
    def troubles(self) -> list[str]:
        """Why there is nothing to preview although days and hours are there."""
        found = contradictions(self.plan, self.offer) if self.plan else []
        return [WORDS[contradiction][1] for contradiction in found if contradiction in OF_TIME]

    @property
    def motif_groups(self) -> list[tuple[str, list[tuple[int, int, str, bool]]]]:
        """The boxes of « Motifs » by service: number of the box, id, words, ticked. Several organisations are named."""
        groups: dict[str, list[tuple[int, int, str, bool]]] = {}
        several = len({organisation.id for _motif, _service, organisation in self.offer.motifs}) > 1
        rows = zip(self.offer.motifs, self.motifs.choices, strict=True)
        for number, ((motif, service, organisation), choice) in enumerate(rows):
            title = f"{organisation.name} – {service.name}" if several else service.name
            groups.setdefault(title, []).append((number, motif.id, choice.label, motif.id in (self.motifs.data or ())))
        return list(groups.items())

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, then what contradicts itself."""
        right: bool = super().validate(extra_validators)
        said = [WORDS[contradiction] for contradiction in (contradictions(self.plan, self.offer) if self.plan else ())]
        for name, words in [*said, *self._repetition_lacks()]:
            if not self[name].errors:
                self[name].errors = [words]
            right = False
        return right

    def _repetition_lacks(self) -> list[tuple[str, str]]:
        if not self._repeats:
            return []
        lacks = {
            "days": (not self._days, N_("Tick at least one day.")),
            "interval": (not 1 <= (self.interval.data or 0) <= 52, N_("Type a number from 1 to 52.")),
            "until": (
                self.ending.data == "until" and self.until.data is None,
                N_("Type the last day, or choose that there is no end date."),
            ),
        }
        return [(name, words) for name, (lacking, words) in lacks.items() if lacking]

    @property
    def _repeats(self) -> bool:
        return bool(self.repeat.data == "weekly")

    @property
    def _days(self) -> list[int]:
        return [day for day in self.days.data or () if day in range(len(WEEKDAYS))]

    @property
    def _last_day(self) -> date | None:
        last: date | None = self.until.data if self.ending.data == "until" else None
        return last


def values_of(opening: OpeningRange) -> dict[str, Any]:
    """What the form shows of a range that exists."""
    rule = opening.series.rule
    days: Sequence[int] = [day for _nth, day in rule.days] if rule else []
    return {
        "name": opening.name,
        "place": opening.place_id or 0,
        "motifs": [motif.id for motif in opening.motifs],
        "repeat": "weekly" if rule else "once",
        "first_day": opening.first_day,
        "opens": opening.opens,
        "closes": opening.closes,
        "interval": rule.interval if rule else 1,
        "days": days or [opening.first_day.weekday()],
        "ending": "until" if rule and rule.until else "never",
        "until": rule.until if rule else None,
    }


def blank(today: date, offer: Offer) -> dict[str, Any]:
    """What a new range starts from: tomorrow, the only place and the only motif where there is no choice."""
    tomorrow = today + timedelta(days=1)
    return {
        "first_day": tomorrow,
        "days": [tomorrow.weekday()],
        "place": offer.places[0].id if len(offer.places) == 1 else 0,
        "motifs": [offer.motifs[0][0].id] if len(offer.motifs) == 1 else [],
    }
