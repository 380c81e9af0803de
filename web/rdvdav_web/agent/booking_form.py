"""The form of a new appointment (ux 7.7): its answers live in the address, but for what names a person."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from rdvdav.agenda.agenda import Agenda
from rdvdav.booking.choices import Row
from rdvdav.booking.freely import LONGEST, Contradiction, Plan
from rdvdav.directory.motif import Modality, Motif
from rdvdav.directory.place import Place
from rdvdav.hours.wall import instant_of
from rdvdav.i18n import N_, duration
from rdvdav.i18n import gettext as _
from rdvdav_web.admin.organisation_form import at_most
from rdvdav_web.agent.forms import DayField, HourField, LineField, NumberField, key_of
from rdvdav_web.agent.office import current_organisation

NOBODY = -1
"""Who comes as long as nobody is chosen."""
MOST_PEOPLE = 20
"""At once; a collective appointment is filled in turns."""
WORDS = {
    Contradiction.NO_MOTIF: ("motif", N_("Choose a motif.")),
    Contradiction.NO_CITIZEN: ("search", N_("Choose who comes: search for a person, or create the record.")),
    Contradiction.NO_AGENT: ("agent", N_("Choose an agent.")),
    Contradiction.AGENT_ELSEWHERE: ("agent", N_("Choose agents who work in the organisation of the motif.")),
    Contradiction.NO_PLACE: (
        "place",
        N_("Choose the place where people come for this motif, or type another address."),
    ),
    Contradiction.NO_TIME: ("minutes", N_("Type a duration of 1 to 1440 minutes.")),
}
"""Where each contradiction is said, and how."""


class BookingForm(FlaskForm):
    """Motif, who comes, when, where, with whom, and whether mail leaves."""

    motif = SelectField(N_("Motif"), coerce=key_of, validate_choice=False)
    citizen = SelectMultipleField(coerce=key_of, validate_choice=False, choices=[])
    search = LineField(N_("Search for a person"), [Optional()])
    day = DayField(N_("Date"), [InputRequired(N_("Type a date, for example 24/11/2026."))])
    starts = HourField(N_("Time"), [InputRequired(N_("Type a time, for example 09:30."))])
    minutes = NumberField(
        N_("Duration in minutes"),
        [Optional(), NumberRange(1, LONGEST, N_("Type a duration of 1 to 1440 minutes."))],
    )
    place = SelectField(N_("Place"), coerce=key_of, validate_choice=False)
    address = LineField(N_("Other address"), [Optional(), at_most(200)])
    agent = SelectField(N_("Agent"), coerce=key_of, validate_choice=False)
    others = SelectMultipleField(N_("With these agents too"), coerce=key_of, validate_choice=False)
    told = SelectMultipleField(N_("Who gets a message"), coerce=key_of, validate_choice=False, choices=[])
    accepted = SelectMultipleField(N_("Warnings to accept"), validate_choice=False, choices=[])

    def offer(self, motifs: Iterable[Row], agendas: Iterable[Agenda], places: Iterable[Place]) -> None:
        """Show what can be chosen."""
        self.motif.choices = [SelectChoice(0, _("Choose")), *motif_choices(motifs)]
        self.place.choices = [SelectChoice(0, _("Choose")), *(SelectChoice(each.id, each.name) for each in places)]
        named = [SelectChoice(agenda.id, agenda.name) for agenda in agendas]
        self.agent.choices = [SelectChoice(0, _("Choose")), *named]
        self.others.choices = named

    @property
    def agenda_ids(self) -> frozenset[int]:
        """All agendas whose time it takes."""
        return frozenset({self.agent.data or 0, *(self.others.data or ())} - {0})

    @property
    def citizens(self) -> list[int]:
        """Who comes, in the order of choosing."""
        return list(dict.fromkeys(key for key in self.citizen.data or () if key > 0))[:MOST_PEOPLE]

    @property
    def untold(self) -> list[int]:
        """Who comes without getting messages, of those who could get some."""
        offered = {choice.value for choice in self.told.choices}
        return [key for key in self.citizens if key in offered and key not in (self.told.data or ())]

    def plan(self, motif: Motif | None, zone: str) -> Plan | None:
        """The appointment that is described so far, or nothing while motif, date or time is missing or the duration can't be."""
        minutes = self.minutes.data
        unusable = minutes is not None and not 0 < minutes <= LONGEST
        if motif is None or self.day.data is None or self.starts.data is None or unusable:
            return None
        return Plan(
            motif_id=motif.id,
            citizen_id=next(iter(self.citizens), NOBODY),
            with_citizens=tuple(self.citizens[1:]),
            untold=frozenset(self.untold),
            starts_at=instant_of(self.day.data, self.starts.data, zone),
            minutes=motif.duration_minutes if minutes is None else minutes,
            **self.where(motif),
            agenda_ids=self.agenda_ids,
        )

    def where(self, motif: Motif | None) -> dict[str, Any]:
        """Place and address of the plan: the address if one is typed; neither for a motif that people do not come for."""
        if motif is not None and motif.modality is not Modality.ON_SITE:
            return {"place_id": None, "address": ""}
        address = self.address.data or ""
        return {"place_id": None if address else self.place.data or None, "address": address}

    def say(self, found: Iterable[Contradiction]) -> None:
        """Say beside the fields what can't be."""
        for contradiction in found:
            name, words = WORDS[contradiction]
            if not self[name].errors:
                self[name].errors = [words]

    def state(self, **changes: Any) -> dict[str, Any]:
        """The answers as arguments of an address."""
        starts: time | None = self.starts.data
        agent = self.agent.data or None
        given: dict[str, Any] = {
            "motif": self.motif.data,
            "usager": self.citizens,
            "jour": self.day.data.isoformat() if self.day.data else None,
            "heure": starts.isoformat("minutes") if starts else None,
            "duree": self.minutes.data,
            "lieu": self.place.data,
            "agent": [agent, *sorted(self.agenda_ids - {agent})] if agent else None,
            "muet": self.untold,
        }
        return {name: value for name, value in (given | changes).items() if value}


