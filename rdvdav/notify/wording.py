"""Words of their own that a territory or an organisation puts into mails: a subject, an introduction, a closing (N05, ux 10.6).

Only named fields stand in them, as `{lieu}`; they are filled, never run. What is left empty is said in the house's own words. An
organisation's wording goes before its territory's, each part for itself. They are in French, and used for who reads French.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.database import Base, PrimaryKey, words
from rdvdav.directory.organisation import Organisation
from rdvdav.errors import Refused
from rdvdav.i18n import DEFAULT_LOCALE
from rdvdav.outbox.event import Event

_FIELD = re.compile(r"\{([^{}]*)\}")


class Reader(StrEnum):
    """For whom a wording is."""

    CITIZEN = "citizen"
    AGENT = "agent"


class Field(StrEnum):
    """What can stand in braces."""

    DATE = "date"
    TIME = "heure"
    PLACE = "lieu"
    MOTIF = "motif"
    NAME = "nom"
    ORGANISATION = "organisation"
    REFERENCE = "reference"


_ABOUT_APPOINTMENTS = dict.fromkeys(
    (
        Event.APPOINTMENT_CREATED,
        Event.APPOINTMENT_MOVED,
        Event.APPOINTMENT_CHANGED,
        Event.APPOINTMENT_REASSIGNED,
        Event.APPOINTMENT_WITHDRAWN,
        Event.APPOINTMENT_CANCELLED,
    ),
    frozenset(Field),
)
_WISH = frozenset({Field.MOTIF, Field.PLACE, Field.ORGANISATION})
TEMPLATED: Mapping[Reader, Mapping[Event, frozenset[Field]]] = {
    Reader.CITIZEN: {
        **_ABOUT_APPOINTMENTS,
        Event.APPOINTMENT_REMINDED: frozenset(Field),
        Event.PROOF_ASKED: frozenset({Field.ORGANISATION}),
        Event.CITIZEN_INVITED: frozenset({Field.NAME, Field.ORGANISATION}),
        Event.INVITED_TO_BOOK: frozenset({Field.NAME, Field.MOTIF, Field.ORGANISATION}),
        Event.WAITING_LIST_ASKED: _WISH,
        Event.WAITING_LIST_JOINED: _WISH,
        Event.WAITING_LIST_SERVED: _WISH | {Field.DATE, Field.TIME},
    },
    Reader.AGENT: _ABOUT_APPOINTMENTS,
}
"""The mails one can have words of one's own for, and what can stand in braces there."""


@dataclass(eq=False)
class UnknownField(Refused):
    """Something stands in braces that is no field."""

    name: str


class MailTemplate(Base):
    """The wording of one event for one kind of reader: of an organisation, or of the whole territory where there is none."""

    __tablename__ = "mail_template"
    __table_args__ = (
        UniqueConstraint("organisation_id", "event", "reader"),
        Index(
            "uq_mail_template_of_territory",
            "territory_id",
            "event",
            "reader",
            unique=True,
            postgresql_where=text("organisation_id IS NULL"),
            sqlite_where=text("organisation_id IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    event: Mapped[str]
    reader: Mapped[Reader] = mapped_column(words(Reader))
    subject: Mapped[str]
    introduction: Mapped[str]
    closing: Mapped[str]


@dataclass(frozen=True)
class Wording:
    """Words with fields in them; an empty part is said as the house says it.

    Attributes:
        introduction, closing: Paragraphs, parted by empty lines.
    """

    subject: str = ""
    introduction: str = ""
    closing: str = ""

    def filled(self, values: Mapping[Field, str]) -> "Wording":
        """The same with each field replaced by its value, of *values*."""
        known = {str(field): value for field, value in values.items()}

        def fill(words: str) -> str:
            return _FIELD.sub(lambda found: known.get(found[1].strip(), found[0]), words)

        return Wording(" ".join(fill(self.subject).split()), fill(self.introduction), fill(self.closing))

    def over(self, other: "Wording") -> "Wording":
        """This one, and where it says nothing the *other*."""
        return Wording(*(mine or theirs for mine, theirs in zip(_parts(self), _parts(other), strict=True)))


HOUSE = Wording()
"""All of it as the house says it."""


def require_known_fields(known: Collection[Field], *words: str) -> None:
    """Check that nothing stands in braces but *known* fields.

    Raises:
        UnknownField: Something else does; the first there is.
    """
    for name in (name.strip() for each in words for name in _FIELD.findall(each)):
        if name not in known:
            raise UnknownField(name)


def wording_for(
    session: Session, organisation: Organisation, event: Event, reader: Reader, language: str = DEFAULT_LOCALE
) -> Wording:
    """How *organisation* words the mails about *event* to *reader* in *language*; one statement."""
    if language != DEFAULT_LOCALE or event not in TEMPLATED[reader]:
        return HOUSE
    own, theirs = (MailTemplate.organisation_id == organisation.id, MailTemplate.organisation_id.is_(None))
    query = select(MailTemplate).where(
        MailTemplate.territory_id == organisation.territory_id,
        MailTemplate.event == event,
        MailTemplate.reader == reader,
        or_(own, theirs),
    )
    wording = HOUSE
    for row in sorted(session.scalars(query), key=lambda row: row.organisation_id is None):
        wording = wording.over(Wording(row.subject, row.introduction, row.closing))
    return wording


def _parts(wording: Wording) -> tuple[str, str, str]:
    return wording.subject, wording.introduction, wording.closing
