"""The tables of the public results: every agency's figures by dimension, block by block in alphabetical order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from survey.analysis.figures.estimates import Estimate
from survey.analysis.figures.results import OVERALL, IndexRow
from survey.formatting import format_count, format_percent, vietnamese_key
from survey.instrument.model import IndexMethod
from survey.operations.results.published import PublishedRun
from survey.reports.tables import formulas_in_words
from survey.wording import Language, word

Figure: TypeAlias = Callable[[IndexRow], float | None]


@dataclass(frozen=True, slots=True)
class FigureCell:
    """One figure as it is shown, with its 95% range if it has one; `withheld` stands in its place when it is not."""

    figure: str
    responses: str
    withheld: str
    range: str = ""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One row of a table. `withheld` is set when nothing of the row is shown."""

    name: str
    agency_code: str
    cells: tuple[FigureCell, ...]
    withheld: str


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One table: what it shows, by which formulas, the total, and the agencies by block."""

    code: str
    title: str
    formulas: str
    total: ResultLine
    blocks: tuple[tuple[str, tuple[ResultLine, ...]], ...]

    @property
    def withholds(self) -> bool:
        """Whether a figure of it is not published."""
        lines = (self.total, *(line for _, lines in self.blocks for line in lines))
        return any(line.withheld or any(cell.withheld for cell in line.cells) for line in lines)


def make_measures(published: PublishedRun, language: Language) -> tuple[ResultTable, ...]:
    """Return the index first, then percent satisfied and level as far as they are not the index."""
    results = published.analysis.results
    method, (formula, aggregation) = results.method, results.formulas
    kinds = [("index", index_title(method, language), formula, _index)]
    if method.definition != "percent_satisfied":
        kinds.append(("satisfied", word("Tỷ lệ hài lòng (%)", language), "H1", _satisfied))
    if method.definition != "mean_over_max":
        kinds.append(("level", word("Mức độ hài lòng (%)", language), "L1", _level))
    agencies, total = _without_items(published, results.rows), _without_items(published, published.analysis.total)
    return tuple(
        ResultTable(
            code,
            title,
            formulas_in_words((formula, aggregation), language),
            _line(word("Tất cả cơ quan", language), total, figure, published=published, language=language),
            _blocks(agencies, figure, published=published, language=language),
        )
        for code, title, formula, figure in kinds
    )


def index_title(method: IndexMethod, language: Language) -> str:
    """Return what the index of a questionnaire is called."""
    titles = {
        "percent_satisfied": word("Chỉ số: tỷ lệ hài lòng (%)", language),
        "mean_over_max": word("Chỉ số: mức độ hài lòng (%)", language),
        "mean_rescaled": word("Chỉ số: điểm hài lòng quy đổi (%)", language),
    }
    return titles[method.definition]


def why_withheld(row: IndexRow, published: PublishedRun, language: Language) -> str:
    """Return the words that stand in the place of a figure, nothing where the figure is shown."""
    if not row.responses:
        return word("không có phiếu", language)
    return word("không công bố", language) if row in published.hidden else ""


def range_in_words(estimate: Estimate | None, decimals: int, language: Language) -> str:
    """Return the 95% range as “từ … đến …”, nothing where there is none."""
    if estimate is None or estimate.low is None or estimate.upp is None:
        return ""
    low, upp = (format_percent(end, decimals, language=language) for end in (estimate.low, estimate.upp))
    return word("từ {low} đến {upp}", language).format(low=low, upp=upp)


def _index(row: IndexRow) -> float | None:
    return row.index


def _satisfied(row: IndexRow) -> float | None:
    return row.percent_satisfied


def _level(row: IndexRow) -> float | None:
    return row.level


def _without_items(published: PublishedRun, rows: Iterable[IndexRow]) -> tuple[IndexRow, ...]:
    parts = {OVERALL, *(dimension.code for dimension in published.instrument.dimensions)}
    return tuple(row for row in rows if row.part in parts)


def _blocks(
    rows: Iterable[IndexRow], figure: Figure, *, published: PublishedRun, language: Language
) -> tuple[tuple[str, tuple[ResultLine, ...]], ...]:
    """Return the lines of the agencies by block, both in Vietnamese alphabetical order: this is no ranking."""
    found: defaultdict[str, list[ResultLine]] = defaultdict(list)
    for domain, group in groupby(sorted(rows, key=_place), key=lambda row: row.domain):
        line = _line(domain.agency, tuple(group), figure, published=published, language=language)
        found[domain.block].append(line)
    return tuple((block, tuple(lines)) for block, lines in found.items())


def _place(row: IndexRow) -> tuple[object, ...]:
    return vietnamese_key(row.domain.block), vietnamese_key(row.domain.agency), row.domain.agency_code


def _line(
    name: str, rows: Sequence[IndexRow], figure: Figure, *, published: PublishedRun, language: Language
) -> ResultLine:
    cells = tuple(_cell(row, figure, published=published, language=language) for row in rows)
    nothing = all(cell.withheld for cell in cells)
    return ResultLine(name, rows[0].domain.agency_code, cells, cells[-1].withheld if nothing else "")


def _cell(row: IndexRow, figure: Figure, *, published: PublishedRun, language: Language) -> FigureCell:
    if why := why_withheld(row, published, language):
        return FigureCell("", "", why)
    decimals = published.analysis.results.method.decimals
    # Only the overall figure has room for its range here; the page of the agency has them all.
    ranged = row.part == OVERALL and figure is _index
    return FigureCell(
        format_percent(figure(row), decimals, language=language),
        format_count(row.responses, language=language),
        "",
        range_in_words(row.estimate, decimals, language) if ranged else "",
    )
