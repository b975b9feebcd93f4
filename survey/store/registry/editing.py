"""The registry as people change it: agencies and service points with the version each change adds one to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, Table, bindparam, func, insert, or_, select, update

from survey.errors import UnknownCodeError
from survey.fieldwork import Agency, ServicePoint
from survey.store.changing import change, change_all
from survey.store.registry.points import point_values, used_on
from survey.store.tables import agency, service_point


def agency_version(connection: Connection, code: str) -> int:
    """Return the version of an agency; raises UnknownCodeError."""
    found: int | None = connection.scalar(select(agency.c.version).where(agency.c.code == code))
    if found is None:
        raise UnknownCodeError("agency", code)
    return found


def count_points_in_use(connection: Connection, day: date) -> Mapping[str, int]:
    """Return how many service points of each agency are in use on `day`; an agency without any is left out."""
    statement = (
        select(agency.c.code, func.count(service_point.c.id).label("points"))
        .join(service_point)
        .where(used_on(day))
        .group_by(agency.c.code)
    )
    return {row.code: row.points for row in connection.execute(statement)}


def count_points_after(connection: Connection, agency_code: str, day: date) -> int:
    """Return how many service points of an agency are in use on some day after `day`."""
    later = or_(service_point.c.valid_to.is_(None), service_point.c.valid_to > day)
    statement = select(func.count(service_point.c.id)).join(agency).where(agency.c.code == agency_code, later)
    return connection.execute(statement).scalar_one()


def add_agencies(connection: Connection, new: Sequence[Agency]) -> None:
    """Add agencies, whose parents and successors may be among them."""
    if new:
        connection.execute(insert(agency), [{"code": one.code, **_own_values(one)} for one in new])
        _link(connection, new)


def list_versions(connection: Connection) -> Mapping[str, int]:
    """Return the version of every agency and every service point, by the name of its table and its code."""
    tables = (agency, service_point)
    return {_key(one, code): version for one in tables for code, version in _versions(connection, one)}


def change_agencies(connection: Connection, changed: Sequence[Agency], *, seen: Mapping[str, int]) -> None:
    """Bring agencies up to date whose versions are still those `seen`; raises ChangedMeanwhileError."""
    if changed:
        values = {one.code: _own_values(one) for one in changed}
        change_all(connection, agency, values, seen=_seen(agency, values, seen))
        _link(connection, changed)


def change_agency(connection: Connection, changed: Agency, *, seen: int) -> None:
    """Bring one agency up to date if its version is still the one `seen`; raises ChangedMeanwhileError."""
    change(connection, agency, agency.c.code == changed.code, seen=seen, **_own_values(changed))
    _link(connection, [changed])


def change_points(connection: Connection, changed: Sequence[ServicePoint], *, seen: Mapping[str, int]) -> None:
    """Bring service points up to date as `change_agencies` does; a code never changes its agency."""
    if changed:
        values = {one.code: point_values(one) for one in changed}
        change_all(connection, service_point, values, seen=_seen(service_point, values, seen))


def _seen(table: Table, codes: Iterable[str], seen: Mapping[str, int]) -> dict[str, int]:
    return {code: seen[_key(table, code)] for code in codes}


def _versions(connection: Connection, table: Table) -> Iterable[tuple[str, int]]:
    return ((row.code, row.version) for row in connection.execute(select(table.c.code, table.c.version)))


def _key(table: Table, code: str) -> str:
    return f"{table.name} {code}"


def _own_values(one: Agency) -> dict[str, object]:
    dates = {"valid_from": one.valid_from, "valid_to": one.valid_to}
    return {"name": one.name, "short_name": one.short_name, "block": one.block, **dates}


def _link(connection: Connection, agencies: Iterable[Agency]) -> None:
    """Set parents and successors."""
    ids = _agency_ids(connection)
    rows = [
        {
            "of": entry.code,
            "parent_id": ids[entry.parent_code] if entry.parent_code else None,
            "successor_id": ids[entry.successor_code] if entry.successor_code else None,
        }
        for entry in agencies
    ]
    connection.execute(update(agency).where(agency.c.code == bindparam("of")), rows)


def _agency_ids(connection: Connection) -> Mapping[str, int]:
    return {code: number for number, code in connection.execute(select(agency.c.id, agency.c.code))}
