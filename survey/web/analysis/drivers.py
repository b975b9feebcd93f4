"""What goes with the overall answer, or why that cannot be said; and how well the items hang together."""

from survey.analysis.drivers.drivers import Drivers, DriversRefusal
from survey.analysis.figures.reliability import Reliability
from survey.analysis.figures.results import OVERALL
from survey.formatting import format_count, format_percent
from survey.instrument.model import OVERALL_LABEL
from survey.operations.results.charts import ChartName
from survey.operations.results.drawing import ChartKind
from survey.reports.words import (
    ASSOCIATION,
    CLUSTER_WORDS,
    DRIVERS_CAUTION_WORDS,
    IMPORTANCE,
    NO_OMEGA_WORDS,
    NO_RELIABILITY_WORDS,
    PERFORMANCE,
    driver_words,
    refusal_words,
)
from survey.web.analysis.rows import part_cell, part_column
from survey.web.analysis.tables import PageTable, SheetCell, SheetColumn, count_cell, figure_cell
from survey.web.analysis.view import AnalysisPage, View, pictures
from survey.wording import Language, word


def drivers_page(view: View) -> AnalysisPage:
    """Return drivers or the reason why there are none, and reliability."""
    outcome, reliability = view.shown.extras.drivers, view.shown.extras.reliability
    drivers = outcome if isinstance(outcome, Drivers) else None
    sheets = (*([_drivers(drivers, view)] if drivers else []), _parts(reliability, view), _items(reliability, view))
    more = {
        "refusal": refusal_words(outcome, view.language) if isinstance(outcome, DriversRefusal) else "",
        "told": _told(drivers, view) if drivers else (),
        "charts": pictures(view, ChartName(ChartKind.DRIVERS)) if drivers else {},
    }
    return AnalysisPage(sheets, more)


def _told(drivers: Drivers, view: View) -> tuple[str, ...]:
    """Say what the drivers rest on and how they must be read."""
    language = view.language
    sentence = word(
        "Khoảng {cases} phiếu trả lời đủ các yếu tố, trong khoảng {responses} phiếu có trả lời câu hài "
        "lòng chung (số phiếu làm tròn xuống hàng chục); các yếu tố cùng gắn với {share}% phương sai của "
        "câu trả lời đó (R²). Khoảng ước lượng 95% lấy từ {replicates} lần lấy mẫu lại, đơn vị mẫu là "
        "{cluster}.",
        language,
    ).format(
        cases=format_count(drivers.cases, language=language),
        responses=format_count(drivers.responses, language=language),
        share=format_percent(100 * drivers.r_squared, 1, language=language),
        replicates=format_count(drivers.replicates, language=language),
        cluster=word(CLUSTER_WORDS[drivers.cluster_kind], language),
    )
    left_out = word("Không tính vì không ai trả lời hoặc mọi câu trả lời giống nhau: {parts}.", language)
    labels = {dimension.code: dimension.label.in_language(language) for dimension in view.shown.instrument.dimensions}
    names = ", ".join(labels.get(code, code) for code in drivers.left_out)
    return (
        f"{word(ASSOCIATION, language)}.",
        sentence,
        *(f"{word(DRIVERS_CAUTION_WORDS[caution], language)}." for caution in drivers.cautions),
        *([left_out.format(parts=names)] if names else []),
    )


def _drivers(drivers: Drivers, view: View) -> PageTable:
    language = view.language
    columns = (
        part_column(view),
        SheetColumn(word(IMPORTANCE, language), ("importance",)),
        SheetColumn(word("Khoảng ước lượng 95%", language), ("low", "upp")),
        SheetColumn(word(PERFORMANCE, language), ("performance",)),
        SheetColumn(word("Vị trí", language), ("quadrant", "placed"), number=False),
    )
    rows = tuple(
        (
            part_cell(row.part, row.label.in_language(language), view),
            figure_cell(row.importance, language),
            SheetCell("–".join(figure_cell(end, language).text for end in (row.low, row.upp)), (row.low, row.upp)),
            figure_cell(row.performance, language),
            SheetCell(driver_words(row, language), (row.quadrant.value, int(row.placed))),
        )
        for row in drivers.rows
    )
    return PageTable("drivers", word("Liên quan với hài lòng chung", language), columns, rows)


def _label(part: str, view: View) -> str:
    labels = {one.code: one.label for one in view.shown.instrument.dimensions} | {OVERALL: OVERALL_LABEL}
    return labels[part].in_language(view.language)


def _parts(reliability: tuple[Reliability, ...], view: View) -> PageTable:
    language = view.language
    # A run published before omega was computed has neither a figure nor a reason.
    has_omega = any(row.omega is not None or row.no_omega for row in reliability)
    columns = (
        part_column(view),
        SheetColumn(word("Hệ số alpha của Cronbach", language), ("alpha",)),
        SheetColumn(word("Alpha chuẩn hóa", language), ("standardised",)),
        *([SheetColumn(word("Hệ số omega của McDonald", language), ("omega",))] if has_omega else []),
        SheetColumn(word("Số phiếu trả lời đủ (làm tròn xuống hàng chục)", language), ("cases",)),
        SheetColumn(word("Lưu ý", language), ("reason",), number=False),
    )
    rows = tuple(
        (
            part_cell(row.part, _label(row.part, view), view),
            figure_cell(row.alpha, language),
            figure_cell(row.standardised, language),
            *([figure_cell(row.omega, language)] if has_omega else []),
            count_cell(row.cases, language),
            _why_none(row, language),
        )
        for row in reliability
    )
    return PageTable("reliability", word("Độ tin cậy thang đo", language), columns, rows)


def _why_none(one: Reliability, language: Language) -> SheetCell:
    """Return why a part has no coefficient, or no omega."""
    if one.reason:
        return SheetCell(word(NO_RELIABILITY_WORDS[one.reason], language), (one.reason.value,))
    if one.no_omega:
        return SheetCell(word(NO_OMEGA_WORDS[one.no_omega], language), (f"no_omega_{one.no_omega.value}",))
    return SheetCell("", (None,))


def _items(reliability: tuple[Reliability, ...], view: View) -> PageTable:
    """Return each item against the others of its dimension."""
    language = view.language
    labels = {item.code: item.short.in_language(language) for item in view.shown.instrument.items}
    columns = (
        part_column(view),
        SheetColumn(word("Tương quan với các tiêu chí còn lại", language), ("item_rest",)),
        SheetColumn(word("Alpha nếu bỏ tiêu chí", language), ("alpha_without",)),
    )
    rows = tuple(
        (
            part_cell(item.code, labels[item.code], view),
            figure_cell(item.item_rest, language),
            figure_cell(item.alpha_without, language),
        )
        for row in reliability
        if row.part != OVERALL
        for item in row.items
    )
    return PageTable("items", word("Từng tiêu chí trong yếu tố", language), columns, rows)
