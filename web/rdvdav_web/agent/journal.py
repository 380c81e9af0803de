"""What happened to an appointment and what left about it, as rows of tables."""

from datetime import datetime

from markupsafe import Markup

from rdvdav.audit.entry import ActorKind
from rdvdav.citizens.phone import phone_words
from rdvdav.i18n import clock, moment, short_date, wall
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.planning.appointments import Traced
from rdvdav_web.agent.warning_words import accepted_words


def history_row(traced: Traced, zone: str) -> tuple[str, str, str]:
    """When, what, who."""
    return _short(traced.entry.at, zone), _what(traced, zone), _who(traced)


def message_row(message: Message, zone: str) -> tuple[str, str, str]:
    """Kind, recipient, state (8.11)."""
    return _kind(message), message.recipient, _state(message, zone)


def phone_link(number: str | None) -> Markup | None:
    """A number to read and to dial."""
    return _link("tel:", number, phone_words(number)) if number else None


def mail_link(address: str | None) -> Markup | None:
    """An address to write to."""
    return _link("mailto:", address, address) if address else None


def _link(scheme: str, value: str, words: str) -> Markup:
    return Markup('<a class="alone" href="{}{}">{}</a>').format(scheme, value, words)


def _what(traced: Traced, zone: str) -> str:
    what = _deed(traced, zone)
    return what if traced.entry.details.get("told", True) else _("%(what)s – nobody was told", what=what)


def _deed(traced: Traced, zone: str) -> str:
    details, personal = traced.entry.details, traced.entry.personal or {}
    match traced.entry.kind:
        case "appointment.booked" if details.get("accepted"):
            when, accepted = _moment(details.get("starts_at"), zone), accepted_words(details["accepted"])
            return _("Booked for %(moment)s; accepted: %(warnings)s", moment=when, warnings=accepted)
        case "appointment.booked":
            return _("Booked for %(moment)s", moment=_moment(details.get("starts_at"), zone))
        case "appointment.moved" if details.get("accepted"):
            old, new = _moment(details.get("old"), zone), _moment(details.get("new"), zone)
            warnings = accepted_words(details["accepted"])
            return _("Moved from %(old)s to %(new)s; accepted: %(warnings)s", old=old, new=new, warnings=warnings)
        case "appointment.moved":
            old, new = _moment(details.get("old"), zone), _moment(details.get("new"), zone)
            return _("Moved from %(old)s to %(new)s", old=old, new=new)
        case "appointment.withdrawn" if personal.get("reason"):
            return _("To be replanned: %(reason)s", reason=personal["reason"])
        case "appointment.withdrawn":
            return _("To be replanned")
        case "appointment.reassigned":
            return _("Given to another agent")
        case "appointment.kept":
            return _("Kept although its time slot is gone")
        case "appointment.cancelled" if personal.get("reason"):
            return _("Cancelled: %(reason)s", reason=personal["reason"])
        case "appointment.cancelled":
            return _("Cancelled")
        case _:
            return _("Changed")


def _who(traced: Traced) -> str:
    match traced.entry.actor:
        case ActorKind.AGENT:
            return _("%(name)s (agent)", name=traced.who or "?")
        case ActorKind.CITIZEN:
            return _("%(name)s (citizen)", name=traced.who or "?")
        case _:
            return _("Automatic")


def _kind(message: Message) -> str:
    words = {
        Event.APPOINTMENT_CREATED: _("Confirmation"),
        Event.APPOINTMENT_MOVED: _("Change of the appointment"),
        Event.APPOINTMENT_CANCELLED: _("Cancellation"),
        Event.APPOINTMENT_WITHDRAWN: _("To be replanned"),
        Event.APPOINTMENT_REASSIGNED: _("Change of agent"),
    }
    return next((said for event, said in words.items() if event == message.event), _("Message"))


def _state(message: Message, zone: str) -> str:
    if message.sent_at is not None:
        return _("Sent on %(moment)s", moment=_short(message.sent_at, zone))
    if message.dropped_at is not None:
        return _("Given up")
    if message.tries:
        return _n("Failed (%(num)d try)", "Failed (%(num)d tries)", message.tries)
    return _("Waiting")


def _moment(text: str | None, zone: str) -> str:
    return moment(wall(datetime.fromisoformat(text), zone)) if text else "?"


def _short(instant: datetime, zone: str) -> str:
    local = wall(instant, zone)
    return _("%(date)s at %(time)s", date=short_date(local), time=clock(local))
