"""« Agents » of an organisation: listed, invited, invited again, and taken out once nobody is to be received (R03, ux 10.4)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from rdvdav.administration import agents, departure
from rdvdav.administration.agents import Invitee
from rdvdav.administration.services import services_of
from rdvdav.directory.membership import Role
from rdvdav.i18n import N_, ngettext
from rdvdav.i18n import gettext as _
from rdvdav.planning.fates import Fate
from rdvdav.planning.unsettled import settle
from rdvdav_web.admin.organisation_form import EmailLine, at_most
from rdvdav_web.admin.settings import HERE, administered, page
from rdvdav_web.agent.consequences import WORDS, DecisionForm, chosen_lines, decisions_of, line_of, trouble
from rdvdav_web.agent.forms import LineField, key_of
from rdvdav_web.agent.office import KEY, me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("members", __name__)

ROLES = {Role.BASIC: N_("Agent"), Role.ADMIN: N_("Organisation admin")}
FATES: dict[Fate, str] = WORDS | {Fate.KEEP: N_("Leave as it is for now")}


class InvitationForm(FlaskForm):
    """Who is invited, with which level and services."""

    email = EmailLine(
        N_("E-mail address"),
        [DataRequired(N_("Type your colleague's e-mail address, for example name@example.fr.")), at_most(254)],
    )
    first_name = LineField(N_("First name"), [DataRequired(N_("Type the first name.")), at_most(80)])
    last_name = LineField(N_("Surname"), [DataRequired(N_("Type the surname.")), at_most(80)])
    role = RadioField(N_("Level"), validate_choice=False, default=Role.BASIC.value)
    services = SelectMultipleField(N_("Services"), coerce=key_of, validate_choice=False)

    def __init__(self, services: Any) -> None:
        """Offer the levels and the territory's *services*."""
        super().__init__()
        self.role.choices = [SelectChoice(role.value, _(words)) for role, words in ROLES.items()]
        self.services.choices = [SelectChoice(service.id, service.name) for service in services]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field; who works in no service can be booked for nothing."""
        right: bool = super().validate(extra_validators)
        if self.role.data not in set(Role):
            self.role.errors = [N_("Choose a level.")]
            right = False
        if not set(self.services.data or ()) & {choice.value for choice in self.services.choices}:
            self.services.errors = [N_("Tick at least one service.")]
            right = False
        return right

    @property
    def invitee(self) -> Invitee:
        """What was typed; the form must be valid."""
        return Invitee(
            self.email.data,
            self.first_name.data,
            self.last_name.data,
            Role(self.role.data),
            frozenset(self.services.data or ()),
        )


@views.get(f"{HERE}/agents")
def show(organisation_id: int) -> ResponseReturnValue:
    """Who belongs to it."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        found = agents.members(work, organisation, key_of(request.args.get("page")))
        now = clock().now()
        return page(work, organisation, "admin/members.html", "members", found=found, roles=ROLES, now=now)


@views.route(f"{HERE}/agents/inviter", methods=["GET", "POST"])
def invite(organisation_id: int) -> ResponseReturnValue:
    """Invite somebody by mail; a colleague of the territory is there at once."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        form = InvitationForm(services_of(work, organisation.territory_id))
        if not form.validate_on_submit():
            return page(work, organisation, "admin/invite.html", "members", form=form)
    with transaction() as work:
        agent, mailed = agents.invite(work, clock(), me().id, organisation_id, form.invitee)
    if mailed:
        words = _("An invitation leaves for %(email)s.", email=agent.email)
    else:
        words = _("%(name)s has an account already and belongs to the organisation from now on.", name=agent.name)
    return _done(organisation_id, words)


@views.post(f"{HERE}/agents/<{KEY}:agent_id>/renvoyer")
def invite_again(organisation_id: int, agent_id: int) -> ResponseReturnValue:
    """Send the invitation once more."""
    with transaction() as work:
        agent = agents.invite_again(work, clock(), me().id, organisation_id, agent_id)
    return _done(
        organisation_id,
        _("Another invitation leaves for %(email)s; the former link no longer works.", email=agent.email),
    )


@views.route(f"{HERE}/agents/<{KEY}:agent_id>/retirer", methods=["GET", "POST"])
def remove(organisation_id: int, agent_id: int) -> ResponseReturnValue:
    """What is to be settled first, line by line; then the removal, once confirmed."""
    form, chosen = DecisionForm.of_request(), dict(chosen_lines())
    with reading() as work:
        organisation = administered(work, organisation_id)
        agent, _membership = agents.member_of(work, organisation_id, agent_id)
    if chosen and form.decided(chosen):
        with transaction() as work:
            settled = settle(work, clock(), me().id, decisions_of(form, chosen))
        flash(ngettext("%(num)d appointment is settled.", "%(num)d appointments are settled.", settled), "success")
        return redirect(url_for(".remove", organisation_id=organisation_id, agent_id=agent_id), 303)
    if request.method == "POST" and not chosen:
        with transaction() as work:
            departure.remove(work, clock(), me().id, organisation_id, agent_id)
        return _done(
            organisation_id,
            _("%(name)s no longer belongs to %(organisation)s.", name=agent.name, organisation=organisation.name),
        )
    with reading() as work:
        hits = departure.to_settle(work, clock(), me().id, organisation_id, agent_id)
        if not hits:
            return _confirm(organisation_id, agent.name, organisation.name)
        return page(
            work,
            organisation,
            "admin/remove_member.html",
            "members",
            agent=agent,
            form=form,
            lines=[line_of(hit, chosen, FATES) for hit in hits],
            words=[(fate.value, _(said)) for fate, said in FATES.items()],
            everyone=request.form.get("pour-tous", ""),
            trouble=trouble(),
        )


def _confirm(organisation_id: int, name: str, organisation: str) -> ResponseReturnValue:
    return render_template(
        "agent/confirm.html",
        title=_("Remove %(name)s from %(organisation)s", name=name, organisation=organisation),
        sentences=[
            _(
                "No appointment to come is left there. The agent's opening ranges at this organisation end; past appointments stay."
            ),
            _("Who belongs to no other organisation has then left: no more sign-in, calendars and app passwords stop."),
        ],
        do=_("Remove the agent"),
        keep=_("Keep the agent"),
        back=url_for(".show", organisation_id=organisation_id),
    )


def _done(organisation_id: int, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".show", organisation_id=organisation_id), 303)
