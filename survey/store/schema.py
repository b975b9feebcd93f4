"""Bring the database to the schema this code needs, and say so when it is not."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from survey.errors import StoreError
from survey.store.engine import Store
from survey.store.refusals import refused_in_words
from survey.store.subjects import Subject

# Any constant will do, as long as every process of ours asks PostgreSQL for the same one.
UPGRADE_LOCK = 0x4861694C6F6E67
SCHEMA = Subject(0, "upgrade of the database", is_held=True)
# Whoever upgrades at the same time is waited for; a table that somebody reads for long is not.
UPGRADE_SECONDS, TABLE_SECONDS = 60, 10


def upgrade(store: Store) -> None:
    """Run the migrations that are missing; several processes may call this at once, one does the work.

    The lock ends with the transaction of the migrations, so no pooler keeps it. Raises StoreError when the database
    is at a schema this version does not know, BusyError when somebody else holds the lock or a table for too long.
    """
    with refused_in_words((SCHEMA,)), store.alone(), store.writer.connect() as connection:
        if not store.is_sqlite:
            limit = text("SELECT set_config('lock_timeout', :limit, true)")
            connection.execute(limit, {"limit": f"{UPGRADE_SECONDS}s"})
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
            connection.execute(limit, {"limit": f"{TABLE_SECONDS}s"})
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        _require_known(_revision(connection))
        command.upgrade(_config(connection), "head")
        connection.commit()


def require_current(store: Store) -> None:
    """Raise StoreError unless the database is at this code's schema."""
    with store.reading() as connection:
        revision = _revision(connection)
    _require_known(revision)
    wanted = current_head()
    if revision != wanted:
        raise StoreError(
            f"the database is at schema {revision}, this version needs {wanted}: run flask --app wsgi db upgrade"
        )


def current_head() -> str:
    """Return the schema this version needs."""
    return str(_scripts().get_current_head())


def is_known(revision: str | None) -> bool:
    """Tell whether this version can bring a schema to its own."""
    return revision is None or revision in {script.revision for script in _scripts().walk_revisions()}


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _require_known(revision: str | None) -> None:
    if not is_known(revision):
        raise StoreError(
            f"the database is at schema {revision}, which this version does not know: a newer version has been at "
            "work; install that one again"
        )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
