"""Responses and comments: stored once, replays recognised, read in blocks for counting."""

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    Connection,
    Dialect,
    PoolProxiedConnection,
    Row,
    Table,
    bindparam,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError

from survey.errors import KeyReplayedError, NotStoredError
from survey.responses import HalfDay, Mode
from survey.store.engine import Store
from survey.store.refusals import is_busy
from survey.store.subjects import ADDED
from survey.store.tables import comment, comment_inbox, response
from survey.watching.process import Fallback, fell_back

INSERTED_AT_ONCE, REPLAYED_TEXT = 100, "this submission key was used for other answers"

StoredRow: TypeAlias = Row[int, bytes, int, str]


@dataclass(frozen=True, slots=True)
class NewComment:
    """A masked comment on its way to the inbox."""

    key: bytes
    round_id: int
    agency_id: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class NewResponse:
    """A response on its way to its row, with the comment that is stored apart from it."""

    key: bytes
    round_id: int
    service_point_id: int
    mode: Mode
    day: date
    half: HalfDay | None
    answers: str
    comment: NewComment | None = None


SQLITE = sqlite.dialect(paramstyle="named")
RESPONSE_COLUMNS = ("round_id", "key", "service_point_id", "mode", "day", "half", "answers")
COMMENT_COLUMNS = ("key", "round_id", "agency_id", "text")
# Arrays, because a statement that is the same for any number of rows is planned once.
INSERT_BOTH = """
    WITH taken AS (
      INSERT INTO response (round_id, key, service_point_id, mode, day, half, answers)
      SELECT * FROM unnest(%s::int[], %s::bytea[], %s::int[], %s::text[], %s::date[], %s::text[], %s::text[])
      ON CONFLICT DO NOTHING RETURNING 1),
    said AS (
      INSERT INTO comment_inbox (key, round_id, agency_id, text)
      SELECT said.* FROM unnest(%s::bytea[], %s::int[], %s::int[], %s::text[]) AS said
      WHERE (SELECT count(*) FROM taken) = %s
      ON CONFLICT DO NOTHING RETURNING 1)
    SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM said)
"""

Kept: TypeAlias = Mapping[tuple[int, bytes], NewResponse | StoredRow]


def save_responses(store: Store, new: Sequence[NewResponse]) -> list[KeyReplayedError | None]:
    """Commit a batch and return for each response what refused it, None when it is stored.

    When the connection turns out to be dead, as after a restart of the database, the batch is tried once
    more; the keys make that safe.
    """
    if _saved_at_once(store, new):
        return [None] * len(new)
    try:
        return _saved(store, new)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        fell_back(Fallback.DEAD_CONNECTION, error)
        return _saved(store, new)


def _saved_at_once(store: Store, new: Sequence[NewResponse]) -> bool:
    """Try the usual case, in which every key is new, and tell whether it was that.

    It speaks to the driver itself: this is the one place where SQLAlchemy's own work for a statement
    costs more than the database's. Whatever is unusual, an error too, is left to `_saved`.
    """
    ordered = sorted(new, key=lambda row: row.key)
    with store.alone():
        try:
            connection = store.writer.raw_connection()
        except Exception as error:
            fell_back(Fallback.INSERT, error)
            return False
        try:
            insert = _inserted_by_sqlite if store.is_sqlite else _inserted_by_postgresql
            return insert(connection, ordered)
        except Exception as error:
            _give_up(connection)
            fell_back(Fallback.INSERT, error)
            if is_busy(error):
                # Whoever waited once for a table does not wait again: the phone sends it later.
                raise NotStoredError("somebody holds the table of responses for too long") from error
            return False
        finally:
            connection.close()


def _give_up(connection: PoolProxiedConnection) -> None:
    """End the transaction and the connection: only closed, SQLite would keep its lock while an error is remembered."""
    try:
        connection.rollback()
    except Exception as error:
        fell_back(Fallback.DEAD_CONNECTION, error)
    connection.invalidate()


def _inserted_by_sqlite(connection: PoolProxiedConnection, ordered: Sequence[NewResponse]) -> bool:
    """Insert responses and comments in one transaction, all or nothing; tell whether every key was free."""
    cursor = connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    rows = (response, [response_row(row) for row in ordered]), (comment_inbox, _comment_rows(ordered))
    free = all(_all_inserted(cursor, table, some) for table, some in rows if some)
    (connection.commit if free else connection.rollback)()
    return free


def _all_inserted(cursor: DBAPICursor, table: Table, rows: Sequence[Mapping[str, object]]) -> bool:
    cursor.execute(_insert_text(table, SQLITE, len(rows)), _numbered(rows))
    return cursor.rowcount == len(rows)


def _inserted_by_postgresql(connection: PoolProxiedConnection, ordered: Sequence[NewResponse]) -> bool:
    """Insert responses, and their comments if every key was free, in one statement and one round trip.

    When a key was taken the others are stored without their comments; `_saved` then adds these, as for a replay.
    """
    driver: Any = connection.driver_connection
    driver.autocommit = True
    try:
        rows, said = [response_row(row) for row in ordered], _comment_rows(ordered)
        columns = [*_columns(RESPONSE_COLUMNS, rows), *_columns(COMMENT_COLUMNS, said)]
        counts = driver.execute(INSERT_BOTH, [*columns, len(rows)]).fetchone()
        return tuple(counts) == (len(rows), len(said))
    finally:
        driver.autocommit = False


def _columns(names: Sequence[str], rows: Sequence[Mapping[str, object]]) -> Iterator[list[object]]:
    return ([row[name] for row in rows] for name in names)


