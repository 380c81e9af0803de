"""The agenda by day, week, month and as a list: one's own, a colleague's, or several side by side (A01, ux 6.2)."""

from hashlib import blake2b
from typing import Any

from flask import Blueprint, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.days import days_of_all
from rdvdav.directory.workplace import holidays_of_all
from rdvdav.i18n import date_range, language, wall
from rdvdav.i18n import gettext as _
from rdvdav.planning.opening_ranges import opening_ranges
from rdvdav_web.agent.forms import day_in_address
from rdvdav_web.agent.listing import head_of, list_of, month_of
from rdvdav_web.agent.office import MOST_SIDE_BY_SIDE, Choice, chosen_agendas, me
from rdvdav_web.agent.period import DAY, LIST, MONTH, VIEWS, WEEK, Period
from rdvdav_web.agent.sheet import Sheet, Shown
from rdvdav_web.agent.words import agenda_of
from rdvdav_web.timetable import step_of
from rdvdav_web.transaction import clock, reading

KEPT = "agenda_view"

views = Blueprint("agenda", __name__)


@views.get("/agenda")
def show() -> ResponseReturnValue:
    """The agenda; what is not said in the address is today, the view chosen last, one's own.

    Who sends the tag of what is on the screen gets 304 as long as nothing on it would change, the line of « now » included.
    """
    view = _view()
    with reading() as work:
        choice, agendas = chosen_agendas(work)
        wanted = day_in_address(request.args["jour"]) if request.args.get("jour") else choice.today
        period = Period(view, wanted)
        sheet = _sheet(work, choice, [agenda.id for agenda in agendas], period, agendas)
        opened = len(agendas) > 1 or bool(opening_ranges(work, clock(), choice.agenda, past=False))
    drawn = _drawn(sheet, period)
    now = wall(clock().now(), choice.agenda.zone)
    tag = _tag(drawn, _title(agendas), opened, now.date(), step_of(now.time()))
    if request.if_none_match.contains(tag):
        return make_response("", 304, {"X-Now": f"{now:%H:%M}"})
    page = render_template(
        "agent/agenda.html",
        choice=choice,
        agendas=agendas,
        title=_title(agendas),
        period=period,
        period_words=_words(period, drawn),
        views=[(DAY, _("Day")), (WEEK, _("Week")), (MONTH, _("Month")), (LIST, _("List"))],
        sheet=sheet,
        opened=opened,
        now=now,
        address=_address,
        most=MOST_SIDE_BY_SIDE,
        tag=tag,
        **drawn,
    )
    return make_response(page, {"ETag": f'"{tag}"'})


def _sheet(work: Session, choice: Choice, ids: list[int], period: Period, agendas: Any) -> Sheet:
    found = days_of_all(work, agendas, *period.drawn)
    holidays = holidays_of_all(work, {agenda.agent_id for agenda in agendas})
    instant = clock().now()
    shown = [Shown(each, found[each.id], holidays[each.agent_id], wall(instant, each.zone)) for each in agendas]
    own_alone = ids == [agenda.id for agenda in choice.among[:1]]
    return Sheet(
        shown,
        me(),
        None if own_alone else ids,
        cancelled="annules" in request.args,
        phones="telephones" in request.args,
    )


def _drawn(sheet: Sheet, period: Period) -> dict[str, Any]:
    """What the view draws, and nothing else."""
    match period.view:
        case "mois":
            return {"weeks": month_of(sheet, period.start.month)}
        case "liste":
            return {"listed": list_of(sheet), "head": head_of(sheet)}
        case _:
            return {"grids": sheet.grids}


def _words(period: Period, drawn: dict[str, Any]) -> str:
    """The days a week shows, without a week-end that is empty."""
    if period.view != WEEK:
        return period.words
    grids = drawn["grids"]
    return date_range(grids[0].days[0]["date"], grids[-1].days[-1]["date"])


def _title(agendas: Any) -> str:
    """Whose agenda it is; of several, how many."""
    if len(agendas) == 1:
        return agenda_of(agendas[0].name)
    return _("%(num)d agendas side by side", num=len(agendas))


def _address(**changes: Any) -> str:
    """This page with *changes*; a change to None leaves that out."""
    kept = {name: request.args.get(name) for name in ("vue", "jour", "annules", "telephones")}
    given = kept | {"agenda": request.args.getlist("agenda")} | changes
    return url_for(".show", **{name: value for name, value in given.items() if value})


def _tag(*what: object) -> str:
    """A digest of all that is shown: the same words, the same tag."""
    return blake2b(repr((language(), request.query_string, what)).encode(), digest_size=12).hexdigest()


def _view() -> str:
    """The view the address asks for, remembered; else the last one."""
    asked = request.args.get("vue")
    if asked in VIEWS:
        session[KEPT] = asked
    kept = str(session.get(KEPT, WEEK))
    return kept if kept in VIEWS else WEEK
