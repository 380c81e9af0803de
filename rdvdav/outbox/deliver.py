"""Carrying messages out: claim under a lease, send outside any transaction, record (M-6). At least once each, whatever crashes.

A message leaves a second time only if the process died between the receiver's acceptance and our record; its Message-ID is the same.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Thread

from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.outbox.blocked import block
from rdvdav.outbox.circuit import Circuits, delay
from rdvdav.outbox.claim import LEASE, Compose, claim, drop, nothing_to_say, undecided
from rdvdav.outbox.message import Channel, Message

log = logging.getLogger(__name__)

RENEW_SECONDS = 30.0
KEEP_TRYING = timedelta(days=4)
"""From the first try on; then the message waits for an administrator."""
BLANK = "…"


@dataclass(eq=False)
class SendFailed(Exception):
    """A message did not leave.

    Attributes:
        reason: Why, in words without anything personal.
        permanent: Another try would fail as well.
        unreached: Nobody was there to take any message: it says nothing about this one.
        blocks: The address is none, or none any more (M-7).
    """

    reason: str
    permanent: bool = False
    unreached: bool = False
    blocks: bool = False


Send = Callable[[Message], str | None]
"""Hands one message over: what the other side calls it, if it does. Else raises `SendFailed`."""


@dataclass
class Postman:
    """What carries messages out, and what it has learnt of the ways out.

    Attributes:
        renew_seconds: How often a lease is renewed while a sending lasts.
    """

    database: Database
    clock: Clock
    send: Send
    compose: Compose = nothing_to_say
    renew_seconds: float = RENEW_SECONDS
    circuits: Circuits = field(default_factory=Circuits)

    def round(self, at_once: int = 20, go_on: Callable[[], bool] = lambda: True) -> int:
        """Try up to *at_once* messages that are due, while *go_on*; how many were. Commits as it goes.

        They are leased one at a time, so that none waits under a lease behind slow ones.
        """
        with self.database.transaction() as session:
            message = self._claim(session)
        tried = 0
        while message is not None:
            with self._leased(message):
                provider_id, failure = _hand_over(self.send, message)
            tried += 1
            with self.database.transaction() as session:
                if failure is None:
                    _record_sent(session, self.clock, message.id, provider_id)
                else:
                    _record_failure(session, self.clock, message, failure)
                self._learn(session, message.channel, failure)
                message = self._claim(session) if tried < at_once and go_on() else None
        return tried

    def _claim(self, session: Session) -> Message | None:
        return claim(session, self.clock, self.compose, self.circuits.closed(self.clock.now()))

    def _learn(self, session: Session, channel: Channel, failure: SendFailed | None) -> None:
        """Know whether somebody is there; once somebody is again, what waited for that goes on before what came later."""
        circuit = self.circuits[channel]
        if failure is not None and failure.unreached:
            circuit.missed(self.clock.now())
        elif circuit.reached():
            held_up = (Message.unreached, Message.channel == channel, Message.leased_until.is_(None))
            session.execute(
                update(Message)
                .where(undecided(), *held_up, Message.first_tried_at.is_not(None))
                .values(due_at=Message.first_tried_at)
            )

    @contextmanager
    def _leased(self, message: Message) -> Iterator[None]:
        """Renew the lease of *message* as long as the block lasts."""
        done = Event()

        def renew() -> None:
            while not done.wait(self.renew_seconds):
                try:
                    with self.database.transaction() as session:
                        session.execute(
                            update(Message)
                            .where(Message.id == message.id, Message.tries == message.tries, undecided())
                            .values(leased_until=self.clock.now() + LEASE)
                        )
                except SQLAlchemyError:
                    log.exception("a lease could not be renewed; trying again")

        renewing = Thread(target=renew, name="lease", daemon=True)
        renewing.start()
        try:
            yield
        finally:
            done.set()
            renewing.join()


def deliver_due(
    database: Database, clock: Clock, send: Send, at_once: int = 20, go_on: Callable[[], bool] = lambda: True
) -> int:
    """One round of a postman who knows nothing yet; how many messages were tried."""
    return Postman(database, clock, send).round(at_once, go_on)


def _hand_over(send: Send, message: Message) -> tuple[str | None, SendFailed | None]:
    """What the other side calls *message*, or why it did not leave."""
    try:
        return send(message), None
    except SendFailed as failure:
        return None, failure
    except Exception as error:  # one message that can't be put on the wire must not stop all others
        return None, SendFailed(f"it can't be put on the wire ({type(error).__name__})")


def waiting(session: Session) -> int:
    """How many messages have neither left nor been given up."""
    return session.scalar(select(func.count()).select_from(Message).where(undecided())) or 0


def _record_sent(session: Session, clock: Clock, message_id: int, provider_id: str | None) -> None:
    """Note the delivery, and blank the clear tokens: from now on they stand only in the recipient's mailbox (M-5)."""
    message = session.get_one(Message, message_id)
    message.sent_at, message.dropped_at = clock.now(), None
    message.leased_until = None
    message.unreached = False
    message.last_error = None if message.receipt is None else message.last_error  # it came back faster than we note
    message.provider_id = provider_id
    _blank(message)


def _blank(message: Message) -> None:
    for secret in message.secrets:
        message.subject = message.subject.replace(secret, BLANK)
        message.text = message.text.replace(secret, BLANK)
        message.html = message.html.replace(secret, BLANK) if message.html else None
    message.secrets = []


def _record_failure(session: Session, clock: Clock, tried: Message, failure: SendFailed) -> None:
    """Note why, and when to try again: after a delay that doubles, or never. What somebody else has decided meanwhile stays."""
    message = session.get_one(Message, tried.id)
    if message.sent_at is not None or message.dropped_at is not None or message.tries != tried.tries:
        return
    message.leased_until = None
    message.last_error = failure.reason
    message.unreached = failure.unreached
    over = clock.now() - (message.first_tried_at or clock.now()) >= KEEP_TRYING
    if failure.permanent or over:
        message.dropped_at = clock.now()
    else:
        message.due_at = clock.now() + delay(message.tries, message.key)
    if failure.blocks:
        block(session, message.territory_id, message.recipient, failure.reason, clock.now())


def drop_expired(session: Session, clock: Clock) -> int:
    """Give up what did not leave while it was of use, and blank its secrets; how many. The caller commits."""
    over = select(Message).where(undecided(), Message.expires_at <= clock.now())
    messages = session.scalars(over.limit(1000).with_for_update(skip_locked=True)).all()
    for message in messages:
        drop(message, clock, message.last_error or "it was over before it could leave")
        _blank(message)
    return len(messages)


def retry(session: Session, clock: Clock, message_id: int) -> None:
    """Let a message that was given up leave after all, now. The caller commits."""
    session.execute(
        update(Message)
        .where(Message.id == message_id, Message.sent_at.is_(None))
        .values(dropped_at=None, due_at=clock.now(), tries=0, first_tried_at=None)
    )
