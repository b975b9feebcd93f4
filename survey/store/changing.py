"""A row is changed or removed only as it was seen: whoever comes second is told so, and stores nothing.

Every row that people edit has a `version` that counts its changes. A page carries the version it showed; what is
sent from it holds only while the row still has that one, which the database itself looks at in the act.
"""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, update

from survey.errors import ChangedMeanwhileError


def change(connection: Connection, table: Table, row: ColumnElement[bool], *, seen: int, **values: object) -> None:
    """Set columns of the one row that is `row`, if its version is still `seen`; raises ChangedMeanwhileError."""
    statement = update(table).where(row, table.c.version == seen).values(**values, version=seen + 1)
    _require(connection.execute(statement).rowcount, 1, table)


def remove(connection: Connection, table: Table, row: ColumnElement[bool], *, seen: int) -> None:
    """Remove the one row that is `row`, if its version is still `seen`; raises ChangedMeanwhileError."""
    _require(connection.execute(delete(table).where(row, table.c.version == seen)).rowcount, 1, table)


def change_all(
    connection: Connection, table: Table, values: Mapping[str, Mapping[str, object]], *, seen: Mapping[str, int]
) -> None:
    """Set columns of rows by their codes, all of them or, with ChangedMeanwhileError, none; in the order of codes."""
    same = (table.c.code == bindparam("of")) & (table.c.version == bindparam("seen"))
    rows = [{"of": code, "seen": seen[code], **values[code]} for code in sorted(values)]
    statement = update(table).where(same).values(version=table.c.version + 1)
    _require(connection.execute(statement, rows).rowcount, len(rows), table)


def require_unchanged(what: str, now: object, seen: object) -> None:
    """Raise ChangedMeanwhileError unless something is now what was seen of it."""
    if now != seen:
        raise ChangedMeanwhileError(f"{what} was changed meanwhile; nothing was stored")


def _require(changed: int, wanted: int, table: Table) -> None:
    require_unchanged(table.name.replace("_", " "), changed, wanted)
