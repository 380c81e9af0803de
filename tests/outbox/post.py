"""A real SMTP server that misbehaves on request, and messages to send."""

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller
from sqlalchemy.orm import Session

from rdvdav.outbox.message import Message


@dataclass
class Office:
    """Takes mails in, answering each DATA with the next of *answers*, then 250."""

    answers: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)
    """How often each Message-ID was taken in."""
    refused_sender: str = ""
    hangs_up_on_quit: bool = False

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:  # noqa: N802
        if address == self.refused_sender:
            return "553 not you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope) -> str:  # noqa: N802
        if self.hangs_up_on_quit:
            server.transport.close()
        return "221 Bye"

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        if address.startswith("unknown@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.taken.append(envelope.content)
            self.ids[str(message_from_bytes(envelope.content, policy=default)["Message-ID"])] += 1
            self.recipients += envelope.rcpt_tos
        if answer == "250 then hang up":
            server.transport.close()
            return "250 OK"
        return answer


@contextmanager
def post_office(*answers: str) -> Iterator[tuple[Office, str]]:
    """A server, and its address for `smtp_url`."""
    office = Office(list(answers))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield office, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def a_message(session: Session, now: datetime, number: int = 1, territory_id: int = 1, **columns: object) -> Message:
    """A message that is due."""
    values = {
        "territory_id": territory_id,
        "key": f"test:{number}",
        "event": "test",
        "message_id": f"<{number}@rdv.example.test>",
        "recipient": f"citizen{number}@example.test",
        "subject": "Votre code 123456",
        "text": "Le code : 123456, le lien : https://rdv.example.test/abc\n",
        "html": "<p>123456 <a href='https://rdv.example.test/abc'>abc</a></p>",
        "secrets": ["123456", "https://rdv.example.test/abc"],
        "created_at": now,
        "due_at": now,
    }
    message = Message(**(values | columns))
    session.add(message)
    session.flush()
    return message
