"""Indices and responses as CSV for programs and XLSX for people.

A CSV stream is a text stream opened with `encoding="utf-8", newline=""`; the byte order mark that tells
Excel about UTF-8 is written here. An XLSX target, a path or a binary stream, is written only when the
whole file could be made; a CSV stream that meets a fault keeps the rows before it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from types import MappingProxyType
from typing import TextIO, TypeAlias

from xlsxwriter import Workbook

from survey.analysis.comparing.comparison import Key
from survey.analysis.figures.results import IndexRow, RoundResults
from survey.analysis.ranking.top_units import TopPlace
from survey.errors import AnswerError
from survey.formatting import to_nfc
from survey.instrument.model import NO_ANSWER, Instrument, Question
from survey.reports.sheets import PLAIN, CsvStyle, write_csv
from survey.reports.tables import domain_fields, method_box, simulation_notice
from survey.reports.words import ORDER_WARNING
from survey.reports.workbooks import Cell, Target, new_workbook, write_sheet
from survey.wording import Language, mark, word

# One response: month ("2026-M11"), agency code, mode, answer record.
ResponseRow: TypeAlias = tuple[str, str, str, str]

# Columns beside the answers, by name, a cell for every response in the order of the rows.
More: TypeAlias = Mapping[str, Sequence[Cell]]
NO_MORE: More = MappingProxyType({})

SHARED_BY_AT_LEAST = 10

PERCENTAGES = ("index", "se", "low", "upp", "percent_satisfied", "level", "change")
METHOD_WIDTHS = (24, 100)


@dataclass(frozen=True, slots=True)
class PublishedStanding:
    """What only a publication knows of a figure: the rank with its 95% bounds, the change in points.

    `rank_low` is the best and `rank_upp` the worst rank the agency may have, judged alone; `change` is the
    figure less that of the round before, unrounded. `top_five` tells whether the agency is among the five best of
    its block. None is written as an empty cell.
    """

    rank: int | None = None
    rank_low: int | None = None
    rank_upp: int | None = None
    change: float | None = None
    top_five: TopPlace | None = None


# By agency and part.
Standings: TypeAlias = Mapping[Key, PublishedStanding]
UNKNOWN = PublishedStanding()
NO_STANDINGS: Standings = MappingProxyType({})


def write_indices_csv(
    results: RoundResults,
    stream: TextIO,
    *,
    language: Language = "vi",
    standings: Standings = NO_STANDINGS,
    style: CsvStyle = PLAIN,
) -> None:
    """Write one line per figure, unrounded; `language` is that of the labels."""
    write_csv(indices_columns(results), indices_rows(results, language, standings=standings), stream, style=style)


def write_indices_xlsx(
    results: RoundResults, target: Target, *, language: Language = "vi", standings: Standings = NO_STANDINGS
) -> None:
    """Write the figures as numbers, shown with the decimals of the method, and the method box on a second sheet."""
    with new_workbook(target) as workbook:
        decimal = workbook.add_format({"num_format": f"{0:.{results.method.decimals}f}"})
        columns = {name: decimal if name in PERCENTAGES else None for name in indices_columns(results)}
        rows = indices_rows(results, language, standings=standings)
        write_sheet(workbook, word("Chỉ số", language), columns, rows)
        ranked = any(standing.rank for standing in standings.values())
        warning = [(word("Thứ hạng", language), word(ORDER_WARNING, language))] if ranked else []
        _write_method(workbook, [*method_box(results, language), *warning], language)


def indices_columns(results: RoundResults) -> tuple[str, ...]:
    """Return the columns of the indices file, in their order.

    The service point and the notice of simulated data stand last, and only where there are any, so that
    no other column ever moves.
    """
    return (
        *("round", "agency_code", "agency", "block", "item" if "item" in results.by else "dimension", "label"),
        *("index", "se", "low", "upp", "percent_satisfied", "level", "responses", "answers"),
        *("rank", "rank_low", "rank_upp", "change", "method", "basis", "missing", "not_applicable", "top_five"),
        *(field for field in domain_fields(results.by) if field.startswith("service_point")),
        *(("notice",) if results.simulated else ()),
    )


def indices_rows(
    results: RoundResults, language: Language, *, standings: Standings = NO_STANDINGS
) -> Iterator[list[Cell]]:
    """Yield the cells of each row of the indices file under `indices_columns`, None where there is no figure."""
    columns = indices_columns(results)
    for row in results.rows:
        standing = standings.get(Key(row.domain.agency_code, row.part), UNKNOWN)
        cells = _index_cells(row, results, language, standing=standing)
        yield [cells[column] for column in columns]


def write_responses_csv(
    rows: Iterable[ResponseRow],
    instrument: Instrument,
    stream: TextIO,
    *,
    notice: str = "",
    more: More = NO_MORE,
    style: CsvStyle = PLAIN,
) -> None:
    """Write one line per response, streamed; `notice` is repeated on each (simulated data say so).

    A single choice has a column with its code, a multiple choice one per option (`CODE_1` …, holding 1
    ticked, 2 not). Values are option symbols, `N` for not applicable, empty without an answer. `rows` are
    written as they come: pass them through `protected_rows` unless the reader may see full profiles. Raises
    AnswerError on a record that is not one of this instrument.
    """
    cells = _response_rows(rows, instrument, notice, more)
    write_csv(response_columns(instrument, notice, more), cells, stream, style=style)


def write_responses_xlsx(
    rows: Iterable[ResponseRow], instrument: Instrument, target: Target, *, notice: str = "", more: More = NO_MORE
) -> None:
    """Write what `write_responses_csv` does, with symbols that are digits as numbers, in constant memory.

    Raises RefusedDataError when there are more rows than a sheet has, and AnswerError as the other does.
    """
    columns = dict.fromkeys(response_columns(instrument, notice, more))
    answered = _response_rows(rows, instrument, notice, more)
    with new_workbook(target) as workbook:
        write_sheet(workbook, mark("Phiếu trả lời"), columns, map(_with_numbers, answered))


def response_columns(instrument: Instrument, notice: str = "", more: More = NO_MORE) -> tuple[str, ...]:
    """Return the columns of the responses file, in their order; the last one is there with a notice only."""
    answers = (name for question in instrument.questions for name in _answer_columns(question))
    return ("month", "agency_code", "mode", *answers, *more, *(("notice",) if notice else ()))


def protected_rows(
    rows: Iterable[ResponseRow], instrument: Instrument, *, threshold: int = SHARED_BY_AT_LEAST
) -> Iterator[ResponseRow]:
    """Yield the rows with the profile answers blanked unless enough responses of the agency share all of them.

    A combination of profile answers given by fewer than `threshold` responses of one agency could point to a
    person. `rows` is gone through twice, at once to count and then to yield; raises TypeError when it can be
    gone through only once.
    """
    if iter(rows) is rows:
        raise TypeError("rows are counted before they are written: pass what can be gone through twice")
    width = instrument.width
    places = [place for question in instrument.questions if question.kind == "profile" for place in question.positions]
    shared = Counter((agency_code, _profile(_checked(record, width), places)) for _, agency_code, _, record in rows)
    return (
        row if shared[row[1], _profile(row[3], places)] >= threshold else (*row[:3], _blanked(row[3], places))
        for row in rows
    )


def _index_cells(
    row: IndexRow, results: RoundResults, language: Language, *, standing: PublishedStanding
) -> dict[str, Cell]:
    return {
        "round": results.round_code,
        "agency_code": row.domain.agency_code,
        "agency": row.domain.agency,
        "block": row.domain.block,
        "dimension": row.part,
        "item": row.part,
        "label": row.label.in_language(language),
        "index": row.index,
        **{name: getattr(row.estimate, name, None) for name in ("se", "low", "upp")},
        "percent_satisfied": row.percent_satisfied,
        "level": row.level,
        "responses": row.responses,
        "answers": row.answers,
        "rank": standing.rank,
        "rank_low": standing.rank_low,
        "rank_upp": standing.rank_upp,
        "change": standing.change,
        "method": "+".join(results.formulas),
        "basis": results.basis.value,
        "missing": row.missing,
        "not_applicable": row.not_applicable,
        "top_five": standing.top_five.value if standing.top_five else None,
        "service_point_code": row.domain.service_point_code,
        "service_point": row.domain.service_point,
        "notice": simulation_notice(language),
    }


def _answer_columns(question: Question) -> list[str]:
    if not question.multiple:
        return [question.code]
    return [f"{question.code}_{option.symbol}" for option in question.options]


def _response_rows(
    rows: Iterable[ResponseRow], instrument: Instrument, notice: str, more: More
) -> Iterator[list[Cell]]:
    # The record's characters are the values, in the order of the columns. Unpacking a million records into
    # answers, only to put them in this order again, would take most of the time of writing the file.
    width, last = instrument.width, [notice] if notice else []
    beside = zip(*more.values(), strict=True) if more else repeat(())
    for (month, agency_code, mode, record), own in zip(rows, beside, strict=False):
        marks = _checked(record, width)
        yield [month, agency_code, mode, *["" if mark == NO_ANSWER else mark for mark in marks], *own, *last]


def _with_numbers(row: list[Cell]) -> list[Cell]:
    head, answers = row[:3], row[3:]
    return [*head, *(int(cell) if isinstance(cell, str) and cell.isdecimal() else cell for cell in answers)]


def _checked(record: str, width: int) -> str:
    if len(record) != width:
        raise AnswerError("record", record, [f"{width} characters"])
    return record


def _profile(record: str, places: Sequence[int]) -> str:
    return "".join([record[place] for place in places])


def _blanked(record: str, places: Sequence[int]) -> str:
    marks = list(record)
    for place in places:
        marks[place] = NO_ANSWER
    return "".join(marks)


def _write_method(workbook: Workbook, lines: Iterable[tuple[str, str]], language: Language) -> None:
    sheet = workbook.add_worksheet(word("Phương pháp", language))
    formats = workbook.add_format({"bold": True, "valign": "top"}), workbook.add_format({"text_wrap": True})
    for place, (width, look) in enumerate(zip(METHOD_WIDTHS, formats, strict=True)):
        sheet.set_column(place, place, width, look)
    for number, (name, text) in enumerate(lines):
        sheet.write_string(number, 0, to_nfc(name))
        sheet.write_string(number, 1, to_nfc(text))
