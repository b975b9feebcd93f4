"""Reading the audit trail, newest first, however long it is.

The trail has one index, its row number. Rows are written in the order of time, so days are found by bisection
over row numbers; what else is asked for is looked for among a bounded number of rows at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from survey.store.staff.tables import audit

# So many rows are looked through in about 20 ms.
LOOKED_THROUGH = 100_000
# Processes that write at the same moment may commit in another order than their clocks say.
OUT_OF_ORDER = 100
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the trail; `at` is UTC without a zone."""

    id: int
    at: datetime
    staff: str
    act: str
    detail: str


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """What is looked for; None means all. `since` (inclusive) and `until` (exclusive) are UTC."""

    staff: str | None = None
    act: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Deeds, newest first, and the row number below which to go on; None at the end of what is asked for."""

    deeds: tuple[Deed, ...]
    before: int | None


def read_page(connection: Connection, asked: TrailQuery, *, before: int | None, most: int) -> TrailPage:
    """Return at most `most` deeds below a row number, out of at most LOOKED_THROUGH rows."""
    lowest, highest = _range(connection, asked)
    top = highest if before is None else min(highest, before - 1)
    bottom = max(lowest, top - LOOKED_THROUGH + 1)
    among = audit.c.id.between(bottom, top)
    statement = select(audit).where(and_(among, *_conditions(asked))).order_by(audit.c.id.desc()).limit(most)
    deeds = tuple(Deed(row.id, row.at, row.staff, row.act, row.detail) for row in connection.execute(statement))
    reached = deeds[-1].id if len(deeds) == most else bottom
    return TrailPage(deeds, reached if reached > lowest else None)


def read_all(connection: Connection, asked: TrailQuery) -> Iterator[Deed]:
    """Yield every deed asked for, newest first."""
    before: int | None = None
    while True:
        page = read_page(connection, asked, before=before, most=BATCH)
        yield from page.deeds
        before = page.before
        if before is None:
            return


def _conditions(asked: TrailQuery) -> list[ColumnElement[bool]]:
    given = {audit.c.staff: asked.staff, audit.c.act: asked.act}
    found = [column == value for column, value in given.items() if value is not None]
    if asked.since is not None:
        found.append(audit.c.at >= asked.since)
    if asked.until is not None:
        found.append(audit.c.at < asked.until)
    return found


def _range(connection: Connection, asked: TrailQuery) -> tuple[int, int]:
    """Return the row numbers between which the asked days lie, both included."""
    # One by one: asked for together, SQLite would look through every row for them.
    first, last = (connection.scalar(select(end(audit.c.id))) for end in (func.min, func.max))
    if first is None or last is None:
        return 1, 0
    lowest = first if asked.since is None else _first_at(connection, asked.since, first, last) - OUT_OF_ORDER
    highest = last if asked.until is None else _first_at(connection, asked.until, first, last) + OUT_OF_ORDER
    return max(first, lowest), min(last, highest)


def _first_at(connection: Connection, moment: datetime, first: int, last: int) -> int:
    """Return the first row number written at a moment or later, one past the last when there is none."""
    low, high = first, last + 1
    while low < high:
        middle = (low + high) // 2
        at = connection.execute(select(audit.c.at).where(audit.c.id >= middle).order_by(audit.c.id).limit(1)).scalar()
        if at is not None and at < moment:
            low = middle + 1
        else:
            high = middle
    return low
