"""Which run of each round is the latest, without reading what the runs hold."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, Row, ScalarSelect, Select, func, select

from survey.store.tables import run, survey_round


class RunKind(StrEnum):
    """Whether answers could still come when a run was published."""

    PRELIMINARY = "preliminary"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class RunHead:
    """A published run by name only; `number` counts all publications from 1, `of_round` those of its round."""

    id: str
    round_code: str
    published_on: date
    number: int
    kind: RunKind
    of_round: int


def number_in_round() -> ScalarSelect[int]:
    """Return the column that counts the publications of a run's round up to it."""
    same = run.alias()
    before = select(func.count()).where(same.c.round_id == run.c.round_id, same.c.number <= run.c.number)
    return before.select_from(same).correlate(run).scalar_subquery()


def heads() -> Select[str, str, date, int, str, int]:
    """Return the statement that finds what tells published runs from others, in the order of `RunHead`."""
    code, number = survey_round.c.code.label("round_code"), number_in_round().label("of_round")
    columns = run.c.id, code, run.c.published_on, run.c.number, run.c.kind, number
    return select(*columns).select_from(run).join(survey_round)


def latest_heads(connection: Connection) -> tuple[RunHead, ...]:
    """Return the latest run of every round that has one, the round that opened last first."""
    latest = select(func.max(run.c.number)).group_by(run.c.round_id)
    found = heads().where(run.c.number.in_(latest)).order_by(survey_round.c.opens.desc())
    return tuple(map(_to_head, connection.execute(found)))


def list_run_heads(connection: Connection) -> tuple[RunHead, ...]:
    """Return what tells all published runs apart, the latest first."""
    return tuple(map(_to_head, connection.execute(heads().order_by(run.c.number.desc()))))


def _to_head(row: Row[str, str, date, int, str, int]) -> RunHead:
    number, code, day, place, kind, of_round = row
    return RunHead(number, code, day, place, RunKind(kind), of_round)
