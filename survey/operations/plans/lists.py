"""The improvement plans somebody sees, what is late in them, and the tasks given to an agency by plans of others."""

from dataclasses import dataclass
from datetime import date

from survey.operations.staff.rights import Scope
from survey.store.engine import Store
from survey.store.plans import lists
from survey.store.plans.lists import ListedTask, TaskCounts
from survey.store.plans.plans import KeptPlan, list_plans


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan in a list."""

    kept: KeptPlan
    counts: TaskCounts


@dataclass(frozen=True, slots=True)
class LateTasks:
    """The tasks that have been late for longest, and how many there are in all."""

    first: tuple[ListedTask, ...]
    in_all: int


def list_lines(store: Store, scope: Scope, *, today: date) -> list[PlanLine]:
    """Return the plans in scope, the latest year first."""
    with store.reading() as connection:
        counts = lists.count_tasks(connection, scope.agencies, today=today)
        found = list_plans(connection, scope.agencies)
    return [PlanLine(one, counts.get(one.id, TaskCounts())) for one in found]


def list_late(store: Store, scope: Scope, *, today: date) -> tuple[ListedTask, ...]:
    """Return the tasks whose day has passed, the oldest first: of the plans in scope, and those given to the scope."""
    with store.reading() as connection:
        return lists.list_late(connection, scope.agencies, today=today)


def first_late(store: Store, scope: Scope, *, today: date, most: int) -> LateTasks:
    """Return the first of the tasks that `list_late` returns."""
    with store.reading() as connection:
        first = lists.list_late(connection, scope.agencies, today=today, most=most)
        return LateTasks(first, lists.count_late(connection, scope.agencies, today=today))


def list_given(store: Store, scope: Scope) -> tuple[ListedTask, ...]:
    """Return the tasks that agencies in scope report on in plans out of it, the first to be done first."""
    with store.reading() as connection:
        return lists.list_given(connection, scope.agencies)
