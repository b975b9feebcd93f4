"""Responses from a CSV file: all of them, or none and a list of what is wrong.

What a cell stands for is worked out once for each spelling in a column and then remembered, so that a
million rows cost a million look-ups per column and not a million conversions.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from survey.errors import AnswerError, Fault, UnknownCodeError
from survey.fieldwork import ServicePoint, SurveyRound, asked_questions, normalise_code
from survey.instrument.model import Instrument, Question
from survey.operations.uploads.csv_tables import (
    LISTED_FAULTS,
    CsvTable,
    header_reasons,
    read_date,
    read_table,
    refusal,
    width_reason,
)
from survey.responses import AnswerRecord, HalfDay, Mode, Response

Value = TypeVar("Value")

REQUIRED_COLUMNS = ("collected_on", "service_point_code", "mode")
HALF_DAYS = {
    "": None,
    "am": HalfDay.MORNING,
    "sáng": HalfDay.MORNING,
    "pm": HalfDay.AFTERNOON,
    "chiều": HalfDay.AFTERNOON,
}
REFUSALS = (ValueError, AnswerError, UnknownCodeError)


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
    table = read_table(data, name=name)
    asked = {question.code for question in asked_questions(survey_round, instrument)}
    if wrong := _header_reasons(table, asked, instrument):
        raise refusal(name, [Fault(table.line, "; ".join(wrong))])
    layout = _Layout(
        _column(table, "collected_on", _day_reader(survey_round, today)),
        _column(table, "half_day", _read_half_day),
        _column(table, "service_point_code", _point_reader(service_points)),
        _column(table, "mode", _read_mode),
        tuple(_column(table, one.code, _answer_reader(one, instrument)) for one in instrument.questions),
        AnswerRecord.pack(instrument, {}),
    )
    return _read_rows(table, layout)


def _header_reasons(table: CsvTable, asked: set[str], instrument: Instrument) -> list[str]:
    offered = [question.code for question in instrument.questions]
    optional = ("half_day", *(code for code in offered if code in asked))
    unasked = [column for column in table.columns if column in offered and column not in asked]
    wrong = header_reasons(table, required=REQUIRED_COLUMNS, optional=optional)
    return [*wrong, f"the round does not ask {', '.join(unasked)}"] if unasked else wrong


def _read_rows(table: CsvTable, layout: _Layout) -> list[Response]:
    responses: list[Response] = []
    faults: list[Fault] = []
    for line, cells in table.rows:
        if broken := width_reason(table, cells):
            faults.append(Fault(line, broken))
            continue
        cells.append("")  # A column the file does not have reads this cell, at place -1.
        try:
            responses.append(_to_response(cells, layout))
        except REFUSALS as refused:
            # Beyond the listed faults only their number is told, so their reasons need not be found.
            reasons = "; ".join(_cell_reasons(cells, layout)) if len(faults) < LISTED_FAULTS else ""
            faults.append(Fault(line, reasons or str(refused)))
    if faults:
        raise refusal(table.name, faults)
    return responses


def _to_response(cells: Sequence[str], layout: _Layout) -> Response:
    day = layout.day.read(cells[layout.day.place])
    half = layout.half.read(cells[layout.half.place])
    point = layout.point.read(cells[layout.point.place])
    mode = layout.mode.read(cells[layout.mode.place])
    record = "".join([read(cells[place]) for place, read in layout.answers])
    if record == layout.blank:
        raise ValueError("the row holds no answer")
    if not point.is_valid_on(day):
        raise ValueError(f"service point {point.code} was not in use on {day:%d/%m/%Y}")
    return Response(point.code, day, half, mode, record)


def _cell_reasons(cells: Sequence[str], layout: _Layout) -> Iterator[str]:
    for place, read in (layout.day, layout.half, layout.point, layout.mode, *layout.answers):
        try:
            read(cells[place])
        except REFUSALS as refused:
            yield str(refused)


def _column(table: CsvTable, name: str, read: Callable[[str], Value]) -> _Column[Value]:
    return _Column(table.columns.index(name) if name in table.columns else -1, cache(read))


def _day_reader(survey_round: SurveyRound, today: date) -> Callable[[str], date]:
    def read(cell: str) -> date:
        day = read_date(cell.strip())
        if not survey_round.opens <= day <= survey_round.closes:
            asked = f"{survey_round.opens:%d/%m/%Y} to {survey_round.closes:%d/%m/%Y}"
            raise ValueError(f"collected_on: {day:%d/%m/%Y} is outside the round ({asked})")
        if day > today:
            raise ValueError(f"collected_on: {day:%d/%m/%Y} lies in the future")
        return day

    return read


def _read_half_day(cell: str) -> HalfDay | None:
    try:
        return HALF_DAYS[cell.strip().casefold()]
    except KeyError:
        raise ValueError(f"half_day: {cell!r} is not one of am, pm, sáng, chiều or nothing") from None


def _point_reader(service_points: Mapping[str, ServicePoint]) -> Callable[[str], ServicePoint]:
    def read(cell: str) -> ServicePoint:
        point = service_points.get(normalise_code(cell))
        if point is None:
            raise UnknownCodeError("service point", cell)
        return point

    return read


def _read_mode(cell: str) -> Mode:
    try:
        return Mode(cell.strip().casefold())
    except ValueError:
        raise ValueError(f"mode: {cell!r} is not one of {', '.join(Mode)}") from None


def _answer_reader(question: Question, instrument: Instrument) -> Callable[[str], str]:
    part = slice(question.positions[0], question.positions[-1] + 1)

    def read(cell: str) -> str:
        answer = frozenset(cell.split()) if question.multiple else cell.strip()
        return AnswerRecord.pack(instrument, {question.code: answer} if answer else {})[part]

    return read
