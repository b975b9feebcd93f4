"""The tasks of all improvement plans in lists: how many, which are late, which an agency reports on for others."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, not_, or_, select, true

from survey.store.plans.owners import owned_by
from survey.store.plans.plans import of_agencies
from survey.store.plans.tables import improvement_plan, plan_progress, plan_task
from survey.store.tables import agency

# A row without a task is a finding that nobody has answered yet.
GIVEN = plan_task.c.task != ""
_JOINED = plan_task.join(improvement_plan, improvement_plan.c.id == plan_task.c.plan_id).outerjoin(agency)


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many tasks a plan has, how many of these are done or late, and how many findings have none yet."""

    given: int = 0
    done: int = 0
    overdue: int = 0
    without: int = 0


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A task in a list, by its row number and its plan's; `agency` is empty for a plan of all of them."""

    plan_id: int
    plan_title: str
    agency: str
    id: int
    task: str
    lead: str
    deadline: str
    due_on: date | None
    done_on: date | None
    percent: int

    @property
    def in_a_line(self) -> str:
        """The task on one line: its points behind one another, without the dashes these began with."""
        # A sign before a figure belongs to the figure.
        points = [re.sub(r"^\s*[-–—•+]\s*(?!\d)", "", line).strip() for line in self.task.splitlines()]
        *others, last = filter(None, points)
        return "; ".join([*(one.rstrip(" .,;") for one in others), last]).replace(":; ", ": ")

    def days_late(self, today: date) -> int:
        """Return how many days ago its day passed; zero for a task that is done, has time or has no day."""
        return max(0, (today - self.due_on).days) if self.due_on and not self.done_on else 0


def count_tasks(connection: Connection, agencies: Collection[str] | None, *, today: date) -> Mapping[int, TaskCounts]:
    """Return the counts by plan of the plans of these agencies; a plan without a row is left out."""
    counts = (
        func.count().filter(GIVEN),
        func.count().filter(GIVEN, plan_task.c.done_on.is_not(None)),
        func.count().filter(_late(today)),
        func.count().filter(~GIVEN),
    )
    statement = select(plan_task.c.plan_id, *counts).select_from(_JOINED).where(of_agencies(agencies))
    return {row[0]: TaskCounts(*row[1:]) for row in connection.execute(statement.group_by(plan_task.c.plan_id))}


def list_late(
    connection: Connection, agencies: Collection[str] | None, *, today: date, most: int | None = None
) -> tuple[ListedTask, ...]:
    """Return the tasks whose day has passed, the oldest first, all of them or the first `most`.

    Those of the plans of these agencies, and those in other plans that these report on.
    """
    statement = _listed().where(_concerns(agencies), _late(today)).order_by(plan_task.c.due_on, plan_task.c.id)
    return tuple(ListedTask(*row) for row in connection.execute(statement.limit(most)))


def count_late(connection: Connection, agencies: Collection[str] | None, *, today: date) -> int:
    """Return how many tasks `list_late` lists in all."""
    statement = select(func.count()).select_from(_JOINED).where(_concerns(agencies), _late(today))
    return connection.execute(statement).scalar_one()


def list_given(connection: Connection, agencies: Collection[str] | None) -> tuple[ListedTask, ...]:
    """Return the tasks these agencies report on in plans that are not theirs, the first to be done first."""
    if agencies is None:
        return ()
    elsewhere = or_(improvement_plan.c.agency_id.is_(None), not_(of_agencies(agencies)))
    statement = _listed().where(plan_task.c.id.in_(owned_by(agencies)), elsewhere, GIVEN)
    order = (plan_task.c.due_on.asc().nulls_last(), plan_task.c.id)
    return tuple(ListedTask(*row) for row in connection.execute(statement.order_by(*order)))


def _listed() -> Select[Any]:
    reports = select(plan_progress.c.percent).where(plan_progress.c.task_id == plan_task.c.id)
    percent = reports.order_by(plan_progress.c.id.desc()).limit(1).correlate(plan_task).scalar_subquery()
    of_plan = (improvement_plan.c.id, improvement_plan.c.title, func.coalesce(agency.c.name, ""))
    of_task = (plan_task.c.id, plan_task.c.task, plan_task.c.lead, plan_task.c.deadline, plan_task.c.due_on)
    return select(*of_plan, *of_task, plan_task.c.done_on, func.coalesce(percent, 0)).select_from(_JOINED)


def _concerns(agencies: Collection[str] | None) -> ColumnElement[bool]:
    if agencies is None:
        return true()
    return or_(of_agencies(agencies), plan_task.c.id.in_(owned_by(agencies)))


def _late(today: date) -> ColumnElement[bool]:
    return and_(GIVEN, plan_task.c.done_on.is_(None), plan_task.c.due_on < today)
