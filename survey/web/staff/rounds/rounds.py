"""Survey rounds: made, changed within what may still change, closed."""

from collections.abc import Mapping, Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError, RefusedRoundError, RoundError, UnknownCodeError
from survey.fieldwork import SEAL_AFTER, RoundState
from survey.formatting import format_date
from survey.forms.rounds import ClosedRoundForm, CloseForm, NewRoundForm, RoundForm
from survey.operations.clock import today_in_vietnam
from survey.operations.rounds import rounds as operations
from survey.operations.rounds.lists import ListedRound, RoundSheet, find_sheet, list_round_lines
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.web.door.register import bind_form, expired_page, notice_page, own_scope, requires, signed_in, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.web.saying import page_language, said
from survey.web.staff.rounds.editing import (
    FORMS,
    BlockChoice,
    also_wrong,
    facts_of,
    fill,
    instrument_choices,
    offer,
    put_faults,
    suggest,
    wanted_by,
)
from survey.wording import mark

bp = staff_area(
    "rounds",
    done={
        "made": mark("Đã lập đợt khảo sát."),
        "changed": mark("Đã lưu thay đổi."),
        "closed": mark(
            "Đợt sẽ kết thúc khi hết hôm nay. Muốn tiếp tục thì đặt lại ngày kết thúc, trước khi hết hôm nay."
        ),
        "goals": mark("Đã lưu mục tiêu riêng về số phiếu."),
        "visits": mark("Đã lưu số lượt giao dịch."),
    },
)
NOT_CLOSED = mark("Không kết thúc được")
SEALED = mark("Đợt này đã khóa sổ nên không sửa được nội dung nào nữa.")
COLUMNS: tuple[ListColumn[ListedRound], ...] = (
    ListColumn("title", mark("Đợt")),
    ListColumn("state", mark("Trạng thái")),
    ListColumn("days", mark("Thời gian"), lambda one: one.survey_round.opens),
    ListColumn("instrument", mark("Mẫu phiếu")),
    ListColumn("responses", mark("Số phiếu"), lambda one: one.responses, number=True),
    ListColumn("agencies", mark("Cơ quan tham gia")),
    ListColumn("run", mark("Công bố gần nhất")),
    ListColumn("next", mark("Việc tiếp theo")),
)


@bp.get("/rounds")
@requires(Permission.SEE_FIELDWORK)
def overview() -> ResponseReturnValue:
    """List the rounds, the latest first."""
    lines = list_round_lines(services().store, own_scope(), today=today_in_vietnam())
    listing = make_listing(lines, COLUMNS, text=lambda one: f"{one.survey_round.title} {one.survey_round.code}")
    simulated = any(one.survey_round.simulated for one in lines)
    return _page("list", listing=listing, any=bool(lines), simulated=simulated)


