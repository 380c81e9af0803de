"""Random secrets and their digests: what stands in a link or a client is random, what stands in the database is SHA-256."""

import hashlib
import secrets

TOKEN_BYTES = 20
"""160 bits, 27 characters of URL-safe base64."""


def new_token() -> str:
    """A fresh URL-safe secret of 160 bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_long_token() -> str:
    """A fresh URL-safe secret of 256 bits, 43 characters: some protocols want 32 at least."""
    return secrets.token_urlsafe(32)


def new_slug(length: int = 16) -> str:
    """A fresh opaque name of `[a-z0-9]`, never starting with a digit: safe as a path segment and a principal id (K-20)."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return secrets.choice(alphabet[:22]) + "".join(secrets.choice(alphabet) for _ in range(length - 1))


def digest(secret: str) -> bytes:
    """SHA-256 of *secret*: enough for random secrets of 128 bits and more."""
    return hashlib.sha256(secret.encode()).digest()
