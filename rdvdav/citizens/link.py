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
    """One appointment, from a message about it (M-5)."""


class Link(Base):
    """A personal link in a message. Each message has its own; all stay valid until the end of what they open (M-5)."""

    __tablename__ = "link"

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    digest: Mapped[Digest] = mapped_column(unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(words(LinkPurpose))
    participation_id: Mapped[int | None] = mapped_column(ForeignKey("participation.id"), index=True)
    created_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]


def new_link(session: Session, clock: Clock, territory_id: int, participation_id: int) -> str:
    """The clear token of one more link to a participation's appointment. The caller commits, and sends it."""
    token = new_token()
    session.add(
        Link(
            territory_id=territory_id,
            digest=digest(token),
            purpose=LinkPurpose.APPOINTMENT,
            participation_id=participation_id,
            created_at=clock.now(),
        )
    )
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
