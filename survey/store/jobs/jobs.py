"""Work in the background as the database knows it: who asked for what, how far it is, and who is at it.

There is one row for each thing that is worked on (`kind` and `about`): its latest job. Moments are seconds since 1970,
because they are only ever subtracted from one another.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Float,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from survey.store.staff.tables import metadata

job = Table(
    "job",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("about", String(80), primary_key=True),
    Column("staff", String(60), nullable=False),
    Column("asked", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("began", Float, nullable=False),
    Column("steps", Text, nullable=False, server_default="{}"),
    Column("ended", Float),
    Column("fault", Text, nullable=False, server_default=""),
    Column("worker", String(80), nullable=False),
    Column("beat", Float, nullable=False),
    Column("tries", Integer, nullable=False, server_default="1"),
    CheckConstraint("state IN ('running', 'done', 'failed')", name="state_known"),
)


class JobState(StrEnum):
    """How a job stands. That its worker is gone is seen by whoever looks, and never stored."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Job:
    """A job: what was `asked` (JSON), when each of its steps began, who is at it, and the last sign of life.

    `worker` names the machine and the process; `tries` counts how often it was begun; `fault` is for people.
    """

    kind: str
    about: str
    staff: str
    asked: str
    state: JobState
    began: float
    steps: Mapping[str, float]
    ended: float | None
    fault: str
    worker: str
    beat: float
    tries: int

    @property
    def step(self) -> str:
        """The latest step, empty before the first."""
        return list(self.steps)[-1] if self.steps else ""

    def seconds_of(self, step: str, now: float) -> float | None:
        """Return how long a step took, or takes so far; None when it has not begun."""
        if step not in self.steps:
            return None
        later = [moment for moment in self.steps.values() if moment > self.steps[step]]
        return min([*later, self.ended or now]) - self.steps[step]


def put_job(connection: Connection, new: Job) -> None:
    """Write a job down in the place of the one before about the same; whoever does it holds the job."""
    connection.execute(delete(job).where(job.c.kind == new.kind, job.c.about == new.about))
    values = {name: getattr(new, name) for name in Job.__slots__}
    connection.execute(insert(job).values(values | {"steps": json.dumps(dict(new.steps)), "state": new.state.value}))


def find_job(connection: Connection, kind: str, about: str) -> Job | None:
    """Return the latest job about something."""
    row = connection.execute(select(job).where(job.c.kind == kind, job.c.about == about)).first()
    return _to_job(row) if row else None


def list_running(connection: Connection) -> tuple[Job, ...]:
    """Return the jobs that nobody has brought to an end, the earliest first."""
    found = connection.execute(select(job).where(job.c.state == JobState.RUNNING.value).order_by(job.c.began))
    return tuple(map(_to_job, found))


def note_job(connection: Connection, mine: Job) -> bool:
    """Write down how far a job is; False when it is not this worker's any more."""
    same = (job.c.kind == mine.kind) & (job.c.about == mine.about) & (job.c.worker == mine.worker)
    values = {"state": mine.state.value, "steps": json.dumps(dict(mine.steps)), "ended": mine.ended, "beat": mine.beat}
    statement = update(job).where(same, job.c.state == JobState.RUNNING.value)
    return connection.execute(statement.values(values | {"fault": mine.fault})).rowcount == 1


def note_beat(connection: Connection, mine: Job, now: float) -> bool:
    """Give a sign of life; False when the job is over or not this worker's any more."""
    same = (job.c.kind == mine.kind) & (job.c.about == mine.about) & (job.c.worker == mine.worker)
    statement = update(job).where(same, job.c.state == JobState.RUNNING.value).values(beat=now)
    return connection.execute(statement).rowcount == 1


def delete_ended(connection: Connection, kind: str, before: float) -> None:
    """Delete the jobs of a kind that ended before a moment."""
    connection.execute(delete(job).where(job.c.kind == kind, job.c.ended < before))


def _to_job(row: Row[tuple[object, ...]]) -> Job:
    values = {name: getattr(row, name) for name in Job.__slots__}
    return Job(**values | {"state": JobState(row.state), "steps": json.loads(row.steps)})
