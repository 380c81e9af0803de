"""« Réservation en ligne »: what each organisation one works in offers, with addresses, QR codes and codes to embed (ux 10.3)."""

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.planning.online import NoSuchOffer, Online, online_motifs
from rdvdav.policy.right import organisations_to_administer
from rdvdav_web.agent.office import KEY, me, my_organisations
from rdvdav_web.agent.qr import qr_code
from rdvdav_web.transaction import clock, house, reading

STATES = {
    Online.BOOKABLE: (N_("Bookable"), "success"),
    Online.NO_OPENING: (N_("No opening range"), "warning"),
    Online.STAFF_ONLY: (N_("Booked by staff only"), "neutral"),
}

views = Blueprint("online", __name__)


@dataclass(frozen=True)
class Offer:
    """What citizens are led to: all an organisation offers, or one motif of it."""

    organisation: Organisation
    motif: Motif | None = None

    @property
    def address(self) -> str:
        """Where citizens book."""
        return f"{house().settings.public_url}{self._path}"

    @property
    def code(self) -> str:
        """The HTML that shows it inside a page of another site."""
        title = _("Book an appointment")
        what = f"{title} – {self.motif.name if self.motif else self.organisation.name}"
        address = f"{house().settings.public_url}/cadre{self._path}"
        frame = '<iframe src="{}" title="{}" width="100%" height="900" style="border: 0" loading="lazy"></iframe>'
        return frame.format(escape(address), escape(what))

    @property
    def _path(self) -> str:
        slug = self.organisation.slug
        if self.motif is None:
            return url_for("citizen.organisation", slug=slug)
        return url_for("citizen.slots", slug=slug, motif=self.motif.id)


@views.get("/reservation-en-ligne")
def show() -> ResponseReturnValue:
    """The address citizens book at, and the state of each motif."""
    with reading() as work:
        offers = [
            (Offer(organisation), online_motifs(work, clock(), organisation)) for organisation in my_organisations()
        ]
        mine = {each.id for each in work.scalars(organisations_to_administer(me().id))}
    return render_template("agent/online.html", offers=offers, mine=mine, states=STATES, qr_code=qr_code)


@views.get(f"/reservation-en-ligne/<{KEY}:motif_id>")
def one(motif_id: int) -> ResponseReturnValue:
    """Address, QR code and code of one motif."""
    with reading() as work:
        for organisation in my_organisations():
            for row in online_motifs(work, clock(), organisation):
                if row.motif.id == motif_id:
                    offer = Offer(organisation, row.motif)
                    return render_template(
                        "agent/online_motif.html", offer=offer, state=STATES[row.online], qr_code=qr_code
                    )
    raise NoSuchOffer
