"""The registry and the survey rounds in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Row, Select, insert, select, update

from survey.errors import UnknownCodeError
from survey.fieldwork import Agency, SamplingBasis, ServicePoint, SurveyRound
from survey.store.tables import agency, service_point, survey_round

parent = agency.alias("parent")
successor = agency.alias("successor")
previous = survey_round.alias("previous")


@dataclass(frozen=True, slots=True)
class PlacedPoint:
    """A service point with its row number and its agency's."""

    id: int
    agency_id: int
    point: ServicePoint


def list_agencies(connection: Connection) -> dict[int, Agency]:
    """Return all agencies by row number, in the order of their codes."""
    statement = (
        select(agency, parent.c.code.label("parent_code"), successor.c.code.label("successor_code"))
        .outerjoin(parent, parent.c.id == agency.c.parent_id)
        .outerjoin(successor, successor.c.id == agency.c.successor_id)
        .order_by(agency.c.code)
    )
    return {row.id: _to_agency(row) for row in connection.execute(statement)}


def _to_agency(row: Row[tuple[object, ...]]) -> Agency:
    return Agency(
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        block=row.block,
        parent_code=row.parent_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        successor_code=row.successor_code,
    )


def list_service_points(connection: Connection) -> tuple[PlacedPoint, ...]:
    """Return all service points in the order of agency code, name and code."""
    order = (agency.c.code, service_point.c.name, service_point.c.code)
    return tuple(_to_point(row) for row in connection.execute(_points().order_by(*order)))


def find_service_point(connection: Connection, code: str) -> PlacedPoint:
    """Return the service point with this public code, or raise UnknownCodeError."""
    row = connection.execute(_points().where(service_point.c.code == code)).first()
    if row is None:
        raise UnknownCodeError("service point", code)
    return _to_point(row)


def _points() -> Select[tuple[object, ...]]:
    return select(service_point, agency.c.code.label("agency_code")).join(agency)


def _to_point(row: Row[tuple[object, ...]]) -> PlacedPoint:
    point = ServicePoint(row.code, row.agency_code, row.name, row.valid_from, row.valid_to)
    return PlacedPoint(row.id, row.agency_id, point)


def save_agencies(connection: Connection, agencies: Sequence[Agency]) -> None:
    """Add the agencies that are new and bring the others up to date; none is ever removed."""
    known = _agency_ids(connection)
    for one in agencies:
        values = {"name": one.name, "short_name": one.short_name, "block": one.block}
        dates = {"valid_from": one.valid_from, "valid_to": one.valid_to}
        if one.code in known:
            connection.execute(update(agency).where(agency.c.code == one.code).values(**values, **dates))
        else:
            connection.execute(insert(agency).values(code=one.code, **values, **dates))
    _link_agencies(connection, agencies)


def _link_agencies(connection: Connection, agencies: Sequence[Agency]) -> None:
    """Set parents and successors, which may stand anywhere in the same file."""
    ids = _agency_ids(connection)
    for one in agencies:
        links = {"parent_id": one.parent_code, "successor_id": one.successor_code}
        numbers = {column: ids[code] if code else None for column, code in links.items()}
        connection.execute(update(agency).where(agency.c.code == one.code).values(**numbers))


def _agency_ids(connection: Connection) -> Mapping[str, int]:
    return {code: number for number, code in connection.execute(select(agency.c.id, agency.c.code))}


def save_service_points(connection: Connection, points: Sequence[ServicePoint]) -> None:
    """Add or update service points by their code; a code once used stays with its place in the table."""
    ids = _agency_ids(connection)
    known = set(connection.scalars(select(service_point.c.code)))
    for point in points:
        values = {"agency_id": ids[point.agency_code], "name": point.name}
        dates = {"valid_from": point.valid_from, "valid_to": point.valid_to}
        if point.code in known:
            connection.execute(
                update(service_point).where(service_point.c.code == point.code).values(**values, **dates)
            )
        else:
            connection.execute(insert(service_point).values(code=point.code, **values, **dates))


def save_round(connection: Connection, new: SurveyRound) -> None:
    """Add a survey round."""
    values = asdict(new)
    previous_code = values.pop("previous_code")
    values["previous_id"] = find_round(connection, previous_code)[0] if previous_code else None
    values["asks"] = " ".join(new.asks)
    connection.execute(insert(survey_round).values(**values))


def list_rounds(connection: Connection) -> dict[int, SurveyRound]:
    """Return all rounds by row number, the latest opening first."""
    statement = _rounds().order_by(survey_round.c.opens.desc(), survey_round.c.code)
    return {row.id: _to_round(row) for row in connection.execute(statement)}


def find_round(connection: Connection, code: str) -> tuple[int, SurveyRound]:
    """Return a round's row number and values, or raise UnknownCodeError naming the rounds there are."""
    row = connection.execute(_rounds().where(survey_round.c.code == code)).first()
    if row is None:
        raise UnknownCodeError("survey round", code, sorted(connection.scalars(select(survey_round.c.code))))
    return row.id, _to_round(row)


def _rounds() -> Select[tuple[object, ...]]:
    return select(survey_round, previous.c.code.label("previous_code")).outerjoin(
        previous, previous.c.id == survey_round.c.previous_id
    )


def _to_round(row: Row[tuple[object, ...]]) -> SurveyRound:
    return SurveyRound(
        code=row.code,
        title=row.title,
        instrument=row.instrument,
        instrument_digest=row.instrument_digest,
        opens=row.opens,
        closes=row.closes,
        seals=row.seals,
        basis=SamplingBasis(row.basis),
        asks=tuple(row.asks.split()),
        simulated=row.simulated,
        previous_code=row.previous_code,
    )
