"""What every agents' page stands on: who is signed in, the frame of the organisation, and the agenda that is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import Organisation
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.policy.sight import NoSuchAgenda, agenda_in_sight, agendas_in_sight, agendas_of_sight
from rdvdav_web import signin
from rdvdav_web.agent.forms import day_in_address, hour_in_address, key_of
from rdvdav_web.frame import Frame, Link, show_in
from rdvdav_web.transaction import clock

KEY = f"int(max={2**63 - 1})"
"""Converter of ids in routes: a number the database can hold, everything else is unknown."""

MOST_SIDE_BY_SIDE = 12
"""Agendas shown at once: as many columns as can be told apart."""

MENU = (
    (N_("Agenda"), "agent.agenda"),
    (N_("Find an appointment"), "agent.finding"),
    (N_("Opening ranges"), "agent.opening_ranges"),
    (N_("Absences"), "agent.absences"),
    (N_("To settle"), "agent.unsettled"),
    (N_("Online booking"), "agent.online"),
    (N_("My calendars"), "agent.calendars"),
)


def enter() -> ResponseReturnValue | None:
    """Let signed-in agents pass, in their frame; ask everybody else to sign in."""
    if not current_user.is_authenticated:
        return signin.ask()
    show_in(_frame())
    return None


def me() -> Agent:
    """The agent who is signed in."""
    agent: Agent = current_user.agent
    return agent


def my_organisations() -> Sequence[Organisation]:
    """Where the agent works, the first joined first."""
    organisations: list[Organisation] = current_user.organisations
    return organisations


def first_organisation() -> Organisation:
    """Where the agent worked first: its clocks and records, as long as no other one is named.

    Raises:
        NoSuchAgenda: The agent works nowhere.
    """
    organisation = next(iter(my_organisations()), None)
    if organisation is None:
        raise NoSuchAgenda
    return organisation


@dataclass(frozen=True)
class Choice:
    """The agenda that is looked at, among those one may see: the own one first."""

    agenda: Agenda
    among: Sequence[Agenda]

    @property
    def today(self) -> date:
        """The day its clocks show."""
        return local_day(to_minutes(clock().now()), self.agenda.zone)

    @property
    def is_mine(self) -> bool:
        """Whether it is the agent's own."""
        return self.agenda.agent_id == me().id

    @property
    def key(self) -> int | None:
        """What addresses of other pages must say to stay on this agenda; nothing for the first one."""
        return None if self.agenda.id == self.among[0].id else self.agenda.id


def chosen_agenda(session: Session) -> Choice:
    """The agenda that the address names, or the first in sight.

    Raises:
        NoSuchAgenda: It does not exist, or not for this agent; or there is none at all.
    """
    among = session.scalars(agendas_of_sight(me().id)).all()
    named = key_in_address("agenda")
    if named is not None:
        found = next((agenda for agenda in among if agenda.id == named), None)
        return Choice(found or agenda_in_sight(session, me().id, named), among)
    if not among:
        raise NoSuchAgenda
    return Choice(among[0], among)


def chosen_agendas(session: Session) -> tuple[Choice, list[Agenda]]:
    """The agendas that the address names, the own one first, `MOST_SIDE_BY_SIDE` at most; the first in sight without any.

    Raises:
        NoSuchAgenda: One of them does not exist, or not for this agent; or there is none at all.
    """
    among = session.scalars(agendas_of_sight(me().id)).all()
    named = {key_of(text) for text in request.args.getlist("agenda") if text}
    shown = [agenda for agenda in among if agenda.id in named] if named else list(among[:1])
    if len(shown) < len(named):
        shown = agendas_in_sight(session, me().id, named)
    if not shown:
        raise NoSuchAgenda
    return Choice(shown[0], among), shown[:MOST_SIDE_BY_SIDE]


def start_in_address(choice: Choice) -> tuple[date, time | None]:
    """When the address wants something new to begin: a day, tomorrow if it names none, and a time of day or none."""
    text = request.args.get("jour")
    day = day_in_address(text) if text else choice.today + timedelta(days=1)
    return day, hour_in_address(request.args.get("heure", ""))


def key_in_address(name: str) -> int | None:
    """The id that the address carries under *name*: None without one, -1 (which no row has) for what can't be an id."""
    text = request.args.get(name, "")
    return key_of(text) if text else None


def _frame() -> Frame:
    here = request.blueprint or ""
    organisation = next(iter(my_organisations()), None)
    return Frame(
        name=organisation.name if organisation else _("Appointments"),
        home_url=url_for("agent.agenda.show"),
        menu=tuple(Link(_(label), url_for(f"{part}.show"), current=here == part) for label, part in MENU),
        account_name=me().name,
        account=(
            Link(_("My calendars"), url_for("agent.calendars.show"), current=here == "agent.calendars"),
            Link(_("Public holidays"), url_for("agent.holidays.show"), current=here == "agent.holidays"),
        ),
        sign_out_url=url_for("signin.sign_out"),
    )
