"""What is wrong with an installation, and how to mend it (O02)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from os import W_OK, access
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.federation.client import Client, SignOnFailed
from rdvdav.federation.provider import providers_of
from rdvdav.inbox import mailbox
from rdvdav.migrations import differences, is_current
from rdvdav.notify.carriers import provider_of, receipts_url
from rdvdav.notify.mail import SmtpSender, sender_of
from rdvdav.notify.providers import OptionsWrong
from rdvdav.outbox.deliver import SendFailed
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import Installation
from rdvdav.settings import Settings, SettingsUnreadable

LATE = timedelta(minutes=15)
SKEW = timedelta(seconds=30)
SILENT = timedelta(minutes=5)
"""A worker says each minute that it runs."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        well: It is as it should be.
        what: What was looked at, and seen.
        mend: What to do when it is not well.
    """

    well: bool
    what: str
    mend: str = ""


def examine(database: Database, clock: Clock, settings: Settings) -> Iterator[Finding]:
    """Look at everything, one finding after the other; what needs the database is left out when that can't be reached."""
    reached = _database(database)
    yield reached
    if reached.well:
        checks: tuple[Callable[[], Finding], ...] = (
            lambda: _schema(database),
            lambda: _clocks(database, clock),
            lambda: _outbox(database, clock),
            lambda: _worker(database, clock),
        )
        for check in checks:
            yield check()
    yield _public_url(settings)
    yield _mail(settings)
    if settings.inbox_url:
        yield _inbox(settings)
    yield _sms(settings)
    yield from _identity_providers(clock, settings)


def _database(database: Database) -> Finding:
    where = database.url.render_as_string(hide_password=True)
    try:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return Finding(
            False, f"database {where}: {type(error).__name__}", "Check database_url, and that the server runs."
        )
    return Finding(True, f"database {where} answers")


def _schema(database: Database) -> Finding:
    if not is_current(database):
        return Finding(False, "schema: not at this version's revision", "Run `rdvdav migrate`.")
    if differences(database):
        return Finding(False, "schema: changed by hand", "Compare it with a fresh database of the same version.")
    return Finding(True, "schema: at this version's revision")


def _clocks(database: Database, clock: Clock) -> Finding:
    """Holds and limits go by this machine's clock: it must agree with the database's."""
    if database.is_sqlite:
        return Finding(True, "clock: the database is on this machine")
    with database.reading() as session:
        theirs = session.execute(select(func.clock_timestamp())).scalar_one()
    apart = abs(theirs - clock.now())
    mend = "Let both machines keep time by NTP."
    return Finding(apart <= SKEW, f"clock: {apart.total_seconds():.1f} s from the database's", mend)


def _outbox(database: Database, clock: Clock) -> Finding:
    open_ = Message.sent_at.is_(None) & Message.dropped_at.is_(None)
    try:
        with database.reading() as session:
            late = session.scalar(select(func.count()).where(open_, Message.due_at < clock.now() - LATE)) or 0
            given_up = session.scalar(select(func.count()).where(Message.dropped_at.is_not(None))) or 0
    except SQLAlchemyError:
        return Finding(False, "outbox: can't be read", "Run `rdvdav migrate`.")
    mend = "Check that a worker runs (`rdvdav worker`, or `rdvdav serve` with its thread) and that mail can leave."
    return Finding(late == 0, f"outbox: {late} messages late, {given_up} given up", mend)


def _worker(database: Database, clock: Clock) -> Finding:
    try:
        with database.reading() as session:
            seen = _seen(session)
    except SQLAlchemyError:
        return Finding(False, "worker: can't be known", "Run `rdvdav migrate`.")
    mend = "Start `rdvdav serve`, or `rdvdav worker` beside the web processes."
    if seen is None:
        return Finding(True, "worker: none has run yet")
    age = int((clock.now() - seen).total_seconds())
    return Finding(age < SILENT.total_seconds(), f"worker: last seen {age} s ago", mend)


