"""What transactions need to know of this installation, kept in the database so that all processes say the same.

Texts are rendered at write time from this row, never from a process's settings: nothing served depends on who reads (K-4).
"""

import secrets
from datetime import timedelta

from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.database import Base, Instant, Kept, PrimaryKey
from rdvdav.settings import Settings


class Installation(Kept, Base):
    """One row, id 1."""

    __tablename__ = "installation"

    id: Mapped[PrimaryKey]
    signing_key: Mapped[str]
    """Signs forms; random, made once, the same for all processes."""
    public_url: Mapped[str]
    uid_host: Mapped[str]
    """Right-hand side of new UIDs: that of the first public address, so that changing it changes no event (K-12)."""
    mail_from: Mapped[str]
    mail_from_name: Mapped[str]
    sms: Mapped[bool] = mapped_column(default=True)
    """Whether there is somebody to carry SMS: only then are any written, and people asked."""
    window_days: Mapped[int]
    cancelled_days: Mapped[int]
    worker_seen_at: Mapped[Instant | None]
    """When a worker last said that it runs; each minute while one does."""

    @property
    def window(self) -> timedelta:
        """How far back calendars show (K-42)."""
        return timedelta(days=self.window_days)

    @property
    def cancelled_for(self) -> timedelta:
        """How long a cancelled appointment stays in calendars (K-42)."""
        return timedelta(days=self.cancelled_days)


def installation(session: Session) -> Installation:
    """The row of this installation; `settle` has written it."""
    return session.get_one(Installation, 1)


def settle(session: Session, settings: Settings) -> Installation:
    """Write what *settings* say into the database, at each start. The caller commits."""
    row = session.get(Installation, 1)
    if row is None:
        row = Installation(id=1, signing_key=secrets.token_hex(32), uid_host=settings.host)
        session.add(row)
    row.public_url = settings.public_url
    row.mail_from = settings.mail_from
    row.mail_from_name = settings.mail_from_name
    row.sms = settings.sms_provider != "none"
    row.window_days = settings.window_days
    row.cancelled_days = settings.cancelled_days
    session.flush()
    return row
