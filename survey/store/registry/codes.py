"""The life of a printed code in the database: where it stands, what took its place, and what hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, insert, select, update

from survey.store.registry.points import PlacedPoint
from survey.store.staff.tables import kiosk, paper_batch
from survey.store.tables import response, service_point


@dataclass(frozen=True, slots=True)
class Uses:
    """What hangs on a code besides paper: responses of any round, tablets in use, and paper batches not stored."""

    responses: int
    kiosks: int
    paper_batches: int


def list_predecessors(connection: Connection, point_id: int) -> Sequence[str]:
    """Return the codes that lead on to a service point."""
    statement = select(service_point.c.code).where(service_point.c.successor_id == point_id)
    return connection.scalars(statement.order_by(service_point.c.code)).all()


def add_successor(connection: Connection, old: PlacedPoint, *, code: str, valid_from: date) -> int:
    """Add a service point that stands where `old` stood, under another code, and return its row number."""
    point = service_point.c
    place = select(point.agency_id, point.name, point.valid_to, point.successor_id).where(point.id == old.id)
    agency_id, name, valid_to, successor_id = connection.execute(place).one()
    values = {"agency_id": agency_id, "name": name, "valid_to": valid_to, "successor_id": successor_id}
    statement = insert(service_point).values(**values, code=code, valid_from=valid_from)
    number: int = connection.execute(statement.returning(service_point.c.id)).scalar_one()
    return number


def lead_on(connection: Connection, leading_to: int, *, instead_to: int) -> None:
    """Let the codes that lead on to one service point lead on to another; never a service point to itself."""
    leads = (service_point.c.successor_id == leading_to) & (service_point.c.id != instead_to)
    change = {"successor_id": instead_to, "version": service_point.c.version + 1}
    connection.execute(update(service_point).where(leads).values(**change))


def find_id(connection: Connection, code: str) -> int | None:
    """Return the row number of a code."""
    return connection.scalar(select(service_point.c.id).where(service_point.c.code == code))


def count_uses(connection: Connection, point_id: int) -> Uses:
    """Return what hangs on a code. Reads all responses when there are none: not for pages that open often."""
    first_response = select(response.c.key).where(response.c.service_point_id == point_id).limit(1).subquery()
    kiosks = (kiosk.c.service_point_id == point_id) & kiosk.c.revoked_on.is_(None)
    batches = (paper_batch.c.service_point_id == point_id) & paper_batch.c.stored_on.is_(None)
    counts = (
        select(func.count()).select_from(first_response),
        select(func.count()).select_from(kiosk).where(kiosks),
        select(func.count()).select_from(paper_batch).where(batches),
    )
    return Uses(*(connection.execute(statement).scalar_one() for statement in counts))
