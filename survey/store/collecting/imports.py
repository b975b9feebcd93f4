"""Files of responses that were loaded, remembered by their digest and refused the second time."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, insert, select

from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.tables import import_file


def find_loaded(connection: Connection, digest: str) -> date | None:
    """Return the day a file with this SHA-256 was loaded, if it was."""
    return connection.execute(select(import_file.c.loaded_on).where(import_file.c.digest == digest)).scalar()


def save_import(
    connection: Connection, rows: Sequence[NewResponse], *, digest: str, round_id: int, today: date
) -> None:
    """Store all rows, in key order, and the file's digest."""
    ordered = sorted(rows, key=lambda row: row.key)
    connection.execute(insert(import_file).values(digest=digest, round_id=round_id, rows=len(rows), loaded_on=today))
    insert_responses(connection, ordered)
