"""What happened to a thing and what left about it, as rows of tables."""

from markupsafe import Markup
from sqlalchemy.orm import Session

from rdvdav.citizens.phone import phone_words
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.planning.journal import Traced, history_of
from rdvdav_web.agent.deeds import actor, deed, short_moment


def history_rows(session: Session, subject: str, subject_id: int, zone: str) -> list[tuple[str, str, str]]:
    """The history of a thing that one may see, oldest first, for the macro `history_table`; one statement."""
    return [history_row(traced, zone) for traced in history_of(session, subject, subject_id)]


def history_row(traced: Traced, zone: str) -> tuple[str, str, str]:
    """When, what, who."""
    return short_moment(traced.entry.at, zone), deed(traced.entry, zone), actor(traced)


def message_row(message: Message, zone: str, name: str = "") -> tuple[str, str, str]:
    """Kind, recipient by *name* where it is told, state (8.11)."""
    to = _("%(name)s (agent)", name=name) if name and message.agent_id is not None else name
    return _kind(message), " – ".join(filter(None, (to, message.recipient))), _state(message, zone)


def phone_link(number: str | None) -> Markup | None:
    """A number to read and to dial."""
    return _link("tel:", number, phone_words(number)) if number else None


def mail_link(address: str | None) -> Markup | None:
    """An address to write to."""
    return _link("mailto:", address, address) if address else None


def _link(scheme: str, value: str, words: str) -> Markup:
    return Markup('<a class="alone" href="{}{}">{}</a>').format(scheme, value, words)


def _kind(message: Message) -> str:
    words = {
        Event.APPOINTMENT_CREATED: _("Confirmation"),
        Event.APPOINTMENT_MOVED: _("Change of the appointment"),
        Event.APPOINTMENT_CHANGED: _("Change of the appointment"),
        Event.APPOINTMENT_CANCELLED: _("Cancellation"),
        Event.APPOINTMENT_WITHDRAWN: _("To be replanned"),
        Event.APPOINTMENT_REASSIGNED: _("Change of agent"),
        Event.CITIZEN_INVITED: _("Invitation to see one's appointments"),
    }
    return next((said for event, said in words.items() if event == message.event), _("Message"))


def _state(message: Message, zone: str) -> str:
    if message.sent_at is not None:
        return _("Sent on %(moment)s", moment=short_moment(message.sent_at, zone))
    if message.dropped_at is not None:
        return _("Given up")
    if message.tries:
        return _n("Failed (%(num)d try)", "Failed (%(num)d tries)", message.tries)
    return _("Waiting")
