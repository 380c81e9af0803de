"""Run by Alembic: one transaction, on the engine handed over by `rdvdav.migrations.config`."""

from typing import Any, Literal

from alembic import context

from rdvdav.database import UtcDateTime
from rdvdav.tables import metadata


def render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our column types as plain ones: a revision must not change when the code does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


engine = context.config.attributes["engine"]
with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
