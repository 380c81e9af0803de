"""The person who comes, who knows this person, and the words this person is found by."""

from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, UniqueConstraint, delete, event, insert, inspect, select
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rdvdav.citizens.words import signs_of, sort_key
from rdvdav.database import Base, Folded, Instant, Personal, PersonalDay, PrimaryKey
from rdvdav.i18n import gettext as _


def _sorted_as(context: DefaultExecutionContext) -> str:
    """Where a new row stands in lists, from the names it is written with."""
    row: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return sort_key(row["first_name"], row["last_name"])


class Citizen(Base):
    """A person known to a territory. E-mail, lower-cased, is the only unique key (P-7)."""

    __tablename__ = "citizen"
    __table_args__ = (UniqueConstraint("territory_id", "email"),)

    id: Mapped[PrimaryKey]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    first_name: Mapped[Personal]
    last_name: Mapped[Personal]
    email: Mapped[Personal | None]
    phone: Mapped[Personal | None]
    birth_date: Mapped[PersonalDay | None]
    notes: Mapped[Personal | None]
    """What staff should know; for the agents who know the person."""
    email_proven_at: Mapped[Instant | None]
    mails_wanted: Mapped[bool] = mapped_column(default=True)
    sms_wanted: Mapped[bool] = mapped_column(default=True)
    """Whether the person wants messages at all; each appointment has switches of its own beside."""
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    """Who answers for this person, and books for them: a parent, a guardian."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    """The record that took this one's place (P-7)."""
    erased_at: Mapped[Instant | None]
    """Since when nothing says any more who this was."""
    sorted_as: Mapped[Folded] = mapped_column(default=_sorted_as)
    """Where the person stands in lists, as `citizens.words` folds names. Follows the names by itself."""

    responsible: Mapped["Citizen | None"] = relationship(
        remote_side="Citizen.id", foreign_keys="Citizen.responsible_id", lazy="selectin"
    )
    """Loaded with whoever names one, so that no list asks for each."""

    @property
    def reached(self) -> "Citizen":
        """Who is written to about this person: the person, or who answers for one that has no e-mail address (B11)."""
        return self if self.email or self.responsible_id is None else self.responsible or self

    @property
    def called(self) -> str | None:
        """The phone number this person is reached on: their own, or that of who answers for them; E.164."""
        if self.phone or self.responsible_id is None or self.responsible is None:
            return self.phone
        return self.responsible.phone

    @property
    def name(self) -> str:
        """First name and surname, as screens say it."""
        return _("Deleted person") if self.erased_at else f"{self.first_name} {self.last_name}"


LOCKED_IN = (Citizen.responsible_id.is_(None), Citizen.id)
"""The order in which rows of several people are locked: who is answered for, then who answers; as booking for a child does (D-4)."""


class CitizenOrganisation(Base):
    """A citizen is known to an organisation: where the record was made, or attached later (P-8)."""

    __tablename__ = "citizen_organisation"

    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    created_at: Mapped[Instant]


class CitizenWord(Base):
    """A sign that an organisation finds a citizen by. All that a search reads stands in its key, in the order it is read."""

    __tablename__ = "citizen_word"
    __table_args__ = (
        Index("ix_citizen_word_citizen_id", "citizen_id", "word"),
        {"sqlite_with_rowid": False},
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    word: Mapped[Folded] = mapped_column(primary_key=True)
    sorted_as: Mapped[Folded] = mapped_column(primary_key=True)
    citizen_id: Mapped[int] = mapped_column(ForeignKey("citizen.id"), primary_key=True)


FOUND_BY = ("first_name", "last_name", "email", "phone", "birth_date", "merged_into_id", "erased_at")
"""What of a row decides by which words it is found."""


def write_words(connection: Connection, citizen_id: int) -> None:
    """Let a citizen be found by what the row says now, in the organisations that know them; a closed record by nothing."""
    connection.execute(delete(CitizenWord).where(CitizenWord.citizen_id == citizen_id))
    query = select(Citizen.__table__).where(
        Citizen.id == citizen_id, Citizen.merged_into_id.is_(None), Citizen.erased_at.is_(None)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return
    known = select(CitizenOrganisation.organisation_id).where(CitizenOrganisation.citizen_id == citizen_id)
    organisations = connection.scalars(known).all()
    signs = signs_of(row["first_name"], row["last_name"], row["email"], row["phone"], row["birth_date"])
    words = [
        {"organisation_id": organisation_id, "word": sign, "sorted_as": row["sorted_as"], "citizen_id": citizen_id}
        for organisation_id in organisations
        for sign in sorted(signs)
    ]
    if words:
        connection.execute(insert(CitizenWord), words)


@event.listens_for(Citizen, "before_update")
def _follow_the_names(_mapper: object, _connection: object, citizen: Citizen) -> None:
    citizen.sorted_as = sort_key(citizen.first_name, citizen.last_name)


@event.listens_for(Citizen, "after_update")
def _follow_the_row(_mapper: object, connection: Connection, citizen: Citizen) -> None:
    if any(inspect(citizen).attrs[name].history.has_changes() for name in FOUND_BY):
        write_words(connection, citizen.id)


@event.listens_for(CitizenOrganisation, "after_insert")
@event.listens_for(CitizenOrganisation, "after_delete")
def _follow_who_knows(_mapper: object, connection: Connection, known: CitizenOrganisation) -> None:
    write_words(connection, known.citizen_id)
