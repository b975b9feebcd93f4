"""The tasks of an improvement plan: written, changed, moved, removed, and reported on."""

from collections.abc import Sequence
from itertools import groupby

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError
from survey.fieldwork import Agency
from survey.formatting import vietnamese_key
from survey.forms.plans import MoveTaskForm, NewTaskForm, ProgressForm, TaskForm
from survey.forms.registry import VersionedForm
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.plans import plans
from survey.operations.plans.findings import (
    Fallen,
    PlanFinding,
    fallen_of,
    from_stored,
    part_headings,
    part_labels,
    to_stored,
)
from survey.operations.plans.order import Way, move_task
from survey.operations.plans.owners import with_owners
from survey.operations.plans.plans import DONE, PlanSheet, TaskFile, with_finding
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.plans.plans import PlanTask
from survey.store.plans.progress import TaskProgress
from survey.web.door.register import bind_form, notice_page, requires, staff_area
from survey.web.staff.plans.own import (
    PLAN,
    agency_names,
    differing,
    fill,
    own_plan,
    own_task,
    refused,
    registry,
    reports_on,
    round_of,
    sees_plan,
    sheet_page,
    standing,
    still_there,
    username,
)
from survey.web.staff.plans.plans import show_plan
from survey.wording import mark

bp = staff_area(
    "plan_tasks",
    f"/staff/plans/{PLAN}/tasks",
    done={
        "reported": mark("Đã ghi báo cáo tiến độ."),
        "finished": mark("Đã ghi nhiệm vụ hoàn thành. Nếu cần mở lại, hãy báo cáo tiến độ dưới 100%."),
        "reopened": mark("Nhiệm vụ đã được mở lại."),
    },
)

TASK = "<int(max=2147483647):task>"
NOT_REPORTING = mark("Nhiệm vụ này do cơ quan khác báo cáo tiến độ nên chưa ghi gì.")


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def add(number: int) -> ResponseReturnValue:
    """Add a task; the address may say to which heading and part it belongs."""
    sheet = own_plan(number)
    form = _offering(NewTaskForm, sheet)
    if request.method == "GET":
        form.part.data, form.heading.data = request.args.get("part", ""), request.args.get("heading", "")
        return _form_page(form, sheet, added="added" in request.args)
    if not form.validate():
        return refused(form, _form_page(form, sheet))
    new = _wanted(form, sheet, PlanTask("", "", {}))
    with still_there():
        task = plans.add_task(services().store, number, new, staff=username())
    if "more" in request.form:
        named = task if _is_named(form, new) else None
        follow = url_for("plan_tasks.add", number=number, part=new.part, heading=new.heading, added="", named=named)
        return redirect(follow, 303)
    return _to_plan(number, task, "task-added", named=_is_named(form, new))


@bp.get(f"/{TASK}")
@requires(Permission.SEE_FIELDWORK)
def show(number: int, task: int) -> ResponseReturnValue:
    """Show a task with what was reported of it."""
    sheet, file = own_task(number, task)
    form = bind_form(ProgressForm)
    fill(form, {"percent": str(file.percent)}, version=file.kept.version)
    return _progress_page(form, sheet, file)


@bp.post(f"/{TASK}")
@requires(Permission.REPORT_PROGRESS)
def report(number: int, task: int) -> ResponseReturnValue:
    """Keep a report of a task."""
    sheet, file = own_task(number, task)
    if not reports_on(sheet, file):
        return notice_page(mark("Không có quyền"), NOT_REPORTING), 403
    form = bind_form(ProgressForm)
    if not form.validate():
        return refused(form, _progress_page(form, sheet, file))
    new = TaskProgress(today_in_vietnam(), username(), form.percent.given, form.note.data, form.evidence.data or "")
    try:
        plans.report_progress(services().store, number, file.kept, new, seen=form.version.data)
    except ChangedMeanwhileError:
        return _reported_meanwhile(form, number, task)
    done = "finished" if new.percent == DONE else "reopened" if file.kept.done_on else "reported"
    return redirect(url_for("plan_tasks.show", number=number, task=task, done=done), 303)


def _reported_meanwhile(form: ProgressForm, number: int, task: int) -> ResponseReturnValue:
    sheet, file = own_task(number, task)
    differing(form, {}, version=file.kept.version)
    return _progress_page(form, sheet, file, changed=True), 409