@bp.route("/rounds/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROUNDS)
def add() -> ResponseReturnValue:
    """Make a round."""
    form = bind_form(NewRoundForm)
    if request.method == "GET":
        lines = list_round_lines(services().store, own_scope(), today=today_in_vietnam())
        suggest(form, [line.survey_round for line in lines])
        return _form_page(form, None, offer(form, None))
    blocks = offer(form, None)
    if not form.validate():
        more = {} if form.token.errors else RefusedRoundError(*also_wrong(form, blocks)).by_field(page_language())
        put_faults(form, more)
        return _refused(form, None, blocks)
    try:
        wanted = wanted_by(form, None, blocks)
        by = signed_in().account.username
        survey_round = operations.open_round(services().store, wanted, today=today_in_vietnam(), by=by)
    except RefusedRoundError as refused:
        put_faults(form, refused.by_field(page_language()))
        return _refused(form, None, blocks)
    return redirect(url_for("rounds.show", code=survey_round.code, done="made"), 303)


@bp.get("/rounds/<code>")
@requires(Permission.SEE_FIELDWORK)
def show(code: str) -> ResponseReturnValue:
    """Show all there is to say of a round, and what of it may still change."""
    sheet = _sheet(code)
    if sheet is None:
        return no_round(code)
    return _page("show", sheet=sheet, own=sheet.held.survey_round, **facts_of(sheet.held.survey_round))


@bp.route("/rounds/<code>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROUNDS)
def edit(code: str) -> ResponseReturnValue:
    """Change a round, as far as it may still change."""
    sheet = _sheet(code)
    if sheet is None:
        return no_round(code)
    if sheet.line.state is RoundState.SEALED:
        return notice_page(mark("Không sửa được nữa"), SEALED), 409
    form = bind_form(FORMS[sheet.line.state])
    if request.method == "GET":
        fill(form, sheet)
        return _form_page(form, sheet, offer(form, sheet.held.survey_round))
    return _change(form, sheet)


def _change(form: ClosedRoundForm, sheet: RoundSheet) -> ResponseReturnValue:
    own = sheet.held.survey_round
    blocks = offer(form, own)
    if not form.validate():
        return _refused(form, sheet, blocks)
    today, by = today_in_vietnam(), signed_in().account.username
    try:
        wanted = wanted_by(form, own, blocks)
        operations.change_round(services().store, wanted, version=form.version.data or 0, today=today, by=by)
    except ChangedMeanwhileError:
        # Whoever saves again has seen what the other one saved.
        form.version.data = sheet.held.version
        return _form_page(form, sheet, blocks, changed=True), 409
    except RefusedRoundError as refused:
        put_faults(form, refused.by_field(page_language()))
        return _refused(form, sheet, blocks)
    return redirect(url_for("rounds.show", code=own.code, done="changed"), 303)


@bp.route("/rounds/<code>/close", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROUNDS)
def close(code: str) -> ResponseReturnValue:
    """Ask once, then make today the last day."""
    sheet, today = _sheet(code), today_in_vietnam()
    if sheet is None:
        return no_round(code)
    if sheet.line.state is not RoundState.OPEN or sheet.held.survey_round.closes == today:
        return notice_page(NOT_CLOSED, _not_closing(sheet)), 409
    form = bind_form(CloseForm)
    if request.method == "GET":
        return _page("close", sheet=sheet, own=sheet.held.survey_round, seals=today + SEAL_AFTER)
    if not form.validate():
        return expired_page()
    try:
        by = signed_in().account.username
        operations.close_round(services().store, code, today=today, version=form.version.data, by=by)
    except RoundError:
        return notice_page(NOT_CLOSED, mark("Đợt này không còn mở.")), 409
    return redirect(url_for("rounds.show", code=code, done="closed"), 303)


def _not_closing(sheet: RoundSheet) -> str:
    if sheet.line.state is RoundState.OPEN:
        return said("Hôm nay đã là ngày cuối của đợt này.")
    own = sheet.held.survey_round
    opens, closes = format_date(own.opens), format_date(own.closes)
    return said("Đợt này hiện không mở (thời gian: {opens} – {closes}).", opens=opens, closes=closes)


def _sheet(code: str) -> RoundSheet | None:
    try:
        return find_sheet(services().store, code, own_scope(), today=today_in_vietnam())
    except UnknownCodeError:
        return None


def no_round(code: str) -> ResponseReturnValue:
    """Say that there is no round with this code."""
    return notice_page(mark("Không có đợt này"), said("Không có đợt khảo sát nào mang mã {code}.", code=code)), 404


def _refused(form: ClosedRoundForm, sheet: RoundSheet | None, blocks: Sequence[BlockChoice]) -> ResponseReturnValue:
    return _form_page(form, sheet, blocks), 400


def _form_page(
    form: ClosedRoundForm, sheet: RoundSheet | None, blocks: Sequence[BlockChoice], *, changed: bool = False
) -> str:
    own = sheet.held.survey_round if sheet else None
    more: Mapping[str, object] = facts_of(own) if own else {}
    choices = instrument_choices() if isinstance(form, RoundForm) else ()
    more = {**more, "seal_after": SEAL_AFTER, "choices": choices, "changed": changed}
    return _page("edit", form=form, sheet=sheet, own=own, blocks=blocks, **more)


def _page(name: str, **context: object) -> str:
    own = context.get("own")
    context.setdefault("simulated", bool(own and getattr(own, "simulated", False)))
    return render_template(f"staff/rounds/{name}.html", **context)
