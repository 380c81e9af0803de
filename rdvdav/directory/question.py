"""What a motif asks of whoever books it: short questions, answered before the appointment is confirmed (ux 3.11)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Dialect
from sqlalchemy.types import TypeDecorator

MOST_QUESTIONS = 5
LONGEST_ANSWER = 500
"""Characters."""


class QuestionKind(StrEnum):
    """How it is answered."""

    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"


@dataclass(frozen=True)
class Question:
    """One question; *choices* are those of CHOICE alone."""

    text: str
    kind: QuestionKind = QuestionKind.TEXT
    choices: tuple[str, ...] = ()
    required: bool = False


class Questions(TypeDecorator[tuple[Question, ...]]):
    """The questions of a motif in their order, kept with it as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[Question] | None, dialect: Dialect) -> list[dict[str, Any]]:
        """As JSON."""
        return [asdict(question) for question in value or ()]

    def process_result_value(self, value: list[dict[str, Any]] | None, dialect: Dialect) -> tuple[Question, ...]:
        """As values, which nobody changes in place."""
        return tuple(
            Question(each["text"], QuestionKind(each["kind"]), tuple(each["choices"]), each["required"])
            for each in value or ()
        )
