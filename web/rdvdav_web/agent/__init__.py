"""The agents' pages, all below /agent and all for who is signed in."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from rdvdav.citizens.phone import phone_words
from rdvdav.planning.consequences import ColleagueTaken, ListChanged, NothingNear
from rdvdav_web.agent import (
    absences,
    agenda,
    appointments,
    booking,
    calendar_page,
    calendars,
    consequences,
    errors,
    finding,
    holidays,
    links,
    moving,
    online,
    opening_ranges,
    sharing,
    unsettled,
)
from rdvdav_web.agent.office import enter
from rdvdav_web.agent.words import unbroken

__all__ = ["calendars", "errors", "links", "sharing", "views"]

views = Blueprint("agent", __name__, url_prefix="/agent")
views.before_request(enter)
views.add_app_template_filter(unbroken)
views.add_app_template_filter(phone_words)
for leaf in (ListChanged, ColleagueTaken, NothingNear):
    views.register_error_handler(leaf, consequences.look_again)
for page in (
    agenda,
    finding,
    booking,
    appointments,
    moving,
    unsettled,
    opening_ranges,
    absences,
    online,
    holidays,
    calendar_page,
):
    views.register_blueprint(page.views)


@views.get("/", strict_slashes=False)
def home() -> ResponseReturnValue:
    """The agenda is where a day begins."""
    return redirect(url_for("agent.agenda.show"))
