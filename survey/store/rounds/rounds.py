"""Survey rounds as staff change them: their version, the agencies that take part, and the goals somebody set."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select

from survey.fieldwork import SurveyRound
from survey.store.changing import change
from survey.store.registry.agencies import find_round
from survey.store.tables import agency, response, round_agency, service_point, survey_round


@dataclass(frozen=True, slots=True)
class HeldRound:
    """A round with its row number and version, and who takes part.

    `goals` has the row number of every agency that takes part and the goal set for it; when it is empty, all do.
    """

    id: int
    version: int
    survey_round: SurveyRound
    goals: Mapping[int, int | None]


def find_held(connection: Connection, code: str) -> HeldRound:
    """Return a round as it is held; raises UnknownCodeError."""
    number, found = find_round(connection, code)
    version = connection.scalar(select(survey_round.c.version).where(survey_round.c.id == number))
    statement = select(round_agency.c.agency_id, round_agency.c.goal).where(round_agency.c.round_id == number)
    goals = {row.agency_id: row.goal for row in connection.execute(statement)}
    return HeldRound(number, int(version or 0), found, goals)


def update_round(connection: Connection, held: HeldRound, new: SurveyRound) -> None:
    """Put new values in the place of a round's; raises ChangedMeanwhileError when its version is another by now.

    The database moves the days of its responses into the new ones. On PostgreSQL the row is held before: an answer that
    arrives meanwhile then waits, in the check of its foreign key, and sees the new days.
    """
    connection.execute(select(survey_round.c.id).where(survey_round.c.id == held.id).with_for_update())
    values = {
        "title": new.title,
        "instrument": new.instrument,
        "instrument_digest": new.instrument_digest,
        "opens": new.opens,
        "closes": new.closes,
        "seals": new.seals,
        "basis": new.basis.value,
        "asks": " ".join(new.asks),
        "previous_id": find_round(connection, new.previous_code)[0] if new.previous_code else None,
    }
    change(connection, survey_round, survey_round.c.id == held.id, seen=held.version, **values)


def touch_round(connection: Connection, held: HeldRound) -> None:
    """Count a change of what belongs to a round; raises ChangedMeanwhileError as `update_round` does."""
    change(connection, survey_round, survey_round.c.id == held.id, seen=held.version)


def save_participation(connection: Connection, round_id: int, goals: Mapping[int, int | None]) -> None:
    """Let exactly these agencies take part, with these goals (row number → goal); of none, let all of them."""
    connection.execute(delete(round_agency).where(round_agency.c.round_id == round_id))
    rows = [{"round_id": round_id, "agency_id": number, "goal": goal} for number, goal in goals.items()]
    if rows:
        connection.execute(insert(round_agency), rows)


def rounds_without(connection: Connection, agency_ids: Collection[int]) -> frozenset[int]:
    """Return the row numbers of the rounds in which an agency does not take part.

    Those are the rounds that name their agencies, but neither this one nor one whose work it took over:
    `agency_ids` are its own row number and those of the agencies its service points came from, and agencies that
    name it as their successor are found here.
    """
    return frozenset(connection.scalars(_WITHOUT, {"agencies": list(agency_ids)}))


def _select_without() -> Select[int]:
    """Return the statement of `rounds_without`: it looks rounds up, and never reads through all who take part."""
    start = select(agency.c.id).where(agency.c.id.in_(bindparam("agencies", expanding=True)))
    line = start.cte("line", recursive=True)
    line = line.union(select(agency.c.id).join(line, agency.c.successor_id == line.c.id))
    named = select(round_agency.c.round_id).where(round_agency.c.round_id == survey_round.c.id)
    own = named.where(round_agency.c.agency_id.in_(select(line.c.id)))
    return select(survey_round.c.id).where(named.exists(), ~own.exists())


_WITHOUT = _select_without()


def count_participants(connection: Connection) -> dict[int, int]:
    """Return how many agencies take part in each round that not all take part in (row number → agencies)."""
    statement = select(round_agency.c.round_id, func.count()).group_by(round_agency.c.round_id)
    return {row[0]: row[1] for row in connection.execute(statement)}


def count_by_round(connection: Connection, agency_codes: Collection[str] | None) -> dict[int, int]:
    """Return how many responses each round has (row number → responses), of some agencies or of all."""
    statement = select(response.c.round_id, func.count()).group_by(response.c.round_id)
    if agency_codes is not None:
        points = select(service_point.c.id).join(agency, agency.c.id == service_point.c.agency_id)
        statement = statement.where(response.c.service_point_id.in_(points.where(agency.c.code.in_(agency_codes))))
    return {row[0]: row[1] for row in connection.execute(statement)}
