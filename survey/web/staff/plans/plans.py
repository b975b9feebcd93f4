"""Improvement plans: listed with what is late, made from what fell, copied, printed."""

from collections.abc import Sequence
from datetime import date

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError
from survey.fieldwork import Agency
from survey.forms.plans import ALL_AGENCIES, CopyPlanForm, NewPlanForm, PlanForm
from survey.forms.registry import ConfirmForm
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.plans import plans
from survey.operations.plans.annex import ANNEX_WORDS, annex_file
from survey.operations.plans.effects import NO_CAUSE, effects_of, target_of
from survey.operations.plans.findings import fallen_of, from_stored
from survey.operations.plans.order import neighbours
from survey.operations.plans.plans import PlanSheet
from survey.operations.registry.agencies import all_agencies
from survey.operations.staff import accounts
from survey.operations.staff.rights import Permission, Scope
from survey.reports.caveats import basis_in_words
from survey.reports.sheets import KINDS
from survey.services import services
from survey.store.plans.plans import Plan
from survey.web.door.register import bind_form, expired_page, notice_page, own_scope, requires, signed_in, staff_area
from survey.web.saying import said
from survey.web.staff.plans.own import (
    PLAN,
    Differing,
    differing,
    fill,
    own_plan,
    plan_page,
    refused,
    round_choices,
    round_of,
    round_titles,
    sheet_page,
    standing,
    still_there,
    username,
)
from survey.wording import Phrase, mark

bp = staff_area(
    "plans",
    "/staff/plans",
    done={
        "made": mark("Đã lập kế hoạch."),
        "copied": mark(
            "Đã chép kế hoạch: thời hạn đã chuyển sang năm mới, tiến độ bắt đầu lại. Hãy xem lại từng nhiệm vụ, nhất "
            "là phần tồn tại ghi bằng lời của năm cũ."
        ),
        "changed": mark("Đã lưu thông tin kế hoạch."),
        "findings": mark("Đã lấy số liệu theo kết quả công bố mới nhất."),
        "task-added": mark("Đã thêm nhiệm vụ."),
        "task-changed": mark("Đã lưu nhiệm vụ."),
        "task-removed": mark("Đã xóa nhiệm vụ."),
        "task-moved": mark("Đã chuyển thứ tự nhiệm vụ. Phụ lục và các tệp tải về theo thứ tự này."),
    },
)

NO_HEIR = mark(
    "{agency} đã kết thúc hoạt động và chưa xác định cơ quan tiếp nhận nên không chép được kế hoạch. "
    "Hãy lập kế hoạch mới cho cơ quan tiếp nhận nhiệm vụ."
)
NOT_OWN = mark(
    "{agency} đã kết thúc hoạt động; nhiệm vụ nay do {heir} đảm nhiệm, ngoài phạm vi của tài khoản này. "
    "Đề nghị người phụ trách cơ quan đó hoặc chuyên viên phân tích chép kế hoạch."
)
# A plan is a paper in Vietnamese, whoever writes it.
TITLE = mark("Kế hoạch khắc phục hạn chế, nâng cao Chỉ số hài lòng năm {year}")


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def add() -> ResponseReturnValue:
    """Make a plan from what fell in a round."""
    published = standing()
    form = bind_form(NewPlanForm)
    form.offer(round_choices(published))
    form.agency.choices = _agency_choices(own_scope())
    if request.method == "GET":
        year = today_in_vietnam().year
        form.title.data, form.year.data = Phrase(TITLE, {"year": year}).in_language("vi"), str(year)
        form.round.data = request.args.get("round", form.round.choices[0][0])
        form.agency.data = request.args.get("agency", next((code for code, _ in form.agency.choices), ""))
        return plan_page("form", form=form)
    if not form.validate():
        return refused(form, plan_page("form", form=form))
    new = _wanted(form, agency=form.agency.data or None, round_code=form.round.data or None)
    fallen = fallen_of(published, new)
    number = plans.make_plan(services().store, new, fallen, today=today_in_vietnam(), staff=username())
    return redirect(url_for("plans.show", number=number, done="made"), 303)


