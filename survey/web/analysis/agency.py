"""One agency: its dimensions beside its block's, its items, what changed, what pulls it down, and its series."""

from itertools import chain

from survey.analysis.comparing.comparison import Difference, Key
from survey.analysis.comparing.pulls import DimensionPulls, Pull
from survey.analysis.comparing.series import Point, Series
from survey.formatting import format_date
from survey.operations.results.charts import agency_charts
from survey.operations.results.distributions import distributions_of
from survey.operations.results.drawing import ChartSubject, main_parts
from survey.reports.words import BREAK, OWN_FAMILY, VERDICTS
from survey.web.analysis.changes import (
    change_cells,
    change_columns,
    comparison_told,
    difference_cells,
    difference_columns,
    verdict_beside_rest,
)
from survey.web.analysis.facts import facts_sheet, facts_told
from survey.web.analysis.rows import figures_sheet, part_cell, part_column
from survey.web.analysis.tables import (
    PageTable,
    SheetCell,
    SheetColumn,
    count_cell,
    figure_cell,
    figure_cells,
    figure_columns,
    range_cell,
    signed_cell,
)
from survey.web.analysis.view import AnalysisPage, View, pictures
from survey.wording import word


def agency_page(view: View, agency_code: str) -> AnalysisPage:
    """Return the page of an agency; raises UnknownCodeError."""
    agency = view.shown.agency(agency_code)
    series = view.standing.series_of(view.shown, agency_code)
    falls = view.standing.falls_of(view.shown, agency_code)
    compared = falls is not None and falls.comparison.gap is None
    sheets = (
        _dimensions(view, agency_code),
        _items(view, agency_code),
        facts_sheet(view, view.shown.facts.of(agency_code=agency_code)),
        _beside_rest(view, agency_code),
        _pulls(view, agency_code),
        _changes(view, agency_code),
        _trend(view, series),
    )
    more = {
        "agency": agency,
        "rank": next((row for ranking in view.shown.rankings for row in ranking.rows if row.unit == agency_code), None),
        "charts": pictures(view, *agency_charts(ChartSubject(view.standing, view.shown, view.language), agency_code)),
        "compared": comparison_told(falls, view, OWN_FAMILY) if not compared else "",
        "facts_told": facts_told(view),
        "breaks": _breaks_told(series, view),
    }
    return AnalysisPage(sheets, more)


def _dimensions(view: View, agency_code: str) -> PageTable:
    """Return the dimensions and the whole, with the block's figure in the last column."""
    shown, language = view.shown, view.language
    rows = tuple(shown.rows[Key(agency_code, part)] for part in main_parts(shown.instrument))
    own = figures_sheet("dimensions", word("Chỉ số theo nội dung đánh giá", language), rows, view)
    blocks = (shown.blocks[Key(row.domain.block, row.part)] for row in rows)
    beside = (figure_cells(row, shown, language)[:2] for row in blocks)
    columns = (
        SheetColumn(word("Cả khối (%)", language), ("block_index",)),
        SheetColumn(word("Khoảng ước lượng của khối (95%)", language), ("block_low", "block_upp")),
    )
    cells = tuple((*cells[:-1], *block, cells[-1]) for cells, block in zip(own.rows, beside, strict=True))
    return PageTable(own.name, own.title, (*own.columns[:-1], *columns, own.columns[-1]), cells)


def _items(view: View, agency_code: str) -> PageTable:
    """Return how often each answer was given to each item, beside the item's figure."""
    shown, language = view.shown, view.language
    instrument = shown.instrument
    columns = (
        part_column(view),
        *figure_columns(view.index_title, language),
        *(
            SheetColumn(option.label.in_language(language), (f"answered_{option.symbol}",))
            for option in instrument.scale.options
        ),
    )
    counts = {distribution.code: distribution.counts for distribution in distributions_of(shown, agency_code)}
    nothing = (None,) * len(instrument.scale.options)
    rows = tuple(
        (
            part_cell(item.code, item.short.in_language(language), view),
            *figure_cells(shown.rows[Key(agency_code, item.code)], shown, language),
            *(count_cell(count, language) for count in counts.get(item.code, nothing)),
        )
        for item in instrument.items
    )
    return PageTable("items", word("Câu trả lời theo tiêu chí", language), columns, rows)


def _beside_rest(view: View, agency_code: str) -> PageTable:
    """Return the agency less the rest of its block, where both may be shown."""
    shown, language = view.shown, view.language
    differences = view.runs.beside_rest(shown, agency_code).differences
    columns = (part_column(view), SheetColumn(view.index_title, ("index",)), *difference_columns(language))
    rows = tuple(
        (
            part_cell(key.part, shown.rows[key].label.in_language(language), view),
            figure_cell(shown.rows[key].index, language),
            *difference_cells(difference, verdict_beside_rest(difference, language), language),
        )
        for key, difference in differences.items()
        if shown.shows_beside_rest(agency_code, key.part)
    )
    empty = word("Không có cơ quan khác trong khối để so sánh, hoặc số liệu không công bố.", language)
    return PageTable("beside-rest", word("So với phần còn lại của khối", language), columns, rows, empty=empty)


