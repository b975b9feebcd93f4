"""What can be printed, and what was printed when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from survey.store.registry.points import PlacedPoint, in_agencies, list_points, not_ended
from survey.store.staff.tables import poster_batch, poster_print
from survey.store.tables import agency, service_point

INSERTED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class PrintableAgency:
    """An agency with at least one poster to print."""

    code: str
    name: str
    short_name: str
    block: str
    points: int


class BatchState(StrEnum):
    """How far a batch is."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewPosterBatch:
    """What somebody wants printed; `made_at` is UTC without a zone."""

    made_at: datetime
    staff: str
    size: str
    title: str
    points: tuple[int, ...]
    with_results: bool = False


@dataclass(frozen=True, slots=True)
class PosterBatch:
    """What was printed in one go; `own` of its `total` posters are of agencies in the scope asked for."""

    id: int
    made_at: datetime
    staff: str
    size: str
    title: str
    total: int
    done: int
    state: BatchState
    fault: str
    own: int
    with_results: bool = False

    @property
    def is_all_own(self) -> bool:
        """Tell whether every poster is in scope, so that the file may be had."""
        return self.own == self.total


def list_printable(
    connection: Connection,
    day: date,
    *,
    agencies: Collection[str] | None,
    agency_code: str = "",
    block: str = "",
    codes: Collection[str] = (),
    batch: int | None = None,
) -> tuple[PlacedPoint, ...]:
    """Return the service points whose poster may be hung on `day` or later, by agency code, name and code.

    `agencies` is the scope, None for all; what is empty is not asked for.
    """
    wanted = [not_ended(day), in_agencies(agencies)]
    if agency_code:
        wanted.append(agency.c.code == agency_code)
    if block:
        wanted.append(agency.c.block == block)
    if codes:
        wanted.append(service_point.c.code.in_(codes))
    if batch is not None:
        wanted.append(service_point.c.id.in_(_printed_in(batch)))
    return list_points(connection, *wanted)


def _printed_in(batch: int) -> Select[Any]:
    return select(poster_print.c.service_point_id).where(poster_print.c.batch_id == batch)


def list_printable_agencies(
    connection: Connection, day: date, *, agencies: Collection[str] | None
) -> list[PrintableAgency]:
    """Return the agencies in scope that have a poster to print, by code, with the number of those posters."""
    columns = (agency.c.code, agency.c.name, agency.c.short_name, agency.c.block)
    statement = (
        select(*columns, func.count())
        .join_from(service_point, agency)
        .where(not_ended(day), in_agencies(agencies))
        .group_by(agency.c.id, *columns)
        .order_by(agency.c.code)
    )
    return [PrintableAgency(*row) for row in connection.execute(statement)]


def find_agency_name(connection: Connection, code: str) -> str | None:
    """Return the name of the agency with this code."""
    return connection.scalar(select(agency.c.name).where(agency.c.code == code))


def add_batch(connection: Connection, new: NewPosterBatch) -> int:
    """Add a batch that waits to be set and return its number."""
    values = {name: getattr(new, name) for name in ("made_at", "staff", "size", "title", "with_results")}
    counted = {"total": len(new.points), "done": 0, "state": BatchState.WAITING.value}
    statement = insert(poster_batch).values(**values, **counted).returning(poster_batch.c.id)
    number: int = connection.execute(statement).scalar_one()
    rows = [{"batch_id": number, "service_point_id": point} for point in new.points]
    for start in range(0, len(rows), INSERTED_AT_ONCE):
        connection.execute(insert(poster_print), rows[start : start + INSERTED_AT_ONCE])
    return number


def find_batch(connection: Connection, number: int, *, agencies: Collection[str] | None) -> PosterBatch | None:
    """Return a batch, unless none of its posters is in scope."""
    row = connection.execute(_batches(agencies).where(poster_batch.c.id == number)).first()
    return _to_batch(row) if row else None


def list_batches(connection: Connection, *, agencies: Collection[str] | None) -> list[PosterBatch]:
    """Return the batches with a poster in scope, the latest first."""
    return [_to_batch(row) for row in connection.execute(_batches(agencies).order_by(poster_batch.c.id.desc()))]


def list_batches_of_point(connection: Connection, point_id: int) -> list[PosterBatch]:
    """Return the batches in which the poster of one service point was made, the latest first, as wholly own.

    One that is not made yet, or came to nothing, printed nothing.
    """
    statement = (
        _batches(None)
        .join(poster_print)
        .where(poster_print.c.service_point_id == point_id, poster_batch.c.state == BatchState.READY.value)
    )
    return [_to_batch(row) for row in connection.execute(statement.order_by(poster_batch.c.id.desc()))]


def _batches(agencies: Collection[str] | None) -> Select[tuple[object, ...]]:
    if agencies is None:
        return select(poster_batch, poster_batch.c.total.label("own"))
    own = (
        select(poster_print.c.batch_id, func.count().label("own"))
        .join_from(poster_print, service_point)
        .join(agency)
        .where(in_agencies(agencies))
        .group_by(poster_print.c.batch_id)
        .subquery()
    )
    return select(poster_batch, own.c.own).join_from(poster_batch, own, own.c.batch_id == poster_batch.c.id)


def _to_batch(row: Row[tuple[object, ...]]) -> PosterBatch:
    return PosterBatch(
        id=row.id,
        made_at=row.made_at,
        staff=row.staff,
        size=row.size,
        title=row.title,
        total=row.total,
        done=row.done,
        state=BatchState(row.state),
        fault=row.fault,
        own=row.own,
        with_results=row.with_results,
    )


def list_printed(connection: Connection, number: int, *, agencies: Collection[str] | None) -> tuple[PlacedPoint, ...]:
    """Return the service points of a batch that are in scope, by agency code, name and code, named as they are now."""
    return list_points(connection, service_point.c.id.in_(_printed_in(number)), in_agencies(agencies))


def set_batch_state(connection: Connection, number: int, state: BatchState, *, done: int = 0, fault: str = "") -> None:
    """Note how far a batch is: `done` posters are ready."""
    statement = update(poster_batch).where(poster_batch.c.id == number)
    connection.execute(statement.values(state=state.value, done=done, fault=fault))
