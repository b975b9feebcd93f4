"""Answers from paper: the batches there are, a new one, and the form to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import EntryError, UnknownCodeError
from survey.fieldwork import SurveyRound, asked_questions, normalise_code
from survey.formatting import MOST_SOUGHT, compose, fold, vietnamese_key
from survey.forms.collecting import BatchForm
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import entry
from survey.operations.collecting.entry import FIRST, SECOND, ChosenBatch, EntryDesk
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.collecting.entry import SheetBatch, count_sheets, list_closed_batches, list_open_batches
from survey.store.registry.agencies import list_rounds
from survey.store.registry.points import PlacedPoint, in_agencies, list_points, not_ended
from survey.typed.keying import key_groups
from survey.web.door.register import bind_form, own_agency, own_scope, requires, signed_in, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.wording import Phrase, mark

bp = staff_area(
    "entry",
    done={
        "stored": mark("Đã lưu tập phiếu vào kết quả; các tờ đã nhập không còn được giữ lại."),
        "discarded": mark(
            "Đã bỏ tập phiếu. Không có phiếu nào được lưu; nếu còn tờ giấy, có thể nhập lại thành tập phiếu mới."
        ),
    },
)

# A larger number than the databases hold leads to no batch.
BATCH = "<int(max=2147483647):number>"
MOST_POINTS = 300
MOST_CLOSED = 20


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch on the page: its round, and how many sheets were keyed once and twice."""

    batch: SheetBatch
    survey_round: SurveyRound
    sheets: int
    again: int
    stopped: Phrase | None


def own_desk(number: int) -> EntryDesk:
    """Return a batch of an agency in scope; any other one is answered like one that does not exist."""
    try:
        desk = entry.find_desk(services().store, number)
    except UnknownCodeError:
        abort(404)
    own_agency(desk.batch.agency_code)
    return desk


def own_points(since: date) -> tuple[PlacedPoint, ...]:
    """Return the service points in scope that were in use on or after a day, agency by agency."""
    with services().store.reading() as connection:
        found = list_points(connection, in_agencies(own_scope().agencies), not_ended(since))
    names = sorted({one.agency_name for one in found}, key=vietnamese_key)
    place = {name: number for number, name in enumerate(names)}
    return tuple(sorted(found, key=lambda one: place[one.agency_name]))


def searched_points(points: Sequence[PlacedPoint], chosen: str = "") -> tuple[PlacedPoint, ...]:
    """Return the service points the request searches for, at most as many as a list can hold, and the chosen one."""
    words = fold(compose(request.args.get("q", ""), MOST_SOUGHT)).split()
    found = [one for one in points if all(word in _searched_in(one) for word in words)] if words else points
    shown = [*found[:MOST_POINTS], *(one for one in found[MOST_POINTS:] if one.code == chosen)]
    return tuple(sorted(shown, key=lambda one: (vietnamese_key(one.agency_name), vietnamese_key(one.name))))


@lru_cache(maxsize=20_000)
def _searched_in(point: PlacedPoint) -> str:
    return fold(f"{point.agency_name} {point.agency_code} {point.name} {point.code}")


def point_choices(points: Sequence[PlacedPoint]) -> list[tuple[str, str]]:
    """Return the choices of a list of service points; the agency is named where there are several."""
    several = len({one.agency_code for one in points}) > 1
    return [(one.code, f"{f'{one.agency_name} – ' if several else ''}{one.name} ({one.code})") for one in points]