def values_in(args: MultiDict[str, str], agenda_id: int | None) -> dict[str, Any]:
    """What an address fills in; what it does not know it leaves out. Without an agent in it, *agenda_id* is looked at."""
    agents = [key_of(value) for value in args.getlist("agent")]
    citizens = [key_of(value) for value in args.getlist("usager")]
    silent = {key_of(value) for value in args.getlist("muet")}
    agent, *others = agents or [agenda_id or 0]
    return {
        "motif": key_of(args.get("motif", "0")),
        "citizen": citizens,
        "day": _read(date.fromisoformat, args.get("jour", "")),
        "starts": _read(time.fromisoformat, args.get("heure", "")),
        "minutes": minutes if 0 < (minutes := key_of(args.get("duree", ""))) <= LONGEST else None,
        "place": key_of(args.get("lieu", "0")),
        "agent": agent,
        "others": others,
        "told": [key for key in citizens if key not in silent],
    }


def motif_choices(rows: Iterable[Row]) -> list[SelectChoice]:
    """The motifs by service; organisations are named where there are several, the one that is worked for first."""
    current = current_organisation().id
    listed = sorted(rows, key=lambda row: row[2].id != current)
    several = len({organisation.id for _motif, _service, organisation in listed}) > 1
    return [
        SelectChoice(
            motif.id,
            _("%(motif)s (%(duration)s)", motif=motif.name, duration=duration(motif.duration)),
            optgroup=f"{organisation.name} – {service.name}" if several else service.name,
        )
        for motif, service, organisation in listed
    ]


def _read(parse: Any, text: str) -> Any:
    """What *parse* makes of *text* without zone; None when it can't."""
    try:
        found: date | time | datetime = parse(text)
    except ValueError:
        return None
    return None if getattr(found, "tzinfo", None) else found
