"""Responses and comments: stored once, replays recognised, read in blocks for counting."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from itertools import pairwise
from typing import TypeAlias

from sqlalchemy import Connection, Row, String, Table, and_, cast, func, select, text, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from survey.errors import KeyReplayedError
from survey.responses import HalfDay, Mode
from survey.store.engine import Store
from survey.store.tables import comment, comment_inbox, response, service_point

POINT_DIGITS = 7
BLOCKS_A_ROUND = 64
REPLAYED_TEXT = "this submission key was used for other answers"

StoredRow: TypeAlias = Row[int, bytes, int, str]


class Outcome(Enum):
    """What became of a response that was sent."""

    STORED = auto()
    REPLAYED = auto()


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


def save_responses(store: Store, new: Sequence[NewResponse]) -> list[Outcome | Exception]:
    """Commit a batch and return one outcome per response, in order.

    A key that is already there with the same answers is a replay; with others it is a
    KeyReplayedError, and the first answers stay. Comments are committed after the responses and in
    a transaction of their own: a crash between the two is healed by the phone's next attempt.
    """
    distinct = _by_key(new)
    with store.writing_in_steps() as connection:
        with connection.begin():
            added = _insert_new(connection, response, [response_row(row) for row in distinct.values()])
            stored = _stored_rows(connection, [row for key, row in distinct.items() if key not in added])
        refused = _refused(new, distinct, added, stored)
        commented = [row for row in new if row.comment and row not in refused]
        if commented:
            with connection.begin():
                refused |= _save_comments(connection, commented)
    return [refused.get(row) or _first_time(added, row) for row in new]


def _refused(
    new: Sequence[NewResponse],
    distinct: Mapping[tuple[int, bytes], NewResponse],
    added: Set[tuple[int, bytes]],
    stored: Mapping[tuple[int, bytes], StoredRow],
) -> dict[NewResponse, KeyReplayedError]:
    """Return the responses whose key holds other answers than theirs."""
    kept: dict[tuple[int, bytes], NewResponse | StoredRow] = {**stored, **{key: distinct[key] for key in added}}
    return {row: KeyReplayedError(REPLAYED_TEXT) for row in new if not _agrees(row, kept[row.round_id, row.key])}


def _agrees(row: NewResponse, kept: NewResponse | StoredRow) -> bool:
    return (row.service_point_id, row.answers) == (kept.service_point_id, kept.answers)


def _first_time(added: set[tuple[int, bytes]], row: NewResponse) -> Outcome:
    """Tell STORED for the first response of a key that was added, REPLAYED for all others."""
    key = (row.round_id, row.key)
    if key not in added:
        return Outcome.REPLAYED
    added.remove(key)
    return Outcome.STORED


def _by_key(new: Sequence[NewResponse]) -> dict[tuple[int, bytes], NewResponse]:
    """Return the first response of each key, in key order: no order of arrival, no deadlock between writers."""
    first: dict[tuple[int, bytes], NewResponse] = {}
    for row in new:
        first.setdefault((row.round_id, row.key), row)
    return dict(sorted(first.items()))


def response_row(row: NewResponse) -> dict[str, object]:
    """Return the columns of a response row."""
    return {
        "round_id": row.round_id,
        "key": row.key,
        "service_point_id": row.service_point_id,
        "mode": row.mode,
        "day": row.day,
        "half": row.half,
        "answers": row.answers,
    }


def _insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> set[tuple[int, bytes]]:
    """Insert the rows whose key is free and return the keys inserted."""
    if not rows:
        return set()
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing().returning(table.c.round_id, table.c.key)
    return {(round_id, bytes(key)) for round_id, key in connection.execute(statement, rows)}


def _stored_rows(connection: Connection, replayed: Sequence[NewResponse]) -> dict[tuple[int, bytes], StoredRow]:
    if not replayed:
        return {}
    keys = [(row.round_id, row.key) for row in replayed]
    columns = (response.c.round_id, response.c.key, response.c.service_point_id, response.c.answers)
    found = connection.execute(select(*columns).where(tuple_(response.c.round_id, response.c.key).in_(keys)))
    return {(row.round_id, bytes(row.key)): row for row in found}


def _save_comments(connection: Connection, new: Sequence[NewResponse]) -> dict[NewResponse, KeyReplayedError]:
    """Insert the comments and return the responses whose key already has another comment."""
    first = {row.comment.key: row.comment for row in reversed(new) if row.comment}
    added = _insert_new(connection, comment_inbox, [_comment_row(first[key]) for key in sorted(first)])
    seen = first.keys() - {key for _, key in added}
    kept = {key: said.text for key, said in first.items()} | _stored_comments(connection, seen)
    return {
        row: KeyReplayedError(REPLAYED_TEXT) for row in new if row.comment and kept[row.comment.key] != row.comment.text
    }


def _stored_comments(connection: Connection, keys: Set[bytes]) -> dict[bytes, str]:
    if not keys:
        return {}
    both = [select(table.c.key, table.c.text).where(table.c.key.in_(keys)) for table in (comment, comment_inbox)]
    return {bytes(key): text for query in both for key, text in connection.execute(query)}


def _comment_row(said: NewComment) -> dict[str, object]:
    return {"key": said.key, "round_id": said.round_id, "agency_id": said.agency_id, "text": said.text}


def iter_blocks(connection: Connection, round_id: int) -> Iterator[bytes]:
    """Yield the round's responses as blocks of fixed-width lines: service point id (7 digits), then the record.

    The database joins the lines, because a million rows cost more to hand over one by one than to
    count. Each block is a range of keys, so memory stays level; the order inside means nothing.
    """
    join = func.group_concat if connection.dialect.name == "sqlite" else func.string_agg
    # Ten million added and the first digit cut off: the cheapest way to leading zeros on both databases.
    point = func.substr(cast(response.c.service_point_id + 10**POINT_DIGITS, String), 2)
    line = point.concat(response.c.answers)
    for low, high in _key_ranges():
        inside = and_(response.c.round_id == round_id, response.c.key >= low, response.c.key < high)
        block = connection.execute(select(join(line, "")).where(inside)).scalar()
        if block:
            yield block.encode("ascii")


def _key_ranges() -> Iterator[tuple[bytes, bytes]]:
    edges = [bytes([first]) for first in range(0, 256, 256 // BLOCKS_A_ROUND)] + [b"\xff" * 17]
    return pairwise(edges)


def count_by_service_point(connection: Connection, round_id: int) -> dict[int, int]:
    """Return how many responses each service point has in a round (id → responses)."""
    statement = (
        select(response.c.service_point_id, func.count())
        .where(response.c.round_id == round_id)
        .group_by(response.c.service_point_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def iter_exported(connection: Connection, round_id: int) -> Iterator[tuple[str, int, str, str]]:
    """Yield (month, agency id, mode, record) of every response of a round in key order, which is random."""
    statement = (
        select(response.c.day, service_point.c.agency_id, response.c.mode, response.c.answers)
        .join(service_point)
        .where(response.c.round_id == round_id)
        .order_by(response.c.key)
    )
    found = connection.execution_options(yield_per=10_000).execute(statement)
    return ((f"{row.day:%Y-%m}", row.agency_id, row.mode, row.answers) for row in found)


def settle(store: Store, before: tuple[date, HalfDay]) -> None:
    """Remove what still tells the order of arrival from all half-days before `before`, and move the comments.

    PostgreSQL: finished half-days that hold rows of more than one transaction are written again in
    key order by one transaction, so place (ctid), transaction number (xmin) and dump order say nothing.
    SQLite: VACUUM writes every page again in key order and empties the WAL.
    """
    with store.writing() as connection:
        _move_comments(connection)
        if not store.is_sqlite:
            _rewrite_half_days(connection, before)
    with store.outside_transaction() as connection:
        for command in _CLEANING[connection.dialect.name]:
            connection.execute(text(command))


_CLEANING = {
    "sqlite": ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"),
    "postgresql": ("VACUUM FULL comment_inbox", "VACUUM FULL comment", "VACUUM FULL response"),
}


def _move_comments(connection: Connection) -> None:
    # All comments are written again, the old with the new: a batch of its own would tell the day.
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE moving AS SELECT key, round_id, agency_id, text FROM comment "
            "UNION ALL SELECT key, round_id, agency_id, text FROM comment_inbox"
        )
    )
    connection.execute(text("DELETE FROM comment_inbox"))
    connection.execute(text("DELETE FROM comment"))
    connection.execute(text("INSERT INTO comment SELECT key, round_id, agency_id, text FROM moving ORDER BY key"))
    connection.execute(text("DROP TABLE moving"))


def _rewrite_half_days(connection: Connection, before: tuple[date, HalfDay]) -> None:
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE unsettled ON COMMIT DROP AS "
            "SELECT round_id, day, half FROM response WHERE (day, coalesce(half, 'am')) < (:day, :half) "
            "GROUP BY round_id, day, half HAVING count(DISTINCT xmin::text) > 1"
        ),
        {"day": before[0], "half": before[1]},
    )
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE rewritten ON COMMIT DROP AS SELECT response.* FROM response JOIN unsettled "
            "ON (response.round_id, response.day) = (unsettled.round_id, unsettled.day) "
            "AND response.half IS NOT DISTINCT FROM unsettled.half"
        )
    )
    same = "(response.round_id, response.key) = (rewritten.round_id, rewritten.key)"
    connection.execute(text(f"DELETE FROM response USING rewritten WHERE {same}"))  # noqa: S608
    connection.execute(text("INSERT INTO response SELECT * FROM rewritten ORDER BY round_id, key"))
