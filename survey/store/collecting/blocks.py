"""Read the responses of a round for counting, in blocks: a million rows cost more to hand over than to count."""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from survey.responses import Mode
from survey.store.tables import response, service_point
from survey.tallies import DAY_WIDTH, UNKNOWN_MODE, UNREADABLE, Characters

POINT_DIGITS = 7
# Keys are random, so an equal piece of what their first two bytes can be holds an equal part of the responses.
PIECES = 2**16
FIRST_PIECES, MOST_TIMES = PIECES // 256, 16
LINES_A_BLOCK = 50_000
# It is in no record.
SEPARATOR = "/"


def iter_blocks(
    connection: Connection,
    round_id: int,
    *,
    width: int,
    points: Collection[int] | None = None,
    but: Collection[int] = (),
    mode: str | None = None,
) -> Iterator[bytes]:
    """Yield the round's responses as blocks of lines: service point id (7 digits), date, then the record of `width`.

    In the place of a record of another width stand as many `UNREADABLE`, of one of a mode that nobody knows
    `UNKNOWN_MODE`, and of a date that is none zeros, so that every response has its line.

    Each block is a range of keys, of some 50,000 responses at most, however many there are, so memory stays level;
    the order inside means nothing. `points` limits the service points to these ids, `but` leaves these out,
    `mode` limits the mode. Until the last block is taken, the connection is in use.
    """
    wanted = _Wanted(connection, width, _some(round_id, points, but, mode))
    # An embedded database works in this very process: on one core it cannot read while we count. Reading ahead
    # holds two blocks at once.
    if connection.dialect.name == "sqlite":
        yield from _blocks(wanted, most=LINES_A_BLOCK)
    else:
        yield from _read_ahead(_blocks(wanted, most=LINES_A_BLOCK * 2 // 3))


def _read_ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the blocks, a server already at work on the next while the last is counted."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, blocks, b"")
        while block := coming.result():
            coming = reader.submit(next, blocks, b"")
            yield block


def _some(round_id: int, points: Collection[int] | None, but: Collection[int], mode: str | None) -> ColumnElement[bool]:
    """Return which responses `iter_blocks` is asked for, of all keys."""
    some = [response.c.round_id == round_id]
    if points is not None:
        some.append(response.c.service_point_id.in_(_written(points)))
    if but:
        some.append(response.c.service_point_id.not_in(_written(but)))
    if mode is not None:
        some.append(response.c.mode == mode)
    return and_(*some)


def _written(ids: Collection[int]) -> list[ColumnElement[int]]:
    return [literal_column(str(int(one)), Integer) for one in ids]


def _blocks(wanted: "_Wanted", *, most: int) -> Iterator[bytes]:
    """Yield blocks of about `most` lines, each by a statement of its own."""
    low, pieces = 0, FIRST_PIECES
    while low < PIECES:
        high = low + pieces
        lines, block = wanted.read(and_(response.c.key >= _edge(low), response.c.key < _edge(high)))
        if lines:
            yield block
        low, pieces = high, _more_pieces(pieces, lines, most=most)


# Where the dashes of 2026-11-21 stand.
DASHES = [4, 7]


class _Wanted:
    """What is read of a range of keys: how many responses there are, and their points, days and records as texts.

    The texts are joined without looking at each piece. Only where they turn out not to be of equal pieces are they
    joined again by a statement that looks.
    """

    def __init__(self, connection: Connection, width: int, some: ColumnElement[bool]) -> None:
        self._connection, self._width = connection, width
        self._joined, self._looking = (_columns(connection, width, look=look).where(some) for look in (False, True))

    def read(self, inside: ColumnElement[bool]) -> tuple[int, bytes]:
        """Return how many lines there are, and the lines."""
        for statement in (self._joined, self._looking):
            lines, *texts = self._connection.execute(statement.where(inside)).one()
            if not lines:
                return 0, b""
            ids, days, records = (np.frombuffer(text.encode("ascii", "replace"), np.uint8) for text in texts)
            if _are_days(days, lines) and _is_even(records, lines, self._width + 1):
                break
        matrices = ids.reshape(lines, -1), days.reshape(lines, -1), _with_end(records).reshape(lines, -1)
        return lines, np.hstack([matrices[0][:, 1:], matrices[1], matrices[2][:, :-1]]).tobytes()


def _are_days(days: Characters, lines: int) -> bool:
    """Tell whether every piece is as long as a day and has its two dashes: a short one and a long one add up, too."""
    return len(days) == lines * DAY_WIDTH and bool((days.reshape(lines, -1)[:, DASHES] == ord("-")).all())


def _is_even(records: Characters, lines: int, size: int) -> bool:
    """Tell whether a separator stands behind every record, and all are of one width; the last one has none."""
    return len(records) == lines * size - 1 and bool((records[size - 1 :: size] == ord(SEPARATOR)).all())


def _with_end(records: Characters) -> Characters:
    return np.append(records, np.uint8(ord(SEPARATOR)))


def _columns(connection: Connection, width: int, *, look: bool) -> Select[Any]:
    """Return the statement for how many responses there are, and their points, days and records, each as one text.

    Ten million added gives every id the same number of digits. The constants stand in the statement itself:
    SQLite copies a parameter anew for every row, which made reading half as long again.
    """
    join = func.group_concat if connection.dialect.name == "sqlite" else func.string_agg
    point = cast(response.c.service_point_id + literal_column(str(10**POINT_DIGITS)), String)
    day: ColumnElement[str] = cast(response.c.day, String)
    record = case((KNOWN_MODE, response.c.answers), else_=quoted(UNKNOWN_MODE))
    if look:
        day = case((func.length(day) == DAY_WIDTH, day), else_=quoted("0" * DAY_WIDTH))
        readable = func.length(response.c.answers) == width, response.c.answers
        unknown = not_(KNOWN_MODE), quoted(UNKNOWN_MODE * width)
        record = case(unknown, readable, else_=quoted(UNREADABLE * width))
    return select(func.count(), join(point, quoted("")), join(day, quoted("")), join(record, quoted(SEPARATOR)))


def quoted(text: str) -> ColumnElement[str]:
    """Return a text of ours as it stands in a statement."""
    return literal_column(f"'{text}'", String)


# Nearly all responses come by the poster's code, and one comparison is quicker than a list.
KNOWN_MODE = or_(
    response.c.mode == quoted(Mode.QR), response.c.mode.in_([quoted(mode) for mode in Mode if mode is not Mode.QR])
)


def _edge(pieces: int) -> bytes:
    """Return the first key behind so many pieces of the key space."""
    return pieces.to_bytes(2, "big") if pieces < PIECES else b"\xff" * 17


def _more_pieces(pieces: int, lines: int, *, most: int) -> int:
    """Return how many pieces the next block takes when the last took `pieces` and had so many lines."""
    return max(1, min(MOST_TIMES * pieces, pieces * most // max(1, lines)))


def count_by_service_point(connection: Connection, round_id: int) -> dict[int, int]:
    """Return how many responses each service point has in a round (id → responses)."""
    statement = (
        select(response.c.service_point_id, func.count())
        .where(response.c.round_id == round_id)
        .group_by(response.c.service_point_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def iter_exported(connection: Connection, round_id: int) -> Iterator[tuple[str, int, str, str]]:
    """Yield (day, agency id, mode, record) of every response of a round in key order, which is random.

    The day is told as it is written, "2026-11-21".
    """
    statement = (
        select(cast(response.c.day, String), service_point.c.agency_id, response.c.mode, response.c.answers)
        .join(service_point)
        .where(response.c.round_id == round_id)
        .order_by(response.c.key)
    )
    rows = connection.execution_options(yield_per=10_000).execute(statement)
    return ((row[0], row[1], row[2], row[3]) for row in rows)
