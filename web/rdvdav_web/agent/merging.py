"""« Fusionner »: two records side by side, a choice for each difference, a check, and it is done (A04, ux 8.5)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from rdvdav.booking.people import citizen_in_sight
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.phone import phone_words
from rdvdav.i18n import N_, short_date
from rdvdav.i18n import gettext as _
from rdvdav.records.listing import search
from rdvdav.records.merge import FIELDS, merge, pair_in_sight, vouched_side, what_moves
from rdvdav_web.agent.citizens import views
from rdvdav_web.agent.forms import one_line
from rdvdav_web.agent.office import key_in_address, me
from rdvdav_web.transaction import clock, reading, transaction

SIDES = ("garder", "fermer")

FIELD_WORDS = {
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "email": N_("E-mail address"),
    "phone": N_("Phone number"),
    "birth_date": N_("Date of birth"),
    "notes": N_("Notes"),
}


@views.get("/usagers/fusionner")
def merge_two() -> ResponseReturnValue:
    """Two records to choose, then what each says."""
    kept_id, dropped_id = (key_in_address(side) for side in SIDES)
    if kept_id is not None and dropped_id is not None:
        return _compare(kept_id, dropped_id)
    with reading() as work:
        columns = []
        for side, key in zip(SIDES, (kept_id, dropped_id), strict=True):
            typed = one_line(request.args.get(f"q-{side}"))[:100]
            columns.append(
                {
                    "side": side,
                    "typed": typed,
                    "citizen": citizen_in_sight(work, me().id, key) if key is not None else None,
                    "found": search(work, me().id, typed) if typed else None,
                }
            )
    return render_template("agent/merge_choose.html", columns=columns)


@views.post("/usagers/fusionner")
def merge_step() -> ResponseReturnValue:
    """Check what was chosen, go back to it, or carry it out."""
    kept_id, dropped_id = (key_in_address(side) or -1 for side in SIDES)
    match request.form.get("etape"):
        case "fusionner":
            with transaction() as work:
                kept = merge(work, clock(), me().id, kept_id, dropped_id, _taken())
            flash(_("The two records are one: %(name)s.", name=kept.name), "success")
            return redirect(url_for(".record", citizen_id=kept_id), 303)
        case "verifier":
            return _compare(kept_id, dropped_id, "agent/merge_check.html")
        case _:
            return _compare(kept_id, dropped_id)


def _compare(kept_id: int, dropped_id: int, page: str = "agent/merge.html") -> ResponseReturnValue:
    with reading() as work:
        kept, dropped = pair_in_sight(work, me().id, kept_id, dropped_id)
        moves, vouched = what_moves(work, dropped_id), vouched_side(work, kept_id, dropped_id)
    return render_template(page, kept=kept, dropped=dropped, moves=moves, rows=_rows(kept, dropped, vouched))


def _rows(kept: Citizen, dropped: Citizen, vouched: Mapping[str, tuple[bool, str]]) -> list[dict[str, Any]]:
    """A row per field that one of them has: what both say, and which is chosen; what a provider vouches for is nobody's choice."""
    taken = _taken()
    rows = []
    for name in FIELDS:
        ours, theirs = getattr(kept, name), getattr(dropped, name)
        forced, provider = vouched.get(name, (None, ""))
        chosen = name in taken if request.method == "POST" else not ours
        if ours or theirs:
            rows.append(
                {
                    "name": name,
                    "label": _(FIELD_WORDS[name]),
                    "kept": _said(ours, name),
                    "dropped": _said(theirs, name),
                    "same": ours == theirs,
                    "taken": chosen if forced is None else forced,
                    "locked": provider,
                }
            )
    return rows


def _taken() -> list[str]:
    """The fields chosen from the record that is closed."""
    return [name for name in FIELDS if request.form.get(f"champ-{name}") == "fermer"]


def _said(value: Any, name: str) -> str:
    if not value:
        return _("not filled in")
    match name:
        case "phone":
            return phone_words(value)
        case "birth_date":
            return short_date(value)
        case _:
            return str(value)
