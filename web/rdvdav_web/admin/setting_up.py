"""« Mise en route »: what an organisation still lacks, each line leading to where it is done (R06, ux 10.1)."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from rdvdav.administration import setting_up
from rdvdav.administration.setting_up import Step
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.admin.settings import HERE, administered, page
from rdvdav_web.agent.office import me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("setting_up", __name__)

WORDS = {
    Step.ORGANISATION: (
        N_("The organisation"),
        N_("A phone number or an e-mail address, so that citizens can reach you."),
        "agent.organisation.show",
    ),
    Step.PLACE: (N_("A place"), N_("Where people are received."), "agent.places.show"),
    Step.MOTIF: (N_("A motif"), N_("What people come for, how long it takes, who may book."), "agent.motifs.show"),
    Step.AGENTS: (
        N_("The agents"),
        N_("At least one agent works in a service that has a motif. Invite your colleagues."),
        "agent.members.show",
    ),
    Step.OPENING_RANGE: (
        N_("An opening range"),
        N_("When agents receive: free slots come from there."),
        "agent.opening_ranges.new",
    ),
    Step.PUBLIC_PAGE: (
        N_("The public page"),
        N_("A motif open to citizens is carried by an opening range: see what they see, and share the address."),
        "agent.online.show",
    ),
    Step.TEST_MAIL: (N_("A test mail"), N_("Confirmations leave by mail: send yourself one."), ""),
}
"""Title, what is wanted, and the page where it is done; the test mail is sent from here."""
OF_AGENT = {"agent.opening_ranges.new", "agent.online.show"}
"""Pages that are not about one organisation."""


@views.get(f"{HERE}/mise-en-route")
def show(organisation_id: int) -> ResponseReturnValue:
    """The list; once all is done it is put away, and says so."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        progress = setting_up.progress(work, clock(), organisation)
        lines = [
            (step, _(title), _(words), _target(endpoint, organisation_id))
            for step, (title, words, endpoint) in WORDS.items()
        ]
        return page(
            work, organisation, "admin/setting_up.html", "setting_up", progress=progress, lines=lines, mail=me().email
        )


@views.post(f"{HERE}/mise-en-route/essai")
def send(organisation_id: int) -> ResponseReturnValue:
    """Send the test mail."""
    with transaction() as work:
        agent = setting_up.send_trial(work, clock(), me().id, organisation_id)
    flash(_("A test mail is on its way to %(email)s. Reload this page once it has come.", email=agent.email), "success")
    return redirect(url_for(".show", organisation_id=organisation_id), 303)


@views.post(f"{HERE}/mise-en-route/ranger")
def put_away(organisation_id: int) -> ResponseReturnValue:
    """Be reminded of it no more."""
    with transaction() as work:
        setting_up.put_away(work, clock(), me().id, organisation_id)
    flash(_("« Getting started » no longer shows on your first page; you find it in the settings."), "success")
    return redirect(url_for(".show", organisation_id=organisation_id), 303)


def _target(endpoint: str, organisation_id: int) -> str:
    if not endpoint:
        return ""
    return url_for(endpoint) if endpoint in OF_AGENT else url_for(endpoint, organisation_id=organisation_id)