@bp.route(f"/{TASK}/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def edit(number: int, task: int) -> ResponseReturnValue:
    """Change a task, or write the first one for a finding."""
    sheet = own_plan(number)
    kept = _row(sheet, task).kept
    form = _offering(TaskForm, sheet, kept.task)
    if request.method == "GET":
        fill(form, _values(kept.task), version=kept.version)
        form.owners.data = list(kept.task.owners)
        return _form_page(form, sheet, kept.task)
    if not form.validate():
        return refused(form, _form_page(form, sheet, kept.task))
    new = _wanted(form, sheet, kept.task)
    try:
        plans.change_task(services().store, number, task, new, seen=form.version.data, staff=username())
    except ChangedMeanwhileError:
        return _changed_meanwhile(form, number, new, task)
    return _to_plan(number, task, "task-changed", named=_is_named(form, new))


def _changed_meanwhile(form: TaskForm, number: int, new: PlanTask, task: int) -> ResponseReturnValue:
    sheet = own_plan(number)
    kept = _row(sheet, task).kept
    differences = [*differing(form, _values(kept.task), version=kept.version)]
    if new.owners != kept.task.owners:
        differences.append((form.owners.label.text, _in_words(kept.task.owners), _in_words(new.owners)))
    return _form_page(form, sheet, kept.task, differing=differences), 409


@bp.post(f"/{TASK}/<any(up, down):way>")
@requires(Permission.MANAGE_PLANS)
def move(number: int, task: int, way: str) -> ResponseReturnValue:
    """Let a row change places with the one above or below it."""
    sheet = own_plan(number)
    _row(sheet, task)
    form = bind_form(MoveTaskForm)
    if not form.validate():
        return refused(form, show_plan(sheet, changed=True))
    seen, past = form.version.data, form.past.data
    try:
        with still_there():
            move_task(services().store, number, task, Way(way), seen=seen, past=past, staff=username())
    except ChangedMeanwhileError:
        return show_plan(own_plan(number), changed=True), 409
    return _to_plan(number, task, "task-moved")


@bp.route(f"/{TASK}/remove", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def remove(number: int, task: int) -> ResponseReturnValue:
    """Ask once, then remove a task with what was reported of it."""
    sheet = own_plan(number)
    form = bind_form(VersionedForm)
    file = _row(sheet, task)
    if request.method == "GET":
        return _remove_page(sheet, file)
    if not form.validate():
        return refused(form, _remove_page(sheet, file))
    try:
        plans.remove_task(services().store, number, task, seen=form.version.data, staff=username())
    except ChangedMeanwhileError:
        fresh = own_plan(number)
        return _remove_page(fresh, _row(fresh, task), changed=True), 409
    return redirect(url_for("plans.show", number=number, done="task-removed"), 303)


def _offering(form_class: type[TaskForm], sheet: PlanSheet, task: PlanTask | None = None) -> TaskForm:
    """Return the form of a task with the parts of the plan's questionnaire and the agencies that work.

    A part of another questionnaire and an owner that is over stay as they are.
    """
    form = bind_form(form_class)
    own, held = round_of(sheet, standing()), task or PlanTask("", "", {})
    parts = part_labels(load_round_instrument(own)) if own else {}
    known = registry()
    offered = (agency for agency in known.by_code.values() if known.works(agency) or agency.code in held.owners)
    owners = {agency.code: agency.name for agency in sorted(offered, key=_by_block)}
    form.offer(
        parts if held.part in ("", *parts) else {**parts, held.part: held.part}, owners, year=sheet.kept.plan.year
    )
    return form


def _by_block(agency: Agency) -> tuple[object, ...]:
    """Return what sorts agencies by block, those of none last, and then by name."""
    return not agency.block, vietnamese_key(agency.block), vietnamese_key(agency.name)


def _row(sheet: PlanSheet, task: int) -> TaskFile:
    return next((one for one in sheet.tasks if one.kept.id == task), None) or abort(404)


def _to_plan(number: int, task: int, done: str, *, named: bool = False) -> ResponseReturnValue:
    told = task if named else None
    return redirect(url_for("plans.show", number=number, done=done, named=told, _anchor=f"task-{task}"), 303)


def _is_named(form: TaskForm, new: PlanTask) -> bool:
    """Tell whether the owners of a task are those its lead units name, because nobody was chosen."""
    return bool(new.owners) and not form.owners.chosen


def _in_words(owners: Sequence[str]) -> str:
    names = agency_names()
    return "; ".join(names[code] for code in owners)


def _values(task: PlanTask) -> dict[str, str]:
    same = ("heading", "part", "task", "lead", "coordinating", "deadline", "product")
    return {**{name: getattr(task, name) for name in same}, "finding": from_stored(task.finding).text}


def _wanted(form: TaskForm, sheet: PlanSheet, before: PlanTask) -> PlanTask:
    """Return the task a valid form describes; the figures of a fall belong to the part it is about."""
    deadline, part = form.read, form.part.data or ""
    fall = from_stored(before.finding).fall if part == before.part else None
    new = PlanTask(
        heading=form.heading.data or _heading(sheet, part),
        part=part,
        finding=to_stored(PlanFinding(form.finding.data or "", fall)),
        task=form.task.data,
        lead=form.lead.data or "",
        coordinating=form.coordinating.data or "",
        deadline_kind=deadline.kind.value,
        deadline=deadline.text,
        due_on=deadline.due_on,
        product=form.product.data or "",
        owners=form.owners.chosen,
    )
    owned = with_owners(new, registry())
    return owned if part == before.part else with_finding(owned, _fallen(sheet))


def _fallen(sheet: PlanSheet) -> Fallen:
    return fallen_of(standing(), sheet.kept.plan)


def _heading(sheet: PlanSheet, part: str) -> str:
    own = round_of(sheet, standing())
    return part_headings(load_round_instrument(own)).get(part, "") if own else ""


def _form_page(form: TaskForm, sheet: PlanSheet, task: PlanTask | None = None, **values: object) -> str:
    finding = from_stored(task.finding) if task else None
    headings = dict.fromkeys(one.kept.task.heading for one in sheet.tasks if one.kept.task.heading)
    shown = {"task": task, "finding": finding, "headings": headings, "groups": _boxes(form)}
    return sheet_page("task_form", sheet, form=form, **shown, **values)


def _boxes(form: TaskForm) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Return the agencies to choose from block by block: code, name and whether it is chosen."""
    agencies, chosen = registry().by_code, set(form.owners.chosen)
    grouped = groupby(form.owners.choices, key=lambda one: agencies[one[0]].block)
    return [(block, [(code, name, code in chosen) for code, name in some]) for block, some in grouped]


def _progress_page(form: ProgressForm, sheet: PlanSheet, file: TaskFile, **values: object) -> str:
    finding = from_stored(file.kept.task.finding)
    rights = {"whole": sees_plan(sheet), "reporting": reports_on(sheet, file)}
    return sheet_page("task", sheet, form=form, file=file, finding=finding, **rights, **values)


def _remove_page(sheet: PlanSheet, file: TaskFile, **values: object) -> str:
    return sheet_page("task_remove", sheet, file=file, finding=from_stored(file.kept.task.finding), **values)
