"""The forms of « Mes agendas »: a password for a device, a link for a program, colleagues to see."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from rdvdav.agenda.agenda import Agenda
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.address import FeedContent, Offered, Subject
from rdvdav.feeds.object import CollectionKind
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.forms import LineField, key_of

LEVELS = {DetailLevel.BUSY: N_("Busy"), DetailLevel.MOTIF: N_("Motif"), DetailLevel.FULL: N_("Complete")}

KINDS = {
    CollectionKind.MAIN: N_("My appointments"),
    CollectionKind.ABSENCES: N_("My absences"),
    CollectionKind.OPENINGS: N_("My opening ranges"),
}

CONTENTS = {
    FeedContent.COLLECTION: N_("My agenda"),
    FeedContent.FREE_BUSY: N_("My free and busy hours (.ifb)"),
    FeedContent.AVAILABILITY: N_("My hours, for software that computes availability"),
    FeedContent.ORGANISATION: N_("A whole organisation"),
    FeedContent.PLACE: N_("A place"),
    FeedContent.SERVICE: N_("A service"),
}


def subject_words(subject: Subject, name: str) -> str:
    """What a link shows: « Mes rendez-vous », or the name of an organisation, place or service."""
    return name or _(KINDS[subject.kind] if subject.kind else CONTENTS[subject.content])


class PasswordForm(FlaskForm):
    """A new app password is named for its device."""

    device = LineField(
        N_("Name of the device"),
        [
            DataRequired(N_("Name the device, for example Claire's phone.")),
            Length(max=60, message=N_("Shorten the name to 60 characters.")),
        ],
    )


class LinkForm(FlaskForm):
    """A new secret address is named for its program, and shows one thing at one level."""

    program = LineField(
        N_("Name of the program"),
        [
            DataRequired(N_("Name the program, for example Google at work.")),
            Length(max=60, message=N_("Shorten the name to 60 characters.")),
        ],
    )
    shows = SelectField(
        N_("What the link shows"), [DataRequired(N_("Choose what the link shows."))], validate_choice=False
    )
    level = RadioField(N_("Level of detail"), validate_choice=False)

    def __init__(self, offers: Iterable[Offered], **more: Any) -> None:
        """Offer what the agent may choose."""
        self._offers = {_key(each.subject): each for each in offers}
        levels = sorted({level for each in self._offers.values() for level in each.levels}, key=lambda each: each.rank)
        most = levels[-1] if levels else DetailLevel.BUSY
        super().__init__(
            **{"data": {"shows": next(iter(self._offers), ""), "level": DetailLevel.MOTIF.capped(most).value}} | more
        )
        self.shows.choices = _grouped(self._offers)
        self.level.choices = [SelectChoice(level.value, LEVELS[level]) for level in levels]

    @property
    def subject(self) -> Subject:
        """What was chosen; the form must be valid."""
        return self._offers[self.shows.data].subject

    @property
    def chosen_level(self) -> DetailLevel | None:
        """The level that was chosen, where there is one to choose."""
        return DetailLevel(self.level.data) if self._offers[self.shows.data].levels else None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, then whether the level goes with the subject."""
        right: bool = super().validate(extra_validators)
        found = self._offers.get(self.shows.data)
        if found is None:
            self.shows.errors = [N_("Choose what the link shows.")]
            return False
        if found.levels and self.level.data not in {level.value for level in found.levels}:
            self.level.errors = [N_("Choose a lower level: the organisation lets less out.")]
            return False
        return right


class ColleaguesForm(FlaskForm):
    """Whose agendas appear beside one's own."""

    agenda = SelectMultipleField(N_("Colleagues"), coerce=key_of, validate_choice=False)

    def __init__(self, colleagues: Sequence[Agenda], **more: Any) -> None:
        """Offer *colleagues*."""
        super().__init__(**more)
        self.agenda.choices = [SelectChoice(agenda.id, agenda.name) for agenda in colleagues]


def _key(subject: Subject) -> str:
    """What the form sends for *subject*."""
    return f"{subject.kind or subject.content}{'' if subject.id is None else f'-{subject.id}'}"


def _grouped(offers: dict[str, Offered]) -> dict[str, list[SelectChoice]]:
    groups: dict[str, list[SelectChoice]] = {}
    for key, offer in offers.items():
        own = offer.subject.id is None
        group = _(CONTENTS[FeedContent.COLLECTION if own else offer.subject.content])
        groups.setdefault(group, []).append(SelectChoice(key, subject_words(offer.subject, offer.name)))
    return groups
