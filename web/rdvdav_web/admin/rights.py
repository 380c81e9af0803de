"""« Agents » of a territory: in which organisations, services and with which rights each works (R03, ux 10.8)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

from rdvdav.administration import agents
from rdvdav.administration.agents import Rights
from rdvdav.administration.organisations import organisation_lines
from rdvdav.administration.services import services_of
from rdvdav.directory.membership import Role
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.admin.members import ROLES
from rdvdav_web.admin.territory import WHOLE, administered, page
from rdvdav_web.agent.forms import key_of
from rdvdav_web.agent.office import KEY, me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("rights", __name__)
ZONE = "Europe/Paris"
"""Days of sign-in are told on this clock: a territory has none of its own."""


class RightsForm(FlaskForm):
    """Services, and whether the agent administers the territory; the level in each organisation stands beside."""

    services = SelectMultipleField(N_("Services"), coerce=key_of, validate_choice=False)
    administers = BooleanField(N_("Territory admin"))

    def __init__(self, offered: Sequence[Service], rights: Rights) -> None:
        """Show *rights* as they are."""
        super().__init__(data={"services": sorted(rights.service_ids), "administers": rights.administers})
        self.services.choices = [SelectChoice(service.id, service.name) for service in offered]


@views.get(f"{WHOLE}/agents")
def show(territory_id: int) -> ResponseReturnValue:
    """Who works in the territory."""
    with reading() as work:
        territory = administered(work, territory_id)
        found = agents.agents_of_territory(work, territory_id, key_of(request.args.get("page")))
        facts: dict[str, Any] = {"found": found, "now": clock().now(), "zone": ZONE}
        return page(work, territory, "admin/territory_agents.html", "agents", **facts)


@views.route(f"{WHOLE}/agents/<{KEY}:agent_id>", methods=["GET", "POST"])
def change(territory_id: int, agent_id: int) -> ResponseReturnValue:
    """What one agent may, and what from now on."""
    with reading() as work:
        territory = administered(work, territory_id)
        agent = agents.agent_of_territory(work, territory_id, agent_id)
        rights = agents.rights_of(work, territory_id, agent_id)
        organisations = [line.organisation for line in organisation_lines(work, territory_id)]
        form = RightsForm(services_of(work, territory_id), rights)
        if not form.validate_on_submit():
            facts = {"agent": agent, "form": form, "organisations": organisations, "chosen": rights, "roles": ROLES}
            return page(work, territory, "admin/territory_agent.html", "agents", **facts)
    wanted = Rights(_roles(organisations), frozenset(form.services.data or ()), bool(form.administers.data))
    with transaction() as work:
        agents.change_rights(work, clock(), me().id, territory_id, agent_id, wanted)
    flash(_("The rights of %(name)s are saved.", name=agent.name), "success")
    target = url_for(".show", territory_id=territory_id)
    gave_up = agent_id == me().id and not wanted.administers
    return redirect(url_for("agent.home") if gave_up else target, 303)


def _roles(organisations: Sequence[Organisation]) -> dict[int, Role]:
    """The level chosen in each organisation, where there is one."""
    typed = {each.id: request.form.get(f"organisation-{each.id}", "") for each in organisations}
    return {organisation_id: Role(value) for organisation_id, value in typed.items() if value in set(Role)}
