"""Who signs in on the staff's side. Accounts are global: an agent may work in several territories."""

from sqlalchemy import ForeignKey, false, true
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, Personal, PrimaryKey


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

    @property
    def name(self) -> str:
        """First name and surname, as screens say it."""
        return f"{self.first_name} {self.last_name}"


class Favourite(Base):
    """A colleague whom an agent wants to find first among agendas."""

    __tablename__ = "favourite"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    colleague_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True, index=True)
