"""The improvement plan of the demonstration: made from what fell, given tasks, reported on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from survey.instrument import load_instrument
from survey.operations.plans import plans
from survey.operations.plans.findings import ROMAN, fallen_of, part_headings
from survey.operations.plans.owners import with_owners
from survey.operations.registry.acting import agencies_on
from survey.operations.results.standing import PublishedRuns
from survey.store.engine import Store
from survey.store.plans.plans import Plan, PlanTask, list_plans
from survey.store.plans.progress import TaskProgress
from survey.store.registry.agencies import find_round
from survey.typed.deadlines import read_deadline

# Days before and after the day the demonstration is prepared.
MADE_AGO, PASSED_AGO = timedelta(days=9), timedelta(days=3)
A_MONTH, A_QUARTER = timedelta(days=30), timedelta(days=90)


def make_plan(store: Store, script: Mapping[str, Any], round_code: str, *, today: date) -> None:
    """Make the plan of a round unless there are plans already, or nothing fell that it could begin with."""
    with store.reading() as connection:
        known = list_plans(connection, None)
    if known:
        return
    plan = Plan(script["agency"], round_code, today.year, script["title"], script["document"], script["places"])
    fallen = fallen_of(PublishedRuns(store).standing(), plan)
    if not fallen.certain:
        return
    number = plans.make_plan(store, plan, fallen, today=today - MADE_AGO, staff=script["by"])
    headings = _headings(store, round_code)
    for entry in script["tasks"]:
        task = _give(store, number, entry, headings[entry["part"]], today, script["by"])
        if "progress" in entry:
            _report(store, number, task, entry["progress"], today, script["by"])


def _headings(store: Store, round_code: str) -> dict[str, str]:
    with store.reading() as connection:
        _, survey_round = find_round(connection, round_code)
    return part_headings(load_instrument(survey_round.instrument))


def _give(store: Store, number: int, entry: Mapping[str, Any], heading: str, today: date, staff: str) -> int:
    """Write a task beside its finding, or under its heading where the part did not fall; return its row number."""
    rows = (line.kept for line in plans.find_sheet(store, number).tasks)
    row = next((row for row in rows if row.task.part == entry["part"] and not row.task.task), None)
    bare = _filled(row.task if row else PlanTask(heading, entry["part"], {}), entry, today)
    task = with_owners(bare, agencies_on(store, today))
    if row is None:
        return plans.add_task(store, number, task, staff=staff)
    plans.change_task(store, number, row.id, task, seen=row.version, staff=staff)
    return row.id


def _filled(row: PlanTask, entry: Mapping[str, Any], today: date) -> PlanTask:
    deadline = read_deadline(entry["deadline"].format_map(_days(today)), year=today.year)
    return replace(
        row,
        task=entry["task"].strip(),
        lead=entry["lead"],
        coordinating=entry["coordinating"],
        deadline_kind=deadline.kind.value,
        deadline=deadline.text,
        due_on=deadline.due_on,
        product=entry["product"],
    )


def _days(today: date) -> dict[str, str]:
    """Return what deadlines of the demonstration name."""
    month, quarter = today + A_MONTH, today + A_QUARTER
    return {
        "passed": f"{today - PASSED_AGO:%d/%m/%Y}",
        "month": f"{month.month}/{month.year}",
        "quarter": f"{ROMAN[(quarter.month - 1) // 3]}/{quarter.year}",
        "year": str(today.year),
    }


def _report(store: Store, number: int, task: int, told: Mapping[str, Any], today: date, staff: str) -> None:
    kept = next(one.kept for one in plans.find_sheet(store, number).tasks if one.kept.id == task)
    reported_on = today - timedelta(days=told["ago"])
    new = TaskProgress(reported_on, staff, told["percent"], told["note"], told["evidence"])
    plans.report_progress(store, number, kept, new, seen=kept.version)
