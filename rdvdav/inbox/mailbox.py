"""A mailbox read over IMAP (RFC 9051) where no mail server can hand mails in itself: what is unseen is taken in, then seen.

A mail whose taking in was cut short stays unseen and is taken in again, which does no harm.
"""

import imaplib
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

from sqlalchemy.exc import SQLAlchemyError

from rdvdav.inbox.reading import MOST_BYTES

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30
AT_ONCE = 50


class MailboxFailed(Exception):
    """The mailbox can't be reached, or does not let us in; the text says what kind of error it was."""


def collect(url: str, take: Callable[[bytes], object], go_on: Callable[[], bool] = lambda: True) -> int:
    """Hand up to fifty unseen mails of the mailbox at *url* to *take*, while *go_on*; how many.

    Args:
        url: As `imaps://user:password@host:port/folder`; the folder is INBOX where none is named.

    Raises:
        MailboxFailed: It can't be reached, or does not let us in.
        SQLAlchemyError: The database did not answer; the mail in hand stays unseen.
    """
    taken = 0
    with _opened(url) as box:
        for number in _said(box.uid("SEARCH", "UNSEEN")).split()[:AT_ONCE]:
            if not go_on():
                break
            _take(take, _body(box, number.decode()))
            box.uid("STORE", number.decode(), "+FLAGS.SILENT", r"(\Seen)")
            taken += 1
    return taken


def _take(take: Callable[[bytes], object], raw: bytes) -> None:
    try:
        take(raw)
    except SQLAlchemyError:
        raise
    except Exception as error:  # one mail must not stand before all others for ever
        log.error("a mail that came in could not be taken in (%s)", type(error).__name__)


def _body(box: imaplib.IMAP4, number: str) -> bytes:
    parts = box.uid("FETCH", number, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")[1]
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")


def check(url: str) -> None:
    """Open the mailbox and close it again.

    Raises:
        MailboxFailed: It does not work.
    """
    with _opened(url):
        return


@contextmanager
def _opened(url: str) -> Iterator[imaplib.IMAP4]:
    parts = urlsplit(url)
    host, folder = parts.hostname or "localhost", unquote(parts.path.strip("/")) or "INBOX"
    try:
        box: imaplib.IMAP4
        if parts.scheme == "imaps":
            trust = ssl.create_default_context()
            box = imaplib.IMAP4_SSL(host, parts.port or 993, ssl_context=trust, timeout=TIMEOUT_SECONDS)
        else:
            box = imaplib.IMAP4(host, parts.port or 143, timeout=TIMEOUT_SECONDS)
        try:
            if parts.scheme == "imap+starttls":
                box.starttls(ssl.create_default_context())
            box.login(unquote(parts.username or ""), unquote(parts.password or ""))
            _said(box.select(f'"{folder}"'))
            yield box
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                box.logout()
    except (imaplib.IMAP4.error, OSError, ValueError) as error:  # a port that is no number, a password in other letters
        raise MailboxFailed(type(error).__name__) from error


def _said(answer: tuple[str, list[bytes | None]]) -> bytes:
    """What the server answered to a command it carried out."""
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(answer[0])
    return answer[1][0] or b""
