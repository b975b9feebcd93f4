"""Which run of each round is the latest, without reading what the runs hold."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from survey.store.tables import run, survey_round


@dataclass(frozen=True, slots=True)
class RunHead:
    """A published run by name only; `number` counts publications from 1."""

    id: str
    round_code: str
    published_on: date
    number: int
    kind: str


def latest_heads(connection: Connection) -> tuple[RunHead, ...]:
    """Return the latest run of every round that has one, the round that opened last first."""
    latest = select(func.max(run.c.number)).group_by(run.c.round_id)
    columns = (run.c.id, survey_round.c.code.label("round_code"), run.c.published_on, run.c.number, run.c.kind)
    found = select(*columns).join(survey_round).where(run.c.number.in_(latest)).order_by(survey_round.c.opens.desc())
    return tuple(RunHead(*row) for row in connection.execute(found))
