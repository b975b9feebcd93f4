"""Read the responses of a round for counting, in blocks: a million rows cost more to hand over than to count."""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, String, and_, cast, func, literal_column, select

from survey.store.tables import response

POINT_DIGITS = 7
# Keys are random, so an equal piece of what their first two bytes can be holds an equal part of the responses.
PIECES = 2**16
FIRST_PIECES, MOST_TIMES = PIECES // 256, 16
LINES_A_BLOCK = 50_000


def iter_blocks(
    connection: Connection, round_id: int, *, points: Collection[int] | None = None, mode: str | None = None
) -> Iterator[bytes]:
    """Yield the round's responses as blocks of fixed-width lines: service point id (7 digits), date, then the record.

    Each block is a range of keys, of some 50,000 responses at most, however many there are, so memory stays level;
    the order inside means nothing. `points` limits the service points to these ids, `mode` limits the mode. Until
    the last block is taken, the connection is in use.
    """
    wanted = _of_round(connection, round_id, points, mode)
    # An embedded database works in this very process: on one core it cannot read while we count. Reading ahead
    # holds two blocks at once.
    if connection.dialect.name == "sqlite":
        yield from _blocks(connection, wanted, most=LINES_A_BLOCK)
    else:
        yield from _read_ahead(_blocks(connection, wanted, most=LINES_A_BLOCK * 2 // 3))


def _read_ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the blocks, a server already at work on the next while the last is counted."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, blocks, b"")
        while block := coming.result():
            coming = reader.submit(next, blocks, b"")
            yield block


def _of_round(connection: Connection, round_id: int, points: Collection[int] | None, mode: str | None) -> Select[Any]:
    """Return the statement for what `iter_blocks` is asked for, of all keys."""
    some = [response.c.round_id == round_id]
    if points is not None:
        some.append(response.c.service_point_id.in_([literal_column(str(int(point))) for point in points]))
    if mode is not None:
        some.append(response.c.mode == mode)
    return _joined_columns(connection).where(*some)


def _blocks(connection: Connection, wanted: Select[Any], *, most: int) -> Iterator[bytes]:
    """Yield blocks of about `most` lines, each by a statement of its own."""
    low, pieces = 0, FIRST_PIECES
    while low < PIECES:
        high = low + pieces
        inside = and_(response.c.key >= _edge(low), response.c.key < _edge(high))
        lines, block = _read(connection, wanted.where(inside))
        if lines:
            yield block
        low, pieces = high, _more_pieces(pieces, lines, most=most)


def _joined_columns(connection: Connection) -> Select[Any]:
    """Return the statement for how many responses there are, and their points, days and records, each as one text.

    Ten million added gives every id the same number of digits. The two constants stand in the statement itself:
    SQLite copies a parameter anew for every row, which made reading half as long again.
    """
    join = func.group_concat if connection.dialect.name == "sqlite" else func.string_agg
    point = response.c.service_point_id + literal_column(str(10**POINT_DIGITS))
    columns = (point, response.c.day, response.c.answers)
    return select(func.count(), *(join(cast(column, String), literal_column("''")) for column in columns))


def _read(connection: Connection, statement: Select[Any]) -> tuple[int, bytes]:
    """Return how many lines there are, and the lines."""
    lines, *texts = connection.execute(statement).one()
    if not lines:
        return 0, b""
    ids, days, records = (np.frombuffer(text.encode("ascii"), np.uint8).reshape(lines, -1) for text in texts)
    return lines, np.hstack([ids[:, 1:], days, records]).tobytes()


def _edge(pieces: int) -> bytes:
    """Return the first key behind so many pieces of the key space."""
    return pieces.to_bytes(2, "big") if pieces < PIECES else b"\xff" * 17


def _more_pieces(pieces: int, lines: int, *, most: int) -> int:
    """Return how many pieces the next block takes when the last took `pieces` and had so many lines."""
    return max(1, min(MOST_TIMES * pieces, pieces * most // max(1, lines)))
