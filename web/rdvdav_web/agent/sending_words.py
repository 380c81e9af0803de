"""What became of a message, and why, in the reader's words (8.11)."""

import re

from rdvdav.administration.sendings import Standing
from rdvdav.i18n import N_, translated
from rdvdav.i18n import gettext as _
from rdvdav.outbox.message import Channel, Message

STANDINGS = {
    "envoye": (Standing.SENT, N_("Sent")),
    "en-attente": (Standing.WAITING, N_("Waiting")),
    "en-echec": (Standing.FAILED, N_("Failed")),
    "abandonne": (Standing.DROPPED, N_("Given up")),
    "prevu": (Standing.PLANNED, N_("Planned")),
}
"""By the name in the address."""
CHANNELS = {"mail": (Channel.MAIL, N_("E-mail")), "sms": (Channel.SMS, N_("SMS"))}
"""By the name in the address."""

REASONS = (
    N_("it can't be put on the wire"),
    N_("it can't be composed"),
    N_("it is no longer true"),
    N_("it was over before it could leave"),
    N_("the server refused the recipient"),
    N_("the server refused our sign-in"),
    N_("the server did not take it"),
    N_("the server can't be reached or hung up"),
    N_("the mail folder can't be written"),
    N_("the mail came back"),
    N_("the SMS provider did not take it"),
    N_("the SMS provider can't be reached"),
    N_("the SMS provider says that the number is none"),
    N_("the SMS did not arrive"),
    N_("the number is none any more"),
)
"""All the outbox says, each with a detail in brackets or without."""
_REASON = re.compile(r"(?P<words>.*?)(?: \((?P<detail>[^()]*)\))?", re.DOTALL)


def reason_words(text: str | None) -> str:
    """Why a message did not leave; what is not among `REASONS` is said as it is kept."""
    found = _REASON.fullmatch(text or "")
    if found is None or found["words"] not in REASONS:
        return text or ""
    said = translated(found["words"])
    return _("%(reason)s (%(detail)s)", reason=said, detail=found["detail"]) if found["detail"] else said


def state_kind(message: Message) -> str:
    """Colour of the state; the word says the same."""
    if message.sent_at is not None:
        return "warning" if message.receipt == "failed" else "success"
    return "warning" if message.tries or message.dropped_at else "neutral"
