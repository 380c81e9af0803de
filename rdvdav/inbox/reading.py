"""What a mail that came in is: a mail of ours that came back, somebody's answer, or nothing for us (K-52, M-7). Pure reading.

What is automatic is not answered, so that no two machines write to each other for ever (RFC 3834 §2).
"""

import re
from dataclasses import dataclass
from email.message import Message as Mail
from email.parser import BytesParser
from email.utils import parseaddr

from rdvdav.inbox.bounce import MESSAGE_ID, Bounce, bounce_of, header, text_of

MOST_BYTES = 512 * 1024
"""What is read of a mail; status reports stand before the mail they return."""
MOST_REFERENCES = 20

_UID = re.compile(r"^UID(?:;[^:\n]*)?:(.+)$", re.IGNORECASE | re.MULTILINE)
_ANSWERED_YES = re.compile(r"^ATTENDEE[^:\n]*;PARTSTAT=ACCEPTED\b", re.IGNORECASE | re.MULTILINE)
_FOLDED = re.compile(r"\r?\n[ \t]")
_NOBODY = re.compile(
    r"(mailer-daemon|postmaster|(no|do-?not)[-_.]?reply.*|nobody|listserv|majordomo|owner-.*|.*-(request|bounces?))@",
    re.IGNORECASE,
)
"""Addresses behind which no person reads (RFC 3834 §2)."""


@dataclass(frozen=True)
class Calendar:
    """What somebody's calendar program says of an event: METHOD REPLY or COUNTER (RFC 5546).

    Attributes:
        accepted: Nothing but yes.
    """

    uids: tuple[str, ...]
    accepted: bool


@dataclass(frozen=True)
class Answer:
    """A mail that a person wrote, or sent by a button of a calendar program.

    Attributes:
        sender: Address, lower-cased.
        message_id: Its own; empty where it has none.
        answers: Message-IDs it answers, the nearest first.
        calendar: What it says as a calendar program, if it does.
    """

    sender: str
    message_id: str
    answers: tuple[str, ...]
    calendar: Calendar | None


def read(raw: bytes) -> Bounce | Answer | None:
    """What *raw* is; None for all that is neither: automatic, from a list, without a sender, unreadable."""
    try:
        mail = BytesParser().parsebytes(raw[:MOST_BYTES])
        return bounce_of(mail) or _answer(mail)
    except Exception:  # anything can come in: nested a thousandfold, cut, in alphabets that do not exist
        return None


def _answer(mail: Mail) -> Answer | None:
    sender = parseaddr(header(mail, "From"))[1].lower()
    calendar = _calendar(mail)
    if not sender or "@" not in sender or len(sender) > 254 or _NOBODY.match(sender) or _is_automatic(mail, calendar):
        return None
    own = MESSAGE_ID.findall(header(mail, "Message-ID"))
    answered = MESSAGE_ID.findall(header(mail, "In-Reply-To"))
    thread = MESSAGE_ID.findall(header(mail, "References"))
    nearest = tuple(dict.fromkeys([*answered, *reversed(thread)]))[:MOST_REFERENCES]
    return Answer(sender, own[0] if own else "", nearest, calendar)


def _is_automatic(mail: Mail, calendar: Calendar | None) -> bool:
    """Whether no person sent *mail* and reads what comes back.

    Some calendar programs call « auto-generated » what somebody answered by a button; that is a person's answer, unless it is yes.
    """
    automatic = header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    pressed = automatic == "auto-generated" and calendar is not None and not calendar.accepted
    suppressed = {each.strip().lower() for each in header(mail, "X-Auto-Response-Suppress").split(",")}
    return (
        (automatic not in {"", "no"} and not pressed)
        or mail.get_content_type() == "multipart/report"
        or header(mail, "Return-Path").strip() == "<>"
        or header(mail, "Precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}
        or any(name.lower().startswith("list-") for name in mail)
        or any(mail.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Loop"))
        or (bool(suppressed & {"all", "autoreply"}) and calendar is None)
        or header(mail, "X-Spam-Flag").strip().lower() == "yes"
    )


def _calendar(mail: Mail) -> Calendar | None:
    """The events a calendar program answers, of the first such part."""
    for part in mail.walk():
        if part.get_content_type() != "text/calendar":
            continue
        text = _FOLDED.sub("", text_of(part))
        if re.search(r"^METHOD:(REPLY|COUNTER)\s*$", text, re.IGNORECASE | re.MULTILINE):
            uids = tuple(uid.strip()[:255] for uid in _UID.findall(text)[:MOST_REFERENCES])
            return Calendar(uids, accepted=bool(_ANSWERED_YES.search(text)))
    return None
