"""Look at the paper where two passes differ, then store a batch, or throw it away."""

from dataclasses import dataclass
from functools import lru_cache

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError, EntryError
from survey.formatting import format_percent
from survey.forms.collecting import make_paper_form, read_number
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import entry
from survey.operations.collecting.double_entry import PassComparison, SheetDifference
from survey.operations.collecting.entry import FIRST, SECOND, EntryDesk
from survey.operations.staff.rights import Permission
from survey.responses import AnswerRecord
from survey.services import services
from survey.store.collecting.entry import count_sheets
from survey.typed.keying import KeyedQuestion
from survey.web.door.register import bind_form, expired_page, notice_page, requires, signed_in, staff_area
from survey.web.saying import page_language, tell
from survey.web.staff.collecting.entry import BATCH, own_desk
from survey.web.staff.collecting.sheets import groups_of
from survey.wording import Phrase, mark

bp = staff_area("entry_closing", done={"settled": mark("Đã ghi theo tờ giấy.")})

SHOWN_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Doubt:
    """A question two passes answered differently: what either typed, what is typed for the paper, what is wrong."""

    asked: KeyedQuestion
    first: str
    second: str
    typed: str
    faults: tuple[str | Phrase, ...]


@dataclass(frozen=True, slots=True)
class DoubtfulSheet:
    """A sheet to be looked at on paper."""

    number: int
    doubts: tuple[Doubt, ...]


@bp.route(f"/entry/{BATCH}/differences", methods=["GET", "POST"])
@requires(Permission.ENTER_RESPONSES)
def differences(number: int) -> ResponseReturnValue:
    """Show both passes side by side where they differ, and take what the paper says."""
    desk = own_desk(number)
    if not desk.batch.checked:
        abort(404)
    compared = entry.compare(services().store, desk)
    if request.method == "GET":
        return _differences_page(desk, compared)
    sheet_number = read_number(request.form.get("number"))
    sheet = next((difference for difference in compared.differences if difference.number == sheet_number), None)
    if sheet is None:
        return make_response(_differences_page(desk, compared, changed=True), 409)
    return _settle(desk, compared, sheet)


def _settle(desk: EntryDesk, compared: PassComparison, sheet: SheetDifference) -> ResponseReturnValue:
    questions = _doubtful(desk, sheet)
    form = bind_form(_paper_form(questions))
    if not form.validate():
        page = _differences_page(desk, compared, refused=(sheet.number, form))
        return make_response(page, 403 if form.token.errors else 400)
    answers = {code: answer for keyed in questions for code, answer in form[f"paper-{keyed.sign}"].answers.items()}
    record = AnswerRecord.pack(desk.instrument, answers)
    right = {place: record[place] for keyed in questions for place in keyed.question.positions}
    try:
        done = entry.settle_sheet(services().store, desk.batch.id, sheet.number, right, today=today_in_vietnam())
    except (ChangedMeanwhileError, EntryError) as refused:
        return notice_page(mark("Chưa ghi được"), tell(refused)), 409
    if not done:
        compared = entry.compare(services().store, desk)
        return make_response(_differences_page(desk, compared, changed=True), 409)
    return redirect(url_for("entry_closing.differences", number=desk.batch.id, done="settled"), 303)


@lru_cache(maxsize=256)
def _paper_form(questions: tuple[KeyedQuestion, ...]) -> type[StaffForm]:
    return make_paper_form(questions)


def _doubtful(desk: EntryDesk, found: SheetDifference) -> tuple[KeyedQuestion, ...]:
    every = [one for group in groups_of(desk.survey_round) for one in group.questions]
    return tuple(one for one in every if set(one.question.positions) & set(found.places))


def _doubtful_sheet(desk: EntryDesk, sheet: SheetDifference, form: StaffForm | None) -> DoubtfulSheet:
    first, second = (AnswerRecord.unpack(desk.instrument, record) for record in (sheet.first, sheet.second))
    doubts = []
    for keyed in _doubtful(desk, sheet):
        field = form[f"paper-{keyed.sign}"] if form else None
        typed, faults = (field.data or "", tuple(field.errors)) if field else ("", ())
        doubts.append(Doubt(keyed, keyed.write(first), keyed.write(second), typed, faults))
    return DoubtfulSheet(sheet.number, tuple(doubts))


def _differences_page(
    desk: EntryDesk, compared: PassComparison, *, refused: tuple[int, StaffForm] | None = None, changed: bool = False
) -> str:
    shown = compared.differences[:SHOWN_AT_ONCE]
    forms = dict([refused]) if refused else {}
    if refused and refused[0] not in [sheet.number for sheet in shown]:
        shown = tuple(sheet for sheet in compared.differences if sheet.number == refused[0])
    return render_template(
        "staff/collecting/differences.html",
        simulated=desk.survey_round.simulated,
        desk=desk,
        compared=compared,
        quality=_quality(compared),
        sheets=[_doubtful_sheet(desk, sheet, forms.get(sheet.number)) for sheet in shown],
        refused=refused[1] if refused else None,
        changed=changed,
        stopped=desk.stopped_on(today_in_vietnam()),
    )


def _quality(compared: PassComparison) -> dict[str, str]:
    """Return the error rates as they are written, per 1,000 keystrokes."""
    rates = {"apart": compared.apart, "wrong_first": compared.wrong_first}
    spoken = page_language()
    return {name: format_percent(compared.rate_of(places), 1, language=spoken) for name, places in rates.items()}


@bp.route(f"/entry/{BATCH}/store", methods=["GET", "POST"])
@requires(Permission.ENTER_RESPONSES)
def store(number: int) -> ResponseReturnValue:
    """Ask once, then make responses of the sheets."""
    desk, today = own_desk(number), today_in_vietnam()
    if request.method == "GET":
        return _ask_page("staff/collecting/store.html", desk)
    if not bind_form(StaffForm).validate():
        return expired_page()
    try:
        entry.store_batch(services().store, number, staff=signed_in().account.username, today=today)
    except (ChangedMeanwhileError, EntryError) as refused:
        return notice_page(mark("Chưa lưu được vào kết quả"), tell(refused)), 409
    return redirect(url_for("entry.index", done="stored"), 303)


@bp.route(f"/entry/{BATCH}/discard", methods=["GET", "POST"])
@requires(Permission.ENTER_RESPONSES)
def discard(number: int) -> ResponseReturnValue:
    """Ask once, then throw the sheets away."""
    desk = own_desk(number)
    if request.method == "GET":
        return _ask_page("staff/collecting/discard.html", desk)
    if not bind_form(StaffForm).validate():
        return expired_page()
    try:
        entry.discard_batch(services().store, number, staff=signed_in().account.username, today=today_in_vietnam())
    except ChangedMeanwhileError as refused:
        return notice_page(mark("Chưa bỏ được tập phiếu"), tell(refused)), 409
    return redirect(url_for("entry.index", done="discarded"), 303)


def _ask_page(template: str, desk: EntryDesk) -> str:
    with services().store.reading() as connection:
        counts = count_sheets(connection, [desk.batch.id])
    compared = entry.compare(services().store, desk) if desk.batch.checked else None
    return render_template(
        template,
        simulated=desk.survey_round.simulated,
        desk=desk,
        counts={keyed_pass: counts.get((desk.batch.id, keyed_pass), 0) for keyed_pass in (FIRST, SECOND)},
        compared=compared,
        quality=_quality(compared) if compared else None,
        stopped=desk.stopped_on(today_in_vietnam()),
    )
