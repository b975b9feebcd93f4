"""The order of the tasks of an improvement plan inside their headings."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import pairwise

from survey.operations.plans.noting import note_plan
from survey.store.changing import require_unchanged
from survey.store.engine import Store
from survey.store.plans.plans import KeptTask, list_tasks, lock_plan, swap_tasks
from survey.store.refusals import tried_again
from survey.store.staff.acts import Act
from survey.store.subjects import PLANS


class Way(StrEnum):
    """Where a task is moved to."""

    UP = "up"
    DOWN = "down"


def neighbours(rows: Iterable[KeptTask]) -> Mapping[int, Mapping[Way, int]]:
    """Return by row number what stands above and below each row of a plan under the same heading."""
    beside: dict[int, dict[Way, int]] = {}
    for above, below in pairwise(rows):
        if above.task.heading == below.task.heading:
            beside.setdefault(below.id, {})[Way.UP] = above.id
            beside.setdefault(above.id, {})[Way.DOWN] = below.id
    return beside


@tried_again
def move_task(store: Store, number: int, task: int, way: Way, *, seen: int, past: int, staff: str) -> None:
    """Let a task of a plan change places with its neighbour; raises UnknownCodeError without such a plan.

    Raises ChangedMeanwhileError when its version is no longer `seen` or its neighbour no longer `past`.
    """
    with store.writing(PLANS.of(number)) as connection:
        lock_plan(connection, number)
        rows = list_tasks(connection, number)
        versions, beside = {row.id: row.version for row in rows}, neighbours(rows).get(task, {})
        require_unchanged(f"task {task} of plan {number}", (versions.get(task), beside.get(way)), (seen, past))
        swap_tasks(connection, task, past)
        note_plan(connection, Act.PLAN_CHANGED, number, staff=staff, after={"task": task, "done": f"moved_{way}"})
