"""Instants read from the database as epoch minutes, without a datetime for each: a search reads tens of thousands (T-0)."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Dialect, type_coerce
from sqlalchemy.types import TypeDecorator

from rdvdav.database import UtcDateTime, read_instant
from rdvdav.hours.wall import to_minutes, to_minutes_up

KNOWN = 1 << 16
"""How many instants are remembered: appointments of many agendas begin together."""


class _Minutes(TypeDecorator[int]):
    """An instant as epoch minutes, rounded down or up."""

    impl = UtcDateTime
    cache_ok = True

    def __init__(self, *, up: bool) -> None:
        super().__init__()
        self.up = up

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """From what the driver gives: text on SQLite, an aware datetime on PostgreSQL."""
        if dialect.name == "sqlite":
            return _text_up if self.up else _text_down
        return _instant_up if self.up else _instant_down


def minutes(instant: ColumnElement[datetime] | Any) -> ColumnElement[int]:
    """A column of instants, read as epoch minutes; a minute begun counts."""
    return type_coerce(instant, _Minutes(up=False))


def minutes_up(instant: ColumnElement[datetime] | Any) -> ColumnElement[int]:
    """A column of instants, read as epoch minutes; a minute begun is over."""
    return type_coerce(instant, _Minutes(up=True))


@lru_cache(maxsize=KNOWN)
def _text_down(text: str) -> int:
    return to_minutes(read_instant(text))


@lru_cache(maxsize=KNOWN)
def _text_up(text: str) -> int:
    return to_minutes_up(read_instant(text))


_instant_down, _instant_up = lru_cache(maxsize=KNOWN)(to_minutes), lru_cache(maxsize=KNOWN)(to_minutes_up)
