"""Passwords of accounts: argon2id, slow on purpose, hence never computed while a transaction is open (D-1)."""

import re
from enum import StrEnum
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


SHORTEST = 12
LONGEST = 1000
FEWEST_SIGNS = 5
FEWEST_OWN = 8
"""Characters that say nothing of the owner."""


class Weakness(StrEnum):
    """Why a new password is not taken."""

    SHORT = "short"
    MONOTONOUS = "monotonous"
    PERSONAL = "personal"


def weakness_of(password: str, *known: str) -> Weakness | None:
    """What is wrong with a new password, if anything. Length counts, not its kinds of signs.

    Args:
        known: What everybody knows of its owner: name, e-mail address.
    """
    if len(password) < SHORTEST:
        return Weakness.SHORT
    if len(set(password.lower())) < FEWEST_SIGNS:
        return Weakness.MONOTONOUS
    rest = password.lower()
    for word in sorted(_words(known), key=len, reverse=True):
        rest = rest.replace(word, "")
    return Weakness.PERSONAL if len(rest) < FEWEST_OWN else None


def _words(known: tuple[str, ...]) -> set[str]:
    return {word for text in known for word in re.split(r"\W+", text.lower()) if len(word) > 2}