@bp.get("/entry")
@requires(Permission.ENTER_RESPONSES)
def index() -> ResponseReturnValue:
    """Show the open batches, and the last ones that were stored or thrown away."""
    store, today, scope = services().store, today_in_vietnam(), own_scope().agencies
    with store.reading() as connection:
        batches = list_open_batches(connection, scope)
        closed = list_closed_batches(connection, scope, most=MOST_CLOSED)
        counts = count_sheets(connection, [batch.id for batch in batches])
        rounds = list_rounds(connection)
    lines = [
        BatchLine(
            batch,
            rounds[batch.round_id],
            counts.get((batch.id, FIRST), 0),
            counts.get((batch.id, SECOND), 0),
            EntryDesk(batch, rounds[batch.round_id], load_instrument(rounds[batch.round_id].instrument)).stopped_on(
                today
            ),
        )
        for batch in batches
    ]
    return render_template(
        "staff/collecting/index.html",
        listing=make_listing(lines, _COLUMNS, text=_line_text),
        open_batches=len(lines),
        closed=closed,
        rounds=rounds,
        taking=entry.taking_rounds(store, today),
        simulated=any(rounds[batch.round_id].simulated for batch in (*batches, *closed)),
    )


_COLUMNS: list[ListColumn[BatchLine]] = [
    ListColumn("batch", mark("Tập phiếu"), lambda line: line.batch.id),
    ListColumn("point", mark("Điểm phục vụ"), lambda line: vietnamese_key(line.batch.point_name)),
    ListColumn("day", mark("Ngày trả lời"), lambda line: line.batch.day),
    ListColumn("sheets", mark("Số tờ đã nhập"), lambda line: line.sheets, number=True),
    ListColumn("staff", mark("Người mở"), lambda line: line.batch.staff),
]


def _line_text(line: BatchLine) -> str:
    one = line.batch
    return f"{one.id} {one.point_name} {one.point_code} {one.agency_name} {one.staff} {line.survey_round.title}"


@bp.route("/entry/new", methods=["GET", "POST"])
@requires(Permission.ENTER_RESPONSES)
def add() -> ResponseReturnValue:
    """Open a batch."""
    form, today = bind_form(BatchForm), today_in_vietnam()
    rounds = entry.taking_rounds(services().store, today)
    points = own_points(min((survey_round.opens for survey_round in rounds), default=today))
    if request.method == "POST":
        form.point.data = normalise_code(form.point.data or "")
        # A service point of another agency is answered like one that does not exist.
        if form.point.data and form.point.data not in {point.code for point in points}:
            abort(404)
    shown = searched_points(points, form.point.data or "")
    form.offer(
        rounds=[(survey_round.code, f"{survey_round.title} ({survey_round.code})") for survey_round in rounds],
        points=point_choices(shown),
    )
    if request.method == "GET":
        return _new_page(form, rounds, points, today)
    if not form.validate():
        return _new_page(form, rounds, points, today), 403 if form.token.errors else 400
    new = ChosenBatch(form.round.data, form.point.data, form.day.given, form.checked)
    try:
        number = entry.open_batch(services().store, new, staff=signed_in().account.username, today=today)
    except EntryError as refused:
        form.form_errors.append(refused)
        return _new_page(form, rounds, points, today), 400
    return redirect(url_for("entry_sheets.key", number=number), 303)


def _new_page(form: BatchForm, rounds: Sequence[SurveyRound], points: Sequence[PlacedPoint], today: date) -> str:
    return render_template(
        "staff/collecting/new.html",
        form=form,
        rounds=rounds,
        first=min((survey_round.opens for survey_round in rounds), default=today),
        points=len(points),
        most=MOST_POINTS,
        q=request.args.get("q", ""),
        simulated=any(survey_round.simulated for survey_round in rounds),
    )


@bp.get("/entry/form")
@requires(Permission.ENTER_RESPONSES)
def printed() -> ResponseReturnValue:
    """Show the questionnaire with the numbers to circle, made to be printed on one sheet."""
    rounds = entry.taking_rounds(services().store, today_in_vietnam())
    code = request.args.get("round", "")
    survey_round = next((taking for taking in rounds if taking.code == code or not code), None)
    if survey_round is None:
        abort(404)
    instrument = load_instrument(survey_round.instrument)
    return render_template(
        "staff/collecting/printed.html",
        survey_round=survey_round,
        rounds=rounds,
        instrument=instrument,
        groups=key_groups(instrument, asked_questions(survey_round, instrument)),
        runner=services().settings.owner,
        simulated=survey_round.simulated,
    )