def _seen(session: Session) -> datetime | None:
    return session.scalar(select(Installation.worker_seen_at).where(Installation.id == 1))


@dataclass(frozen=True)
class State:
    """How the service is, for everybody to read: nothing personal, nothing of the inside.

    Attributes:
        database: It answers: booking and agendas work.
        worker: A worker has been seen lately: mails leave, calendars follow. Never seen is not well.
        late: Messages that should have left a quarter of an hour ago.
    """

    database: bool
    worker: bool
    late: int

    @property
    def well(self) -> bool:
        """Whether all is as it should be."""
        return self.database and self.worker and not self.late


def state(database: Database, clock: Clock) -> State:
    """How the service is now; what can't be asked is not well."""
    try:
        with database.reading() as session:
            seen = _seen(session)
            return State(True, seen is not None and seen > clock.now() - SILENT, _late(session, clock))
    except SQLAlchemyError:
        return State(database=False, worker=False, late=0)


def _late(session: Session, clock: Clock) -> int:
    waiting = Message.sent_at.is_(None) & Message.dropped_at.is_(None)
    return session.scalar(select(func.count()).where(waiting, Message.due_at < clock.now() - LATE)) or 0


def _public_url(settings: Settings) -> Finding:
    local = settings.host in {"localhost", "127.0.0.1", "::1"}
    if local and not settings.demonstration:
        return Finding(False, f"public_url: {settings.public_url}", "Set it to the address people use, with https.")
    if not local and not settings.is_https:
        return Finding(False, f"public_url: {settings.public_url}", "Use https: iPhones refuse CalDAV without it.")
    return Finding(True, f"public_url: {settings.public_url}")


def _identity_providers(clock: Clock, settings: Settings) -> Iterator[Finding]:
    """One finding each: its settings can be used, and its endpoints and keys can be had."""
    try:
        providers = providers_of(settings)
    except SettingsUnreadable as error:
        yield Finding(False, "identity providers: a setting can't be used", str(error))
        return
    for provider in providers:
        try:
            Client(provider, settings.public_url).check(clock)
        except SignOnFailed as error:
            mend = "Check its issuer or endpoints, and that this machine may reach them."
            yield Finding(False, f"{provider.label}: {type(error.__cause__).__name__}", mend)
        else:
            yield Finding(True, f"{provider.label}: endpoints and keys are known")


def _sms(settings: Settings) -> Finding:
    name = settings.sms_provider
    try:
        provider_of(settings)
    except OptionsWrong as error:
        return Finding(False, f"sms: {error}", "Correct sms_provider and sms_options.")
    if name == "log" and not settings.demonstration:
        mend = "Set sms_provider to who carries them, or to none: citizens are told that SMS come."
        return Finding(False, f"sms: laid in {settings.mail_folder}, nothing is sent", mend)
    where = receipts_url(settings)
    return Finding(True, f"sms: {name}, " + (f"receipts at {where}" if where else "no receipts"))


def _mail(settings: Settings) -> Finding:
    sender = sender_of(settings)
    if isinstance(sender, SmtpSender):
        try:
            sender.check()
        except SendFailed as failure:
            return Finding(False, f"mail: {failure.reason}", "Check smtp_url: scheme, host, port, user and password.")
        return Finding(True, "mail: the server lets us in")
    folder = Path(settings.mail_folder)
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not access(nearest, W_OK):
        return Finding(False, f"mail: {folder} can't be written", "Set smtp_url, or a mail_folder that can be written.")
    if not settings.demonstration:
        return Finding(False, f"mail: laid in {folder}, nothing is sent", "Set smtp_url.")
    return Finding(True, f"mail: laid in {folder}, as a demonstration does")


def _inbox(settings: Settings) -> Finding:
    try:
        mailbox.check(settings.inbox_url)
    except mailbox.MailboxFailed as failure:
        mend = "Check inbox_url: scheme, host, port, user, password and folder."
        return Finding(False, f"inbox: the mailbox can't be opened ({failure})", mend)
    return Finding(True, "inbox: the mailbox of the sending address is read")
