"""Published runs: the sums their figures are computed from, kept for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import Connection, Row, Select, and_, func, insert, select

from survey.store.results.heads import RunHead, RunKind, number_in_round
from survey.store.tables import response, run, run_breakdown, survey_round


@dataclass(frozen=True, slots=True)
class StoredRun(RunHead):
    """One published run with all it keeps.

    `sums` is the canonical text of its sums, `method` JSON of how they were turned into `figures`, the
    canonical text of those, `extras` JSON of what only the responses could tell. `code_version` is told
    beside them and is no part of the identity.
    """

    code_version: str
    method: str
    sums: str
    figures: str
    extras: str
    withheld: str

    @property
    def head(self) -> RunHead:
        """What tells the run from others, without what it keeps."""
        return RunHead(self.id, self.round_code, self.published_on, self.number, self.kind, self.of_round)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run on its way to its row."""

    id: str
    round_id: int
    published_on: date
    code_version: str
    kind: str
    method: str
    sums: str
    figures: str
    extras: str
    withheld: str


@dataclass(frozen=True, slots=True)
class StoredBreakdown:
    """The sums of a run taken apart by one axis: `groups` is JSON, `sums` the canonical text of their tally."""

    axis: str
    kind: str
    groups: str
    sums: str


def save_breakdowns(connection: Connection, run_id: str, breakdowns: Sequence[StoredBreakdown]) -> None:
    """Add the breakdowns of a published run."""
    rows = [
        {"run_id": run_id, "axis": stored.axis, "kind": stored.kind, "groups": stored.groups, "sums": stored.sums}
        for stored in breakdowns
    ]
    if rows:
        connection.execute(insert(run_breakdown), rows)


def list_breakdowns(connection: Connection, run_id: str, axis: str | None = None) -> tuple[StoredBreakdown, ...]:
    """Return the breakdowns of a run by axis, or that of one axis."""
    wanted = run_breakdown.c.run_id == run_id
    if axis is not None:
        wanted = and_(wanted, run_breakdown.c.axis == axis)
    found = connection.execute(select(run_breakdown).where(wanted).order_by(run_breakdown.c.axis))
    return tuple(StoredBreakdown(row.axis, row.kind, row.groups, row.sums) for row in found)


def list_axes(connection: Connection, run_id: str) -> tuple[str, ...]:
    """Return the axes a run is broken down by."""
    found = connection.scalars(select(run_breakdown.c.axis).where(run_breakdown.c.run_id == run_id))
    return tuple(sorted(found))


def save_run(connection: Connection, new: NewRun) -> int:
    """Add a published run under the next number, and return it; whoever does it holds the published runs."""
    number = connection.execute(select(func.coalesce(func.max(run.c.number), 0) + 1)).scalar_one()
    connection.execute(insert(run).values(number=number, **{name: getattr(new, name) for name in NewRun.__slots__}))
    return int(number)


def list_run_ids(connection: Connection, round_code: str) -> tuple[str, ...]:
    """Return the identities of the runs of a round, the first one first, without reading their sums."""
    statement = select(run.c.id).join(survey_round).where(survey_round.c.code == round_code)
    return tuple(connection.scalars(statement.order_by(run.c.number)))


def count_round_responses(connection: Connection, round_code: str) -> int:
    """Return how many responses of a round are stored."""
    statement = select(func.count()).select_from(response.join(survey_round)).where(survey_round.c.code == round_code)
    return connection.execute(statement).scalar_one()


def list_runs(connection: Connection) -> tuple[StoredRun, ...]:
    """Return all published runs, the latest first."""
    return tuple(_to_run(row) for row in connection.execute(_runs().order_by(run.c.number.desc())))


def runs_of(connection: Connection, round_code: str) -> tuple[StoredRun, ...]:
    """Return the runs of a round, the first one first."""
    found = connection.execute(_runs().where(survey_round.c.code == round_code).order_by(run.c.number))
    return tuple(_to_run(row) for row in found)


def find_runs(connection: Connection, start: str) -> tuple[StoredRun, ...]:
    """Return the runs whose identity begins with `start`."""
    found = connection.execute(_runs().where(run.c.id.startswith(start, autoescape=True)).order_by(run.c.number))
    return tuple(_to_run(row) for row in found)


def _runs() -> Select[tuple[object, ...]]:
    code, number = survey_round.c.code.label("round_code"), number_in_round().label("of_round")
    return select(run, code, number).select_from(run).join(survey_round)


def _to_run(row: Row[tuple[object, ...]]) -> StoredRun:
    values = {field.name: getattr(row, field.name) for field in fields(StoredRun)}
    return StoredRun(**values | {"kind": RunKind(row.kind)})
