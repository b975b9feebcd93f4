"""Paper forms being keyed in: batches, and the sheets that wait in them until they become responses."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from survey.store.collecting.settling import written_anew
from survey.store.engine import Store
from survey.store.staff.tables import paper_batch, paper_sheet
from survey.store.tables import agency, service_point


@dataclass(frozen=True, slots=True)
class SheetBatch:
    """A stack of sheets of one round, service point and day.

    It is open until `stored_on`; `responses` are then those it became, none when it was thrown away.
    `checked` means that everything is keyed twice.
    """

    id: int
    round_id: int
    service_point_id: int
    day: date
    checked: bool
    staff: str
    opened_on: date
    stored_on: date | None
    responses: int
    point_code: str
    point_name: str
    agency_code: str
    agency_name: str

    @property
    def is_open(self) -> bool:
        """Tell whether sheets may still be keyed."""
        return self.stored_on is None


@dataclass(frozen=True, slots=True)
class KeyedSheet:
    """One sheet as keyed in one pass (`entry` 1 or 2).

    `answers` is its record. Where two passes differed and the paper was looked at, it is the record found
    right followed by the one that was keyed.
    """

    number: int
    entry: int
    answers: str
    staff: str


def add_batch(
    connection: Connection, *, round_id: int, service_point_id: int, day: date, checked: bool, staff: str, today: date
) -> int:
    """Add an open batch and return its number."""
    values = {"round_id": round_id, "service_point_id": service_point_id, "day": day, "checked": checked}
    statement = insert(paper_batch).values(**values, staff=staff, opened_on=today).returning(paper_batch.c.id)
    number: int = connection.execute(statement).scalar_one()
    return number


def find_batch(connection: Connection, number: int, *, to_write: bool = False) -> SheetBatch | None:
    """Return a batch; `to_write` keeps others from changing it or its sheets until the transaction ends."""
    if to_write:
        connection.execute(select(paper_batch.c.id).where(paper_batch.c.id == number).with_for_update())
    row = connection.execute(_batches(None).where(paper_batch.c.id == number)).first()
    return _to_batch(row) if row else None


def list_open_batches(connection: Connection, agencies: Collection[str] | None) -> tuple[SheetBatch, ...]:
    """Return the open batches of some agencies (None: of all), the newest first."""
    statement = _batches(agencies).where(paper_batch.c.stored_on.is_(None)).order_by(paper_batch.c.id.desc())
    return tuple(map(_to_batch, connection.execute(statement)))


def list_closed_batches(
    connection: Connection, agencies: Collection[str] | None, *, most: int
) -> tuple[SheetBatch, ...]:
    """Return the latest batches that were stored or thrown away."""
    closed = _batches(agencies).where(paper_batch.c.stored_on.is_not(None))
    statement = closed.order_by(paper_batch.c.stored_on.desc(), paper_batch.c.id.desc()).limit(most)
    return tuple(map(_to_batch, connection.execute(statement)))


def close_batch(connection: Connection, number: int, *, responses: int, today: date) -> None:
    """End a batch and remove its sheets; its count stays."""
    connection.execute(delete(paper_sheet).where(paper_sheet.c.batch_id == number))
    mine = update(paper_batch).where(paper_batch.c.id == number)
    connection.execute(mine.values(stored_on=today, responses=responses))


def clean_sheets(store: Store) -> None:
    """Leave nothing of removed sheets in the table's file: SQLite wipes what it removes, PostgreSQL has to be told.

    While somebody else reads or writes sheets it is left to the night.
    """
    if not store.is_sqlite:
        written_anew(store, "VACUUM FULL paper_sheet", tries=1)


def count_sheets(connection: Connection, batches: Sequence[int]) -> Mapping[tuple[int, int], int]:
    """Return how many sheets there are by batch and entry."""
    key = (paper_sheet.c.batch_id, paper_sheet.c.entry)
    statement = select(*key, func.count()).where(paper_sheet.c.batch_id.in_(batches)).group_by(*key)
    return {(row[0], row[1]): row[2] for row in connection.execute(statement)}


def list_sheets(connection: Connection, batch: int, entry: int | None = None) -> tuple[KeyedSheet, ...]:
    """Return the sheets of a batch, of one pass or of both, by number."""
    statement = _sheets(batch).order_by(paper_sheet.c.number, paper_sheet.c.entry)
    if entry is not None:
        statement = statement.where(paper_sheet.c.entry == entry)
    return tuple(map(_to_sheet, connection.execute(statement)))


def list_last_sheets(
    connection: Connection, batch: int, entry: int, *, most: int, up_to: int | None
) -> tuple[KeyedSheet, ...]:
    """Return the last sheets of a pass, up to a number or to its end, the last one first."""
    statement = _sheets(batch).where(paper_sheet.c.entry == entry).order_by(paper_sheet.c.number.desc()).limit(most)
    if up_to is not None:
        statement = statement.where(paper_sheet.c.number <= up_to)
    return tuple(map(_to_sheet, connection.execute(statement)))


def find_sheet(connection: Connection, batch: int, number: int, entry: int) -> KeyedSheet | None:
    """Return one sheet of a pass."""
    mine = (paper_sheet.c.number == number) & (paper_sheet.c.entry == entry)
    row = connection.execute(_sheets(batch).where(mine)).first()
    return _to_sheet(row) if row else None


def next_number(connection: Connection, batch: int, entry: int, *, after: int) -> int | None:
    """Return the first number after `after` that waits for its second pass; None when there is none."""
    done = select(paper_sheet.c.number).where(paper_sheet.c.batch_id == batch, paper_sheet.c.entry == entry)
    first = select(func.min(paper_sheet.c.number)).where(paper_sheet.c.batch_id == batch, paper_sheet.c.entry != entry)
    waiting = first.where(paper_sheet.c.number > after, paper_sheet.c.number.not_in(done))
    return connection.execute(waiting).scalar()


def save_sheet(connection: Connection, batch: int, sheet: KeyedSheet) -> None:
    """Put a sheet in the place of the one with its number and pass, if there is one."""
    delete_sheet(connection, batch, sheet.number, sheet.entry)
    values = {"batch_id": batch, "number": sheet.number, "entry": sheet.entry}
    connection.execute(insert(paper_sheet).values(**values, answers=sheet.answers, staff=sheet.staff))


def delete_sheet(connection: Connection, batch: int, number: int, entry: int) -> None:
    """Remove one sheet of a pass."""
    mine = (paper_sheet.c.batch_id == batch) & (paper_sheet.c.number == number) & (paper_sheet.c.entry == entry)
    connection.execute(delete(paper_sheet).where(mine))


def typists(connection: Connection, batch: int, entry: int) -> frozenset[str]:
    """Return who keyed sheets of a pass."""
    mine = (paper_sheet.c.batch_id == batch) & (paper_sheet.c.entry == entry)
    return frozenset(connection.scalars(select(paper_sheet.c.staff).where(mine).distinct()))


def _batches(agencies: Collection[str] | None) -> Select[Any]:
    columns = (
        *paper_batch.c,
        service_point.c.code.label("point_code"),
        service_point.c.name.label("point_name"),
        agency.c.code.label("agency_code"),
        agency.c.name.label("agency_name"),
    )
    statement = select(*columns).join_from(paper_batch, service_point).join(agency)
    return statement if agencies is None else statement.where(agency.c.code.in_(agencies))


def _to_batch(row: Any) -> SheetBatch:  # noqa: ANN401  # a row has the columns of its query
    return SheetBatch(**row._mapping)


def _sheets(batch: int) -> Select[Any]:
    columns = (paper_sheet.c.number, paper_sheet.c.entry, paper_sheet.c.answers, paper_sheet.c.staff)
    return select(*columns).where(paper_sheet.c.batch_id == batch)


def _to_sheet(row: Any) -> KeyedSheet:  # noqa: ANN401
    return KeyedSheet(**row._mapping)
