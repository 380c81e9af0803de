"""What is searched in « Trouver un RDV » (ux 7.6): all answers live in the address."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from rdvdav.booking.choices import Row
from rdvdav.directory.place import Place
from rdvdav.directory.team import Team
from rdvdav.i18n import N_, alphabetical
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.booking_form import motif_choices
from rdvdav_web.agent.forms import DayField, key_of


class FindingForm(FlaskForm):
    """Which motif, with whom, where, from when on; how widely."""

    class Meta:
        """A form that changes nothing needs no token."""

        csrf = False

    service = SelectField(N_("Service"), coerce=key_of, validate_choice=False)
    motif = SelectField(N_("Motif"), coerce=key_of, validate_choice=False)
    agent = SelectField(N_("Agent"), coerce=key_of, validate_choice=False)
    equipe = SelectField(N_("Team"), coerce=key_of, validate_choice=False)
    lieu = SelectField(N_("Place"), coerce=key_of, validate_choice=False)
    du = DayField(N_("Starting on"), [Optional()])
    large = BooleanField(
        N_("Search the other services of my organisations, and what other organisations open to referrers")
    )

    def __init__(self, args: MultiDict[str, str]) -> None:
        """Read the answers from *args*; what is not understood is left out."""
        super().__init__(args)
        self.citizen_id = max(key_of(args.get("usager", "0")), 0)

    def offer(
        self,
        motifs: list[Row],
        agents: Iterable[tuple[int, str]],
        places: Iterable[Place],
        teams: Iterable[Team] = (),
    ) -> None:
        """Show what can be chosen: the motifs of the service chosen, and who and where receives for the motif chosen."""
        services = {service.id: service.name for _motif, service, _organisation in motifs}
        ordered = sorted(services.items(), key=lambda pair: (alphabetical(pair[1]), pair[0]))
        self.service.choices = [
            SelectChoice(0, _("All services")),
            *(SelectChoice(service_id, name) for service_id, name in ordered),
        ]
        wanted = self.service.data if self.service.data in services else None
        shown = [row for row in motifs if wanted in (None, row[1].id)]
        self.motif.choices = [SelectChoice(0, _("Choose")), *motif_choices(shown)]
        self.agent.choices = [SelectChoice(0, _("All agents")), *(SelectChoice(key, name) for key, name in agents)]
        self.equipe.choices = [SelectChoice(0, _("All teams")), *(SelectChoice(team.id, team.name) for team in teams)]
        self.lieu.choices = [SelectChoice(0, _("All places")), *(SelectChoice(each.id, each.name) for each in places)]

    def chosen(self, name: str) -> int | None:
        """The answer of a select, if it is one of those offered."""
        field = self[name]
        offered = {choice.value for choice in field.choices} - {0}
        return field.data if field.data in offered else None

    @property
    def first_day(self) -> date | None:
        """The day the search starts at."""
        day: date | None = self.du.data
        return day

    def state(self, **changes: Any) -> dict[str, Any]:
        """The answers as arguments of an address."""
        given: dict[str, Any] = {
            "usager": self.citizen_id,
            "service": self.service.data,
            "motif": self.motif.data,
            "agent": self.agent.data,
            "equipe": self.equipe.data,
            "lieu": self.lieu.data,
            "du": self.first_day.isoformat() if self.first_day else None,
            "large": 1 if self.large.data else None,
        }
        return {name: value for name, value in (given | changes).items() if value}
