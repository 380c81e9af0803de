"""Instants read from the database as epoch minutes (T-0), a group of rows at once: a search reads tens of thousands.

A list costs a tenth of as many rows, and an instant is made into minutes once, however many appointments begin then.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Text, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from rdvdav.database import read_instant
from rdvdav.hours.wall import to_minutes, to_minutes_up

KNOWN = 1 << 16
"""How many instants are remembered: appointments of many agendas begin together."""


class _Together(FunctionElement[str]):
    """All values of a group, in the order of its rows."""

    inherit_cache = True
    rounds = "floor"


class _TogetherUp(_Together):
    """The same where a minute begun is over."""

    inherit_cache = True
    rounds = "ceil"


@compiles(_Together, "sqlite")
def _on_sqlite(element: _Together, compiler: SQLCompiler, **named: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **named)})"


@compiles(_Together, "postgresql")
def _on_postgresql(element: _Together, compiler: SQLCompiler, **named: Any) -> str:
    # Minutes already, since the driver takes several times as long to read an instant.
    instant = compiler.process(element.clauses, **named)
    return f"array_agg({element.rounds}(extract(epoch FROM {instant}) / 60)::integer)"


class _Minutes(TypeDecorator[list[int]]):
    """The instants of a group as epoch minutes, rounded down or up."""

    impl = Text
    cache_ok = True

    def __init__(self, *, up: bool) -> None:
        super().__init__()
        self.up = up

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """From what the driver gives: one text of instants on SQLite, a list of minutes on PostgreSQL."""
        if dialect.name != "sqlite":
            return None
        read = _text_up if self.up else _text_down
        return lambda text: list(map(read, text.split(",")))


def minutes(instant: ColumnElement[datetime] | Any) -> ColumnElement[list[int]]:
    """A column of instants, read as epoch minutes, those of a group together; a minute begun counts."""
    return type_coerce(_Together(instant), _Minutes(up=False))


def minutes_up(instant: ColumnElement[datetime] | Any) -> ColumnElement[list[int]]:
    """The same where a minute begun is over; in the same order."""
    return type_coerce(_TogetherUp(instant), _Minutes(up=True))


@lru_cache(maxsize=KNOWN)
def _text_down(text: str) -> int:
    return to_minutes(read_instant(text))


@lru_cache(maxsize=KNOWN)
def _text_up(text: str) -> int:
    return to_minutes_up(read_instant(text))
