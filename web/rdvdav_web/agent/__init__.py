"""The agents' pages, all below /agent and all for who is signed in."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from rdvdav.citizens.phone import phone_words
from rdvdav.planning.consequences import ListChanged
from rdvdav.planning.fates import ColleagueTaken, NothingNear
from rdvdav_web.admin import PAGES
from rdvdav_web.agent import (
    absences,
    account,
    agenda,
    appointment_list,
    appointments,
    audit,
    booking,
    calendar_page,
    calendars,
    citizen_record,
    citizens,
    collective,
    consequences,
    errors,
    finding,
    holidays,
    invitations,
    links,
    merging,
    moving,
    notifications,
    one_appointment,
    online,
    opening_ranges,
    sendings,
    sharing,
    switch,
    to_complete,
    unsettled,
    waiting,
)
from rdvdav_web.agent.office import enter

__all__ = ["calendars", "citizen_record", "errors", "invitations", "links", "merging", "sharing", "views"]

views = Blueprint("agent", __name__, url_prefix="/agent")
views.before_request(enter)
views.add_app_template_filter(phone_words)
for leaf in (ListChanged, ColleagueTaken, NothingNear):
    views.register_error_handler(leaf, consequences.look_again)
for page in (
    agenda,
    finding,
    booking,
    appointment_list,
    to_complete,
    waiting,
    appointments,
    one_appointment,
    collective,
    moving,
    unsettled,
    citizens,
    opening_ranges,
    absences,
    online,
    holidays,
    audit,
    sendings,
    calendar_page,
    account,
    notifications,
    switch,
    *PAGES,
):
    views.register_blueprint(page.views)


@views.get("/", strict_slashes=False)
def home() -> ResponseReturnValue:
    """The agenda is where a day begins."""
    return redirect(url_for("agent.agenda.show"))
