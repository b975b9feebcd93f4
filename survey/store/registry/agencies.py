"""The registry and the survey rounds in the database."""

from collections.abc import Collection
from dataclasses import asdict

from sqlalchemy import Connection, Row, bindparam, insert, or_, select

from survey.errors import UnknownCodeError
from survey.fieldwork import Agency, SamplingBasis, SurveyRound
from survey.store.tables import agency, survey_round

parent = agency.alias("parent")
successor = agency.alias("successor")
previous = survey_round.alias("previous")

_ROUNDS = select(survey_round, previous.c.code.label("previous_code")).outerjoin(
    previous, previous.c.id == survey_round.c.previous_id
)
_LISTED = _ROUNDS.order_by(survey_round.c.opens.desc(), survey_round.c.code)


def list_agencies(connection: Connection) -> dict[int, Agency]:
    """Return all agencies by row number, in the order of their codes."""
    return {row.id: _to_agency(row) for row in connection.execute(AGENCIES.order_by(agency.c.code))}


AGENCIES = (
    select(agency, parent.c.code.label("parent_code"), successor.c.code.label("successor_code"))
    .outerjoin(parent, parent.c.id == agency.c.parent_id)
    .outerjoin(successor, successor.c.id == agency.c.successor_id)
)
# Put together once: a scan asks for these rows alone, however many there are.
_FOLLOWED = select(agency.c.successor_id).where(agency.c.id == bindparam("number")).scalar_subquery()
_OF_SCAN = AGENCIES.where(
    or_(
        agency.c.id.in_((bindparam("number"), _FOLLOWED)),
        agency.c.code.in_(bindparam("codes", expanding=True)),
    )
)


def find_agencies(connection: Connection, number: int, codes: Collection[str]) -> dict[int, Agency]:
    """Return the agency with a row number, its successor if it has one, and those with some codes, by row number."""
    found = connection.execute(_OF_SCAN, {"number": number, "codes": list(codes)})
    return {row.id: _to_agency(row) for row in found}


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


def save_round(connection: Connection, new: SurveyRound) -> None:
    """Add a survey round."""
    values = asdict(new)
    previous_code = values.pop("previous_code")
    values["previous_id"] = find_round(connection, previous_code)[0] if previous_code else None
    values["asks"] = " ".join(new.asks)
    connection.execute(insert(survey_round).values(**values))


def list_rounds(connection: Connection) -> dict[int, SurveyRound]:
    """Return all rounds by row number, the latest opening first."""
    return {row.id: _to_round(row) for row in connection.execute(_LISTED)}


def find_round(connection: Connection, code: str) -> tuple[int, SurveyRound]:
    """Return a round's row number and values, or raise UnknownCodeError naming the rounds there are."""
    row = connection.execute(_ROUNDS.where(survey_round.c.code == code)).first()
    if row is None:
        raise UnknownCodeError("survey round", code, sorted(connection.scalars(select(survey_round.c.code))))
    return row.id, _to_round(row)


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
