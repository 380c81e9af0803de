"""The questions a motif asks, as fields of its form: a few blocks, of which empty ones count for nothing."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from rdvdav.directory.question import MOST_QUESTIONS, Question, QuestionKind
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.admin.organisation_form import at_most
from rdvdav_web.agent.forms import LineField, TextField

KINDS = {
    QuestionKind.TEXT: N_("A short text"),
    QuestionKind.CHOICE: N_("One answer of a list"),
    QuestionKind.YES_NO: N_("Yes or no"),
}
NUMBERS = range(MOST_QUESTIONS)


class QuestionFields(FlaskForm):
    """What a form needs to ask for questions; its fields are made below, a block for each."""

    def __init__(self, **more: Any) -> None:
        """Offer the kinds of answers."""
        super().__init__(**more)
        for block in self.blocks():
            block["kind"].choices = [SelectChoice(kind.value, _(words)) for kind, words in KINDS.items()]

    def blocks(self) -> list[dict[str, Any]]:
        """The fields of each block, by what they say."""
        return [{part: self[f"question_{n}_{part}"] for part in _fields()} for n in NUMBERS]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked so far."""
        return tuple(_question(block) for block in self.blocks() if block["text"].data)

    @property
    def shown(self) -> int:
        """How many blocks stand open: those in use and one more."""
        used = [n for n, block in enumerate(self.blocks()) if block["text"].data or block["choices"].errors]
        return min(MOST_QUESTIONS, (used[-1] if used else -1) + 2)

    def check_questions(self) -> bool:
        """Whether each question can be answered; says so beside those that can't."""
        wrong = [
            block
            for block in self.blocks()
            if block["text"].data and block["kind"].data == QuestionKind.CHOICE and len(_choices(block)) < 2
        ]
        for block in wrong:
            block["choices"].errors = [N_("Write two answers at least, one a line.")]
        return not wrong


def question_values(questions: tuple[Question, ...]) -> dict[str, Any]:
    """What the blocks show of *questions*."""
    return {
        f"question_{n}_{part}": value
        for n, question in enumerate(questions)
        for part, value in {
            "text": question.text,
            "kind": question.kind.value,
            "choices": "\n".join(question.choices),
            "required": question.required,
        }.items()
    }


def _fields() -> dict[str, Any]:
    return {
        "text": LineField(N_("What is asked"), [Optional(), at_most(200)]),
        "kind": SelectField(N_("How it is answered"), validate_choice=False),
        "choices": TextField(N_("Answers to choose from, one a line"), [Optional(), at_most(1000)]),
        "required": BooleanField(N_("An answer is required")),
    }


def _question(block: dict[str, Any]) -> Question:
    known = block["kind"].data in set(QuestionKind)
    kind = QuestionKind(block["kind"].data) if known else QuestionKind.TEXT
    choices = _choices(block) if kind is QuestionKind.CHOICE else ()
    return Question(block["text"].data, kind, choices, bool(block["required"].data))


def _choices(block: dict[str, Any]) -> tuple[str, ...]:
    lines = (line.strip() for line in (block["choices"].data or "").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


for _n in NUMBERS:
    for _part, _made in _fields().items():
        setattr(QuestionFields, f"question_{_n}_{_part}", _made)
