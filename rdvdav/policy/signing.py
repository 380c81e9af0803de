"""The key that signs forms, one for all processes: made once, kept in the database, where all state is."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session

from rdvdav.database import Base, PrimaryKey


class SigningKey(Base):
    """One row, id 1."""

    __tablename__ = "signing_key"

    id: Mapped[PrimaryKey]
    key: Mapped[str]


def signing_key(session: Session) -> str:
    """The installation's key; made if there is none yet. The caller commits."""
    key = session.scalar(select(SigningKey.key).where(SigningKey.id == 1))
    if key is None:
        key = secrets.token_hex(32)
        session.add(SigningKey(id=1, key=key))
        session.flush()
    return key
