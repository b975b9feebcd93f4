"""Published runs: the sums their figures are computed from, kept for ever."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Row, Select, func, insert, select

from survey.store.tables import run, survey_round


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One published run. `sums` is its canonical text; `number` counts publications from 1."""

    id: str
    round_code: str
    published_on: date
    number: int
    code_version: str
    sums: str


def save_run(
    connection: Connection, *, run_id: str, round_id: int, published_on: date, code_version: str, sums: str
) -> None:
    """Add a published run."""
    number = connection.execute(select(func.coalesce(func.max(run.c.number), 0) + 1)).scalar_one()
    values = {"id": run_id, "round_id": round_id, "published_on": published_on, "number": number}
    connection.execute(insert(run).values(**values, code_version=code_version, sums=sums))


def list_runs(connection: Connection) -> tuple[StoredRun, ...]:
    """Return all published runs, the latest first."""
    return tuple(_to_run(row) for row in connection.execute(_runs().order_by(run.c.number.desc())))


def latest_run(connection: Connection, round_code: str) -> StoredRun | None:
    """Return the latest published run of a round."""
    statement = _runs().where(survey_round.c.code == round_code).order_by(run.c.number.desc()).limit(1)
    row = connection.execute(statement).first()
    return _to_run(row) if row else None


def _runs() -> Select[tuple[object, ...]]:
    return select(run, survey_round.c.code.label("round_code")).join(survey_round)


def _to_run(row: Row[tuple[object, ...]]) -> StoredRun:
    return StoredRun(row.id, row.round_code, row.published_on, row.number, row.code_version, row.sums)
