"""Chance that repeats itself: the same day of loading draws the same people, names and identifiers."""

from datetime import date
from random import Random
from uuid import NAMESPACE_OID, UUID, uuid5

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
LETTERS = 22
"""How many of ALPHABET may come first."""


def chance_of(day: date) -> Random:
    """The draws of a demonstration made for *day*. Secrets are never drawn from it."""
    return Random(f"rdvdav {day}")  # noqa: S311 - invented rows, nothing to guess


def slug(chance: Random, length: int) -> str:
    """An opaque name of the same alphabet as real ones."""
    return chance.choice(ALPHABET[:LETTERS]) + "".join(chance.choices(ALPHABET, k=length - 1))


def uid(chance: Random, host: str) -> str:
    """An event's name."""
    return f"{UUID(int=chance.getrandbits(128), version=4)}@{host}"


def uid_of(name: str, host: str) -> str:
    """An event's name that *name* alone decides: nothing is drawn for it."""
    return f"{uuid5(NAMESPACE_OID, name)}@{host}"
