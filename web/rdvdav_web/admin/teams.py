"""« Équipes » of a territory: named groups of agents (R08, ux 10.8)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from rdvdav.administration import teams
from rdvdav.directory.agent import Agent
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.admin.organisation_form import at_most
from rdvdav_web.admin.territory import WHOLE, administered, page
from rdvdav_web.agent.forms import LineField, key_of
from rdvdav_web.agent.office import KEY, me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("teams", __name__)
TAKEN = N_("Another team of the territory has this name: choose another one.")


class TeamForm(FlaskForm):
    """A name, and who is in it."""

    name = LineField(N_("Name of the team"), [DataRequired(N_("Name the team, for example Reception.")), at_most(80)])
    agents = SelectMultipleField(N_("Agents"), coerce=key_of, validate_choice=False)

    def __init__(self, candidates: Sequence[Agent], **more: Any) -> None:
        """Offer who works in the territory."""
        super().__init__(**more)
        self.agents.choices = [SelectChoice(agent.id, agent.name) for agent in candidates]


@views.get(f"{WHOLE}/equipes")
def show(territory_id: int) -> ResponseReturnValue:
    """All teams."""
    with reading() as work:
        territory = administered(work, territory_id)
        return page(work, territory, "admin/teams.html", "teams", rows=teams.team_lines(work, territory_id))


@views.route(f"{WHOLE}/equipes/nouvelle", methods=["GET", "POST"])
def new(territory_id: int) -> ResponseReturnValue:
    """Make a team."""
    with reading() as work:
        territory = administered(work, territory_id)
        form = TeamForm(teams.candidates(work, territory_id))
        right = form.validate_on_submit()
        if right and teams.team_name_taken(work, territory_id, form.name.data):
            form.name.errors = [TAKEN]
            right = False
        if not right:
            return page(work, territory, "admin/team.html", "teams", form=form, team=None)
    with transaction() as work:
        among = frozenset(form.agents.data or ())
        team = teams.create(work, clock(), me().id, territory_id, form.name.data, among)
    return _done(territory_id, _("The team %(name)s is created.", name=team.name))


@views.route(f"{WHOLE}/equipes/<{KEY}:team_id>", methods=["GET", "POST"])
def change(territory_id: int, team_id: int) -> ResponseReturnValue:
    """Change a team."""
    with reading() as work:
        territory = administered(work, territory_id)
        team = teams.team_of(work, territory_id, team_id)
        had = {"name": team.name, "agents": sorted(teams.members_of(work, team_id))}
        form = TeamForm(teams.candidates(work, territory_id), data=had)
        right = form.validate_on_submit()
        if right and teams.team_name_taken(work, territory_id, form.name.data, team_id):
            form.name.errors = [TAKEN]
            right = False
        if not right:
            return page(work, territory, "admin/team.html", "teams", form=form, team=team)
    with transaction() as work:
        among = frozenset(form.agents.data or ())
        team = teams.change(work, clock(), me().id, territory_id, team_id, form.name.data, among)
    return _done(territory_id, _("The team %(name)s is changed.", name=team.name))


@views.route(f"{WHOLE}/equipes/<{KEY}:team_id>/supprimer", methods=["GET", "POST"])
def remove(territory_id: int, team_id: int) -> ResponseReturnValue:
    """Say what removing does, and do it once confirmed."""
    if FlaskForm().validate_on_submit():
        with transaction() as work:
            team = teams.remove(work, clock(), me().id, territory_id, team_id)
        return _done(territory_id, _("The team %(name)s is removed.", name=team.name))
    with reading() as work:
        administered(work, territory_id)
        team = teams.team_of(work, territory_id, team_id)
    return render_template(
        "agent/confirm.html",
        title=_("Remove the team %(name)s", name=team.name),
        sentences=[_("Its agents stay as they are; nobody can filter by this team any more.")],
        do=_("Remove the team"),
        keep=_("Keep the team"),
        back=url_for(".change", territory_id=territory_id, team_id=team_id),
    )


def _done(territory_id: int, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".show", territory_id=territory_id), 303)
