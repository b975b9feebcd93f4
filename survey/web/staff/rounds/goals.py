"""How many responses each agency should have in a round: the official figure, and another one somebody sets."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.analysis.weights.sample_size import PRECISION
from survey.errors import ChangedMeanwhileError, RoundError, UnknownCodeError
from survey.fieldwork import RoundState
from survey.formatting import vietnamese_key
from survey.forms.rounds import GoalsForm, read_numbers
from survey.operations.clock import today_in_vietnam
from survey.operations.monitoring.goals import GoalLine, GoalSheet, find_goals
from survey.operations.rounds.rounds import set_goals
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.web.door.register import (
    bind_form,
    expired_page,
    may,
    notice_page,
    own_scope,
    requires,
    signed_in,
    staff_area,
)
from survey.web.listing import ListColumn, make_listing, wanted_view
from survey.web.staff.rounds.rounds import SEALED, no_round
from survey.wording import Phrase, mark

bp = staff_area("goals", done={"saved": mark("Đã lưu mục tiêu riêng về số phiếu.")})

MOST = 1_000_000
COLUMNS: tuple[ListColumn[GoalLine], ...] = (
    ListColumn("agency", mark("Cơ quan"), lambda one: vietnamese_key(one.agency.name)),
    ListColumn("visits", mark("Số lượt giao dịch (N)"), lambda one: one.official.population or -1, number=True),
    ListColumn("official", mark("Cỡ mẫu theo hướng dẫn"), lambda one: one.official.official, number=True),
    ListColumn("goal", mark("Mục tiêu riêng")),
    ListColumn("responses", mark("Số phiếu đã nhận"), lambda one: one.official.collected, number=True),
    ListColumn("needed", mark("Còn thiếu"), lambda one: one.still_needed, number=True),
)


@bp.route("/rounds/<code>/goals", methods=["GET"])
@requires(Permission.SEE_FIELDWORK)
def show(code: str) -> ResponseReturnValue:
    """Show the goals of the agencies in scope."""
    try:
        return _page(_sheet(code))
    except UnknownCodeError:
        return no_round(code)


@bp.post("/rounds/<code>/goals")
@requires(Permission.MANAGE_ROUNDS)
def save(code: str) -> ResponseReturnValue:
    """Set goals, all that were sent or none; or keep what was typed, and show what else is asked for of the table."""
    form, view = bind_form(GoalsForm), wanted_view()
    if not form.validate():
        return expired_page()
    try:
        sheet = _sheet(code)
    except UnknownCodeError:
        return no_round(code)
    typed = {name: value for name, value in request.form.items() if name.startswith("n.")}
    sent = [line.agency.code for line in sheet.lines if f"n.{line.agency.code}" in typed]
    if len(sent) != len(typed):
        abort(404)
    if view is not None:
        return _turned(sheet, view, typed, version=form.version.data)
    goals, faults = read_numbers(typed, sent, least=1, most=MOST)
    if faults:
        return _page(sheet, typed=typed, faults=faults, version=form.version.data), 400
    return _saved(sheet, goals, typed, version=form.version.data)


def _turned(
    sheet: GoalSheet, view: Mapping[str, str], typed: Mapping[str, str], *, version: int
) -> ResponseReturnValue:
    """Show another part of the table with every goal that was typed and is not stored yet."""
    held = {f"n.{line.agency.code}": str(line.set_goal or "") for line in sheet.lines}
    kept = {name: text for name, text in typed.items() if text.strip() != held[name]}
    if not kept:
        return redirect(url_for("goals.show", _external=None, **{**view, "code": sheet.survey_round.code}), 303)
    return _page(sheet, typed=kept, version=version, view=view)


def _sheet(code: str) -> GoalSheet:
    counts = services().boards.counts(code)
    return find_goals(services().store, counts, code, own_scope(), today=today_in_vietnam())


def _saved(
    sheet: GoalSheet, goals: Mapping[str, int | None], typed: Mapping[str, str], *, version: int
) -> ResponseReturnValue:
    code, by = sheet.survey_round.code, signed_in().account.username
    try:
        set_goals(services().store, code, goals, version=version, today=today_in_vietnam(), by=by)
    except ChangedMeanwhileError:
        return _page(sheet, typed=typed, changed=True), 409
    except RoundError:
        return notice_page(mark("Không sửa được nữa"), SEALED), 409
    query = {name: value for name, value in request.args.items() if name in ("q", "sort", "page")}
    return redirect(url_for("goals.show", _external=None, **{**query, "code": code, "done": "saved"}), 303)


def _page(
    sheet: GoalSheet,
    *,
    typed: Mapping[str, str] = MappingProxyType({}),
    faults: Mapping[str, Phrase] = MappingProxyType({}),
    changed: bool = False,
    version: int = 0,
    view: Mapping[str, str] | None = None,
) -> str:
    settable = may(Permission.MANAGE_ROUNDS.name) and sheet.state is not RoundState.SEALED
    listing = make_listing(
        sheet.lines,
        COLUMNS,
        text=lambda line: f"{line.agency.name} {line.agency.code}",
        view=view,
        in_form=settable,
    )
    on_page = {line.agency.code for line in listing.rows}
    return render_template(
        "staff/rounds/goals.html",
        simulated=sheet.survey_round.simulated,
        sheet=sheet,
        own=sheet.survey_round,
        listing=listing,
        settable=settable,
        elsewhere=[line.agency for line in sheet.lines if line.agency.code not in on_page],
        version=version or sheet.held.version,
        waiting=len(typed) if view is not None else 0,
        precision=PRECISION,
        typed=typed,
        faults=faults,
        changed=changed,
    )
