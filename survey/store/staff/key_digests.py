"""The digest of the SECRET_KEY that all nodes of a database must have in common."""

from sqlalchemy import Connection, delete, insert, select

from survey.store.staff.tables import key_digest


def find_key_digest(connection: Connection) -> str | None:
    """Return the digest of the key the database was served with last, None before it was served at all."""
    return connection.scalar(select(key_digest.c.digest))


def replace_key_digest(connection: Connection, digest: str) -> None:
    """Keep the digest of another key."""
    connection.execute(delete(key_digest))
    connection.execute(insert(key_digest).values(digest=digest))
