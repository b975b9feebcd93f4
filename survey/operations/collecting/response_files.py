"""Responses from a CSV file: all of them, or none and a list of what is wrong.

What a cell stands for is worked out once for each spelling in a column and then remembered, so that a
million rows cost a million look-ups per column and not a million conversions.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from survey.errors import AnswerError, Fault, RefusedDataError, fault
from survey.fieldwork import ServicePoint, SurveyRound, asked_questions, written_code
from survey.instrument.model import Instrument, Question
from survey.operations.uploads.cells import CellError, read_date
from survey.operations.uploads.csv_lines import LISTED_FAULTS, refusal
from survey.operations.uploads.layouts import TableColumn, TableLayout, heading_fault
from survey.operations.uploads.tables import TableLines, read_csv, width_fault
from survey.responses import AnswerRecord, HalfDay, Mode, Response
from survey.wording import Phrase, phrase

Value = TypeVar("Value")

COLUMNS = (
    TableColumn("collected_on"),
    TableColumn("half_day", optional=True),
    TableColumn("service_point_code"),
    TableColumn("mode"),
)
HALF_DAYS = {
    "": None,
    "am": HalfDay.MORNING,
    "sáng": HalfDay.MORNING,
    "pm": HalfDay.AFTERNOON,
    "chiều": HalfDay.AFTERNOON,
}


class _Column(NamedTuple, Generic[Value]):
    """Where a value stands in a row, and how its cell is read."""

    place: int
    read: Callable[[str], Value]


class _Layout(NamedTuple):
    """The columns of one file; `answers` are in the order of the instrument, `blank` is a record without an answer."""

    day: _Column[date]
    half: _Column[HalfDay | None]
    point: _Column[ServicePoint]
    mode: _Column[Mode]
    answers: tuple[_Column[str], ...]
    blank: str


def read_responses(
    data: bytes,
    *,
    name: str,
    instrument: Instrument,
    survey_round: SurveyRound,
    service_points: Mapping[str, ServicePoint],
    today: date,
) -> list[Response]:
    """Return the responses of the file `name` in its order.

    `service_points` are those a response may come from, by code. A question without a column and an empty
    cell are no answer, `N` is not applicable, a multiple choice is its symbols separated by spaces. Raises
    RefusedDataError with a Fault for each of the first hundred bad rows and the number of the others: a
    date outside the round or after `today`, a point unknown or not in use that day, a mode or an option
    that is not offered, no answer at all, too many or too few cells; and for a header that does not fit.
    """
    lines = read_csv(data, name=name)
    asked_codes = {question.code for question in asked_questions(survey_round, instrument)}
    if wrong := _heading_reasons(lines, asked_codes, instrument):
        raise RefusedDataError(name, [Fault(lines.line, wrong)])
    layout = _Layout(
        _column(lines, "collected_on", _day_reader(survey_round, today)),
        _column(lines, "half_day", _read_half_day),
        _column(lines, "service_point_code", _point_reader(service_points)),
        _column(lines, "mode", _read_mode),
        tuple(_column(lines, question.code, _answer_reader(question, instrument)) for question in instrument.questions),
        AnswerRecord.pack(instrument, {}),
    )
    return _read_rows(lines, layout, name)


def _heading_reasons(lines: TableLines, asked_codes: set[str], instrument: Instrument) -> tuple[Phrase, ...]:
    offered = [question.code for question in instrument.questions]
    answers = (TableColumn(code, optional=True) for code in offered if code in asked_codes)
    layout = TableLayout((*COLUMNS, *answers), exact=True)
    wrong = heading_fault(layout, lines.headings, lines.line)
    unasked = [column for column in lines.headings if column in offered and column not in asked_codes]
    more = [phrase("đợt này không hỏi {questions}", questions=unasked)] if unasked else []
    return (*(wrong.reasons if wrong else ()), *more)


def _read_rows(lines: TableLines, layout: _Layout, name: str) -> list[Response]:
    responses: list[Response] = []
    faults: list[Fault] = []
    for line, cells in lines.below:
        if broken := width_fault(lines, cells):
            faults.append(fault(line, broken))
            continue
        texts = [*map(str, cells), ""]  # A column the file does not have reads the last cell, at place -1.
        try:
            responses.append(_to_response(texts, layout))
        except CellError as refused:
            # Beyond the listed faults only their number is told, so their reasons need not be found.
            reasons = tuple(_cell_reasons(texts, layout)) if len(faults) < LISTED_FAULTS else ()
            faults.append(Fault(line, reasons or (refused.told,)))
    if faults:
        raise refusal(name, faults)
    return responses


def _to_response(cells: Sequence[str], layout: _Layout) -> Response:
    day = layout.day.read(cells[layout.day.place])
    half = layout.half.read(cells[layout.half.place])
    point = layout.point.read(cells[layout.point.place])
    mode = layout.mode.read(cells[layout.mode.place])
    record = "".join([read(cells[place]) for place, read in layout.answers])
    if record == layout.blank:
        raise CellError(phrase("dòng không có câu trả lời nào"))
    if not point.is_valid_on(day):
        raise CellError(phrase("điểm phục vụ {code} không hoạt động ngày {day}", code=point.code, day=day))
    return Response(point.code, day, half, mode, record)


def _cell_reasons(cells: Sequence[str], layout: _Layout) -> Iterator[Phrase]:
    for place, read in (layout.day, layout.half, layout.point, layout.mode, *layout.answers):
        try:
            read(cells[place])
        except CellError as refused:
            yield refused.told


def _column(lines: TableLines, name: str, read: Callable[[str], Value]) -> _Column[Value]:
    return _Column(lines.headings.index(name) if name in lines.headings else -1, cache(read))


def _day_reader(survey_round: SurveyRound, today: date) -> Callable[[str], date]:
    def read(cell: str) -> date:
        day = read_date(cell.strip())
        if not survey_round.opens <= day <= survey_round.closes:
            first, last = survey_round.opens, survey_round.closes
            reason = phrase("collected_on: {day} nằm ngoài đợt ({first} – {last})", day=day, first=first, last=last)
            raise CellError(reason)
        if day > today:
            raise CellError(phrase("collected_on: {day} ở sau hôm nay", day=day))
        return day

    return read


def _read_half_day(cell: str) -> HalfDay | None:
    try:
        return HALF_DAYS[cell.strip().casefold()]
    except KeyError:
        told = phrase("“half_day”: “{cell}” không phải là am, pm, sáng, chiều hay để trống", cell=cell)
        raise CellError(told) from None


def _point_reader(service_points: Mapping[str, ServicePoint]) -> Callable[[str], ServicePoint]:
    def read(cell: str) -> ServicePoint:
        point = service_points.get(written_code(cell))
        if point is None:
            raise CellError(phrase("không có điểm phục vụ nào mang mã “{code}”", code=cell))
        return point

    return read


def _read_mode(cell: str) -> Mode:
    try:
        return Mode(cell.strip().casefold())
    except ValueError:
        raise CellError(phrase("“mode”: “{cell}” không thuộc {modes}", cell=cell, modes=[*Mode])) from None


def _answer_reader(question: Question, instrument: Instrument) -> Callable[[str], str]:
    part = slice(question.positions[0], question.positions[-1] + 1)

    def read(cell: str) -> str:
        answer = frozenset(cell.split()) if question.multiple else cell.strip()
        try:
            return AnswerRecord.pack(instrument, {question.code: answer} if answer else {})[part]
        except AnswerError as error:
            values = {"question": error.question, "value": error.value, "offered": error.offered}
            reason = phrase("{question}: “{value}” không phải là một trong {offered} hay để trống", **values)
            raise CellError(reason) from error

    return read
