"""What is kept about a person, in words (B17, GDPR art. 15): tables and columns as people call them."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from rdvdav.citizens.phone import phone_words
from rdvdav.i18n import N_, moment, plain_date, wall
from rdvdav.i18n import gettext as _

TABLES = {
    "citizen": N_("What the record says"),
    "citizen_identity": N_("Identity vouched for by a provider"),
    "email_proof": N_("E-mail addresses you proved lately"),
    "outbox_message": N_("Messages sent to you"),
    "blocked_address": N_("Addresses and numbers nothing is sent to any more"),
    "appointment": N_("Written about your appointments"),
    "booking_invitation": N_("Invitations to book an appointment"),
    "waiting_list_entry": N_("What you wait for on the waiting list"),
    "answer": N_("Answers to questions before your appointments"),
    "audit_entry": N_("Changes kept in the journal"),
}
COLUMNS = {
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "email": N_("E-mail address"),
    "phone": N_("Phone number"),
    "birth_date": N_("Date of birth"),
    "notes": N_("Notes of the agents"),
    "subject": N_("Subject, or identifier at the provider"),
    "recipient": N_("Sent to"),
    "text": N_("Text"),
    "html": N_("Text, laid out"),
    "calendar": N_("Calendar part"),
    "message": N_("Message"),
    "answer": N_("Answer"),
    "blocked_address.address": N_("Address or number"),
    "address": N_("Where it takes place"),
    "withdrawn_reason": N_("Why the slot was withdrawn"),
    "cancel_reason": N_("Why it was cancelled"),
    "personal": N_("What changed"),
}
UNSHOWN = frozenset({"html", "calendar"})
"""In the file for programs alone: the text says the same."""


def tables_in_words(person: Mapping[str, Any]) -> Iterator[tuple[str, list[list[tuple[str, str]]]]]:
    """Of each kind of thing its name, and of each row the columns with their values."""
    for name, rows in person["kept"].items():
        lines = [[(_label(key, name), _said(key, row[key])) for key in row if key not in UNSHOWN] for row in rows]
        yield _(TABLES[name]) if name in TABLES else name, lines


def appointments_in_words(person: Mapping[str, Any], zone: str) -> list[str]:
    """Of each appointment when, what for and where, the latest last; hours as in *zone*."""
    return [
        ", ".join(
            filter(None, (moment(wall(datetime.fromisoformat(each["starts_at"]), zone)), each["motif"], each["place"]))
        )
        for each in person["appointments"]
    ]


def _label(column: str, table: str = "") -> str:
    words = COLUMNS.get(f"{table}.{column}", COLUMNS.get(column))
    return _(words) if words else column


def _said(key: str, value: Any) -> str:
    if key == "phone":
        return phone_words(value)
    if key == "birth_date":
        return plain_date(date.fromisoformat(value))
    if isinstance(value, dict):
        return ", ".join(f"{_label(name)}: {_change(change)}" for name, change in value.items())
    return str(value)


def _change(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"old", "new"}:
        return f"{value['old'] or '–'} → {value['new'] or '–'}"
    return str(value)
