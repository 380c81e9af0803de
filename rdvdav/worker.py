"""The loop beside the doors: carries messages out, and once in a while tidies up. As a thread of `serve`, or as processes.

Any number may run; leases keep them out of each other's way. Each step commits by itself, so a kill loses nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from rdvdav.agenda.hold import Hold
from rdvdav.booking.held import sweep
from rdvdav.booking.serve_waiting import look_tomorrow, serve_due
from rdvdav.booking.serve_waiting import tidy as tidy_waiting_list
from rdvdav.citizens.link import EmailProof
from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.feeds.citizen_events import retire as retire_citizens_events
from rdvdav.feeds.republish import republish_due
from rdvdav.feeds.retire import extend_series, forget_removed, move_windows, retire_cancelled
from rdvdav.feeds.several import open_what_is_read
from rdvdav.inbox.mailbox import MailboxFailed, collect
from rdvdav.inbox.receive import take_in
from rdvdav.notify.carriers import carrier_of
from rdvdav.notify.reminder import compose_reminder
from rdvdav.outbox.deliver import Postman, Send, drop_expired
from rdvdav.policy.installation import Installation
from rdvdav.policy.password_link import PasswordLink
from rdvdav.policy.session import WebSession
from rdvdav.policy.sign_on import SignOn
from rdvdav.policy.throttle import ThrottleCounter
from rdvdav.settings import Settings
from rdvdav.webhooks import deliver as webhooks
from rdvdav.webhooks.target import post

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""How long it rests when nothing is due."""
MAILBOX_SECONDS = 60.0
"""How long it rests when no mail has come in."""
TIDY_EVERY = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=1)
"""How often it says that it runs."""
KEPT = timedelta(days=1)
"""How long ended holds, proofs, sessions and counters stay, for those who come back late."""

ENTRIES_KEPT = timedelta(days=30)
"""How long an ended entry of the waiting list still answers the links of its messages."""
LINKS_KEPT = timedelta(days=365)
"""How long it is still known when somebody was invited."""


@dataclass
class Worker:
    """One loop. *stop* ends it after the message in hand.

    Attributes:
        inbox_url: Mailbox of the sending address; empty where none is read.
    """

    database: Database
    clock: Clock
    send: Send
    post: webhooks.Post = post
    inbox_url: str = ""
    stop: Event = field(default_factory=Event)
    postman: Postman = field(init=False)
    _tidied_at: datetime | None = None
    _seen_at: datetime | None = None

    def __post_init__(self) -> None:
        """What it learns of the ways out is kept from round to round."""
        self.postman = Postman(self.database, self.clock, self.send, compose_reminder)

    @classmethod
    def of(cls, database: Database, clock: Clock, settings: Settings) -> "Worker":
        """The worker of an installation."""
        return cls(
            database, clock, carrier_of(settings), partial(post, allowed=settings.webhook_reach), settings.inbox_url
        )

    def run(self) -> None:
        """Work until stopped. A database that can't be reached is waited for."""
        works = [(self.tell_webhooks, PAUSE_SECONDS)]
        if self.inbox_url:
            works.append((self.read_mailbox, MAILBOX_SECONDS))
        # A slow receiver or mailbox holds up no mail.
        beside = [Thread(target=self._repeat, args=each, name=each[0].__name__) for each in works]
        for thread in beside:
            thread.start()
        self._repeat(self.work)
        for thread in beside:
            thread.join()

    def _repeat(self, work: Callable[[], int], pause: float = PAUSE_SECONDS) -> None:
        while not self.stop.is_set():
            if not self._step(work):
                self.stop.wait(pause)

    def tell_webhooks(self) -> int:
        """One round for those who follow by HTTP; how many deliveries were tried."""
        return webhooks.deliver_due(self.database, self.clock, self.post, go_on=lambda: not self.stop.is_set())

    def read_mailbox(self) -> int:
        """Take in what came to the mailbox of the sending address; how many mails."""
        try:
            return collect(
                self.inbox_url, partial(take_in, self.database, self.clock), go_on=lambda: not self.stop.is_set()
            )
        except MailboxFailed as failure:
            log.warning("the mailbox can't be read (%s); trying again", failure)
            return 0

    def work(self) -> int:
        """One round: what is due leaves, texts asked for are written again, who waits is told, tidying; how much was done."""
        now = self.clock.now()
        if self._seen_at is None or now >= self._seen_at + SEEN_EVERY:
            self._seen_at = now
            with self.database.transaction() as session:
                session.execute(update(Installation).values(worker_seen_at=now))
        if self._tidied_at is None or now >= self._tidied_at + TIDY_EVERY:
            self._tidied_at = now
            self.tidy()
        sent = self.postman.round(go_on=lambda: not self.stop.is_set())
        return sent + republish_due(self.database, self.clock) + serve_due(self.database, self.clock)

    def tidy(self) -> None:
        """Let calendars follow the time, write those that are newly read, and forget what ended a day ago."""
        for follow in (retire_cancelled, move_windows, forget_removed, extend_series, open_what_is_read):
            follow(self.database, self.clock)
        before = self.clock.now() - KEPT
        with self.database.transaction() as session:
            sweep(session, self.clock, KEPT)
            drop_expired(session, self.clock)
            retire_citizens_events(session, self.clock)
            webhooks.tidy(session, self.clock)
            tidy_waiting_list(session, self.clock, ENTRIES_KEPT, KEPT)
            look_tomorrow(session, self.clock)
            session.execute(delete(WebSession).where(WebSession.expires_at < before))
            session.execute(delete(SignOn).where(SignOn.expires_at < before))
            session.execute(delete(PasswordLink).where(PasswordLink.expires_at < self.clock.now() - LINKS_KEPT))
            session.execute(delete(ThrottleCounter).where(ThrottleCounter.ends_at < before))
            proven = Hold.proof_id.is_not(None)
            session.execute(update(Hold).where(Hold.expires_at < before, proven).values(proof_id=None))
            in_use = select(Hold.proof_id).where(proven)
            session.execute(delete(EmailProof).where(EmailProof.expires_at < before, EmailProof.id.not_in(in_use)))

    def _step(self, work: Callable[[], int]) -> int:
        try:
            return work()
        except SQLAlchemyError:
            log.exception("the database did not answer; trying again")
            return 0
