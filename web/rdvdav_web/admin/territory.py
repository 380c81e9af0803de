"""« Espace Admin »: the organisations of a territory and its services (R02, ux 10.8)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.administration import organisations, services
from rdvdav.directory.territory import Territory
from rdvdav.i18n import gettext as _
from rdvdav.policy.right import NoSuchTerritory, territories_to_administer, territory_to_administer
from rdvdav_web.admin.organisation import TAKEN
from rdvdav_web.admin.organisation_form import OrganisationForm
from rdvdav_web.agent.office import KEY, me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("territory", __name__)
WHOLE = f"/territoire/<{KEY}:territory_id>"
"""Where the pages of one territory are."""


def administered(session: Session, territory_id: int) -> Territory:
    """The territory of the address.

    Raises:
        NoSuchTerritory: It does not exist, or not for this agent to administer.
    """
    return territory_to_administer(session, me().id, territory_id)


def page(session: Session, territory: Territory, template: str, current: str, **facts: Any) -> str:
    """A page of « Espace Admin »; *current* is the tab it is under."""
    among: Sequence[Territory] = session.scalars(territories_to_administer(me().id)).all()
    return render_template(template, territory=territory, among=among, current=current, **facts)


@views.get("/territoire")
def begin() -> ResponseReturnValue:
    """The first territory that one administers."""
    with reading() as work:
        territory = work.scalars(territories_to_administer(me().id)).first()
    if territory is None:
        raise NoSuchTerritory
    return redirect(url_for(".show", territory_id=territory.id), 303)


@views.get(f"{WHOLE}/organisations")
def show(territory_id: int) -> ResponseReturnValue:
    """Its organisations."""
    with reading() as work:
        territory = administered(work, territory_id)
        rows = organisations.organisation_lines(work, territory_id)
        return page(work, territory, "admin/territory_organisations.html", "organisations", rows=rows)


@views.route(f"{WHOLE}/organisations/nouvelle", methods=["GET", "POST"])
def new(territory_id: int) -> ResponseReturnValue:
    """Create an organisation, and begin to set it up."""
    form = OrganisationForm(data={"zone": "Europe/Paris", "holiday_calendar": "FR"})
    with reading() as work:
        territory = administered(work, territory_id)
        right = form.validate_on_submit()
        if right and organisations.name_taken(work, territory_id, form.identity.name):
            form.name.errors = [TAKEN]
            right = False
        if not right:
            return page(work, territory, "admin/territory_new.html", "organisations", form=form)
    with transaction() as work:
        organisation = organisations.create(work, clock(), me().id, territory_id, form.identity)
    flash(_("%(name)s is created. Here is what comes next.", name=organisation.name), "success")
    return redirect(url_for("agent.setting_up.show", organisation_id=organisation.id), 303)


@views.get(f"{WHOLE}/services", endpoint="services")
def show_services(territory_id: int) -> ResponseReturnValue:
    """The services of the list, on or off."""
    with reading() as work:
        territory = administered(work, territory_id)
        rows = services.service_lines(work, territory_id)
        return page(work, territory, "admin/territory_services.html", "services", rows=rows)


@views.post(f"{WHOLE}/services/<key>/activer")
def switch_on(territory_id: int, key: str) -> ResponseReturnValue:
    """Switch a service of the list on."""
    with transaction() as work:
        service = services.switch_on(work, clock(), me().id, territory_id, key)
    return _services(territory_id, _("The service %(name)s is on.", name=service.name))


@views.post(f"{WHOLE}/services/<{KEY}:service_id>/desactiver")
def switch_off(territory_id: int, service_id: int) -> ResponseReturnValue:
    """Switch a service off that nothing hangs on."""
    with transaction() as work:
        service = services.switch_off(work, clock(), me().id, territory_id, service_id)
    return _services(territory_id, _("The service %(name)s is off.", name=service.name))


def _services(territory_id: int, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".services", territory_id=territory_id), 303)
