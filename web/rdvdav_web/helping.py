"""« Aide » from every header: guide, questions, state of the service, page for IT departments (A11, ux 10.9). For everybody to read."""

from flask import Blueprint, render_template

from rdvdav.doctor import state
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.transaction import clock, house

views = Blueprint("help", __name__, url_prefix="/aide")

TABS = (
    ("help.show", N_("Guide")),
    ("help.questions", N_("Questions and answers")),
    ("help.status", N_("State of the service")),
    ("help.computing", N_("For IT departments")),
)


@views.context_processor
def _tabs() -> dict[str, object]:
    return {"help_tabs": [(endpoint, _(label)) for endpoint, label in TABS]}


@views.get("")
def show() -> str:
    """The guide: for citizens, for agents, for administrators."""
    return render_template("help/guide.html")


@views.get("/questions")
def questions() -> str:
    """What people ask."""
    return render_template("help/questions.html")


@views.get("/etat")
def status() -> tuple[str, int]:
    """Whether the service works now; a page of its own even where the database does not answer."""
    found = state(house().database, clock())
    return render_template("help/status.html", state=found, now=clock().now()), 200 if found.database else 503


@views.get("/service-informatique")
def computing() -> str:
    """What a network must let through, and who sends the mails."""
    settings = house().settings
    sender = settings.mail_from.rpartition("@")[2]
    return render_template("help/computing.html", settings=settings, sender=sender)
