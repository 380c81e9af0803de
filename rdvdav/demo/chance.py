"""Dice that fall alike for one day: the same day makes the same demonstration."""

from datetime import date
from random import Random


def dice(today: date, what: str) -> Random:
    """The dice of one part of the demonstration; a change in another part leaves their throws alone."""
    return Random(f"{today.isoformat()} {what}")  # noqa: S311 - nothing here is a secret
