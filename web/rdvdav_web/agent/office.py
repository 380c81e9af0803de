"""What every agents' page stands on: who is signed in, the frame of the organisation, and the agenda that is looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from rdvdav.administration.setting_up import progress
from rdvdav.administration.teams import agendas_of_team
from rdvdav.agenda.agenda import Agenda
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import Organisation
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_, alphabetical, ngettext
from rdvdav.i18n import gettext as _
from rdvdav.planning.appointment_list import count_to_complete
from rdvdav.policy.right import organisations_to_administer
from rdvdav.policy.sight import NoSuchAgenda, agenda_in_sight, agendas_in_sight, agendas_of_sight
from rdvdav_web import signin
from rdvdav_web.agent.forms import day_in_address, hour_in_address, key_of
from rdvdav_web.frame import Frame, Link, Tools, show_in
from rdvdav_web.transaction import clock, reading

KEY = f"int(max={2**63 - 1})"
"""Converter of ids in routes: a number the database can hold, everything else is unknown."""

MOST_SIDE_BY_SIDE = 12
"""Agendas shown at once: as many columns as can be told apart."""

MENU = (
    (N_("Agenda"), "agent.agenda"),
    (N_("Appointments"), "agent.appointment_list"),
    (N_("Collective appointments"), "agent.collective"),
    (N_("Opening ranges"), "agent.opening_ranges"),
    (N_("Absences"), "agent.absences"),
    (N_("To settle"), "agent.unsettled"),
    (N_("Citizens"), "agent.citizens"),
    (N_("Online booking"), "agent.online"),
)
WITHIN = {"agent.to_complete": "agent.appointment_list", "agent.waiting": "agent.appointment_list"}
"""Pages that stand under another one's entry of the menu."""

SETTINGS = {
    f"agent.{page}"
    for page in (
        "organisation",
        "setting_up",
        "places",
        "motifs",
        "members",
        "embedding",
        "messages",
        "audit",
        "sendings",
    )
}
ADMIN_SPACE = {f"agent.{page}" for page in ("territory", "rights", "teams", "webhooks")}
"""Blueprints of the pages under « Paramètres » and under « Espace Admin »."""
FIRST_PAGES = {"agent.home", "agent.agenda.show"}
"""Where a day begins."""


def enter() -> ResponseReturnValue | None:
    """Let signed-in agents pass, in their frame; ask everybody else to sign in."""
    if not current_user.is_authenticated:
        return signin.ask()
    show_in(_frame())
    if not my_organisations() and current_user.standing.territory_admin and request.endpoint in FIRST_PAGES:
        return redirect(url_for("agent.territory.begin"), 303)  # there is no agenda before there is an organisation
    return None


def me() -> Agent:
    """The agent who is signed in."""
    agent: Agent = current_user.agent
    return agent


def my_organisations() -> Sequence[Organisation]:
    """Where the agent works: the one chosen in the top bar first, then in the order of joining."""
    organisations: list[Organisation] = current_user.organisations
    return organisations


def current_organisation() -> Organisation:
    """The organisation chosen in the top bar, else the first joined: its clocks and records, as long as no other one is named.

    Raises:
        NoSuchAgenda: The agent works nowhere.
    """
    organisation = next(iter(my_organisations()), None)
    if organisation is None:
        raise NoSuchAgenda
    return organisation


def home_for(organisation_id: int) -> Organisation:
    """The organisation a record made for something of *organisation_id* belongs to (P-8): that one if one works there, else the current."""
    return next((each for each in my_organisations() if each.id == organisation_id), current_organisation())


def current_first(organisations: Sequence[Organisation]) -> list[Organisation]:
    """*organisations* in their order, but the one that is worked for before the others."""
    current = next((each.id for each in my_organisations()), None)
    return sorted(organisations, key=lambda each: each.id != current)


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


def agendas_wanted(session: Session, agenda_id: int | None, team_id: int | None) -> list[int] | None:
    """What a list is filtered by: the agenda that was chosen, else those of the team (R08); None is any."""
    if agenda_id is not None or team_id is None:
        return None if agenda_id is None else [agenda_id]
    return sorted(agendas_of_team(session, me().id, team_id))


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
    here, standing = WITHIN.get(request.blueprint or "", request.blueprint or ""), current_user.standing
    badges = {"agent.appointment_list": _to_complete()}
    organisation = next(iter(my_organisations()), None)
    menu = [
        Link(_(label), url_for(f"{part}.show"), current=here == part, badge=badges.get(part, ""))
        for label, part in MENU
    ]
    of_territory = here in ADMIN_SPACE or "territory_id" in (request.view_args or {})
    in_settings = here in SETTINGS and not of_territory
    if standing.organisation_admin:
        menu.append(Link(_("Settings"), url_for("agent.organisation.begin"), current=in_settings))
    if standing.territory_admin:
        within = of_territory or (in_settings and not standing.organisation_admin)
        menu.append(Link(_("Admin space"), url_for("agent.territory.begin"), current=within))
    home = url_for("agent.agenda.show")
    return Frame(
        name=organisation.name if organisation else _("Appointments"),
        home_url=home,
        menu=tuple(menu) if organisation else tuple(menu[len(MENU) :]),
        tools=_tools(here, next((link.url for link in menu if link.current), home)) if organisation else None,
        account_name=me().name,
        account=tuple(_account(here)),
        sign_out_url=url_for("signin.sign_out"),
        keys=me().single_key_shortcuts,
        office=True,
        to_set_up=_to_set_up() if here == "agent.agenda" and standing.organisation_admin else None,
    )


def _tools(here: str, part: str) -> Tools:
    """The top bar; another organisation shows the same *part* of the menu."""
    others = [(each.id, each.name) for each in my_organisations()[1:]]
    return Tools(
        people_url=url_for("agent.citizens.show"),
        finding=Link(_("Find an appointment"), url_for("agent.finding.show"), current=here == "agent.finding"),
        organisations=tuple(sorted(others, key=lambda pair: alphabetical(pair[1]))),
        switch_url=url_for("agent.switch.choose"),
        part=part,
    )


def _account(here: str) -> Iterator[Link]:
    yield Link(_("My account"), url_for("agent.account.show"), current=here == "agent.account")
    yield Link(_("My calendars"), url_for("agent.calendars.show"), current=here == "agent.calendars")
    yield Link(_("Public holidays"), url_for("agent.holidays.show"), current=here == "agent.holidays")
    yield Link(_("Help"), url_for("help.show"))


def _to_complete() -> str:
    """« 4 à renseigner », of one's own agenda; one statement."""
    with reading() as work:
        count = count_to_complete(work, clock(), me().id, sorted({each.zone for each in my_organisations()}))
    return ngettext("%(num)d to complete", "%(num)d to complete", count) if count else ""


def _to_set_up() -> Link | None:
    """« Mise en route » of the first organisation that one administers and where it is not done."""
    waiting = {each.id: each.name for each in my_organisations() if each.set_up_at is None}
    if not waiting:
        return None
    with reading() as work:
        mine = organisations_to_administer(me().id).where(Organisation.id.in_(waiting))
        organisation = work.scalars(mine).first()
        if organisation is None or progress(work, clock(), organisation).whole:
            return None
    return Link(organisation.name, url_for("agent.setting_up.show", organisation_id=organisation.id))
