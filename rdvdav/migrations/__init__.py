"""The schema's history, and the way to the newest one: `upgrade(database)`."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from rdvdav.database import Database
from rdvdav.tables import metadata


def config(database: Database) -> Config:
    """Alembic's settings for *database*, from code: there is no alembic.ini to keep in step."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["engine"] = database.engine
    return settings


def upgrade(database: Database) -> None:
    """Bring the schema to the newest revision; harmless when it is there already."""
    command.upgrade(config(database), "head")


def is_current(database: Database) -> bool:
    """Whether the schema is at the newest revision."""
    wanted = set(ScriptDirectory.from_config(config(database)).get_heads())
    with database.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == wanted


def differences(database: Database) -> list[object]:
    """How the schema in *database* differs from the tables in the code; empty when all is well."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        return list(compare_metadata(context, metadata))
