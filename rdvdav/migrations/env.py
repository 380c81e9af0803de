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
    on_sqlite = connection.dialect.name == "sqlite"
    driver = connection.connection.driver_connection
    if on_sqlite:
        # A table that is written anew goes for a moment, with rows that refer to it. Inside a transaction this can't be said.
        driver.execute("PRAGMA foreign_keys=OFF").close()
    try:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()
            if on_sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                raise RuntimeError(f"a row of {lost[0]} refers to nothing in {lost[2]}; nothing was changed")
        connection.commit()
    finally:
        connection.rollback()  # nothing, once it is committed
        if on_sqlite:
            driver.execute("PRAGMA foreign_keys=ON").close()
