"""Pages of the demonstration, open to everybody where the setting says so: accounts, addresses, and the mails that landed.

With them a newcomer needs no mail server: the code to book with and the invitations stand here.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Blueprint, Response, render_template

from rdvdav.demo import NotLoaded, describe
from rdvdav.errors import NotFound
from rdvdav.i18n import N_, wall
from rdvdav.i18n import gettext as _
from rdvdav_web.frame import Frame, show_in
from rdvdav_web.transaction import house

SHOWN = 100
"""How many mails the list shows, the newest ones."""
NAME = re.compile(r"[0-9A-Za-z-]{1,100}")
ZONE = "Europe/Paris"
ROLES = {
    "agent": N_("Agent of the register office"),
    "organisation admin": N_("Administrator of the town hall"),
    "secretariat": N_("Secretariat of the social centre"),
    "territory admin": N_("Administrator of the département"),
}

views = Blueprint("demonstration", __name__, url_prefix="/demonstration")


class NoSuchMail(NotFound):
    """No such mail has landed."""


@dataclass(frozen=True)
class Mail:
    """A mail as somebody would read it.

    Attributes:
        name: Of its file, without ending.
        sent_at: Wall time.
        calendar, method: The calendar part and what it asks; None without one.
    """

    name: str
    sent_at: datetime
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    calendar: str | None
    method: str | None


@views.before_request
def _frame() -> None:
    show_in(Frame(name=_("Demonstration"), home_url="/"))


@views.get("/")
def show() -> str:
    """Accounts, addresses and mails."""
    try:
        facts = describe(house().settings)
    except NotLoaded:
        facts = {}
    mails = [_read(path) for path in sorted(_landed(), reverse=True)[:SHOWN]]
    sends = bool(house().settings.smtp_url)
    return render_template("demonstration/show.html", facts=facts, roles=ROLES, mails=mails, sends=sends)


@views.get("/courriels/<name>")
def mail(name: str) -> str:
    """One mail: its words, its HTML as source, its calendar part."""
    return render_template("demonstration/mail.html", mail=_read(_path(name)))


@views.get("/courriels/<name>/invite.ics")
def invitation(name: str) -> Response:
    """The calendar part, as a mail program would hand it to the calendar."""
    found = _read(_path(name))
    if found.calendar is None:
        raise NoSuchMail
    return Response(found.calendar.encode(), mimetype="text/calendar")


def _landed() -> list[Path]:
    return list(Path(house().settings.mail_folder).glob("*.eml"))


def _path(name: str) -> Path:
    path = Path(house().settings.mail_folder) / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise NoSuchMail
    return path


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), EmailMessage, policy=policy.default)
    calendar = next((part for part in message.walk() if part.get_content_type() == "text/calendar"), None)
    return Mail(
        name=path.stem,
        sent_at=wall(parsedate_to_datetime(message["Date"]), ZONE),
        sender=str(message["From"]),
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        text=_words(message.get_body(("plain",))),
        html=_words(message.get_body(("html",))),
        calendar=_words(calendar) if calendar else None,
        method=str(calendar.get_param("method")) if calendar else None,
    )


def _words(part: MIMEPart | None) -> str:
    return str(part.get_content()) if part else ""
