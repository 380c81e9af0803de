"""The organisation that is worked for, chosen in the top bar by who belongs to several (ux 6.1)."""

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.forms import key_of
from rdvdav_web.agent.office import my_organisations
from rdvdav_web.signin import CHOSEN, local_path

views = Blueprint("switch", __name__)


@views.post("/organisation-courante")
def choose() -> ResponseReturnValue:
    """Work for another of one's organisations: its clocks, records, motifs and settings come first from now on.

    Raises:
        NoSuchOrganisation: The agent does not work there.
    """
    wanted = key_of(request.form.get("organisation"))
    found = next((each for each in my_organisations() if each.id == wanted), None)
    if found is None:
        raise NoSuchOrganisation
    session[CHOSEN] = found.id
    flash(_("You are working for %(name)s.", name=found.name), "success")
    return redirect(local_path(request.form.get("retour", "")) or url_for("agent.agenda.show"), 303)
