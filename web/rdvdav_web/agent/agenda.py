"""The agenda of a day or a week: one's own, and those of colleagues one may see (A01, ux 6.2)."""

from datetime import date, timedelta

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue

from rdvdav.agenda.days import days_of
from rdvdav.directory.workplace import holidays_of
from rdvdav.i18n import wall
from rdvdav.planning.opening_ranges import opening_ranges
from rdvdav_web.agent.forms import FIRST_YEAR, LAST_YEAR, day_in_address
from rdvdav_web.agent.office import chosen_agenda
from rdvdav_web.agent.sheet import sheet
from rdvdav_web.agent.words import agenda_of
from rdvdav_web.transaction import clock, reading

VIEWS = {"jour": 1, "semaine": 7}
"""Views by their name in the address, and the days each shows."""
KEPT = "agenda_view"

views = Blueprint("agenda", __name__)


@views.get("/agenda")
def show() -> ResponseReturnValue:
    """The agenda; what is not said in the address is today, the view chosen last, one's own."""
    view = _view()
    with reading() as work:
        choice = chosen_agenda(work)
        agenda = choice.agenda
        wanted = day_in_address(request.args["jour"]) if request.args.get("jour") else choice.today
        first = wanted - timedelta(days=wanted.weekday()) if view == "semaine" else wanted
        days = days_of(work, agenda, first, first + timedelta(days=VIEWS[view] - 1))
        holidays = holidays_of(work, agenda.agent_id)
        opened = bool(opening_ranges(work, clock(), agenda, past=False))
    now = wall(clock().now(), agenda.zone)
    drawn = sheet(days, now, holidays, choice.key, cancelled="annules" in request.args)
    return render_template(
        "agent/agenda.html",
        choice=choice,
        title=agenda_of(agenda.name),
        view=view,
        wanted=wanted,
        first=drawn.days[0]["date"],
        last=drawn.days[-1]["date"],
        previous=_bounded(first - timedelta(days=VIEWS[view])),
        following=_bounded(first + timedelta(days=VIEWS[view])),
        length=timedelta(days=VIEWS[view] - 1),
        sheet=drawn,
        opened=opened,
        cancelled="annules" in request.args,
        now=now,
    )


def _view() -> str:
    """The view the address asks for, remembered; else the last one."""
    asked = request.args.get("vue")
    if asked in VIEWS:
        session[KEPT] = asked
    return str(session.get(KEPT, "semaine"))


def _bounded(day: date) -> date | None:
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
