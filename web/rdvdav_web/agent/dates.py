"""The pages about single dates of what repeats, opening ranges and absences alike (S02, ux 7.4): which dates, and what becomes of one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial, update_wrapper
from typing import Any, Generic, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.hours.sentence import phrase, sentence
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import N_, long_date
from rdvdav.i18n import gettext as _
from rdvdav.planning.part import Part, Scope, all_days, changed_on, removed_days, require_date
from rdvdav.planning.repeated import Trade
from rdvdav_web.agent.consequences import carry_out
from rdvdav_web.agent.office import KEY, me
from rdvdav_web.transaction import clock, reading

Row = TypeVar("Row", OpeningRange, Absence)

SCOPES = {"une": Scope.ONE, "suivantes": Scope.FOLLOWING}
"""What addresses call the dates that a change is about; all of them have a page of their own."""

WORDS = {
    Scope.ONE: N_("This date only"),
    Scope.FOLLOWING: N_("This date and the following"),
    Scope.ALL: N_("All dates"),
}


@dataclass(frozen=True)
class DateLine:
    """A line of the list of dates.

    Attributes:
        instead: What happens instead, where that date was changed.
        remarks: What else there is to say, in words.
    """

    day: date
    instead: str | None = None
    removed: bool = False
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class Pages(Generic[Row]):
    """What these pages must be told of the kind of thing that repeats.

    Attributes:
        name_of: The thing in a few words, as a title.
        kept: What becomes of appointments when dates go.
        lines: Its dates of a year, the removed ones left out.
        form_of: The form of a part of it, filled in, as it was sent if it was.
        plan_of: What that form asks to save, None while it only asks to look or can't be.
        page_of: The page of that form.
        whole: Where all its dates are changed, and where they are removed.
    """

    path: str
    trade: Trade[Row, Any]
    name_of: Callable[[Row], str]
    kept: str
    lines: Callable[[Session, Agenda, Row], list[DateLine]]
    form_of: Callable[[Session, Agenda, Part[Row]], Any]
    plan_of: Callable[[Any], Any]
    page_of: Callable[..., ResponseReturnValue]
    whole: Callable[[Row], tuple[str, str]]


def add_dates(views: Blueprint, pages: Pages[Any]) -> None:
    """Give *views* the pages about dates of what *pages* tells of."""
    row = f"/{pages.path}/<{KEY}:row_id>/dates"
    both = ["GET", "POST"]
    rules: list[tuple[str, str, Callable[..., ResponseReturnValue], list[str]]] = [
        (row, "dates", _dates, ["GET"]),
        (f"{row}/<day>", "date", _date, ["GET"]),
        (f"{row}/<day>/modifier", "change_date", _change, both),
        (f"{row}/<day>/supprimer", "remove_date", _remove, both),
        (f"{row}/<day>/retablir", "restore_date", _restore, ["POST"]),
    ]
    for rule, endpoint, view, methods in rules:
        # The guard against forged forms asks each view for its name.
        views.add_url_rule(rule, endpoint, update_wrapper(partial(view, pages), view), methods=methods)


def part_in_address(row: Row) -> Part[Row]:
    """The part of *row* that the address names: a date and how far it goes, or all of it."""
    day, scope = request.args.get("jour", ""), SCOPES.get(request.args.get("portee", ""))
    return Part(row) if scope is None else Part(row, scope, _day(day))


def _dates(pages: Pages[Any], row_id: int) -> ResponseReturnValue:
    """The dates of the coming year, removed ones among them, each with a way to change it."""
    with reading() as work:
        row = pages.trade.find(work, me().id, row_id)
        agenda = work.get_one(Agenda, row.agenda_id)
        today = local_day(to_minutes(clock().now()), agenda.zone)
        removed = [DateLine(day, removed=True) for day in removed_days(row) if day >= today]
        lines = sorted([*pages.lines(work, agenda, row), *removed], key=lambda line: line.day)
    return render_template(
        "agent/dates.html", row=row, name=pages.name_of(row), summary=sentence(row.hours), lines=lines
    )


def _date(pages: Pages[Any], row_id: int, day: str) -> ResponseReturnValue:
    """One date, and what can be done with it, with those that follow, or with all."""
    with reading() as work:
        row = pages.trade.find(work, me().id, row_id)
        on = _day(day)
        removed = on in removed_days(row)
        if not removed:
            require_date(row, on)
        one = changed_on(row, on)
    return render_template(
        "agent/date.html",
        row=row,
        day=on,
        name=pages.name_of(row),
        summary=sentence(row.hours),
        instead=phrase(one.hours) if one else None,
        removed=removed,
        is_first=all_days(row).first() == on,
        whole=pages.whole(row),
    )


def _change(pages: Pages[Any], row_id: int, day: str) -> ResponseReturnValue:
    """The form of one date, or of one and those that follow."""
    scope, on = _scope(), _day(day)
    with reading() as work:
        row = pages.trade.find(work, me().id, row_id)
        require_date(row, on)
        agenda, part = work.get_one(Agenda, row.agenda_id), Part(row, scope, on)
        form = pages.form_of(work, agenda, part)
        plan = pages.plan_of(form)
        if plan is None:
            return pages.page_of(work, form, agenda, part, back=url_for(".date", row_id=row_id, day=on))
    do = pages.trade.change_one if scope is Scope.ONE else pages.trade.change_from
    return carry_out(
        [agenda.id],
        lambda work: do(work, clock(), me().id, row_id, on, plan),
        lambda saved: _done(saved, _("Saved: %(scope)s, %(day)s.", scope=_(WORDS[scope]).lower(), day=long_date(on))),
        title=pages.name_of(row),
        back=url_for(".date", row_id=row_id, day=on),
        summary=sentence(plan.hours(row.zone)),
    )


def _remove(pages: Pages[Any], row_id: int, day: str) -> ResponseReturnValue:
    """Say what removing a date does, and do it once confirmed."""
    scope, on = _scope(), _day(day)
    with reading() as work:
        row = pages.trade.find(work, me().id, row_id)
        require_date(row, on)
    title = _("Remove %(day)s", day=long_date(on)) if scope is Scope.ONE else _("Remove this date and the following")
    if request.method == "POST":
        do = pages.trade.remove_one if scope is Scope.ONE else pages.trade.remove_from
        return carry_out(
            [row.agenda_id],
            lambda work: do(work, clock(), me().id, row_id, on),
            lambda removed: _done(
                removed, _("Removed: %(scope)s, %(day)s.", scope=_(WORDS[scope]).lower(), day=long_date(on))
            ),
            title=title,
            back=url_for(".date", row_id=row_id, day=on),
            from_form=False,
        )
    words = {
        Scope.ONE: _("Only %(day)s is removed; all other dates stay.", day=long_date(on)),
        Scope.FOLLOWING: _("%(day)s and all later dates are removed; the earlier ones stay.", day=long_date(on)),
    }
    return render_template(
        "agent/confirm.html",
        title=title,
        sentences=[
            pages.name_of(row),
            sentence(row.hours),
            words[scope],
            _(pages.kept),
        ],
        do=_("Remove the date") if scope is Scope.ONE else _("Remove these dates"),
        keep=_("Change nothing"),
        back=url_for(".date", row_id=row_id, day=on),
    )


def _restore(pages: Pages[Any], row_id: int, day: str) -> ResponseReturnValue:
    """Let a date be as the others again."""
    on = _day(day)
    with reading() as work:
        row = pages.trade.find(work, me().id, row_id)
    return carry_out(
        [row.agenda_id],
        lambda work: pages.trade.restore(work, clock(), me().id, row_id, on),
        lambda restored: _done(restored, _("%(day)s is as the other dates again.", day=long_date(on))),
        title=pages.name_of(row),
        back=url_for(".date", row_id=row_id, day=on),
        from_form=False,
    )


def _done(row: OpeningRange | Absence, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".show", agenda=row.agenda_id), 303)


def _scope() -> Scope:
    found = SCOPES.get(request.args.get("portee", ""))
    if found is None:
        raise NotFound
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
