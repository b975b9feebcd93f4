"""Which agencies report on a task of an improvement plan."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, Select, delete, insert, select

from survey.errors import UnknownCodeError
from survey.store.plans.tables import plan_task, plan_task_owner
from survey.store.tables import agency

# Beside the agency of the plan, which the same statement may name.
holder = agency.alias("holder")


def list_owners(connection: Connection, plan_id: int) -> Mapping[int, tuple[str, ...]]:
    """Return the codes of the owners of a plan's tasks by task, in their order; a task without any is left out."""
    joined = plan_task_owner.join(plan_task).join(holder, holder.c.id == plan_task_owner.c.agency_id)
    statement = select(plan_task_owner.c.task_id, holder.c.code).select_from(joined)
    owners: defaultdict[int, list[str]] = defaultdict(list)
    for task, code in connection.execute(statement.where(plan_task.c.plan_id == plan_id)):
        owners[task].append(code)
    return {task: tuple(sorted(codes)) for task, codes in owners.items()}


def keep_owners(connection: Connection, task_id: int, codes: Collection[str]) -> None:
    """Let these agencies report on a task that has no owners; raises UnknownCodeError."""
    if not codes:
        return
    wanted = select(agency.c.id, agency.c.code).where(agency.c.code.in_(codes))
    known = {code: number for number, code in connection.execute(wanted)}
    if missing := sorted(set(codes) - set(known)):
        raise UnknownCodeError("agency", missing[0])
    rows = [{"task_id": task_id, "agency_id": known[code]} for code in sorted(set(codes))]
    connection.execute(insert(plan_task_owner), rows)


def delete_owners(connection: Connection, task_id: int) -> None:
    """Leave a task without owners."""
    connection.execute(delete(plan_task_owner).where(plan_task_owner.c.task_id == task_id))


def owned_by(agencies: Collection[str]) -> Select[tuple[int]]:
    """Return the query of the tasks that one of these agencies reports on."""
    joined = plan_task_owner.join(holder, holder.c.id == plan_task_owner.c.agency_id)
    return select(plan_task_owner.c.task_id).select_from(joined).where(holder.c.code.in_(agencies))
