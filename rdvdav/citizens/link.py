"""Personal links and mailed codes; only their hashes are kept."""

from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.clock import Clock
from rdvdav.database import Base, Digest, Instant, Personal, PersonalDay, PrimaryKey, words
from rdvdav.tokens import digest, new_token


class LinkPurpose(StrEnum):
    """What a personal link opens."""

    APPOINTMENT = "appointment"
    """One appointment, from a message about it, once the surname is said (M-5, ux 4.1)."""
    REPLAN = "replan"
    """An appointment whose time was taken away: other times at once, and no name (ux 4.2)."""
    INVITATION = "invitation"
    """Booking one appointment under an invitation (ux 4.3)."""
    WAITING_LIST = "waiting_list"
    """An entry of the waiting list: confirm, leave (ux 3.17)."""


class Link(Base):
    """A personal link in a message. Each message has its own; all stay valid until the end of what they open (M-5)."""

    __tablename__ = "link"

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    digest: Mapped[Digest] = mapped_column(unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(words(LinkPurpose))
    participation_id: Mapped[int | None] = mapped_column(ForeignKey("participation.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("booking_invitation.id"), index=True)
    waiting_list_entry_id: Mapped[int | None] = mapped_column(
        ForeignKey("waiting_list_entry.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]


def new_link(
    session: Session,
    clock: Clock,
    territory_id: int,
    participation_id: int,
    purpose: LinkPurpose = LinkPurpose.APPOINTMENT,
) -> str:
    """The clear token of one more link to a participation's appointment. The caller commits, and sends it."""
    return _new(session, clock, territory_id, purpose, participation_id=participation_id)


def new_invitation_link(session: Session, clock: Clock, territory_id: int, invitation_id: int) -> str:
    """The clear token of one more link to an invitation to book. The caller commits, and sends it."""
    return _new(session, clock, territory_id, LinkPurpose.INVITATION, invitation_id=invitation_id)


def new_waiting_link(session: Session, clock: Clock, territory_id: int, entry_id: int) -> str:
    """The clear token of one more link to an entry of the waiting list. The caller commits, and sends it."""
    return _new(session, clock, territory_id, LinkPurpose.WAITING_LIST, waiting_list_entry_id=entry_id)


def new_like(session: Session, clock: Clock, link: Link) -> str:
    """The clear token of one more link to what *link* opens. The caller commits, and sends it."""
    names = ("participation_id", "invitation_id", "waiting_list_entry_id")
    leads_to = {name: getattr(link, name) for name in names if getattr(link, name) is not None}
    return _new(session, clock, link.territory_id, link.purpose, **leads_to)


def _new(session: Session, clock: Clock, territory_id: int, purpose: LinkPurpose, **leads_to: int) -> str:
    token, now = new_token(), clock.now()
    session.add(Link(territory_id=territory_id, digest=digest(token), purpose=purpose, created_at=now, **leads_to))
    return token


class EmailProof(Base):
    """A citizen is asked to prove an e-mail address: a code of six figures to type, or a link to open (ux 3.9).

    What was typed travels with it, so that the link works on another device and nothing is asked twice.
    """

    __tablename__ = "email_proof"
    __table_args__ = (UniqueConstraint("link_digest"),)

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    email: Mapped[Personal]
    first_name: Mapped[Personal | None]
    last_name: Mapped[Personal | None]
    phone: Mapped[Personal | None]
    birth_date: Mapped[PersonalDay | None]
    visit_digest: Mapped[Digest] = mapped_column(index=True)
    """Of the secret in the address of the page where the code is typed."""
    code_digest: Mapped[Digest]
    link_digest: Mapped[Digest]
    tries_left: Mapped[int]
    sent_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    proven_at: Mapped[Instant | None]
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"))
    """Who it is, once proven; before, whose account is to have this address (B17)."""
