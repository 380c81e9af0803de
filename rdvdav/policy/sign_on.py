"""A visit sent to an identity provider and back: its secrets are kept here, hashed, for one return of the same visit (B04)."""

from datetime import timedelta

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.clock import Clock
from rdvdav.database import Base, Digest, Instant, Personal, PrimaryKey
from rdvdav.directory.organisation import Organisation
from rdvdav.errors import NotFound
from rdvdav.policy.throttle import Limit, take_attempt
from rdvdav.tokens import digest, new_long_token

LASTS = timedelta(minutes=20)
"""How long one may take at the provider's."""
SIGN_ONS_PER_ADDRESS = Limit("sign-on", 60, timedelta(hours=1))


class NoSuchSignOn(NotFound):
    """No visit went to the provider under this state, or another one, too long ago, or it has come back already."""


class SignOn(Base):
    """One visit to a provider, until the person signs out of it too."""

    __tablename__ = "sign_on"

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    provider: Mapped[str]
    """Its key in the settings."""
    state_digest: Mapped[Digest] = mapped_column(unique=True)
    """Of the state that must come back; once the person signs out, of the one that must come back from there."""
    nonce_digest: Mapped[Digest]
    visit_digest: Mapped[Digest]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    returned_at: Mapped[Instant | None]
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    id_token: Mapped[Personal | None]
    """Shown to the provider to sign out there, then forgotten."""


def begin(
    session: Session, clock: Clock, provider: str, organisation: Organisation, *, visit: str, address: str
) -> tuple[str, str]:
    """State and nonce of a new visit to *provider*, 43 characters each. The caller commits.

    Args:
        visit: Secret of the browser's visit; it alone may come back.
        address: IP address of the visitor; counted, never kept in clear.

    Raises:
        TooMany: Too many from this address.
    """
    take_attempt(session, clock, SIGN_ONS_PER_ADDRESS, address)
    state, nonce = new_long_token(), new_long_token()
    now = clock.now()
    session.add(
        SignOn(
            territory_id=organisation.territory_id,
            organisation_id=organisation.id,
            provider=provider,
            state_digest=digest(state),
            nonce_digest=digest(nonce),
            visit_digest=digest(visit),
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    return state, nonce


def come_back(session: Session, clock: Clock, provider: str, state: str, visit: str) -> SignOn:
    """The visit that *state* was made for, which cannot come back again. The caller commits.

    Raises:
        NoSuchSignOn: There is none, of this visit and provider, that is not over.
    """
    theirs = (SignOn.state_digest == digest(state)) & (SignOn.visit_digest == digest(visit))
    open_ = SignOn.returned_at.is_(None) & (SignOn.expires_at > clock.now())
    found: SignOn | None = session.scalar(
        update(SignOn)
        .where(theirs, open_, SignOn.provider == provider)
        .values(returned_at=clock.now())
        .returning(SignOn)
    )
    if found is None:
        raise NoSuchSignOn
    return found


def remember(session: Session, sign_on_id: int, citizen_id: int, id_token: str) -> None:
    """Keep who came back, and what signs out at the provider. The caller commits."""
    row = session.get_one(SignOn, sign_on_id)
    row.citizen_id, row.id_token = citizen_id, id_token


def leave(session: Session, sign_on_id: int) -> tuple[str, str, str] | None:
    """Provider, id_token and a new state to sign out there; None where that is done. The caller commits."""
    row = session.get(SignOn, sign_on_id, with_for_update=True)
    if row is None or row.id_token is None:
        return None
    state, id_token = new_long_token(), row.id_token
    row.state_digest, row.id_token = digest(state), None
    return row.provider, id_token, state


def left(session: Session, provider: str, state: str) -> Organisation:
    """Whose portal a person left, who signed out at the provider with *state*.

    Raises:
        NoSuchSignOn: Nobody did.
    """
    query = (
        select(Organisation)
        .join(SignOn, SignOn.organisation_id == Organisation.id)
        .where(SignOn.state_digest == digest(state), SignOn.provider == provider, SignOn.returned_at.is_not(None))
    )
    found = session.scalar(query)
    if found is None:
        raise NoSuchSignOn
    return found
