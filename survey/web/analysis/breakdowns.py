"""One agency taken apart: by mode, month, service point or a question about the respondent."""

from collections.abc import Mapping, Sequence

import numpy as np

from survey.analysis.disclosure.breakdowns import BreakdownCell as BreakdownCell
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.domains import DomainSums, Strata
from survey.analysis.figures.indices import compute_rows
from survey.analysis.figures.results import OVERALL, Domain, IndexRow
from survey.errors import UnknownCodeError
from survey.formatting import vietnamese_key
from survey.instrument.model import NO_ANSWER
from survey.operations.counting.breakdowns import select_groups
from survey.operations.results.drawing import main_parts
from survey.operations.results.standing import BrokenDown
from survey.responses import Mode
from survey.services import services
from survey.store.registry.points import list_points
from survey.tallies import Counted, empty_clusters, layout_of
from survey.web.analysis.facts import category_code, facts_breakdown
from survey.web.analysis.tables import PageTable, SheetCell, SheetColumn, figures_or_reason
from survey.web.analysis.view import AnalysisPage, View
from survey.wording import mark, word

AXES = {
    "mode": mark("Hình thức trả lời"),
    "month": mark("Tháng"),
    "service_point": mark("Điểm phục vụ"),
}
MODES = {
    Mode.QR: mark("quét mã QR"),
    Mode.KIOSK: mark("máy tính bảng"),
    Mode.PAPER: mark("phiếu giấy"),
    Mode.ASSISTED: mark("nhập hộ"),
    Mode.IMPORT: mark("nhập từ tệp"),
}
NOT_SAID = mark("không trả lời")


def breakdowns_page(view: View) -> AnalysisPage:
    """Return the breakdown asked for; without an agency the form that asks, before the final publication neither.

    Raises UnknownCodeError.
    """
    axes = {axis: _axis_title(axis, view) for axis in view.runs.axes_of(view.shown)}
    code, axis = view.asked.get("agency", ""), view.asked.get("axis", "")
    more: dict[str, object] = {
        "axes": axes,
        "axis": axis,
        "agencies": sorted(view.shown.names.items(), key=lambda named: vietnamese_key(named[1])),
        "agency": view.shown.agency(code) if code else None,
    }
    if not code or not axes:
        return AnalysisPage((), more)
    if axis not in axes:
        raise UnknownCodeError("breakdown of the run", axis, tuple(axes))
    broken_down = view.runs.breakdown_of(view.shown, axis)
    labels = _labels(
        axis, [group.category for group in broken_down.breakdown.groups if group.agency_code == code], view
    )
    facts = facts_breakdown(view, code, axis, broken_down, labels, axes[axis])
    return AnalysisPage((_sheet(view, code, broken_down, labels, axis, axes[axis]), facts), more)


def _axis_title(axis: str, view: View) -> str:
    if axis in AXES:
        return word(AXES[axis], view.language)
    return view.shown.instrument.question(axis).short.in_language(view.language)


def _sheet(
    view: View, code: str, broken_down: BrokenDown, labels: Mapping[str, str], axis: str, title: str
) -> PageTable:
    language, instrument = view.language, view.shown.instrument
    rows, reasons = _rows(broken_down, view, code), _reasons(broken_down, code)
    parts, codes = main_parts(instrument), {category: category_code(axis, category) for category, _ in rows}
    dimensions = {
        dimension.code: f"{dimension.letter}. {dimension.label.in_language(language)}"
        for dimension in instrument.dimensions
    }
    columns = (
        SheetColumn(title, ("category", "label"), number=False),
        SheetColumn(view.index_title, ("index",)),
        SheetColumn(word("Khoảng ước lượng 95%", language), ("low", "upp")),
        SheetColumn(word("Số phiếu", language), ("responses",)),
        *(SheetColumn(dimensions[part], (part,)) for part in parts[:-1]),
    )
    cells = tuple(
        (
            SheetCell(labels[category], (codes[category], codes[category] if axis == "month" else labels[category])),
            *figures_or_reason(by_part[OVERALL], reasons.get((category, OVERALL)), language),
            *(figures_or_reason(by_part[part], reasons.get((category, part)), language)[0] for part in parts[:-1]),
        )
        for category, by_part in rows
    )
    empty = word("Cơ quan này không có số liệu phân tổ theo cách đã chọn.", language)
    return PageTable("breakdown", f"{view.shown.agency(code).agency}: {title}", columns, cells, empty=empty)


def _rows(broken_down: BrokenDown, view: View, code: str) -> list[tuple[str, Mapping[str, IndexRow]]]:
    """Return the figures of each category of the agency by part; a respondent is the draw of their ranges."""
    instrument, groups = view.shown.instrument, broken_down.breakdown.groups
    own = np.array([place for place, group in enumerate(groups) if group.agency_code == code], np.int64)
    part = select_groups(broken_down.breakdown, own)
    domains = tuple(Domain(service_point_code=group.category) for group in part.groups)
    counted = Counted(part.tally, empty_clusters(layout_of(instrument), len(domains)))
    sums = DomainSums(domains, part.tally, Strata(np.arange(len(domains)), counted))
    by_category: dict[str, dict[str, IndexRow]] = {domain.service_point_code: {} for domain in domains}
    for row in compute_rows(sums, instrument, by=("dimension",)) if domains else ():
        by_category[row.domain.service_point_code][row.part] = row
    return sorted(by_category.items())


def _reasons(found: BrokenDown, code: str) -> Mapping[tuple[str, str], WithheldReason]:
    """Return why cells of the agency are not shown, by category and part."""
    named = ((cell, why) for cell, why in found.reasons.items() if isinstance(cell, BreakdownCell))
    return {(cell.group.category, cell.part): why for cell, why in named if cell.group.agency_code == code}


def _labels(axis: str, categories: Sequence[str], view: View) -> Mapping[str, str]:
    language = view.language
    if axis == "mode":
        return {category: word(MODES[Mode(category)], language) for category in categories}
    if axis == "month":
        return {category: f"{category[4:]}/{category[:4]}" for category in categories}
    if axis == "service_point":
        with services().store.reading() as connection:
            return {placed.point.code: placed.point.name for placed in list_points(connection)}
    options = view.shown.instrument.question(axis).options
    named = {option.symbol: option.label.in_language(language) for option in options}
    return named | {NO_ANSWER: word(NOT_SAID, language)}
