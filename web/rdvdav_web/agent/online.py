"""« Réservation en ligne »: the public address of each organisation one works in, to copy, and what it offers (ux 10.3)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from rdvdav.i18n import N_
from rdvdav.planning.online import Online, online_motifs
from rdvdav_web.agent.office import my_organisations
from rdvdav_web.agent.qr import qr_code
from rdvdav_web.transaction import clock, house, reading

STATES = {
    Online.BOOKABLE: (N_("Bookable"), "success"),
    Online.NO_OPENING: (N_("No opening range"), "warning"),
    Online.STAFF_ONLY: (N_("Booked by staff only"), "neutral"),
}

views = Blueprint("online", __name__)


@views.get("/reservation-en-ligne")
def show() -> ResponseReturnValue:
    """The address citizens book at, and the state of each motif."""
    with reading() as work:
        offers = [
            (organisation, _address(organisation.slug), online_motifs(work, clock(), organisation))
            for organisation in my_organisations()
        ]
    return render_template("agent/online.html", offers=offers, states=STATES, qr_code=qr_code)


def _address(slug: str) -> str:
    return f"{house().settings.public_url}/rdv/{slug}"
