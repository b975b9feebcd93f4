"""Key the sheets of a batch, once or twice, and correct them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError, EntryError
from survey.fieldwork import SurveyRound, asked_questions
from survey.forms.collecting import SheetForm, make_sheet_form, read_number
from survey.forms.staff import StaffForm
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import entry
from survey.operations.collecting.entry import FIRST, SECOND, EntryDesk
from survey.operations.staff.rights import Permission
from survey.responses import AnswerRecord
from survey.services import services
from survey.store.collecting.entry import (
    KeyedSheet,
    count_sheets,
    find_sheet,
    list_last_sheets,
    list_sheets,
    next_number,
    typists,
)
from survey.typed.keying import KeyGroup, key_groups
from survey.web.door.register import bind_form, expired_page, notice_page, requires, signed_in, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.web.saying import tell
from survey.web.staff.collecting.entry import BATCH, own_desk
from survey.wording import mark

bp = staff_area(
    "entry_sheets", done={"deleted": mark("Đã xóa tờ khỏi tập phiếu."), "settled": mark("Đã đối chiếu xong một tờ.")}
)

LAST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A sheet on the page, as it is typed, group by group."""

    number: int
    keys: tuple[str, ...]
    staff: str


@lru_cache(maxsize=16)
def groups_of(survey_round: SurveyRound) -> tuple[KeyGroup, ...]:
    """Return the fields a sheet of a round is typed into."""
    instrument = load_instrument(survey_round.instrument)
    return key_groups(instrument, asked_questions(survey_round, instrument))


@lru_cache(maxsize=16)
def _form_class(survey_round: SurveyRound) -> type[SheetForm]:
    return make_sheet_form(groups_of(survey_round))


def sheet_line(desk: EntryDesk, sheet: KeyedSheet) -> SheetLine:
    """Return a sheet as it is typed."""
    answers = AnswerRecord.unpack(desk.instrument, sheet.answers[: desk.instrument.width])
    keys = tuple(group.write(answers) for group in groups_of(desk.survey_round))
    return SheetLine(sheet.number, keys, sheet.staff)


@bp.route(f"/entry/{BATCH}", methods=["GET", "POST"])
@requires(Permission.ENTER_RESPONSES)
def key(number: int) -> ResponseReturnValue:
    """Key sheets for the first time."""
    return _key(own_desk(number), FIRST)


@bp.route(f"/entry/{BATCH}/second", methods=["GET", "POST"])
@requires(Permission.ENTER_RESPONSES)
def key_again(number: int) -> ResponseReturnValue:
    """Key the same sheets again, without seeing what was keyed before."""
    desk = own_desk(number)
    if not desk.batch.checked:
        abort(404)
    return _key(desk, SECOND)


def _key(desk: EntryDesk, which: int) -> ResponseReturnValue:
    form = bind_form(_form_class(desk.survey_round))
    if request.method == "GET":
        _fill_in(desk, which, form)
        return _page(desk, which, form)
    if not form.validate():
        return make_response(_page(desk, which, form), 403 if form.token.errors else 400)
    number = read_number(form.number.data) or 0
    record = AnswerRecord.pack(desk.instrument, form.answers)
    sheet = KeyedSheet(number, which, record, signed_in().account.username)
    try:
        there = entry.key_sheet(
            services().store, desk.batch.id, sheet, seen=form.seen.data or "", today=today_in_vietnam()
        )
    except (ChangedMeanwhileError, EntryError) as refused:
        return notice_page(mark("Chưa lưu được tờ này"), tell(refused)), 409
    if there:
        form.seen.data = there.answers[: desk.instrument.width]
        return make_response(_page(desk, which, form, there), 409)
    return redirect(url_for(request.endpoint or "", number=desk.batch.id, after=number), 303)


def _fill_in(desk: EntryDesk, which: int, form: SheetForm) -> None:
    """Put the sheet asked for into an empty form, or the number of the next one."""
    number = read_number(request.args.get("sheet"))
    with services().store.reading() as connection:
        sheet = find_sheet(connection, desk.batch.id, number, which) if number else None
        if sheet is None:
            form.number.data = str(number or _next_number(desk, which))
            return
    form.number.data, form.seen.data = str(sheet.number), sheet.answers[: desk.instrument.width]
    for field, keys in zip(form.keyed, sheet_line(desk, sheet).keys, strict=True):
        field.data = keys


