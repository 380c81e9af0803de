"""« Paramètres » of an organisation: where they begin, and its own data (R02, ux 10)."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from rdvdav.administration import organisations
from rdvdav.directory.organisation import DetailLevel
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.policy.right import organisations_to_administer
from rdvdav_web.admin.organisation_form import SettingsForm
from rdvdav_web.admin.settings import HERE, administered, page
from rdvdav_web.agent.office import current_first, key_in_address, me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("organisation", __name__)
TAKEN = N_("Another organisation of the territory has this name: choose another one.")


@views.get("/organisation")
def begin() -> ResponseReturnValue:
    """The settings of the organisation asked for, else of the one that is worked for, else of the first that one administers."""
    asked = key_in_address("organisation")
    with reading() as work:
        among = work.scalars(organisations_to_administer(me().id)).all()
    mine = current_first(among)
    found = next((each for each in mine if asked in (None, each.id)), None)
    if found is None:
        raise NoSuchOrganisation
    target = "agent.setting_up.show" if found.set_up_at is None else ".show"
    return redirect(url_for(target, organisation_id=found.id), 303)


@views.route(f"{HERE}/informations", methods=["GET", "POST"])
def show(organisation_id: int) -> ResponseReturnValue:
    """What it says of itself, and what its calendars show."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        identity = organisations.identity_of(organisation)
        fixed = organisations.clock_in_use(work, organisation_id)
        form = SettingsForm(data={**vars(identity), "level": organisation.detail_level.value})
        if fixed:
            form.zone.data = organisation.zone
        right = request.method == "POST" and form.validate()
        if right and organisations.name_taken(work, organisation.territory_id, form.identity.name, organisation_id):
            form.name.errors = [TAKEN]
            right = False
        if not right:
            return page(work, organisation, "admin/organisation.html", "organisation", form=form, fixed=fixed)
    with transaction() as work:
        level = DetailLevel(form.level.data)
        organisations.change(work, clock(), me().id, organisation_id, form.identity, level)
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".show", organisation_id=organisation_id), 303)
