"""The overview of a run: everybody together, the blocks, both ends of each, what fell, and how many answered."""

from collections.abc import Iterable, Iterator

from survey.analysis.comparing.blocks import AgencyMean, mean_of_agencies
from survey.analysis.comparing.comparison import Key
from survey.analysis.comparing.falls import Fall, Falls, PartKind
from survey.analysis.figures.results import OVERALL, IndexRow
from survey.analysis.ranking.ranking import RankRow
from survey.operations.results.charts import ChartName
from survey.operations.results.drawing import EVERYBODY, MOST_FALLS, ChartKind, main_parts
from survey.reports.words import MEAN_OF_AGENCIES, ORDER_WARNING, POOLED
from survey.web.analysis.changes import change_cells, change_columns, comparison_told
from survey.web.analysis.facts import facts_sheet, facts_told
from survey.web.analysis.goals import goals_sheet
from survey.web.analysis.rows import agency_cell, figures_sheet
from survey.web.analysis.tables import (
    WITHHELD,
    PageTable,
    SheetCell,
    SheetColumn,
    count_cell,
    figure_cell,
    figure_cells,
    figure_columns,
    text_cell,
)
from survey.web.analysis.view import AnalysisPage, View, pictures
from survey.wording import mark, word

ENDS = 3
KINDS = {PartKind.DIMENSION: mark("yếu tố"), PartKind.ITEM: mark("tiêu chí")}


def overview_page(view: View) -> AnalysisPage:
    """Return the overview of a run."""
    falls = view.standing.falls_of(view.shown)
    charts = [ChartName(ChartKind.OVERVIEW), *([ChartName(ChartKind.FALLS)] if falls and falls.rows else [])]
    whom = word("Đơn vị", view.language), "unit"
    facts = facts_sheet(view, view.shown.facts.above_agencies, whom)
    sheets = (_total(view), _blocks(view), _ends(view), facts, _falls(view, falls), goals_sheet(view))
    return AnalysisPage(
        sheets,
        {
            "charts": pictures(view, *charts),
            "compared": comparison_told(falls, view),
            "facts_told": facts_told(view),
            "warning": word(ORDER_WARNING, view.language),
        },
    )


def _total(view: View) -> PageTable:
    rows = tuple(view.shown.total[part] for part in main_parts(view.shown.instrument))
    return figures_sheet("total", word(EVERYBODY, view.language), rows, view)


def _blocks(view: View) -> PageTable:
    language = view.language
    columns = (
        SheetColumn(word("Khối", language), ("block",), number=False),
        SheetColumn(word(POOLED, language), ("pooled",)),
        SheetColumn(word("Khoảng ước lượng 95%", language), ("pooled_low", "pooled_upp")),
        SheetColumn(word("Số phiếu", language), ("responses",)),
        SheetColumn(word(MEAN_OF_AGENCIES, language), ("mean",)),
        SheetColumn(word("Khoảng ước lượng 95%", language), ("mean_low", "mean_upp")),
        SheetColumn(word("Số cơ quan có phiếu", language), ("agencies",)),
    )
    rows = (row for key, row in view.shown.blocks.items() if key.part == OVERALL)
    return PageTable("blocks", word("Các khối", language), columns, tuple(_block(row, view) for row in rows))


def _block(row: IndexRow, view: View) -> tuple[SheetCell, ...]:
    language, block = view.language, row.domain.block
    name = SheetCell(block or word("Không thuộc khối nào", language), (block,), view.address("ranking", block=block))
    members = [one for one in view.shown.members(block) if one.responses]
    count = count_cell(len(members), language)
    return (name, *figure_cells(row, view.shown, language), *_mean_cells(members, view), count)


def _mean_cells(members: Iterable[IndexRow], view: View) -> tuple[SheetCell, SheetCell]:
    """Return the mean of the agencies, unless one of them is withheld and could be worked out from it."""
    rows = list(members)
    if not all(view.shown.shows(row) for row in rows):
        return SheetCell(word(WITHHELD, view.language), (None,), quiet=True), SheetCell("–", (None, None))
    found = mean_of_agencies(row.estimate for row in rows if row.estimate)
    return figure_cell(found.value, view.language), _mean_range(found, view)


def _mean_range(mean: AgencyMean, view: View) -> SheetCell:
    ends = [figure_cell(end, view.language).text for end in (mean.low, mean.upp)]
    return SheetCell("–" if mean.low is None else "–".join(ends), (mean.low, mean.upp))


def _ends(view: View) -> PageTable:
    language = view.language
    columns = (
        SheetColumn(word("Cơ quan", language), ("agency_code", "agency"), number=False),
        SheetColumn(word("Khối", language), ("block",), number=False),
        *figure_columns(view.index_title, language),
        SheetColumn(word("Hạng", language), ("rank",)),
        SheetColumn(word("Khoảng thứ hạng 95%", language), ("rank_low", "rank_upp")),
    )
    rows = tuple(
        _end(row, ranking.block, view) for ranking in view.shown.rankings for row in _first_and_last(ranking.ranked)
    )
    empty = word("Chưa khối nào có từ hai cơ quan được xếp hạng.", language)
    return PageTable("ends", word("Cao nhất và thấp nhất từng khối", language), columns, rows, empty=empty)


def _first_and_last(rows: tuple[RankRow, ...]) -> Iterator[RankRow]:
    """Yield both ends of a ranking of two units or more, no unit twice."""
    if len(rows) > 1:
        yield from dict.fromkeys([*rows[:ENDS], *rows[-ENDS:]])


def _end(row: RankRow, block: str, view: View) -> tuple[SheetCell, ...]:
    figures = figure_cells(view.shown.rows[Key(row.unit, OVERALL)], view.shown, view.language)
    span = SheetCell(f"{row.rank_low}–{row.rank_upp}", (row.rank_low, row.rank_upp))
    return (agency_cell(row.unit, view), text_cell(block), *figures, count_cell(row.rank, view.language), span)


def _falls(view: View, falls: Falls | None) -> PageTable:
    language, rows = view.language, falls.rows if falls else ()
    columns = (
        SheetColumn(word("Cơ quan", language), ("agency_code", "agency"), number=False),
        SheetColumn(word("Nội dung đánh giá", language), ("part", "label", "kind"), number=False),
        *change_columns(language),
    )
    lines = tuple(_fall(fall, view) for fall in rows[: view.limit(MOST_FALLS)])
    compared = falls is not None and falls.comparison.gap is None
    empty = word("Không có yếu tố, tiêu chí nào giảm.", language) if compared else ""
    return PageTable("falls", word("Giảm so với đợt trước", language), columns, lines, len(rows) - len(lines), empty)


def _fall(fall: Fall, view: View) -> tuple[SheetCell, ...]:
    label, kind = fall.label.in_language(view.language), word(KINDS[fall.kind], view.language)
    name = f"{fall.key.part}. {label}" if fall.kind is PartKind.ITEM else label
    part = SheetCell(f"{name} ({kind})", (fall.key.part, label, fall.kind.value))
    cells = change_cells(fall.before, fall.after, fall.difference, view.language)
    return (agency_cell(fall.key.unit, view), part, *cells)
