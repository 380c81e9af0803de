"""A motif's questions as fields of a form: for citizens before they confirm (3.11), for agents who book (7.7)."""

from collections.abc import Sequence
from typing import Any, Self, cast

from flask_wtf import FlaskForm
from wtforms import Field, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from rdvdav.directory.question import LONGEST_ANSWER, MOST_QUESTIONS, Question, QuestionKind
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.forms import LineField

NAMES = tuple(f"question_{n}" for n in range(MOST_QUESTIONS))


class QuestionsForm(FlaskForm):
    """Fields for the questions it is made for with `asking`, beside those a subclass names."""

    asked: tuple[Question, ...] = ()

    @classmethod
    def asking(cls, questions: Sequence[Question], *, optional: bool = False) -> type[Self]:
        """The form with a field for each of *questions*; with *optional* none need be answered."""
        asked = tuple(questions[:MOST_QUESTIONS])
        fields = {
            name: _field(question, required=question.required and not optional)
            for name, question in zip(NAMES, asked, strict=False)
        }
        metaclass: Any = type(cls)
        return cast("type[Self]", metaclass(cls.__name__, (cls,), fields | {"asked": asked}))

    @property
    def question_fields(self) -> list[Field]:
        """The fields, in the order of the questions."""
        return [self[name] for name, _question in zip(NAMES, self.asked, strict=False)]

    @property
    def answers(self) -> list[tuple[str, str]]:
        """Each question with its answer, "" where none was given."""
        return [
            (question.text, (field.data or "").strip())
            for question, field in zip(self.asked, self.question_fields, strict=True)
        ]


def _field(question: Question, *, required: bool) -> Any:
    must = InputRequired(N_("Answer this question.")) if required else Optional()
    match question.kind:
        case QuestionKind.TEXT:
            too_long = Length(max=LONGEST_ANSWER, message=N_("Shorten this answer."))
            return LineField(question.text, [must, too_long])
        case QuestionKind.CHOICE:
            return _radios(question.text, question.choices, must)
        case QuestionKind.YES_NO:
            return _radios(question.text, (_("Yes"), _("No")), must)


def _radios(label: str, choices: Sequence[str], must: Any) -> RadioField:
    def of_the_list(_form: Any, field: Field) -> None:
        if field.data not in choices:
            raise ValidationError(N_("Choose one of the list."))

    offered = [SelectChoice(each, each) for each in choices]
    return RadioField(label, [must, of_the_list], choices=offered, validate_choice=False)
