"""« 5 rendez-vous concernés »: the second step of each form that changes hours (L-4, ux 7.4 and 7.5). No script is needed.

A view that has read its form hands the change over, and says where to go once it is made; that is all:

    return carry_out(
        [agenda.id],
        lambda work: absences.create(work, clock(), me().id, agenda.id, plan),
        lambda absence: _saved(absence),
        title=_("Create an absence"),
        back=url_for(".show"),
    )

Nothing hit: the change is made at once. Else the page of choices is shown; it posts to the same address, with all that the first form
sent as hidden fields, so that the view reads the same plan again. If the list changed meanwhile the page comes back, choices kept.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField
from wtforms.validators import Length

from rdvdav.errors import Stale
from rdvdav.i18n import N_, wall
from rdvdav.i18n import gettext as _
from rdvdav.notify.audience import hears
from rdvdav.planning.consequences import Hit, ListChanged, apply, preview
from rdvdav.planning.fates import Choice, ColleagueTaken, Decisions, Fate, NothingNear
from rdvdav_web.agent.forms import TextField, key_of
from rdvdav_web.agent.office import me
from rdvdav_web.agent.words import people
from rdvdav_web.transaction import clock, transaction

T = TypeVar("T")

STEP, LINE = "etape", "sort-"
"""Name of the buttons of this page, and how the names of its lines begin."""
DECIDED, EVERYONE = "appliquer", "tous"
WORDS = {
    Fate.KEEP: N_("Keep, in conflict"),
    Fate.REASSIGN: N_("Give to the first free colleague"),
    Fate.REPLAN: N_("To be replanned by the citizen"),
    Fate.NEAREST: N_("Move to the nearest free slot"),
    Fate.CANCEL: N_("Cancel"),
}
TROUBLES = {
    ListChanged: N_(
        "The appointments concerned have changed meanwhile. Nothing was saved: check the list, then save again."
    ),
    ColleagueTaken: N_(
        "The colleague you chose is no longer free. Nothing was saved: choose again where it is marked."
    ),
    NothingNear: N_("No slot is free to move an appointment to. Nothing was saved: choose again where it is marked."),
}


class DecisionForm(FlaskForm):
    """What is decided for all lines together."""

    raison = TextField(
        N_("Reason, for those who are told"),
        [Length(max=500, message=N_("Shorten the reason to 500 characters."))],
    )
    prevenir = BooleanField(N_("Tell the citizens by e-mail"), default=True)

    @classmethod
    def of_request(cls) -> "DecisionForm":
        """What was sent by this page; as it is at first when another one was."""
        return cls(request.form if STEP in request.form else None)

    def decided(self, chosen: Mapping[tuple[int, int], Choice | None]) -> bool:
        """Whether all was said and can be carried out; not once more after it failed."""
        sent = request.form.get(STEP) == DECIDED and "stale" not in g
        return sent and self.validate() and None not in chosen.values()


def trouble() -> str:
    """Why the page came back, if it did."""
    return _(TROUBLES[type(g.stale)]) if "stale" in g else ""


@dataclass(frozen=True)
class Line:
    """One appointment concerned, as the page shows it.

    Attributes:
        options: Value and words of each choice, and whether it is the one chosen; none is where nothing may be preselected.
    """

    hit: Hit
    name: str
    starts: Any
    people: str
    options: list[tuple[str, str, bool]]
    error: str


def carry_out(
    agenda_ids: Collection[int],
    edit: Callable[[Session], T],
    done: Callable[[T], ResponseReturnValue],
    *,
    title: str,
    back: str,
    summary: str = "",
    from_form: bool = True,
) -> ResponseReturnValue:
    """Make the change *edit* of these agendas' hours, once it is said what becomes of each appointment it hits.

    Args:
        done: Gets what *edit* returns and answers the request.
        title: What is being done, in the words of the first step.
        back: Where leaving without saving leads.
        summary: The change in a sentence.
        from_form: Whether the first step is a form that shows what was typed when `preview` is posted to it.
    """
    form, chosen = DecisionForm.of_request(), dict(chosen_lines())
    if form.decided(chosen):
        return done(_applied(agenda_ids, edit, decisions_of(form, chosen)))
    with transaction() as work:
        hits = preview(work, clock(), me().id, agenda_ids, edit)
        lines = [line_of(hit, chosen, WORDS) for hit in hits]
        told = sum(hears(hit.appointment, seat) for hit in hits for seat in hit.appointment.participations)
    if not hits:
        return done(_applied(agenda_ids, edit, Decisions()))
    return render_template(
        "agent/consequences.html",
        title=title,
        summary=summary,
        back=back,
        from_form=from_form,
        form=form,
        lines=lines,
        told=told,
        words=[(fate.value, _(words)) for fate, words in WORDS.items()],
        everyone=request.form.get("pour-tous", ""),
        kept=[(name, value) for name, value in request.form.items(multi=True) if not _is_ours(name)],
        trouble=trouble(),
    )


def look_again(error: Stale) -> ResponseReturnValue:
    """Show the page of choices once more after *error*, with what is true now; nothing was saved."""
    g.stale = error
    view = current_app.ensure_sync(current_app.view_functions[request.endpoint or ""])
    page: ResponseReturnValue = view(**request.view_args or {})
    return (page, 409) if isinstance(page, str) else page


def _applied(agenda_ids: Collection[int], edit: Callable[[Session], T], decisions: Decisions) -> T:
    with transaction() as work:
        return apply(work, clock(), me().id, agenda_ids, edit, decisions)


def _is_ours(name: str) -> bool:
    return name.startswith(LINE) or name in {STEP, "pour-tous", "raison", "prevenir", "csrf_token"}


def chosen_lines() -> Iterator[tuple[tuple[int, int], Choice | None]]:
    """The choice of each line that was sent, by appointment and SEQUENCE; None where nothing was chosen."""
    for name, value in request.form.items():
        if name.startswith(LINE):
            appointment_id, _dash, sequence = name.removeprefix(LINE).partition("-")
            yield (key_of(appointment_id), key_of(sequence)), _choice(value)


def _choice(value: str) -> Choice | None:
    fate, _colon, agenda_id = value.partition(":")
    if fate not in set(Fate) or (fate == Fate.REASSIGN) is not bool(agenda_id):
        return None
    return Choice(Fate(fate), key_of(agenda_id) if agenda_id else None)


def decisions_of(form: DecisionForm, chosen: dict[tuple[int, int], Choice | None]) -> Decisions:
    """All that was decided on this page."""
    choices = {key: choice for key, choice in chosen.items() if choice is not None}
    return Decisions(choices, tell=form.prevenir.data, reason=form.raison.data or "")


def line_of(hit: Hit, chosen: dict[tuple[int, int], Choice | None], words: Mapping[Fate, str]) -> Line:
    """The line of *hit*, with what was chosen on this page before; *words* are the choices it may offer."""
    booking, appointment = hit.booking, hit.appointment
    options = list(_options(hit, words))
    value = _value(hit, chosen, [key for key, _words in options])
    stale = g.get("stale")
    marked = request.form.get(STEP) == DECIDED and (
        getattr(stale, "appointment_id", None) == appointment.id or (stale is None and not value)
    )
    return Line(
        hit,
        f"{LINE}{booking.appointment_id}-{booking.sequence}",
        wall(appointment.starts_at, appointment.organisation.zone),
        people(appointment),
        [(key, text, key == value) for key, text in options],
        _("Choose what becomes of this appointment.") if marked else "",
    )


def _options(hit: Hit, words: Mapping[Fate, str]) -> Iterator[tuple[str, str]]:
    for fate in hit.fates:
        if fate not in words:
            continue
        if fate is Fate.REASSIGN:
            for colleague in hit.colleagues:
                yield f"{fate}:{colleague.agenda_id}", _("Give to %(name)s", name=colleague.name)
        else:
            yield fate.value, _(words[fate])


def _value(hit: Hit, chosen: dict[tuple[int, int], Choice | None], offered: list[str]) -> str:
    """What the line shows as chosen: for all, on this page before, or by rule; "" is nothing."""
    key = hit.booking.appointment_id, hit.booking.sequence
    everyone = request.form.get("pour-tous", "") if request.form.get(STEP) == EVERYONE else ""
    for_all = next((value for value in offered if value.partition(":")[0] == everyone), "")
    if for_all:
        return for_all
    choice = chosen.get(key)
    if choice is not None:
        value = choice.fate.value + (f":{choice.agenda_id}" if choice.agenda_id is not None else "")
        return value if value in offered else ""
    return "" if key in chosen or hit.default is None else hit.default.value