def _pulls(view: View, agency_code: str) -> PageTable:
    """Return the items that pull each dimension down, worst first; a file has all items."""
    language = view.language
    columns = (
        SheetColumn(word("Yếu tố", language), ("dimension", "dimension_label"), number=False),
        SheetColumn(word("Tiêu chí", language), ("item", "item_label"), number=False),
        SheetColumn(view.index_title, ("index",)),
        SheetColumn(word("Phần còn lại của khối", language), ("rest",)),
        SheetColumn(word("Chênh lệch (điểm %)", language), ("gap",)),
        SheetColumn(word("Tỷ trọng trong yếu tố (%)", language), ("share",)),
        SheetColumn(word("Đóng góp vào chênh lệch của yếu tố", language), ("contribution",)),
    )
    pulls = (pull for pull in view.shown.pulls_of(agency_code) if _may_compare(view, agency_code, pull.dimension))
    rows = tuple(
        _pull(pull, item, view)
        for pull in pulls
        for item in (pull.items if view.whole else pull.down)
        if _may_compare(view, agency_code, item.item)
    )
    empty = word("Không có tiêu chí nào thấp hơn phần còn lại của khối.", language)
    return PageTable("pulls", word("Tiêu chí làm giảm điểm của yếu tố", language), columns, rows, empty=empty)


def _may_compare(view: View, agency_code: str, part: str) -> bool:
    return view.shown.shows_beside_rest(agency_code, part)


def _pull(dimension: DimensionPulls, pull: Pull, view: View) -> tuple[SheetCell, ...]:
    language = view.language
    label = dimension.label.in_language(language)
    return (
        SheetCell(label, (dimension.dimension, label)),
        part_cell(pull.item, pull.label.in_language(language), view),
        figure_cell(pull.figure, language),
        figure_cell(pull.rest, language),
        signed_cell(pull.gap, language),
        figure_cell(100 * pull.share, language),
        signed_cell(pull.contribution, language),
    )


def _changes(view: View, agency_code: str) -> PageTable:
    """Return every part both rounds have, now and before."""
    shown, language = view.shown, view.language
    columns = (part_column(view), *change_columns(language, own=True))
    falls, before = view.standing.falls_of(shown, agency_code), view.standing.previous_of(shown)
    differences = falls.comparison.differences if falls and falls.comparison.gap is None else {}
    rows = []
    for row in shown.analysis.rows_of(agency_code) if before else ():
        key = Key(agency_code, row.part)
        first = before.rows[key].estimate if before and key in differences else None
        if first and row.estimate:
            cells = change_cells(first, row.estimate, differences[key], language)
            rows.append((part_cell(row.part, row.label.in_language(language), view), *cells))
    return PageTable("changes", word("Thay đổi so với đợt trước", language), columns, tuple(rows))


def _trend(view: View, series: Series) -> PageTable:
    language = view.language
    columns = (
        SheetColumn(word("Đợt khảo sát", language), ("series_round",), number=False),
        SheetColumn(word("Ngày mở", language), ("opens",), number=False),
        *figure_columns(view.index_title, language),
        SheetColumn(word("So với đợt liền trước", language), ("difference",)),
        SheetColumn(word("Kết luận", language), ("verdict",), number=False),
    )
    points = chain.from_iterable(series.segments)
    rows = tuple(_point(point, step, view) for point, step in zip(points, (None, *series.steps), strict=False))
    return PageTable("trend", word("Chỉ số chung qua các đợt", language), columns, rows)


def _point(point: Point, step: Difference | None, view: View) -> tuple[SheetCell, ...]:
    language, estimate = view.language, point.estimate
    verdict = (
        SheetCell(word(VERDICTS[step.verdict], language), (step.verdict.value,)) if step else SheetCell("–", (None,))
    )
    return (
        SheetCell(point.origin.round_code, (point.origin.round_code,)),
        SheetCell(format_date(point.opens, language=view.language), (point.opens.isoformat(),)),
        figure_cell(estimate.value, language),
        range_cell(estimate, language),
        count_cell(estimate.responses, language),
        signed_cell(step.value if step else None, language),
        verdict,
    )


def _breaks_told(series: Series, view: View) -> tuple[str, ...]:
    """Say between which rounds the series breaks."""
    sentence = word(BREAK, view.language)
    return tuple(
        sentence.format(
            before=f"{gap.before.round_code} ({gap.before.instrument})",
            after=f"{gap.after.round_code} ({gap.after.instrument})",
        )
        for gap in series.breaks
    )
