"""What is asked of the list of appointments (ux 8.8): all answers live in the address, so that a page can be kept."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from rdvdav.agenda.agenda import Agenda
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place
from rdvdav.directory.team import Team
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.planning.appointment_list import Filters, Key, Standing
from rdvdav_web.agent.forms import DayField, key_of
from rdvdav_web.agent.office import agendas_wanted

STANDINGS = {
    "a-venir": (Standing.UPCOMING, N_("Upcoming")),
    "a-renseigner": (Standing.TO_COMPLETE, N_("To be completed")),
    "a-replanifier": (Standing.TO_REPLAN, N_("To be replanned")),
    "honore": (Standing.DONE, N_("Attended")),
    "absence": (Standing.NO_SHOW, N_("Unexcused absence")),
    "annule": (Standing.CANCELLED, N_("Cancelled")),
}
"""By the name in the address."""
PERIODS = {
    "a-venir": N_("From today on"),
    "aujourdhui": N_("Today"),
    "semaine": N_("This week"),
    "tout": N_("All dates"),
}
"""Shortcuts: a kept address shows the days as they are then. Two dates stand in their place."""
LONGEST_KEY = 11


class ListForm(FlaskForm):
    """Agent or team, motif, place, status, and two dates."""

    class Meta:
        """A form that changes nothing needs no token."""

        csrf = False

    agent = SelectField(N_("Agent"), coerce=key_of, validate_choice=False)
    equipe = SelectField(N_("Team"), coerce=key_of, validate_choice=False)
    motif = SelectField(N_("Motif"), coerce=key_of, validate_choice=False)
    lieu = SelectField(N_("Place"), coerce=key_of, validate_choice=False)
    statut = SelectField(N_("Status"), validate_choice=False)
    du = DayField(N_("Starting on"), [Optional()])
    au = DayField(N_("Until and including"), [Optional()])

    def __init__(self, args: MultiDict[str, str]) -> None:
        """Read the answers from *args*; what is not understood is left out."""
        super().__init__(args)
        self.citizen_id = max(key_of(args.get("usager", "0")), 0)
        self._period = args.get("periode", "")

    def offer(
        self, agendas: Iterable[Agenda], teams: Iterable[Team], motifs: Iterable[Motif], places: Iterable[Place]
    ) -> None:
        """Show what can be chosen."""
        self.equipe.choices = [SelectChoice(0, _("All teams")), *(SelectChoice(each.id, each.name) for each in teams)]
        self.agent.choices = [SelectChoice(0, _("All agents")), *(SelectChoice(each.id, each.name) for each in agendas)]
        self.motif.choices = [SelectChoice(0, _("All motifs")), *(SelectChoice(each.id, each.name) for each in motifs)]
        self.lieu.choices = [SelectChoice(0, _("All places")), *(SelectChoice(each.id, each.name) for each in places)]
        named = [SelectChoice(name, _(label)) for name, (_standing, label) in STANDINGS.items()]
        self.statut.choices = [SelectChoice("", _("All statuses")), *named]

    @property
    def period(self) -> str:
        """The shortcut that holds; empty where dates are given. A status that lies behind looks at all dates unless told otherwise."""
        if self.du.data or self.au.data:
            return ""
        usual = "a-venir" if self.statut.data in {"", "a-venir", "a-replanifier", None} else "tout"
        return self._period if self._period in PERIODS else usual

    def filters(self, session: Session, today: date) -> Filters:
        """What to look for."""
        first, last = self._days(today)
        standing, _label = STANDINGS.get(self.statut.data or "", (None, ""))
        return Filters(
            agenda_ids=agendas_wanted(session, self._chosen("agent"), self._chosen("equipe")),
            citizen_id=self.citizen_id or None,
            motif_id=self._chosen("motif"),
            place_id=self._chosen("lieu"),
            standing=standing,
            first=first,
            last=last,
        )

    def state(self, **changes: Any) -> dict[str, Any]:
        """The answers as arguments of an address."""
        days: list[date | None] = [self.du.data, self.au.data]
        du, au = (day.isoformat() if day else None for day in days)
        given: dict[str, Any] = {
            "agent": self._chosen("agent"),
            "equipe": self._chosen("equipe"),
            "usager": self.citizen_id,
            "motif": self._chosen("motif"),
            "lieu": self._chosen("lieu"),
            "statut": self.statut.data if self.statut.data in STANDINGS else None,
            "periode": self._period if self._period in PERIODS else None,
            "du": du,
            "au": au,
        }
        return {name: value for name, value in (given | changes).items() if value}

    def _days(self, today: date) -> tuple[date | None, date | None]:
        match self.period:
            case "":
                return self.du.data, self.au.data
            case "aujourdhui":
                return today, today
            case "semaine":
                monday = today - timedelta(days=today.weekday())
                return monday, monday + timedelta(days=6)
            case "tout":
                return None, None
            case _:
                return today, None

    def _chosen(self, name: str) -> int | None:
        field = self[name]
        return field.data if field.data in {choice.value for choice in field.choices} - {0} else None


def key_in(text: str) -> Key | None:
    """The key of a page, as `key_words` writes it; None for what is none."""
    seconds, _dash, id_ = text.partition("-")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= LONGEST_KEY) or key_of(id_) < 0:
        return None
    return Key(datetime.fromtimestamp(int(seconds), UTC), key_of(id_))


def key_words(key: Key | None) -> str | None:
    """*key* as an address carries it."""
    return f"{int(key.starts_at.timestamp())}-{key.id}" if key else None
