"""What happened to a thing and what left about it, as rows of tables."""

from markupsafe import Markup
from sqlalchemy.orm import Session

from rdvdav.citizens.phone import phone_words
from rdvdav.citizens.referrer import Referrer
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message, Receipt
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
    recipient = " – ".join(filter(None, (to, recipient_words(message))))
    return kind_words(message.event), recipient, state_words(message, zone)


def phone_link(number: str | None) -> Markup | None:
    """A number to read and to dial."""
    return _link("tel:", number, phone_words(number)) if number else None


def mail_link(address: str | None) -> Markup | None:
    """An address to write to."""
    return _link("mailto:", address, address) if address else None


def referrer_lines(referrer: Referrer) -> Markup:
    """Who booked for a person, where they work, and how to reach them."""
    who = ", ".join(filter(None, (referrer.name, referrer.structure)))
    parts = [Markup("{}").format(who), mail_link(referrer.email), phone_link(referrer.phone)]
    return Markup("<br>").join(part for part in parts if part)


def _link(scheme: str, value: str, words: str) -> Markup:
    return Markup('<a class="alone" href="{}{}">{}</a>').format(scheme, value, words)


def kind_words(event: str) -> str:
    """What a message is about, by its event."""
    words = {
        Event.APPOINTMENT_CREATED: _("Confirmation"),
        Event.APPOINTMENT_MOVED: _("Change of the appointment"),
        Event.APPOINTMENT_CHANGED: _("Change of place, motif or duration"),
        Event.APPOINTMENT_CANCELLED: _("Cancellation"),
        Event.APPOINTMENT_WITHDRAWN: _("To be replanned"),
        Event.APPOINTMENT_REASSIGNED: _("Change of agent"),
        Event.APPOINTMENT_REMINDED: _("Reminder"),
        Event.ABSENCE_CREATED: _("Absence created"),
        Event.ABSENCE_CHANGED: _("Absence changed"),
        Event.ABSENCE_REMOVED: _("Absence removed"),
        Event.OPENING_CREATED: _("Opening range created"),
        Event.OPENING_CHANGED: _("Opening range changed"),
        Event.OPENING_REMOVED: _("Opening range removed"),
        Event.PROOF_ASKED: _("Code to prove an address"),
        Event.AGENT_INVITED: _("Invitation of an agent"),
        Event.PASSWORD_FORGOTTEN: _("Link to choose a password"),
        Event.MAIL_TRIED: _("Test mail"),
        Event.MAIL_ANSWERED: _("Automatic answer"),
        Event.APPOINTMENT_REFERRED: _("Confirmation to the referrer"),
        Event.WAITING_LIST_ASKED: _("Waiting list: to be confirmed"),
        Event.WAITING_LIST_JOINED: _("Waiting list: on it"),
        Event.WAITING_LIST_SERVED: _("Waiting list: a time slot is free"),
        Event.INVITED_TO_BOOK: _("Invitation to book"),
        Event.CITIZEN_INVITED: _("Invitation to see one's appointments"),
    }
    return next((said for each, said in words.items() if each == event), _("Message"))


def recipient_words(message: Message) -> str:
    """An address, or a number as people write it, with the word SMS."""
    if message.channel is Channel.SMS:
        return _("%(number)s (SMS)", number=phone_words(message.recipient)) if message.recipient else _("SMS")
    return message.recipient


def state_words(message: Message, zone: str) -> str:
    """What became of a message (8.11)."""
    if message.receipt is Receipt.FAILED:
        return _("Not arrived")
    if message.receipt is Receipt.ARRIVED and message.receipt_at is not None:
        return _("Arrived on %(moment)s", moment=short_moment(message.receipt_at, zone))
    if message.sent_at is not None:
        return _("Sent on %(moment)s", moment=short_moment(message.sent_at, zone))
    if message.dropped_at is not None and message.tries:
        return _n("Given up after %(num)d try", "Given up after %(num)d tries", message.tries)
    if message.dropped_at is not None:
        return _("Given up")
    if message.tries:
        return _n("Failed (%(num)d try)", "Failed (%(num)d tries)", message.tries)
    if message.to_compose:
        return _("Planned for %(moment)s", moment=short_moment(message.due_at, zone))
    return _("Waiting")
