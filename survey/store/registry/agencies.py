"""The registry and the survey rounds in the database."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Row, Select, insert, select

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
