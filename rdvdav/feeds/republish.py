"""Texts written again after a change that touches many: a motif renamed, a place moved, a level chosen (K-2).

What is to be done stands in a table, written in the transaction of the change; the worker does it agenda by agenda and batch by
batch, each in a transaction of its own, with the same function that publishes everything else.
"""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from rdvdav.database import Base, Instant, PrimaryKey


class Republication(Base):
    """An agenda whose texts may have changed. Rows for the same agenda do no harm: equal texts are not written."""

    __tablename__ = "republication"

    id: Mapped[PrimaryKey]
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), index=True)
    after_id: Mapped[int] = mapped_column(default=0)
    """Appointments up to this id are done."""
    asked_at: Mapped[Instant]
