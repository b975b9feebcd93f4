"""Improvement plans: made from what fell, given tasks, reported on, copied for the next year, printed as an annex."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from survey.fieldwork import Agency
from survey.operations.plans.findings import Fallen, from_stored, to_stored
from survey.operations.plans.noting import note_plan
from survey.operations.plans.owners import handed_on
from survey.operations.registry.acting import agencies_on, read_agencies
from survey.store.changing import require_unchanged
from survey.store.engine import Store
from survey.store.plans import plans
from survey.store.plans.plans import KeptPlan, KeptTask, Plan, PlanTask
from survey.store.plans.progress import TaskProgress, add_progress, delete_progress, list_progress
from survey.store.refusals import tried_again
from survey.store.staff.acts import Act
from survey.store.staff.audit import changes, given
from survey.store.subjects import PLANS, REGISTRY, ROUNDS
from survey.typed.deadlines import Deadline, DeadlineKind, move_deadline, redate_deadline

DONE = 100


@dataclass(frozen=True, slots=True)
class TaskFile:
    """A row of a plan with what was reported of it, the first report first."""

    kept: KeptTask
    reports: tuple[TaskProgress, ...]

    @property
    def percent(self) -> int:
        """How far it is by the last report."""
        return self.reports[-1].percent if self.reports else 0


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """A plan with its rows, heading by heading."""

    kept: KeptPlan
    tasks: tuple[TaskFile, ...]

    @property
    def given(self) -> tuple[TaskFile, ...]:
        """The rows that have a task."""
        return tuple(one for one in self.tasks if one.kept.task.task)

    @property
    def parts(self) -> frozenset[str]:
        """The parts of the questionnaire that rows are about."""
        return frozenset(one.kept.task.part for one in self.tasks if one.kept.task.part)

    @property
    def reports(self) -> int:
        """How many reports there are of all tasks."""
        return sum(len(one.reports) for one in self.tasks)

    @property
    def digest(self) -> str:
        """A text that changes with the plan, its rows and the reports of these."""
        rows = [(one.kept.id, one.kept.version) for one in self.tasks]
        return hashlib.sha256(repr((self.kept.id, self.kept.version, rows)).encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class AnnexRow:
    """A row of the annex as it is printed; `number` begins anew under each heading. What nobody wrote is empty."""

    number: int
    heading: str
    finding: str
    task: str
    lead: str
    coordinating: str
    deadline: str
    product: str


def find_sheet(store: Store, number: int) -> PlanSheet:
    """Return a plan with its rows; raises UnknownCodeError."""
    with store.reading() as connection:
        return _read_sheet(connection, number)


def annex_of(store: Store, plan_id: int) -> tuple[AnnexRow, ...]:
    """Return the annex of a plan, heading by heading; raises UnknownCodeError.

    A finding that nobody has answered yet is a row without a task.
    """
    return tuple(annex_rows(find_sheet(store, plan_id)))


def annex_rows(sheet: PlanSheet) -> Iterator[AnnexRow]:
    """Yield the rows of the annex of a plan."""
    number, heading = 0, None
    for task in (one.kept.task for one in sheet.tasks):
        number, heading = (number + 1 if task.heading == heading else 1), task.heading
        words = task.task, task.lead, task.coordinating, task.deadline, task.product
        yield AnnexRow(number, heading, from_stored(task.finding).in_words, *words)


@tried_again
def make_plan(store: Store, new: Plan, fallen: Fallen, *, today: date, staff: str) -> int:
    """Make a plan with one row for each finding beyond chance and return its number; raises UnknownCodeError."""
    with store.writing(REGISTRY.read(), ROUNDS.read(), PLANS) as connection:
        number = plans.add_plan(connection, new, made_on=today, staff=staff)
        plans.add_tasks(connection, number, fallen.rows())
        note_plan(connection, Act.PLAN_ADDED, number, staff=staff, after=given(new))
    return number


def acting_agency(store: Store, code: str, *, today: date) -> Agency | None:
    """Return who does the work of an agency today, None where nobody does; raises UnknownCodeError."""
    agencies = agencies_on(store, today)
    found = agencies.acting_for(code)
    return found if agencies.works(found) else None


@tried_again
def copy_plan(store: Store, number: int, new: Plan, fallen: Fallen, *, today: date, staff: str) -> int:
    """Make a plan with the tasks of another one and return its number; raises UnknownCodeError.

    Deadlines move by as many years as lie between the plans. Figures are those of the new plan's round, and what fell
    there without a task gets a row. Owners are those who do the work today. What was reported stays with the old plan.
    """
    with store.writing(REGISTRY.read(), ROUNDS.read(), PLANS) as connection:
        plans.lock_plan(connection, number)
        old = plans.find_plan(connection, number).plan
        rows = [row.task for row in plans.list_tasks(connection, number) if row.task.task]
        agencies = read_agencies(connection, today)
        moved = (_copied(row, fallen, years=new.year - old.year, year=new.year) for row in rows)
        copied = handed_on(moved, agencies)
        new_number = plans.add_plan(connection, new, made_on=today, staff=staff, copied_from=number)
        plans.add_tasks(connection, new_number, [*copied, *fallen.rows(without=(row.part for row in rows))])
        note_plan(connection, Act.PLAN_ADDED, new_number, staff=staff, after={**given(new), "copied_from": number})
    return new_number


@tried_again
def change_plan(store: Store, number: int, new: Plan, *, seen: int, staff: str) -> None:
    """Change a plan but its agency and round; raises ChangedMeanwhileError.

    In another year, a deadline that names no year is of that one.
    """
    with store.writing(PLANS.of(number)) as connection:
        before = plans.change_plan(connection, number, new, seen=seen)
        after = replace(new, agency_code=before.agency_code, round_code=before.round_code)
        for row in plans.list_tasks(connection, number):
            moved = _with_deadline(row.task, redate_deadline(_deadline(row.task), year=new.year))
            if moved != row.task:
                plans.change_task(connection, row.id, moved, seen=row.version)
        note_plan(connection, Act.PLAN_CHANGED, number, staff=staff, **changes(before, after))


@tried_again
def remove_plan(store: Store, number: int, *, seen: str, staff: str) -> None:
    """Remove a plan with all in it; raises UnknownCodeError, ChangedMeanwhileError when `seen` is not its digest."""
    with store.writing(PLANS) as connection:
        plans.lock_plan(connection, number)
        sheet = _read_sheet(connection, number)
        require_unchanged(f"plan {number}", sheet.digest, seen)
        delete_progress(connection, *(row.kept.id for row in sheet.tasks))
        for task in sheet.tasks:
            plans.delete_task(connection, task.kept.id, seen=task.kept.version)
        plans.delete_plan(connection, number, seen=sheet.kept.version)
        note_plan(connection, Act.PLAN_REMOVED, number, staff=staff, before=given(sheet.kept.plan))


def lacks_findings(sheet: PlanSheet, fallen: Fallen) -> int:
    """Return how many findings as published now a plan should have, beyond chance or in a row already, and has not."""
    known = {(task.part, from_stored(task.finding).fall) for task in (one.kept.task for one in sheet.tasks)}
    wanted = {*fallen.certain, *(part for part, _ in known)}
    return sum((part, one.fall) not in known for part, one in fallen.findings.items() if part in wanted)


@tried_again
def take_findings(store: Store, number: int, fallen: Fallen, *, staff: str) -> None:
    """Bring the figures of a plan up to what is published now, and add a row for each one beyond chance without.

    Raises UnknownCodeError, and ChangedMeanwhileError when somebody saves a task at the same moment.
    """
    with store.writing(PLANS.of(number)) as connection:
        plans.lock_plan(connection, number)
        rows = plans.list_tasks(connection, number)
        for row in rows:
            new = with_finding(row.task, fallen)
            if row.task.part in fallen.findings and new != row.task:
                plans.change_task(connection, row.id, new, seen=row.version)
        plans.add_tasks(connection, number, fallen.rows(without=(row.task.part for row in rows)))
        note_plan(connection, Act.PLAN_CHANGED, number, staff=staff, after={"done": "findings"})


@tried_again
def add_task(store: Store, number: int, new: PlanTask, *, staff: str) -> int:
    """Add a task to a plan and return its number; raises UnknownCodeError."""
    with store.writing(REGISTRY.read(), PLANS.of(number)) as connection:
        (made,) = plans.add_tasks(connection, number, [new])
        note_plan(connection, Act.PLAN_CHANGED, number, staff=staff, after={"task": made, "done": "added"})
    return made


@tried_again
def change_task(store: Store, number: int, task: int, new: PlanTask, *, seen: int, staff: str) -> None:
    """Change a task of a plan; raises ChangedMeanwhileError."""
    with store.writing(REGISTRY.read(), PLANS.of(number)) as connection:
        plans.change_task(connection, task, new, seen=seen)
        note_plan(connection, Act.PLAN_CHANGED, number, staff=staff, after={"task": task, "done": "changed"})


@tried_again
def remove_task(store: Store, number: int, task: int, *, seen: int, staff: str) -> None:
    """Remove a task of a plan with what was reported of it; raises ChangedMeanwhileError."""
    with store.writing(PLANS.of(number)) as connection:
        delete_progress(connection, task)
        plans.delete_task(connection, task, seen=seen)
        note_plan(connection, Act.PLAN_CHANGED, number, staff=staff, after={"task": task, "done": "removed"})


@tried_again
def report_progress(store: Store, number: int, kept: KeptTask, new: TaskProgress, *, seen: int) -> None:
    """Keep a report. At 100% the task is done that day; a report below opens it again.

    Raises ChangedMeanwhileError when the version of the task is no longer `seen`.
    """
    done = (kept.done_on or new.reported_on) if new.percent == DONE else None
    with store.writing(PLANS.of(number)) as connection:
        plans.set_done(connection, kept.id, done, seen=seen)
        add_progress(connection, kept.id, new)
        after = {"task": kept.id, "percent": new.percent}
        note_plan(connection, Act.PLAN_PROGRESS, number, staff=new.staff, after=after)


def with_finding(task: PlanTask, fallen: Fallen) -> PlanTask:
    """Return a task with the figures of what fell; the words somebody wrote of its finding stay."""
    found = fallen.findings.get(task.part)
    return replace(task, finding=to_stored(replace(from_stored(task.finding), fall=found.fall if found else None)))


def _read_sheet(connection: Connection, number: int) -> PlanSheet:
    kept = plans.find_plan(connection, number)
    rows, reports = plans.list_tasks(connection, number), list_progress(connection, number)
    return PlanSheet(kept, tuple(TaskFile(row, reports.get(row.id, ())) for row in rows))


def _copied(task: PlanTask, fallen: Fallen, *, years: int, year: int) -> PlanTask:
    return _with_deadline(with_finding(task, fallen), move_deadline(_deadline(task), years, year=year))


def _deadline(task: PlanTask) -> Deadline:
    return Deadline(DeadlineKind(task.deadline_kind), task.deadline, task.due_on)


def _with_deadline(task: PlanTask, new: Deadline) -> PlanTask:
    return replace(task, deadline_kind=new.kind.value, deadline=new.text, due_on=new.due_on)
