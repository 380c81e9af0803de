"""Mails on the wire: MIME with its calendar part (K-50), handed to an SMTP server or laid in a folder."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from hashlib import sha256
from os import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rdvdav.outbox.deliver import Send, SendFailed
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.settings import Settings

TIMEOUT_SECONDS = 60
"""For each of the dozen answers a sending waits for; all together stay within the outbox's lease."""
MOST_REFERENCES = 10
"""Of those after the first; lines are no longer than 998 octets (RFC 5322 §2.1.1)."""
FOLDER_MARK = "smtp_url is empty: mails are laid in mail_folder"


def mime_of(message: Message, sender: Address) -> EmailMessage:
    """The mail: text and HTML as alternatives, the calendar part among them and once more as `invite.ics` (K-50)."""
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = sender
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-replied" if message.event == Event.MAIL_ANSWERED else "auto-generated"  # RFC 3834 §5
    if message.follows:
        mail["In-Reply-To"] = message.follows[-1]
        mail["References"] = " ".join([message.follows[0], *message.follows[1:][-MOST_REFERENCES:]])
    if message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    if message.calendar:
        calendar = message.calendar.encode()
        mail.add_alternative(
            calendar, maintype="text", subtype="calendar", cte="base64", params=_calendar_parameters(message)
        )
        mail.add_attachment(calendar, maintype="application", subtype="ics", filename="invite.ics")
    for number, part in enumerate(each for each in mail.walk() if each.is_multipart()):
        # Drawn from the Message-ID and not by chance, so that a second try sends the same bytes.
        part.set_boundary(f"=={sha256(f'{number}{message.message_id}'.encode()).hexdigest()[:32]}==")
    return mail


def _calendar_parameters(message: Message) -> dict[str, str]:
    return {"method": message.method or "REQUEST", "charset": "utf-8"}


def sender_of(settings: Settings) -> Send:
    """What carries mails in this installation."""
    address = Address(settings.mail_from_name, addr_spec=settings.mail_from)
    return SmtpSender(settings.smtp_url, address) if settings.smtp_url else FolderSender(settings.mail_folder, address)


class FolderSender:
    """Lays each mail in a folder, whole or not at all."""

    def __init__(self, folder: str, sender: Address) -> None:
        """The folder is made when the first mail comes."""
        self._folder = Path(folder)
        self._sender = sender

    def __call__(self, message: Message) -> None:
        """Write the mail; the same message gets the same name.

        Raises:
            SendFailed: The folder can't be written.
        """
        path = self._folder / f"{name_of(message.created_at, message.message_id)}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(mime_of(message, self._sender).as_bytes())
            replace(unfinished, path)
        except OSError as error:
            raise SendFailed(f"the mail folder can't be written ({error.strerror})", unreached=True) from error


def name_of(created_at: datetime, message_id: str) -> str:
    """A file name that sorts by time and says nothing of the recipient."""
    return f"{created_at:%Y%m%d-%H%M%S}-{sha256(message_id.encode()).hexdigest()[:10]}"


class SmtpSender:
    """Hands mails to an SMTP server, one connection each."""

    def __init__(self, url: str, sender: Address) -> None:
        """Address as `smtp://`, `smtps://` or `smtp+starttls://user:password@host:port`."""
        self._url = urlsplit(url)
        self._sender = sender
        # Reading the authorities costs more than sending a mail, so it is done once.
        self._trust = ssl.create_default_context()

    def __call__(self, message: Message) -> None:
        """Send the mail.

        Raises:
            SendFailed: Permanent when the server says so (5xx about the recipient or content), else to be tried again.
        """
        try:
            with self._connection() as server:
                server.send_message(mime_of(message, self._sender), self._sender.addr_spec, [message.recipient])
        except smtplib.SMTPRecipientsRefused as error:
            raise refused_recipient(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPAuthenticationError as error:
            raise SendFailed(f"the server refused our sign-in ({error.smtp_code})", unreached=True) from error
        except smtplib.SMTPResponseException as error:
            permanent = _permanent(error)
            raise SendFailed(
                f"the server did not take it ({error.smtp_code})", permanent, unreached=not permanent
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            words = f"the server can't be reached or hung up ({type(error).__name__})"
            raise SendFailed(words, unreached=True) from error

    def check(self) -> None:
        """Sign in and out again.

        Raises:
            SendFailed: It does not work; the reason says why.
        """
        try:
            with self._connection() as server:
                server.noop()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise SendFailed(f"{type(error).__name__}: {error}") from error

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        host, scheme = self._url.hostname or "localhost", self._url.scheme
        server: smtplib.SMTP
        if scheme == "smtps":
            server = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=TIMEOUT_SECONDS, context=self._trust)
        else:
            server = smtplib.SMTP(host, self._url.port or 25, timeout=TIMEOUT_SECONDS)
        try:
            if scheme == "smtp+starttls":
                server.starttls(context=self._trust)
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
            yield server
            # The mail was accepted already: hanging up without a word must not send it twice.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()


def refused_recipient(code: int, answer: bytes) -> SendFailed:
    """What a refused RCPT means: 4xx is tried again, 5xx given up; an address that does not exist is blocked (M-7)."""
    enhanced = _ENHANCED.match(answer.strip().decode("ascii", "replace"))
    gone = nobody_there(code, enhanced[0] if enhanced else "")
    return SendFailed(f"the server refused the recipient ({code})", permanent=code >= 500, blocks=gone)


def nobody_there(code: int, status: str) -> bool:
    """Whether a refusal says that an address is none (M-7), by SMTP code and enhanced status (RFC 3463); 0 and empty where unknown.

    What is refused for another reason, such as a full mailbox or our own manners (5.2.2, 5.7.x), says nothing of the address.
    """
    found = _ENHANCED.match(status)
    if found is None:
        return code in {550, 551, 553} and not status
    subject, detail = found["subject"], found["detail"]
    return subject == "1" or (subject == "2" and detail != "2") or (subject, detail) in _NO_SUCH_HOST


_ENHANCED = re.compile(r"5\.(?P<subject>\d{1,3})\.(?P<detail>\d{1,3})\b")
_NO_SUCH_HOST = frozenset({("4", "1"), ("4", "4"), ("4", "310")})
"""The domain is none; Exchange Online says 5.4.1 of a mailbox that is none."""


def _permanent(error: smtplib.SMTPResponseException) -> bool:
    """Whether it is the mail that is refused, and not us: what is wrong with the sender can be mended."""
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 550
