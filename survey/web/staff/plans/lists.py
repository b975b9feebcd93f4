"""The improvement plans in scope, or of one agency, the tasks given by others, and those whose day has passed."""

from flask import abort, request
from flask.typing import ResponseReturnValue

from survey.fieldwork import Agency
from survey.formatting import vietnamese_key
from survey.operations.clock import today_in_vietnam
from survey.operations.plans import lists
from survey.operations.plans.lists import PlanLine
from survey.operations.registry.agencies import all_agencies
from survey.operations.staff.rights import Permission, Scope
from survey.services import services
from survey.store.plans.lists import ListedTask
from survey.web.door.register import own_agency, own_scope, requires, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.web.staff.plans.own import plan_page, round_choices, standing
from survey.wording import mark

bp = staff_area("plan_lists", "/staff/plans", done={"removed": mark("Đã xóa kế hoạch.")})

FIRST_LATE = 10
COLUMNS: tuple[ListColumn[PlanLine], ...] = (
    ListColumn("title", mark("Kế hoạch"), lambda one: vietnamese_key(one.kept.plan.title)),
    ListColumn("agency", mark("Cơ quan"), lambda one: vietnamese_key(one.kept.agency)),
    ListColumn("year", mark("Năm"), lambda one: one.kept.plan.year, number=True),
    ListColumn("round", mark("Từ kết quả đợt"), lambda one: vietnamese_key(one.kept.round_title)),
    ListColumn("given", mark("Nhiệm vụ"), lambda one: one.counts.given, number=True),
    ListColumn("done", mark("Đã xong"), lambda one: one.counts.done, number=True),
    ListColumn("overdue", mark("Quá hạn"), lambda one: one.counts.overdue, number=True),
)
LATE_COLUMNS: tuple[ListColumn[ListedTask], ...] = (
    ListColumn("task", mark("Nhiệm vụ"), lambda one: vietnamese_key(one.task)),
    ListColumn("agency", mark("Cơ quan"), lambda one: vietnamese_key(one.agency)),
    ListColumn("lead", mark("Chủ trì"), lambda one: vietnamese_key(one.lead)),
    ListColumn("deadline", mark("Thời hạn"), lambda one: one.due_on),
    ListColumn("days", mark("Quá hạn"), lambda one: one.due_on, number=True),
)


@bp.get("")
@requires(Permission.SEE_FIELDWORK)
def overview() -> ResponseReturnValue:
    """List the plans in scope, or of one agency, what is late, and the tasks that plans of others give it."""
    agency, scope = _asked_agency()
    today = today_in_vietnam()
    lines = lists.list_lines(services().store, scope, today=today)
    given = lists.list_given(services().store, scope)
    return plan_page(
        "list",
        agency=agency,
        any=bool(lines),
        listing=make_listing(lines, COLUMNS, text=_searched),
        late=lists.first_late(services().store, scope, today=today, most=FIRST_LATE),
        given=[task for task in given if task.done_on is None],
        given_done=[task for task in given if task.done_on is not None],
        rounds=round_choices(standing()),
    )


@bp.get("/overdue")
@requires(Permission.SEE_FIELDWORK)
def overdue() -> ResponseReturnValue:
    """List every task in scope, or of one agency, whose day has passed."""
    agency, scope = _asked_agency()
    today = today_in_vietnam()
    late = lists.list_late(services().store, scope, today=today)
    listing = make_listing(late, LATE_COLUMNS, text=_searched_late)
    return plan_page("overdue", agency=agency, any=bool(late), listing=listing)


def _asked_agency() -> tuple[Agency | None, Scope]:
    """Return the agency the address asks for with the scope of it alone, or none with all that is in scope."""
    code = request.args.get("agency", "")
    if not code:
        return None, own_scope()
    known = {one.code: one for one in all_agencies(services().store)}
    return known.get(own_agency(code)) or abort(404), Scope(frozenset({code}))


def _searched(line: PlanLine) -> str:
    kept = line.kept
    return f"{kept.plan.title} {kept.plan.document} {kept.plan.year} {kept.agency} {kept.plan.agency_code or ''}"


def _searched_late(late: ListedTask) -> str:
    return f"{late.task} {late.lead} {late.agency} {late.plan_title}"
