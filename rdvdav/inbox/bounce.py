"""Mails that came back: what a delivery status notification says, in its standard form (RFC 3464) or as older Exim wrote it.

Pure reading. Only what failed for good counts: a delay says nothing yet.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Mail
from email.parser import HeaderParser
from itertools import islice

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED_TYPES = frozenset({"message/rfc822", "message/global", "message/global-headers"})

MOST_RECIPIENTS = 50
"""Of a report, and of Message-IDs in it: one of ours names one of each."""
MOST_OF_A_HEADER = 2000
"""Signs that are read; a header may be as long as a mail."""
MESSAGE_ID = re.compile(r"<[^<>\s@]{1,200}@[^<>\s@]{1,200}>")
_TYPED_ADDRESS = re.compile(r"(?:rfc822|utf-8)\s*;\s*<?([^<>\s]+@[^<>\s]+)>?", re.IGNORECASE)
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-#])")
_QUOTED_ID = re.compile(r"^message-id:\s*(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
_BLANK_LINES = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True)
class Failure:
    """One recipient whom a mail did not reach.

    Attributes:
        addresses: The address, lower-cased, and the one that led to it where the server names both.
        code: Of the SMTP answer; 0 where none is quoted.
        status: Enhanced status (RFC 3463), as "5.1.1"; empty where none is given.
    """

    addresses: frozenset[str]
    code: int
    status: str


@dataclass(frozen=True)
class Bounce:
    """A mail that came back, under one of the *message_ids*."""

    message_ids: frozenset[str]
    failures: tuple[Failure, ...]


def bounce_of(mail: Mail) -> Bounce | None:
    """What *mail* says came back; None where it says nothing of the kind."""
    if mail.get_content_type() == "multipart/report":
        parts = parts_of(mail)
        statuses = (part for part in parts if part.get_content_type() in STATUS_TYPES)
        failures = tuple(failure for part in statuses for failure in _failures(part))
        ids = frozenset(islice(_ids_of_report(mail, parts), MOST_RECIPIENTS))
    elif header(mail, "X-Failed-Recipients"):
        failures, ids = _older_exim(mail)
    else:
        return None
    return Bounce(ids, failures) if failures and ids else None


def _failures(part: Mail) -> Iterator[Failure]:
    """The recipients of a status part that were given up."""
    for fields in _blocks(part):
        if header(fields, "Action").strip().lower() != "failed":
            continue
        named = f"{header(fields, 'Final-Recipient')} {header(fields, 'Original-Recipient')}"
        addresses = frozenset(found.lower() for found in _TYPED_ADDRESS.findall(named))
        if addresses:
            yield _failure(addresses, header(fields, "Status"), header(fields, "Diagnostic-Code"))


def _blocks(part: Mail) -> Iterator[Mail]:
    """The groups of fields: of the mail, then of each recipient."""
    text = "\n".join(each.as_string() for each in parts_of(part)[:MOST_RECIPIENTS])
    for block in _BLANK_LINES.split(text.replace("\r\n", "\n"), MOST_RECIPIENTS)[:MOST_RECIPIENTS]:
        yield HeaderParser().parsestr(block.strip("\n"))


def _failure(addresses: frozenset[str], status: str, quoted: str) -> Failure:
    """What is quoted of the receiver's own words is more exact than a status such as 5.0.0."""
    given, said, code = _ENHANCED.search(status), _ENHANCED.search(quoted), _REPLY_CODE.search(quoted)
    best = said if said and (not given or given[1].endswith(".0.0")) else given
    return Failure(addresses, int(code[1]) if code else 0, best[1] if best else "")


def _ids_of_report(mail: Mail, parts: list[Mail]) -> Iterator[str]:
    """Message-IDs of what came back: of the returned mail or its headers, else what the report answers."""
    for part in parts:
        kind = part.get_content_type()
        if kind in RETURNED_TYPES:
            yield from (id_ for each in parts_of(part)[:1] for id_ in MESSAGE_ID.findall(header(each, "Message-ID")))
        elif kind == "text/rfc822-headers":
            yield from _QUOTED_ID.findall(text_of(part))
        elif kind in STATUS_TYPES:
            for fields in _blocks(part):
                yield from MESSAGE_ID.findall(header(fields, "X-Original-Message-ID"))
    for name in ("In-Reply-To", "References"):
        yield from MESSAGE_ID.findall(header(mail, name))


def _older_exim(mail: Mail) -> tuple[tuple[Failure, ...], frozenset[str]]:
    """A text that names who was not reached in a header, and quotes the mail below (Exim before 4.85)."""
    text = text_of(mail)
    named = re.findall(r"[^\s,<>]+@[^\s,<>]+", header(mail, "X-Failed-Recipients"))
    failures = tuple(_failure(frozenset({address.lower()}), "", text) for address in named)
    return failures, frozenset(_QUOTED_ID.findall(text)[:MOST_RECIPIENTS])


def header(mail: Mail, name: str) -> str:
    """The beginning of a header, empty where there is none."""
    return str(mail.get(name, ""))[:MOST_OF_A_HEADER]


def parts_of(mail: Mail) -> list[Mail]:
    """The parts a mail, or a part, consists of; none where it is a text."""
    payload = mail.get_payload()
    return [part for part in payload if isinstance(part, Mail)] if isinstance(payload, list) else []


def text_of(part: Mail) -> str:
    """The text of a part that has no parts, whatever it is encoded in; strange signs are replaced."""
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace").replace("\r\n", "\n") if isinstance(payload, bytes) else ""
