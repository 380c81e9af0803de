"""« Lieux » of an organisation: added, changed, closed to bookings (R05)."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Optional, Regexp

from rdvdav.administration import places
from rdvdav.administration.places import Premises
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.admin.organisation_form import PhoneLine, at_most
from rdvdav_web.admin.settings import HERE, administered, page
from rdvdav_web.agent.forms import LineField, TextField
from rdvdav_web.agent.office import KEY, me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("places", __name__)


class PlaceForm(FlaskForm):
    """Name, address, how to come."""

    name = LineField(
        N_("Name of the place"), [DataRequired(N_("Name the place, for example Town hall.")), at_most(120)]
    )
    street = LineField(N_("Number and street"), [DataRequired(N_("Type the number and the street.")), at_most(200)])
    postcode = LineField(
        N_("Postcode"),
        [DataRequired(N_("Type the postcode.")), Regexp(r"^[0-9]{5}$", message=N_("Type a postcode of five figures."))],
    )
    city = LineField(N_("Town"), [DataRequired(N_("Type the name of the town.")), at_most(120)])
    access = TextField(N_("Accessibility and how to come"), [Optional(), at_most(500)])
    phone = PhoneLine(N_("Phone of the place"), [Optional()])

    @property
    def premises(self) -> Premises:
        """What was typed; the form must be valid."""
        return Premises(**{name: self[name].data or "" for name in Premises.__dataclass_fields__})


@views.get(f"{HERE}/lieux")
def show(organisation_id: int) -> ResponseReturnValue:
    """All places, those in use first."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        rows = places.places_of(work, organisation_id)
        return page(work, organisation, "admin/places.html", "places", rows=rows)


@views.route(f"{HERE}/lieux/nouveau", methods=["GET", "POST"])
def new(organisation_id: int) -> ResponseReturnValue:
    """Add a place."""
    form = PlaceForm()
    with reading() as work:
        organisation = administered(work, organisation_id)
        if not form.validate_on_submit():
            return page(work, organisation, "admin/place.html", "places", form=form, place=None)
    with transaction() as work:
        place = places.add(work, clock(), me().id, organisation_id, form.premises)
    return _done(organisation_id, _("The place %(name)s is added.", name=place.name))


@views.route(f"{HERE}/lieux/<{KEY}:place_id>", methods=["GET", "POST"])
def change(organisation_id: int, place_id: int) -> ResponseReturnValue:
    """Change a place."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        place = places.place_of(work, organisation_id, place_id)
        form = PlaceForm(data=_values(place))
        if not (request.method == "POST" and form.validate()):
            booked = places.booked_at(work, clock(), place_id)
            return page(work, organisation, "admin/place.html", "places", form=form, place=place, booked=booked)
    with transaction() as work:
        place = places.change(work, clock(), me().id, organisation_id, place_id, form.premises)
    return _done(organisation_id, _("The place %(name)s is changed.", name=place.name))


@views.post(f"{HERE}/lieux/<{KEY}:place_id>/fermer")
def close(organisation_id: int, place_id: int) -> ResponseReturnValue:
    """Let nobody book there any more."""
    with transaction() as work:
        place = places.enable(work, clock(), me().id, organisation_id, place_id, enabled=False)
    return _done(
        organisation_id, _("No slot is offered at %(name)s any more; appointments made stay.", name=place.name)
    )


@views.post(f"{HERE}/lieux/<{KEY}:place_id>/rouvrir")
def reopen(organisation_id: int, place_id: int) -> ResponseReturnValue:
    """Let people book there again."""
    with transaction() as work:
        place = places.enable(work, clock(), me().id, organisation_id, place_id, enabled=True)
    return _done(organisation_id, _("Slots are offered at %(name)s again.", name=place.name))


def _values(place: Any) -> dict[str, str]:
    return {name: getattr(place, name) or "" for name in Premises.__dataclass_fields__}


def _done(organisation_id: int, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".show", organisation_id=organisation_id), 303)
