"""Who signs in on the staff's side. Accounts are global: an agent may work in several territories."""

from enum import StrEnum

from sqlalchemy import ForeignKey, false, true
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, Personal, PrimaryKey, words
from rdvdav.i18n import DEFAULT_LOCALE


class Level(StrEnum):
    """What an agent reads of by mail of the own appointments, each less than the one before (M-4)."""

    ALL = "all"
    OTHERS = "others"
    """What somebody else did."""
    NEAR = "near"
    """Of that, what was or is for today or tomorrow."""
    NONE = "none"


class Agent(Base):
    """A member of staff."""

    __tablename__ = "agent"

    id: Mapped[PrimaryKey]
    email: Mapped[Personal] = mapped_column(unique=True)
    """Lower-cased."""
    first_name: Mapped[Personal]
    last_name: Mapped[Personal]
    password_hash: Mapped[str | None]
    """argon2id; None until the first sign-in."""
    principal: Mapped[str] = mapped_column(unique=True)
    """Opaque `[a-z0-9]` name in CalDAV addresses (K-20); never changes."""
    left_at: Mapped[Instant | None]
    """Set when the agent leaves: no sign-in, no slot, feeds revoked."""
    created_at: Mapped[Instant]
    last_sign_in_at: Mapped[Instant | None]
    """With the password, on the web; programs that read calendars do not count."""
    single_key_shortcuts: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether keys alone act; off for who dictates (WCAG 2.1.4)."""
    first_hour: Mapped[int] = mapped_column(default=8, server_default="8")
    last_hour: Mapped[int] = mapped_column(default=18, server_default="18")
    """The hours that the own agenda shows even when nothing stands there (ux 6.2); what stands outside widens them."""
    weekends: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether Saturday and Sunday are shown even when nothing stands there."""
    appointments_told: Mapped[Level] = mapped_column(words(Level), default=Level.OTHERS, server_default="others")
    openings_told: Mapped[bool] = mapped_column(default=True, server_default=true())
    absences_told: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether changes of the own opening ranges and absences are read of by mail (M-4)."""
    calendar_by_mail: Mapped[bool] = mapped_column(default=True, server_default=true())
    """« Synchronisation par e-mail »: mails carry what a calendar program files by itself, and leave for that alone (M-4, K-51)."""
    language: Mapped[str] = mapped_column(default=DEFAULT_LOCALE, server_default=DEFAULT_LOCALE)
    """In which mails are written to the agent, as a BCP 47 tag."""

    @property
    def name(self) -> str:
        """First name and surname, as screens say it."""
        return f"{self.first_name} {self.last_name}"


class Favourite(Base):
    """A colleague whom an agent wants to find first among agendas."""

    __tablename__ = "favourite"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    colleague_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True, index=True)