def _saved(store: Store, new: Sequence[NewResponse]) -> list[KeyReplayedError | None]:
    """Commit a batch.

    A key that is already there with the same answers and comment is a replay, and stored; with others
    it is refused, and the first ones stay. A response and its comment are committed together, so that
    neither is ever acknowledged without the other.
    """
    first = _by_key(new)
    with store.writing(ADDED) as connection:
        all_new = _insert(connection, response, [response_row(row) for row in first.values()])
        kept: Kept = first if all_new else _stored_responses(connection, first.keys())
        agreeing = [row for row in new if _agrees(row, kept[row.round_id, row.key])]
        said = {row.comment.key: row.comment.text for row in reversed(agreeing) if row.comment}
        if said:
            # With a response that is new its comment is new too: only a replay has to be looked for.
            known = {} if all_new else _stored_comments(connection, said.keys())
            _insert(connection, comment_inbox, _comment_rows(agreeing, without=known))
            said |= known
    stored = {row for row in agreeing if row.comment is None or said[row.comment.key] == row.comment.text}
    return [None if row in stored else KeyReplayedError(REPLAYED_TEXT) for row in new]


def is_stored(store: Store, row: NewResponse) -> bool:
    """Tell whether a response stands there, and change nothing; raises KeyReplayedError when its key is another's.

    A comment that is gone by now was taken back after it had been stored with its response.
    """
    with store.reading() as connection:
        stored = _stored_responses(connection, [(row.round_id, row.key)]).get((row.round_id, row.key))
        texts = _stored_comments(connection, [row.comment.key]) if row.comment else {}
    if stored is None:
        return False
    said = row.comment is None or texts.get(row.comment.key, row.comment.text) == row.comment.text
    if not (said and _agrees(row, stored)):
        raise KeyReplayedError(REPLAYED_TEXT)
    return True


def _by_key(new: Sequence[NewResponse]) -> dict[tuple[int, bytes], NewResponse]:
    """Return the first response of each key, in key order: no order of arrival, no deadlock between writers."""
    first: dict[tuple[int, bytes], NewResponse] = {}
    for row in new:
        first.setdefault((row.round_id, row.key), row)
    return dict(sorted(first.items()))


def _agrees(row: NewResponse, kept: NewResponse | StoredRow) -> bool:
    return (row.service_point_id, row.answers) == (kept.service_point_id, kept.answers)


def response_row(row: NewResponse) -> dict[str, object]:
    """Return the columns of a response row, as both database drivers take them."""
    return {
        "round_id": row.round_id,
        "key": row.key,
        "service_point_id": row.service_point_id,
        "mode": row.mode.value,
        "day": row.day.isoformat(),
        "half": row.half and row.half.value,
        "answers": row.answers,
    }


def insert_responses(connection: Connection, rows: Sequence[NewResponse]) -> None:
    """Add responses with new keys, in the order given, a hundred at a time."""
    for start in range(0, len(rows), INSERTED_AT_ONCE):
        _insert(connection, response, [response_row(row) for row in rows[start : start + INSERTED_AT_ONCE]])


def _comment_rows(responses: Sequence[NewResponse], *, without: Container[bytes] = ()) -> list[dict[str, object]]:
    """Return the columns of the first comment of each key, in key order."""
    first = {row.comment.key: row.comment for row in reversed(responses) if row.comment}
    return [
        {"key": key, "round_id": said.round_id, "agency_id": said.agency_id, "text": said.text}
        for key, said in sorted(first.items())
        if key not in without
    ]


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> bool:
    """Insert the rows whose key is free, in one statement; tell whether that were all."""
    if not rows:
        return True
    text = _insert_text(table, connection.dialect, len(rows))
    return connection.exec_driver_sql(text, _numbered(rows)).rowcount == len(rows)


def _numbered(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return the values of all rows as `_insert_text` names them."""
    return {f"{name}_{place}": value for place, row in enumerate(rows) for name, value in row.items()}


@cache
def _insert_text(table: Table, dialect: Dialect, rows: int) -> str:
    """Return the driver's own text of the statement, with a place `column_0` … for every value."""
    named = SQLITE if dialect.name == "sqlite" else dialect
    insert = (sqlite if dialect.name == "sqlite" else postgresql).insert(table).on_conflict_do_nothing()
    places: list[dict[str, object]] = [
        {column.name: bindparam(f"{column.name}_{place}") for column in table.c} for place in range(rows)
    ]
    return str(insert.values(places).compile(dialect=named))


def _stored_responses(connection: Connection, keys: Collection[tuple[int, bytes]]) -> Kept:
    columns = (response.c.round_id, response.c.key, response.c.service_point_id, response.c.answers)
    found = connection.execute(select(*columns).where(tuple_(response.c.round_id, response.c.key).in_(keys)))
    return {(row.round_id, bytes(row.key)): row for row in found}


def _stored_comments(connection: Connection, keys: Collection[bytes]) -> dict[bytes, str]:
    """Return the texts of the comments there are, those that have moved among them.

    One statement sees one moment: the nightly work cannot carry a comment past it.
    """
    both = (select(table.c.key, table.c.text).where(table.c.key.in_(keys)) for table in (comment, comment_inbox))
    return {bytes(key): text for key, text in connection.execute(union_all(*both))}


def modes_of(connection: Connection, round_id: int) -> tuple[str, ...]:
    """Return the modes there are responses of in a round."""
    return tuple(sorted(connection.scalars(select(response.c.mode).where(response.c.round_id == round_id).distinct())))
