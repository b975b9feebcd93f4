"""Failed sign-ins, counted in buckets. Times are UTC without a zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from survey.store.staff.tables import sign_in_failure

_row = sign_in_failure.c


@dataclass(frozen=True, slots=True)
class FailuresBefore:
    """How many failures a bucket held before an attempt, and when the latest of them was."""

    number: int
    latest: datetime | None


def save_failures(connection: Connection, buckets: Sequence[str], *, at: datetime) -> tuple[int, ...]:
    """Add one failure to each bucket and return the row numbers."""
    statement = insert(sign_in_failure).returning(_row.id)
    return tuple(connection.scalars(statement, [{"bucket": bucket, "at": at} for bucket in buckets]))


def count_failures(connection: Connection, bucket: str, *, since: datetime) -> int:
    """Return how many failures a bucket holds since a moment."""
    recent = (_row.bucket == bucket) & (_row.at > since)
    return connection.execute(select(func.count()).select_from(sign_in_failure).where(recent)).scalar_one()


def failures_before(connection: Connection, bucket: str, *, since: datetime, number: int) -> FailuresBefore:
    """Return what a bucket held since a moment before the failure with this row number."""
    earlier = (_row.bucket == bucket) & (_row.at > since) & (_row.id < number)
    return FailuresBefore(*connection.execute(select(func.count(), func.max(_row.at)).where(earlier)).one())


def delete_failures(connection: Connection, numbers: Sequence[int], *, buckets: Sequence[str] = ()) -> None:
    """Remove the failures with these row numbers, and all of some buckets."""
    connection.execute(delete(sign_in_failure).where(_row.id.in_(numbers) | _row.bucket.in_(buckets)))


def delete_failures_before(connection: Connection, moment: datetime) -> None:
    """Remove the failures no limit counts any more."""
    connection.execute(delete(sign_in_failure).where(_row.at <= moment))
