"""Service points as they are stored, each with its agency and what took its place: one row for whoever needs one."""

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, insert, or_, select, true

from survey.errors import UnknownCodeError
from survey.fieldwork import ServicePoint
from survey.store.changing import change
from survey.store.tables import agency, service_point

successor = service_point.alias("successor")
successor_agency = agency.alias("successor_agency")


@dataclass(frozen=True, slots=True)
class PlacedPoint:
    """A service point with its row number and its agency's; `version` counts the changes of the row.

    `successor_id` and `successor_code` are those of the service point that goes on in its place,
    `successor_agency_code` is where that one stands.
    """

    id: int
    version: int
    point: ServicePoint
    agency_id: int
    agency_name: str
    agency_valid_to: date | None
    successor_id: int | None
    successor_code: str | None
    successor_agency_code: str | None

    @property
    def code(self) -> str:
        """The code on its poster."""
        return self.point.code

    @property
    def name(self) -> str:
        """What it is called."""
        return self.point.name

    @property
    def agency_code(self) -> str:
        """The code of its agency."""
        return self.point.agency_code

    @property
    def valid_from(self) -> date | None:
        """The first day of its code, None where there is no limit."""
        return self.point.valid_from

    @property
    def valid_to(self) -> date | None:
        """The last day of its code, None where there is no limit."""
        return self.point.valid_to

    def has_ended_by(self, day: date) -> bool:
        """Tell whether its code leads to no form on `day` and never will again."""
        ends = (self.point.valid_to, self.agency_valid_to)
        return any(end is not None and end < day for end in ends)


def select_points(*wanted: ColumnElement[bool]) -> Select[Any]:
    """Return the statement for the service points that fit all conditions, in the order of agency, name and code.

    Its columns are what `_to_point` takes, in that order.
    """
    point = (service_point.c[name] for name in ("id", "version", "code", "name", "valid_from", "valid_to"))
    of_agency = (service_point.c.agency_id, agency.c.code, agency.c.name, agency.c.valid_to)
    later = (service_point.c.successor_id, successor.c.code, successor_agency.c.code)
    return (
        select(*point, *of_agency, *later)
        .join_from(service_point, agency, service_point.c.agency_id == agency.c.id)
        .outerjoin(successor, successor.c.id == service_point.c.successor_id)
        .outerjoin(successor_agency, successor_agency.c.id == successor.c.agency_id)
        .where(*wanted)
        .order_by(agency.c.code, service_point.c.name, service_point.c.code)
    )


# Put together once: every scan asks for it.
_WITH_CODE = select_points(service_point.c.code == bindparam("wanted_code"))


def list_points(connection: Connection, *wanted: ColumnElement[bool]) -> tuple[PlacedPoint, ...]:
    """Return the service points that fit all conditions, in the order of agency code, name and code."""
    return tuple(map(_to_point, connection.execute(select_points(*wanted))))


def find_point(connection: Connection, code: str, *wanted: ColumnElement[bool]) -> PlacedPoint:
    """Return the service point with this public code, if it fits all conditions; raises UnknownCodeError."""
    statement = _WITH_CODE.where(*wanted) if wanted else _WITH_CODE
    row = connection.execute(statement, {"wanted_code": code}).first()
    if row is None:
        raise UnknownCodeError("service point", code)
    return _to_point(row)


def find_known(connection: Connection, codes: Set[str]) -> str | None:
    """Return the only one of these codes that a service point ever had."""
    known = connection.scalars(select(service_point.c.code).where(service_point.c.code.in_(codes))).all()
    return known[0] if len(known) == 1 else None


def list_codes(connection: Connection) -> set[str]:
    """Return every code a service point ever had."""
    return set(connection.scalars(select(service_point.c.code)))


def add_points(connection: Connection, new: Sequence[ServicePoint]) -> None:
    """Add service points, each with the code it has from now on."""
    if new:
        named = select(agency.c.code, agency.c.id).where(agency.c.code.in_({one.agency_code for one in new}))
        ids = {row.code: row.id for row in connection.execute(named)}
        rows = [{"code": one.code, "agency_id": ids[one.agency_code], **point_values(one)} for one in new]
        connection.execute(insert(service_point), rows)


def ids_of(connection: Connection, codes: Collection[str]) -> dict[str, int]:
    """Return the row numbers of service points by code."""
    found = connection.execute(select(service_point.c.code, service_point.c.id).where(service_point.c.code.in_(codes)))
    return {row.code: row.id for row in found}


def change_point(connection: Connection, seen: PlacedPoint, **values: object) -> None:
    """Set columns of a service point as it was seen; raises ChangedMeanwhileError when it is not that any more."""
    change(connection, service_point, service_point.c.id == seen.id, seen=seen.version, **values)


def point_values(one: ServicePoint) -> dict[str, object]:
    """Return the columns that people write; a code and its agency never change."""
    return {"name": one.name, "valid_from": one.valid_from, "valid_to": one.valid_to}


def in_agencies(codes: Collection[str] | None) -> ColumnElement[bool]:
    """Return the condition that the agency is one of these; None stands for every agency, nothing for none."""
    return true() if codes is None else agency.c.code.in_(codes)


def of_rows(agency_ids: Collection[int] | None) -> ColumnElement[bool]:
    """Return the condition that the agency's row is one of these; None stands for every agency."""
    return true() if agency_ids is None else service_point.c.agency_id.in_(agency_ids)


def used_on(day: date) -> ColumnElement[bool]:
    """Return the condition that the service point is in use on a day, whatever its agency is."""
    return and_(or_(service_point.c.valid_from.is_(None), service_point.c.valid_from <= day), used_since(day))


def used_since(day: date) -> ColumnElement[bool]:
    """Return the condition that the service point has not ended before a day."""
    return or_(service_point.c.valid_to.is_(None), service_point.c.valid_to >= day)


def ended_on(day: date) -> ColumnElement[bool]:
    """Return the condition that a day is the last of the service point."""
    return service_point.c.valid_to == day


def not_ended(day: date) -> ColumnElement[bool]:
    """Return the condition that neither the service point nor its agency has ended before a day."""
    return and_(used_since(day), or_(agency.c.valid_to.is_(None), agency.c.valid_to >= day))


def _to_point(row: Sequence[Any]) -> PlacedPoint:
    # A province has thousands: taken apart at once, a row costs a third of what its columns cost by name.
    id_, version, code, name, valid_from, valid_to, agency_id, agency_code, agency_name, agency_ends, *later = row
    point = ServicePoint(code, agency_code, name, valid_from, valid_to)
    return PlacedPoint(id_, version, point, agency_id, agency_name, agency_ends, *later)