@bp.get(f"/{PLAN}")
@requires(Permission.SEE_FIELDWORK)
def show(number: int) -> ResponseReturnValue:
    """Show a plan: what fell, who does what about it until when, how far that is, and the figures since."""
    return show_plan(own_plan(number))


def show_plan(sheet: PlanSheet, **values: object) -> str:
    """Return the page of a plan."""
    published, plan = standing(), sheet.kept.plan
    fallen = fallen_of(published, plan)
    return sheet_page(
        "show",
        sheet,
        fallen=fallen,
        lacking=plans.lacks_findings(sheet, fallen),
        doubtful=fallen.doubtful(sheet.parts),
        effects=effects_of(published, plan, sheet.parts),
        target=target_of(published, plan),
        finding_of=lambda task: from_stored(task.finding),
        sources=_sources(sheet),
        no_cause=NO_CAUSE,
        beside=neighbours(row.kept for row in sheet.tasks),
        **values,
    )


@bp.route(f"/{PLAN}/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def edit(number: int) -> ResponseReturnValue:
    """Change what a plan is called, and what it aims at."""
    sheet = own_plan(number)
    form = bind_form(PlanForm)
    plan = sheet.kept.plan
    if request.method == "GET":
        fill(form, _values(plan), version=sheet.kept.version)
        return sheet_page("form", sheet, form=form)
    if not form.validate():
        return refused(form, sheet_page("form", sheet, form=form))
    new = _wanted(form, agency=plan.agency_code, round_code=plan.round_code)
    try:
        plans.change_plan(services().store, number, new, seen=form.version.data, staff=username())
    except ChangedMeanwhileError:
        return _changed_meanwhile(form, number)
    return redirect(url_for("plans.show", number=number, done="changed"), 303)


def _changed_meanwhile(form: PlanForm, number: int) -> ResponseReturnValue:
    sheet = own_plan(number)
    found: Differing = differing(form, _values(sheet.kept.plan), version=sheet.kept.version)
    return sheet_page("form", sheet, form=form, differing=found), 409


@bp.route(f"/{PLAN}/copy", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def copy(number: int) -> ResponseReturnValue:
    """Make a plan of the next year with the tasks of this one, for whoever does the work of its agency today."""
    sheet, published = own_plan(number), standing()
    old, heir = sheet.kept.plan, _heir(sheet)
    if refusal := _not_copied(sheet, heir):
        return notice_page(mark("Chưa chép được kế hoạch"), refusal), 409
    form = bind_form(CopyPlanForm)
    form.offer(round_choices(published))
    if request.method == "GET":
        form.title.data, form.year.data = old.title.replace(str(old.year), str(old.year + 1)), str(old.year + 1)
        form.round.data, form.places.data = form.round.choices[0][0], str(old.places or "")
        return plan_page("form", form=form, copied=sheet, heir=heir)
    if not form.validate():
        return refused(form, plan_page("form", form=form, copied=sheet, heir=heir))
    new = _wanted(form, agency=heir.code if heir else None, round_code=form.round.data or None)
    fallen = fallen_of(published, new)
    with still_there():
        copy_number = plans.copy_plan(services().store, number, new, fallen, today=today_in_vietnam(), staff=username())
    return redirect(url_for("plans.show", number=copy_number, done="copied"), 303)


def _heir(sheet: PlanSheet) -> Agency | None:
    """Return who does the work of a plan's agency today; None where nobody does, and for a plan of all agencies."""
    code = sheet.kept.plan.agency_code
    return plans.acting_agency(services().store, code, today=today_in_vietnam()) if code else None


def _not_copied(sheet: PlanSheet, heir: Agency | None) -> str:
    """Say why a plan cannot be copied; nothing where it can."""
    if sheet.kept.plan.agency_code is None or (heir and own_scope().holds(heir.code)):
        return ""
    name = sheet.kept.agency
    return said(NOT_OWN, agency=name, heir=heir.name) if heir else said(NO_HEIR, agency=name)


@bp.route(f"/{PLAN}/remove", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def remove(number: int) -> ResponseReturnValue:
    """Ask once, then remove a plan with all in it."""
    sheet = own_plan(number)
    form = bind_form(ConfirmForm)
    if request.method == "GET":
        return sheet_page("remove", sheet)
    if not form.validate():
        return refused(form, sheet_page("remove", sheet))
    try:
        with still_there():
            plans.remove_plan(services().store, number, seen=form.seen.data, staff=username())
    except ChangedMeanwhileError:
        return sheet_page("remove", own_plan(number), changed=True), 409
    return redirect(url_for("plan_lists.overview", done="removed"), 303)


@bp.post(f"/{PLAN}/findings")
@requires(Permission.MANAGE_PLANS)
def take_findings(number: int) -> ResponseReturnValue:
    """Bring the figures of a plan up to what is published now."""
    sheet = own_plan(number)
    if not bind_form(StaffForm).validate():
        return expired_page()
    fallen = fallen_of(standing(), sheet.kept.plan)
    try:
        with still_there():
            plans.take_findings(services().store, number, fallen, staff=username())
    except ChangedMeanwhileError:
        return show_plan(own_plan(number), changed=True), 409
    return redirect(url_for("plans.show", number=number, done="findings"), 303)


@bp.get(f"/{PLAN}/annex")
@requires(Permission.SEE_FIELDWORK)
def annex(number: int) -> ResponseReturnValue:
    """Show the annex as it is printed."""
    sheet, named = own_plan(number), ANNEX_WORDS.items()
    rows = tuple(plans.annex_rows(sheet))
    # No word of the paper is told in English, though some are of the catalogue.
    columns = [Phrase("{word}", {"word": heading}) for name, heading in named if name != "heading"]
    sources = [source.in_language("vi") for source in _sources(sheet)]
    own = round_of(sheet, standing())
    basis = basis_in_words(own.basis, "vi") if own else ""
    return sheet_page("annex", sheet, rows=rows, columns=columns, sources=sources, basis=basis)


@bp.get(f"/{PLAN}/annex.<any(csv, 'vi.csv', xlsx):layout>")
@requires(Permission.SEE_FIELDWORK)
def annex_table(number: int, layout: str) -> ResponseReturnValue:
    """Send the annex as a file, and write the download down."""
    own_plan(number)
    name = f"ke-hoach-{number}.{layout}"
    response = Response(annex_file(services().store, number, layout=layout), mimetype=KINDS[layout])
    accounts.note_download(services().store, signed_in(), name)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _sources(sheet: PlanSheet) -> list[Phrase]:
    """Return where the figures of falls come from, each publication once."""
    falls = [from_stored(one.kept.task.finding).fall for one in sheet.tasks]
    origins = {(one.round_after, one.round_before, one.published_on): one for one in falls if one}
    titles = round_titles()
    return [one.source_in_words(titles) for one in origins.values()]


def _agency_choices(scope: Scope) -> Sequence[tuple[str, str]]:
    today: date = today_in_vietnam()
    working = [one for one in all_agencies(services().store) if one.valid_to is None or one.valid_to >= today]
    found = [(one.code, one.name) for one in working if scope.holds(one.code)]
    return found if scope.agencies is not None else [*found, ALL_AGENCIES]


def _values(plan: Plan) -> dict[str, str]:
    places = str(plan.places or "")
    return {"title": plan.title, "year": str(plan.year), "document": plan.document, "places": places}


def _wanted(form: CopyPlanForm, *, agency: str | None, round_code: str | None) -> Plan:
    return Plan(agency, round_code, form.year.given, form.title.data, form.document.data or "", form.places.number)
