"""Passwords of accounts: argon2id, slow on purpose, hence never computed while a transaction is open (D-1)."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rdvdav.tokens import new_token

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """What is stored of *password*: an argon2id hash with a salt of its own."""
    return _hasher.hash(password)


def password_matches(stored: str | None, typed: str) -> bool:
    """Whether *typed* is the password behind *stored*.

    Without one, a hash of nobody's is checked instead, so that the time taken tells nothing about who has an account.
    """
    try:
        _hasher.verify(stored or _hash_of_nobody(), typed)
    except (InvalidHashError, VerificationError):
        return False
    return stored is not None


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash(new_token())
