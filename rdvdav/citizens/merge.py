"""Everything that names one citizen names another from now on: half of a merge (P-7), whatever tables there are."""

from collections.abc import Iterator

from sqlalchemy import Column, MetaData, Table, UniqueConstraint, delete, exists, update
from sqlalchemy.orm import Session

from rdvdav.citizens.citizen import Citizen
from rdvdav.database import Base


def repoint(session: Session, kept_id: int, dropped_id: int, metadata: MetaData = Base.metadata) -> None:
    """Let each foreign key of *metadata* that leads to *dropped_id* lead to *kept_id*; a row that the kept one has already goes.

    A partial unique key is none of its business: what may be live once only is settled before. The caller commits, and holds both rows.
    """
    session.flush()
    for table, column in references(metadata):
        for rest in _keys_with(table, column):
            twin = table.alias()
            same = [twin.c[each.name] == table.c[each.name] for each in rest]
            has_twin = exists().where(twin.c[column.name] == kept_id, *same)
            session.execute(delete(table).where(column == dropped_id, has_twin))
        session.execute(update(table).where(column == dropped_id).values({column: kept_id}))
    session.expire_all()


def references(metadata: MetaData = Base.metadata) -> Iterator[tuple[Table, Column[int]]]:
    """Every column that names a citizen."""
    there = Citizen.__table__.c.id
    for table in metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is there for key in column.foreign_keys):
                yield table, column


def _keys_with(table: Table, column: Column[int]) -> Iterator[list[Column[object]]]:
    """The other columns of each unique key that *column* is part of."""
    keys = [list(table.primary_key.columns)]
    keys += [list(each.columns) for each in table.constraints if isinstance(each, UniqueConstraint)]
    keys += [list(each.columns) for each in table.indexes if each.unique and not _is_partial(each.dialect_options)]
    for key in keys:
        if column in key:
            yield [each for each in key if each is not column]


def _is_partial(options: object) -> bool:
    return any(options[name].get("where") is not None for name in ("sqlite", "postgresql"))  # type: ignore[index]  # typed as a bare object