def _next_number(desk: EntryDesk, which: int) -> int:
    """Return the number to offer: the one after the sheet just kept, in the second pass the next that waits."""
    batch, after = desk.batch.id, read_number(request.args.get("after")) or 0
    with services().store.reading() as connection:
        if which == SECOND:
            waiting = next_number(connection, batch, which, after=after) or next_number(
                connection, batch, which, after=0
            )
            if waiting:
                return waiting
        last = list_last_sheets(connection, batch, which, most=1, up_to=None)
    return after + 1 if after else (last[0].number + 1 if last else 1)


def _page(desk: EntryDesk, which: int, form: SheetForm, there: KeyedSheet | None = None) -> str:
    batch, me = desk.batch.id, signed_in().account.username
    after = read_number(request.args.get("after"))
    with services().store.reading() as connection:
        last = list_last_sheets(connection, batch, which, most=LAST_SHOWN, up_to=after)
        counts = count_sheets(connection, [batch])
        by_me = which == SECOND and me in typists(connection, batch, FIRST)
    return render_template(
        "staff/collecting/keying.html",
        simulated=desk.survey_round.simulated,
        desk=desk,
        which=which,
        form=form,
        groups=groups_of(desk.survey_round),
        there=sheet_line(desk, there) if there else None,
        last=[sheet_line(desk, sheet) for sheet in last],
        counts={keyed_pass: counts.get((batch, keyed_pass), 0) for keyed_pass in (FIRST, SECOND)},
        after=after,
        by_me=by_me,
        stopped=desk.stopped_on(today_in_vietnam()),
    )


@bp.get(f"/entry/{BATCH}/sheets")
@requires(Permission.ENTER_RESPONSES)
def sheets(number: int) -> ResponseReturnValue:
    """List every sheet of one pass."""
    desk, which = own_desk(number), _asked_pass()
    with services().store.reading() as connection:
        keyed = list_sheets(connection, number, which)
    listing = make_listing(keyed, _columns(groups_of(desk.survey_round)), text=lambda sheet: str(sheet.number))
    return render_template(
        "staff/collecting/sheets.html",
        simulated=desk.survey_round.simulated,
        desk=desk,
        which=which,
        listing=listing,
        lines=[sheet_line(desk, sheet) for sheet in listing.rows],
        stopped=desk.stopped_on(today_in_vietnam()),
    )


def _columns(groups: Sequence[KeyGroup]) -> list[ListColumn[KeyedSheet]]:
    return [
        ListColumn("number", mark("Tờ số"), lambda sheet: sheet.number),
        *(ListColumn(group.name, group.letter) for group in groups),
        ListColumn("staff", mark("Người nhập"), lambda sheet: sheet.staff),
        ListColumn("acts", mark("Thao tác")),
    ]


def _asked_pass() -> int:
    return SECOND if request.args.get("entry") == str(SECOND) else FIRST


@bp.route(f"/entry/{BATCH}/delete", methods=["GET", "POST"])
@requires(Permission.ENTER_RESPONSES)
def delete(number: int) -> ResponseReturnValue:
    """Ask once, then take a sheet out of the batch."""
    desk, which = own_desk(number), _asked_pass()
    sheet = read_number(request.args.get("sheet"))
    with services().store.reading() as connection:
        keyed_sheet = find_sheet(connection, number, sheet, which) if sheet else None
    if keyed_sheet is None:
        abort(404)
    if request.method == "GET":
        return _delete_page(desk, which, keyed_sheet)
    if not bind_form(StaffForm).validate():
        return expired_page()
    try:
        entry.remove_sheet(services().store, number, keyed_sheet.number, which, today=today_in_vietnam())
    except (ChangedMeanwhileError, EntryError) as refused:
        return notice_page(mark("Chưa xóa được tờ này"), tell(refused)), 409
    view = "entry_sheets.key_again" if which == SECOND else "entry_sheets.key"
    return redirect(url_for(view, number=number, done="deleted"), 303)


def _delete_page(desk: EntryDesk, which: int, sheet: KeyedSheet) -> str:
    return render_template(
        "staff/collecting/delete.html",
        simulated=desk.survey_round.simulated,
        desk=desk,
        which=which,
        groups=groups_of(desk.survey_round),
        line=sheet_line(desk, sheet),
    )
