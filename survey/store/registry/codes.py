"""The life of a printed code in the database: where it stands, what took its place, and what hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, insert, select, update

from survey.errors import UnknownCodeError
from survey.fieldwork import ServicePoint
from survey.store.changing import change
from survey.store.staff.tables import kiosk, paper_batch
from survey.store.tables import agency, response, service_point

successor = service_point.alias("successor")
successor_agency = agency.alias("successor_agency")


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A service point with what its code needs to be judged by; `version` counts the changes of the row."""

    id: int
    version: int
    point: ServicePoint
    agency_id: int
    agency_name: str
    agency_valid_to: date | None
    successor_code: str | None
    successor_agency_code: str | None

    def has_ended_by(self, day: date) -> bool:
        """Tell whether the code leads to no form on `day` and never will again."""
        ends = (self.point.valid_to, self.agency_valid_to)
        return any(end is not None and end < day for end in ends)


@dataclass(frozen=True, slots=True)
class Uses:
    """What hangs on a code besides paper: responses of any round, tablets in use, and paper batches not stored."""

    responses: int
    kiosks: int
    paper_batches: int


def find_code(connection: Connection, code: str) -> CodeRow:
    """Return what is known of a code, or raise UnknownCodeError."""
    point = service_point.c
    agencies = (agency.c.code.label("agency_code"), agency.c.name.label("agency_name"), agency.c.valid_to.label("ends"))
    later = (successor.c.code.label("then"), successor_agency.c.code.label("then_agency"))
    statement = (
        select(service_point, *agencies, *later)
        .join_from(service_point, agency, point.agency_id == agency.c.id)
        .outerjoin(successor, successor.c.id == point.successor_id)
        .outerjoin(successor_agency, successor_agency.c.id == successor.c.agency_id)
        .where(point.code == code)
    )
    row = connection.execute(statement).first()
    if row is None:
        raise UnknownCodeError("service point", code)
    found = ServicePoint(row.code, row.agency_code, row.name, row.valid_from, row.valid_to)
    return CodeRow(row.id, row.version, found, row.agency_id, row.agency_name, row.ends, row.then, row.then_agency)


def list_predecessors(connection: Connection, point_id: int) -> Sequence[str]:
    """Return the codes that lead on to a service point."""
    statement = select(service_point.c.code).where(service_point.c.successor_id == point_id)
    return connection.scalars(statement.order_by(service_point.c.code)).all()


def add_successor(connection: Connection, old: CodeRow, *, code: str, valid_from: date) -> int:
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


def change_point(connection: Connection, seen: CodeRow, **values: object) -> None:
    """Change a service point as it was seen; raises ChangedMeanwhileError when it is not that any more."""
    change(connection, service_point, service_point.c.id == seen.id, seen=seen.version, **values)


def count_uses(connection: Connection, point_id: int) -> Uses:
    """Return what hangs on a code. Reads all responses when there are none: not for pages that open often."""
    found = select(response.c.key).where(response.c.service_point_id == point_id).limit(1).subquery()
    kiosks = (kiosk.c.service_point_id == point_id) & kiosk.c.revoked_on.is_(None)
    batches = (paper_batch.c.service_point_id == point_id) & paper_batch.c.stored_on.is_(None)
    counts = (
        select(func.count()).select_from(found),
        select(func.count()).select_from(kiosk).where(kiosks),
        select(func.count()).select_from(paper_batch).where(batches),
    )
    return Uses(*(connection.execute(statement).scalar_one() for statement in counts))
