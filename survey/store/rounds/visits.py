"""How many people were served, in the database."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select

from survey.fieldwork import VisitCount
from survey.store.tables import agency, service_point, visit_count


def list_visits(connection: Connection) -> tuple[VisitCount, ...]:
    """Return all counts: those of whole agencies, then those of service points, by code and day."""
    statement = (
        select(visit_count, agency.c.code.label("agency_code"), service_point.c.code.label("point_code"))
        .outerjoin(agency, agency.c.id == visit_count.c.agency_id)
        .outerjoin(service_point, service_point.c.id == visit_count.c.service_point_id)
        .order_by(func.coalesce(service_point.c.code, ""), func.coalesce(agency.c.code, ""), visit_count.c.from_day)
    )
    return tuple(_to_count(row) for row in connection.execute(statement))


def _to_count(row: Row[tuple[object, ...]]) -> VisitCount:
    return VisitCount(row.point_code or "", row.agency_code or "", row.from_day, row.to_day, row.visits)


def save_visits(connection: Connection, counts: Sequence[VisitCount]) -> int:
    """Add the counts and return how many took the place of one of the same unit and period.

    Raises KeyError on a code nobody has. That periods do not overlap is for the caller to see.
    """
    points = {code: number for number, code in connection.execute(select(service_point.c.id, service_point.c.code))}
    agencies = {code: number for number, code in connection.execute(select(agency.c.id, agency.c.code))}
    replaced = 0
    for count in sorted(counts, key=lambda counted: (counted.unit, counted.from_day)):
        values = {
            "service_point_id": points[count.service_point_code] if count.service_point_code else None,
            "agency_id": agencies[count.agency_code] if count.agency_code else None,
            "from_day": count.from_day,
            "to_day": count.to_day,
        }
        same: ColumnElement[bool] = and_(
            *(visit_count.c[name].is_not_distinct_from(value) for name, value in values.items())
        )
        replaced += connection.execute(delete(visit_count).where(same)).rowcount
        connection.execute(insert(visit_count).values(**values, visits=count.visits))
    return replaced


def delete_visits(connection: Connection, counts: Sequence[VisitCount]) -> int:
    """Remove the counts of these units and periods and return how many there were."""
    removed = 0
    for count in counts:
        of_point = visit_count.c.service_point_id.in_(
            select(service_point.c.id).where(service_point.c.code == count.service_point_code)
        )
        of_agency = visit_count.c.agency_id.in_(select(agency.c.id).where(agency.c.code == count.agency_code))
        period = and_(visit_count.c.from_day == count.from_day, visit_count.c.to_day == count.to_day)
        whose = of_point if count.service_point_code else of_agency
        removed += connection.execute(delete(visit_count).where(whose, period)).rowcount
    return removed


def agencies_without_visits(connection: Connection) -> tuple[str, ...]:
    """Return the codes of the agencies of which nothing is counted, neither whole nor at a service point."""
    of_points = select(service_point.c.agency_id).join(
        visit_count, visit_count.c.service_point_id == service_point.c.id
    )
    of_agencies = select(visit_count.c.agency_id).where(visit_count.c.agency_id.is_not(None))
    nothing = and_(agency.c.id.not_in(of_points), agency.c.id.not_in(of_agencies))
    return tuple(connection.scalars(select(agency.c.code).where(nothing).order_by(agency.c.code)))
