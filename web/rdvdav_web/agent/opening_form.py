"""The form of an opening range (ux 7.2), of all its dates or of one; what contradicts itself is said beside the field."""

from datetime import date, time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.directory.motif import Grid
from rdvdav.hours.recurrence import Series
from rdvdav.i18n import N_, duration
from rdvdav.i18n import gettext as _
from rdvdav.planning.offer import Offer
from rdvdav.planning.opening_ranges import Contradiction, Plan, contradictions
from rdvdav_web.agent.forms import DayField, HourField, LineField, NumberField, key_of
from rdvdav_web.agent.repetition import Repetition, repetition_fields, repetition_values

WORDS = {
    Contradiction.ENDS_BEFORE_START: ("closes", N_("The range ends before it starts: type a later end.")),
    Contradiction.NO_MOTIF: ("motifs", N_("Tick at least one motif.")),
    Contradiction.NO_PLACE: ("place", N_("Choose a place: people come on site for one of the motifs.")),
    Contradiction.TWO_ORGANISATIONS: ("motifs", N_("Choose motifs and a place of one organisation.")),
    Contradiction.NO_DATE: ("until", N_("No date is left before the end: type a later one.")),
}
"""Where each contradiction is said, and how."""

GRIDS = {
    "": N_("As each motif says"),
    Grid.FLOW.value: N_("One after the other, from the end of the last appointment on"),
    Grid.FIXED.value: N_("At fixed times, from the opening on"),
}
MOST_SEATS, MOST_MINUTES = 500, 480
BUFFER = NumberRange(0, MOST_MINUTES, N_("Type a number of minutes from 0 to 480."))
ADVANCED = ("seats", "grid", "step", "buffer_before", "buffer_after")

OF_TIME = (Contradiction.ENDS_BEFORE_START, Contradiction.NO_DATE)
"""Without these settled there is nothing to preview."""


class OpeningForm(Repetition, FlaskForm):
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
    first_day = DayField(N_("Date"), [InputRequired(N_("Type a date, for example 24/11/2026."))])
    opens = HourField(N_("From (time)"), [InputRequired(N_("Type a time, for example 09:30."))])
    closes = HourField(N_("To (time)"), [InputRequired(N_("Type a time, for example 12:00."))])
    repeat, interval, days, nth, nth_day, ending, until = repetition_fields()
    seats = NumberField(
        N_("Seats"), [Optional(), NumberRange(1, MOST_SEATS, N_("Type a number from 1 to 500."))], default=1
    )
    grid = SelectField(N_("Starts of the slots"), coerce=str, validate_choice=False)
    step = NumberField(
        N_("Minutes from start to start"),
        [Optional(), NumberRange(5, MOST_MINUTES, N_("Type a number of minutes from 5 to 480."))],
    )
    buffer_before = NumberField(N_("Minutes kept free before each appointment"), [Optional(), BUFFER])
    buffer_after = NumberField(N_("Minutes kept free after each appointment"), [Optional(), BUFFER])

    def __init__(self, offer: Offer, series: Series | None = None, *, single: bool = False, **more: Any) -> None:
        """Offer what the agenda can carry; *series* is what is changed or copied, *single* if one date of it is."""
        super().__init__(**more)
        self.offer = offer
        self.offer_kept(series, single=single)
        self.place.choices = [
            SelectChoice(0, _("No place")),
            *(SelectChoice(place.id, place.name) for place in offer.places),
        ]
        self.grid.choices = [SelectChoice(value, _(label)) for value, label in GRIDS.items()]
        self.motifs.choices = [
            SelectChoice(motif.id, _("%(motif)s (%(duration)s)", motif=motif.name, duration=duration(motif.duration)))
            for motif, _service, _organisation in offer.motifs
        ]

    @property
    def plan(self) -> Plan | None:
        """The range that is described so far, or nothing while its days or hours are missing."""
        first_day, opens, closes = self.first_day.data, self.opens.data, self.closes.data
        if first_day is None or opens is None or closes is None or self.repetition_lacks():
            return None
        return Plan(
            name=self.name.data or "",
            place_id=self.place.data or None,
            motif_ids=frozenset(self.motifs.data or ()),
            first_day=first_day,
            opens=opens,
            closes=closes,
            recurrence=self.recurrence,
            seats=self.seats.data or 1,
            grid=Grid(self.grid.data) if self.grid.data in set(Grid) else None,
            step_minutes=self.step.data,
            buffer_before=self.buffer_before.data,
            buffer_after=self.buffer_after.data,
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
        for name, words in [*said, *self.repetition_lacks()]:
            if not self[name].errors:
                self[name].errors = [words]
            right = False
        return right

    @property
    def advanced(self) -> bool:
        """Whether one of the advanced fields says something: they are then shown."""
        said = (self.grid.data, self.step.data, self.buffer_before.data, self.buffer_after.data)
        wrong = any(self[name].errors for name in ADVANCED)
        return wrong or self.seats.data not in (None, 1) or any(each not in (None, "") for each in said)


def values_of(opening: OpeningRange) -> dict[str, Any]:
    """What the form shows of a range that exists."""
    return {
        "name": opening.name,
        "place": opening.place_id or 0,
        "motifs": [motif.id for motif in opening.motifs],
        "first_day": opening.first_day,
        "opens": opening.opens,
        "closes": opening.closes,
        "seats": opening.seats,
        "grid": opening.grid.value if opening.grid else "",
        "step": opening.step_minutes,
        "buffer_before": opening.buffer_before_minutes,
        "buffer_after": opening.buffer_after_minutes,
        **repetition_values(opening.series),
    }


def blank(offer: Offer, day: date, hour: time | None = None) -> dict[str, Any]:
    """What a new range starts from: *day*, from *hour* on, the only place and the only motif where there is no choice."""
    return {
        "first_day": day,
        "opens": hour,
        **repetition_values(Series(day)),
        "place": offer.places[0].id if len(offer.places) == 1 else 0,
        "motifs": [offer.motifs[0][0].id] if len(offer.motifs) == 1 else [],
    }
