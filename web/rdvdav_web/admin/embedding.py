"""« Intégration »: which sites may show the booking pages inside theirs, and the code to copy (B15)."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError
from wtforms.validators import Length, Optional

from rdvdav.administration.embedding import MOST_EMBEDDERS, NoSuchOrigin, choose_embedders, read_origin
from rdvdav.i18n import N_, ngettext
from rdvdav.i18n import gettext as _
from rdvdav_web.admin.settings import HERE, administered, page
from rdvdav_web.agent.forms import TextField
from rdvdav_web.agent.office import me
from rdvdav_web.agent.online import Offer
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("embedding", __name__)
TOO_LONG = N_("Shorten this text to %(max)d characters.")


class EmbeddingForm(FlaskForm):
    """One address a line."""

    sites = TextField(N_("Sites that may show your booking pages"), [Optional(), Length(max=4000, message=TOO_LONG)])

    @property
    def addresses(self) -> list[str]:
        """What was typed, blank lines left out."""
        return [line.strip() for line in (self.sites.data or "").splitlines() if line.strip()]

    def validate_sites(self, _field: Field) -> None:
        """Name the line that is no address, and say how many there may be."""
        if len(self.addresses) > MOST_EMBEDDERS:
            raise ValidationError(ngettext("Keep at most %(num)d site.", "Keep at most %(num)d sites.", MOST_EMBEDDERS))
        for address in self.addresses:
            try:
                read_origin(address)
            except NoSuchOrigin as error:
                raise ValidationError(
                    _("Correct « %(text)s »: type addresses such as https://www.example.fr.", text=address[:60])
                ) from error


@views.route(f"{HERE}/integration", methods=["GET", "POST"])
def show(organisation_id: int) -> ResponseReturnValue:
    """The sites, to change, and the code for their pages."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        form = EmbeddingForm(data={"sites": "\n".join(organisation.embedders)})
        if not form.validate_on_submit():
            offer = Offer(organisation)
            shown = page(work, organisation, "admin/embedding.html", "embedding", form=form, offer=offer)
            return shown, 422 if form.errors else 200
    with transaction() as work:
        choose_embedders(work, clock(), me().id, organisation_id, form.addresses)
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".show", organisation_id=organisation_id), 303)
