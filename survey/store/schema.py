"""Bring the database to the schema this code needs, and say so when it is not."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from survey.errors import StoreError
from survey.store.engine import Store

# Any constant will do, as long as every process of ours asks PostgreSQL for the same one.
UPGRADE_LOCK = 0x4861694C6F6E67


def upgrade(store: Store) -> None:
    """Run the migrations that are missing; several processes may call this at once, one does the work."""
    with store.alone(), store.engine.connect() as connection:
        if not store.is_sqlite:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": UPGRADE_LOCK})
            connection.commit()
        command.upgrade(_config(connection), "head")
        connection.commit()


def require_current(store: Store) -> None:
    """Raise StoreError unless the database is at this code's schema."""
    with store.reading() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    if revision != wanted:
        raise StoreError(
            f"the database is at schema {revision}, this version needs {wanted}: run flask --app wsgi db upgrade"
        )


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
