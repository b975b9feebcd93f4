"""Service points as they are stored, each with its agency and what took its place: one row for whoever needs one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, insert, or_, select, true

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
    """Return the statement for the service points that fit all conditions, in the order of agency, name and code."""
    agencies = (agency.c.code.label("agency_code"), agency.c.name.label("agency_name"), agency.c.valid_to.label("ends"))
    later = (successor.c.code.label("then"), successor_agency.c.code.label("then_agency"))
    return (
        select(service_point, *agencies, *later)
        .join_from(service_point, agency, service_point.c.agency_id == agency.c.id)
        .outerjoin(successor, successor.c.id == service_point.c.successor_id)
        .outerjoin(successor_agency, successor_agency.c.id == successor.c.agency_id)
        .where(*wanted)
        .order_by(agency.c.code, service_point.c.name, service_point.c.code)
    )


def list_points(connection: Connection, *wanted: ColumnElement[bool]) -> tuple[PlacedPoint, ...]:
    """Return the service points that fit all conditions, in the order of agency code, name and code."""
    return tuple(map(_to_point, connection.execute(select_points(*wanted))))


def find_point(connection: Connection, code: str, *wanted: ColumnElement[bool]) -> PlacedPoint:
    """Return the service point with this public code, if it fits all conditions; raises UnknownCodeError."""
    row = connection.execute(select_points(service_point.c.code == code, *wanted)).first()
    if row is None:
        raise UnknownCodeError("service point", code)
    return _to_point(row)


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


def _to_point(row: Row[Any]) -> PlacedPoint:
    return PlacedPoint(
        id=row.id,
        version=row.version,
        point=ServicePoint(row.code, row.agency_code, row.name, row.valid_from, row.valid_to),
        agency_id=row.agency_id,
        agency_name=row.agency_name,
        agency_valid_to=row.ends,
        successor_id=row.successor_id,
        successor_code=row.then,
        successor_agency_code=row.then_agency,
    )
