"""What was reported of the tasks of improvement plans, report by report."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from survey.store.plans.tables import plan_progress, plan_task


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """How far a task was on a day, per cent, with a note and the evidence (a text or a link)."""

    reported_on: date
    staff: str
    percent: int
    note: str
    evidence: str


def add_progress(connection: Connection, task_id: int, new: TaskProgress) -> None:
    """Add a report."""
    connection.execute(insert(plan_progress).values(task_id=task_id, **asdict(new)))


def list_progress(connection: Connection, plan_id: int) -> Mapping[int, tuple[TaskProgress, ...]]:
    """Return the reports of a plan's tasks by task, the first one first; a task without any is left out."""
    statement = select(plan_progress).join(plan_task).where(plan_task.c.plan_id == plan_id).order_by(plan_progress.c.id)
    found: defaultdict[int, list[TaskProgress]] = defaultdict(list)
    for row in connection.execute(statement):
        found[row.task_id].append(TaskProgress(row.reported_on, row.staff, row.percent, row.note, row.evidence))
    return {task: tuple(reports) for task, reports in found.items()}


def delete_progress(connection: Connection, *task_ids: int) -> None:
    """Remove every report of these tasks."""
    connection.execute(delete(plan_progress).where(plan_progress.c.task_id.in_(task_ids)))
