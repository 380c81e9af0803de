"""« Journal »: who did what, for administrators; filters live in the address, pages go by key (A10, ux 10.7)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from rdvdav.audit.entry import ActorKind
from rdvdav.audit.kind import KINDS
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.i18n import N_, alphabetical
from rdvdav.i18n import gettext as _
from rdvdav.planning.journal import Traced, Wanted, journal, journals, possible_actors
from rdvdav_web.agent.deeds import DEEDS, THINGS, actor, deed, short_moment, thing
from rdvdav_web.agent.forms import DayField, key_of
from rdvdav_web.agent.office import current_first, me
from rdvdav_web.transaction import reading

views = Blueprint("audit", __name__)


class JournalForm(FlaskForm):
    """Which lines; what is not understood is left out."""

    class Meta:
        """A form that changes nothing needs no token."""

        csrf = False

    du = DayField(N_("Starting on"), [Optional()])
    au = DayField(N_("Until"), [Optional()])
    organisation = SelectField(N_("Organisation"), coerce=key_of, validate_choice=False)
    qui = SelectField(N_("Who"), validate_choice=False)
    objet = SelectField(N_("About"), validate_choice=False)
    action = SelectField(N_("Action"), validate_choice=False)

    def offer(self, organisations: Sequence[Organisation], agents: Sequence[Agent]) -> None:
        """Show what can be chosen."""
        named = [SelectChoice(each.id, each.name) for each in organisations]
        self.organisation.choices = [SelectChoice(0, _("All organisations")), *named]
        self.qui.choices = [
            SelectChoice("", _("Everybody")),
            SelectChoice("usagers", _("Citizens")),
            SelectChoice("automatique", _("Automatic")),
            *(SelectChoice(f"agent-{each.id}", f"{each.last_name} {each.first_name}") for each in agents),
        ]
        self.objet.choices = [SelectChoice("", _("Everything")), *_by_name(THINGS)]
        self.action.choices = [SelectChoice("", _("Any change")), *_grouped()]

    def wanted(self, zone: str) -> Wanted:
        """What the answers ask for."""
        subject, _sep, subject_id = (self.objet.data or "").partition("-")
        who, _sep, agent_id = (self.qui.data or "").partition("-")
        kinds = {"usagers": ActorKind.CITIZEN, "automatique": ActorKind.SYSTEM, "agent": ActorKind.AGENT}
        return Wanted(
            zone=zone,
            first=None if self.du.errors else self.du.data,
            last=None if self.au.errors else self.au.data,
            actor=kinds.get(who),
            actor_id=key_of(agent_id) if agent_id and who == "agent" else None,
            kind=self.action.data if self.action.data in KINDS else "",
            subject=subject if subject in THINGS else "",
            subject_id=key_of(subject_id) if subject_id and subject in THINGS else None,
            organisation_id=self.organisation.data or None,
            before=key_of(request.args["avant"]) if request.args.get("avant") else None,
        )

    def state(self, **changes: Any) -> dict[str, Any]:
        """The answers as arguments of an address."""
        given = {name: request.args.get(name) for name in ("du", "au", "organisation", "qui", "objet", "action")}
        return {name: value for name, value in (given | changes).items() if value}


@views.get("/journal")
def show() -> ResponseReturnValue:
    """A page of the lines asked for, the newest first."""
    form = JournalForm(request.args)
    form.validate()
    with reading() as work:
        organisations = journals(work, me().id)
        if not organisations:
            raise NoSuchOrganisation
        shown = current_first(organisations)
        zone = shown[0].zone
        form.offer(organisations, possible_actors(work, me().id))
        wanted = form.wanted(zone)
        found = journal(work, me().id, wanted)
    return render_template(
        "agent/audit.html",
        organisation=next((each for each in shown if each.id == wanted.organisation_id), shown[0]),
        among=organisations,
        form=form,
        wanted=wanted,
        several=len(organisations) > 1,
        one=found.lines[0] if wanted.subject_id and found.lines else None,
        name_of=name_of,
        rows=[_row(form, traced, zone) for traced in found.lines],
        older=url_for(".show", **form.state(avant=found.older)) if found.older else "",
        newest=url_for(".show", **form.state()) if wanted.before else "",
        everything=url_for(".show", **form.state(objet=None)),
    )


def name_of(traced: Traced) -> str:
    """« Plage d'ouverture « Matin » »."""
    what = thing(traced.entry.subject)
    return _("%(thing)s “%(name)s”", thing=what, name=traced.about) if traced.about else what


def _row(form: JournalForm, traced: Traced, zone: str) -> tuple[str, str, str, str]:
    entry = traced.entry
    url = url_for(".show", **form.state(objet=f"{entry.subject}-{entry.subject_id}"))
    about = Markup('<a href="{}">{}</a>').format(url, name_of(traced))
    when = Markup('<span class="nowrap">{}</span>').format(short_moment(entry.at, zone))
    return when, actor(traced), deed(entry, zone), about


def _by_name(words: dict[str, str]) -> list[SelectChoice]:
    choices = [SelectChoice(key, _(word)) for key, word in words.items()]
    return sorted(choices, key=lambda choice: alphabetical(str(choice.label)))


def _grouped() -> list[SelectChoice]:
    things = sorted(THINGS, key=lambda subject: alphabetical(_(THINGS[subject])))
    return [
        SelectChoice(kind, _(DEEDS[kind]), optgroup=_(THINGS[subject]))
        for subject in things
        for kind, declared in KINDS.items()
        if declared.subject == subject
    ]
