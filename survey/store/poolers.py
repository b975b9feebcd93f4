"""What a new connection to PostgreSQL is told, and whether a pooler stands between.

A pooler in transaction mode (PgBouncer) hands a connection of the database from client to client. What a client
prepares or sets on it meets the next one, so neither is done there; limits then have to be set for the role, as
docs/operations.md says. Who answers tells it apart: a pooler names a process that is not the one that answers.
"""

from psycopg import Connection

# Whoever waits longer for a lock lets the others through and is told to try again.
LOCK_SECONDS = 5
# No page takes so long; what does would hold a thread for good.
STATEMENT_SECONDS = 60


def set_session(connection: "Connection[tuple[object, ...]]", _record: object, *, serves: bool) -> None:
    """Set the limits of a new connection, or do without what a pooler does not carry."""
    connection.autocommit = True
    try:
        if is_pooled(connection):
            connection.prepare_threshold = None
            return
        connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        if serves:
            connection.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
    finally:
        connection.autocommit = False


def is_pooled(connection: "Connection[tuple[object, ...]]") -> bool:
    """Tell whether another process answers than the one the connection was made to."""
    row = connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone()
    return row != (connection.info.backend_pid,)
