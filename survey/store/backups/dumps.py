"""The whole database as one file while it serves, and a database made from that file again.

SQLite writes a copy of one moment (`VACUUM INTO`), PostgreSQL an archive by `pg_dump`. The addresses of servers hold
passwords: PostgreSQL's programs read them from a file of their own, so no list of processes shows them.
"""

import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Inspector, column, func, inspect, make_url, select, table, text
from sqlalchemy.exc import DBAPIError

from survey.errors import BackupError
from survey.store.engine import Store, open_store
from survey.store.subjects import ADDED

SQLITE, POSTGRESQL = "sqlite", "postgresql"
REVISIONS = "alembic_version"
# Objects of ours alone: who owns the new database owns them, and extensions of a host stay its own.
DUMP = ("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--schema=public")
RESTORE = ("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
MISSING_RIGHT = "42501"


def kind_of(store: Store) -> str:
    """Return which database a store is."""
    return SQLITE if store.is_sqlite else POSTGRESQL


def dump_database(store: Store, path: Path) -> Mapping[str, int]:
    """Write the database of one moment into a file, and return how many rows each table has in it."""
    return _dump_sqlite(store, path) if store.is_sqlite else _dump_postgresql(store, path)


def _dump_sqlite(store: Store, path: Path) -> Mapping[str, int]:
    # It reads as anybody reads: nobody who stores an answer waits for it.
    with store.engine.execution_options(begin="").connect() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(path),))
    path.chmod(0o600)
    with opened(f"{SQLITE}:///{path}") as copy:
        return count_tables(copy)


def _dump_postgresql(store: Store, path: Path) -> Mapping[str, int]:
    path.touch(mode=0o600)
    with store.reading_now() as connection:
        moment = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        _run(store.engine.url, *DUMP, f"--snapshot={moment}", f"--file={path}")
        return _counted(connection)


def load_sqlite(path: Path, target: Path) -> None:
    """Put a file in the place of a database that is closed; what its journals held belongs to the one before."""
    for ending in ("-wal", "-shm", "-journal"):
        target.with_name(f"{target.name}{ending}").unlink(missing_ok=True)
    os.replace(path, target)


def load_postgresql(url: URL, path: Path) -> None:
    """Make the tables of a file in a database, in place of those of the same names: all of it, or nothing."""
    _run(url, *RESTORE, "--clean", "--if-exists", f"--dbname={url.database}", str(path))


@contextmanager
def opened(url: str | URL) -> Iterator[Store]:
    """Yield a store that is closed afterwards."""
    store = open_store(url if isinstance(url, str) else url.render_as_string(hide_password=False))
    try:
        yield store
    finally:
        store.close()


@contextmanager
def scratch_database(beside: str) -> Iterator[URL]:
    """Yield an empty database on the server of another one; it is gone afterwards. Raises BackupError without right."""
    url = make_url(beside)
    own = url.set(database=f"{url.database}_look_{secrets.token_hex(4)}")
    with opened(url) as store:
        try:
            _outside(store, f'CREATE DATABASE "{own.database}"')
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != MISSING_RIGHT:
                raise
            raise BackupError(
                "looking into the dump needs a database to put it into: let the role make some (ALTER ROLE … "
                "CREATEDB), or name an empty one with --scratch"
            ) from error
        try:
            yield own
        finally:
            _outside(store, f'DROP DATABASE "{own.database}"')


def count_tables(store: Store) -> Mapping[str, int]:
    """Return how many rows each table has."""
    with store.reading() as connection:
        return _counted(connection)


def clear_database(store: Store) -> None:
    """Remove all tables and functions of ours from a PostgreSQL database, in one transaction."""
    with store.writing(ADDED) as connection:
        names = inspect(connection).get_table_names()
        functions = connection.scalars(text(_OWN_FUNCTIONS)).all()
        for what in (*(f'TABLE "{name}"' for name in names), *(f"FUNCTION {signature}" for signature in functions)):
            connection.exec_driver_sql(f"DROP {what} CASCADE")


# Those that came with an extension belong to it.
_OWN_FUNCTIONS = """
    SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


def is_empty(store: Store) -> bool:
    """Tell whether a database holds nothing: no table, or no row in any of them."""
    return not any(rows for name, rows in count_tables(store).items() if name != REVISIONS)


def find_damage(store: Store) -> Iterator[str]:
    """Yield what the database itself finds wrong with what is in it."""
    if not store.is_sqlite:
        return
    with store.reading() as connection:
        lines = [str(line) for line in connection.scalars(text("PRAGMA integrity_check(10)"))]
        yield from (line for line in lines if line != "ok")
        for row in connection.execute(text("PRAGMA foreign_key_check")).fetchmany(10):
            yield f"a row of {row[0]} points at a row of {row[2]} that is not there"


def _counted(connection: Connection) -> dict[str, int]:
    inspector: Inspector = inspect(connection)
    rows = {name: select(func.count()).select_from(table(name)) for name in sorted(inspector.get_table_names())}
    return {name: int(connection.scalar(statement) or 0) for name, statement in rows.items()}


def read_revision(store: Store) -> str | None:
    """Return the schema of a database as its own table says."""
    with store.reading() as connection:
        if not inspect(connection).has_table(REVISIONS):
            return None
        found: str | None = connection.scalar(select(column("version_num")).select_from(table(REVISIONS)))
        return found


def _outside(store: Store, statement: str) -> None:
    with store.outside_transaction() as connection:
        connection.exec_driver_sql(statement)


def _run(url: URL, *command: str) -> None:
    """Run a program of PostgreSQL against a database; raises BackupError with what it said."""
    with tempfile.TemporaryDirectory() as folder:
        services = Path(folder) / "services"
        services.touch(mode=0o600)
        services.write_text(_service(url), encoding="utf-8")
        environment = {**os.environ, "PGSERVICEFILE": str(services), "PGSERVICE": "hai-long"}
        try:
            subprocess.run(command, check=True, env=environment, capture_output=True, text=True)  # noqa: S603  # our words and paths
        except FileNotFoundError as error:
            raise BackupError(f"{command[0]} is missing: install the package postgresql-client") from error
        except subprocess.CalledProcessError as error:
            said = (error.stderr or "").strip().splitlines() or ["no word of why"]
            raise BackupError(f"{command[0]}: {said[0]}") from error


def _service(url: URL) -> str:
    """Return a server's address as PostgreSQL's programs read it."""
    given = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database}
    values = {**{name: value for name, value in given.items() if value}, **url.query}
    return "\n".join(["[hai-long]", *(f"{name}={value}" for name, value in values.items())]) + "\n"
