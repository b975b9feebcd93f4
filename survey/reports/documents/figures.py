"""Figures as cells of a table, with what stands beside each and what must be known below it."""

from collections.abc import Iterable

from survey.analysis.comparing.comparison import Difference
from survey.analysis.figures.estimates import Estimate
from survey.analysis.figures.results import OVERALL
from survey.fieldwork import SamplingBasis
from survey.formatting import NO_FIGURE, format_count, format_percent
from survey.reports.caveats import basis_in_words
from survey.reports.charts.change import signed
from survey.reports.charts.charts import Change
from survey.reports.documents.facts import FigureLine, Lines, Run
from survey.reports.documents.model import DocumentColumn, DocumentRow, DocumentTable
from survey.reports.tables import range_text
from survey.reports.words import CAUTION_WORDS, MODEL_RANGE

BEYOND_CHANCE = "*"
BEYOND_NOTE = (
    f"{BEYOND_CHANCE} Chênh lệch vượt quá dao động ngẫu nhiên, có ý nghĩa thống kê ở mức 5% (giá trị p đã hiệu chỉnh vì"
    " kiểm định nhiều chênh lệch cùng lúc)."
)
PART = DocumentColumn("Nội dung đánh giá", 72, number=False)
FIGURES = (
    DocumentColumn("Chỉ số (%)", 15),
    DocumentColumn("Khoảng ước lượng 95%", 25),
    DocumentColumn("Hài lòng (%)", 16),
    DocumentColumn("Không hài lòng (%)", 17),
    DocumentColumn("Số phiếu", 15),
)
CHANGES = (
    DocumentColumn("Trước", 15),
    DocumentColumn("Nay", 15),
    DocumentColumn("Chênh lệch (điểm %)", 19),
    DocumentColumn("Khoảng ước lượng 95% của chênh lệch", 30),
)


def percent(value: float | None) -> str:
    """Return a figure in per cent, a dash for none."""
    return format_percent(value)


def count(number: int) -> str:
    """Return a whole number."""
    return format_count(number)


def range_cell(estimate: Estimate | None) -> str:
    """Return the 95% range of a figure, a dash for none."""
    return range_text(estimate, 2, "vi")


def span_cell(low: float | None, upp: float | None) -> str:
    """Return a range of differences, a dash for none."""
    if low is None or upp is None:
        return NO_FIGURE
    return f"{signed(low, 'vi')} … {signed(upp, 'vi')}"


def difference_cell(difference: Difference) -> str:
    """Return a difference in percentage points, with a star where it is beyond chance."""
    return signed(difference.value, "vi") + (BEYOND_CHANCE if difference.beyond_chance else "")


def figure_cells(line: FigureLine) -> tuple[str, ...]:
    """Return figure, range, shares satisfied and dissatisfied, and base; or the word in place of the figure."""
    row = line.row
    if row is None:
        return (line.instead, *[NO_FIGURE] * (len(FIGURES) - 1))
    shares = percent(row.percent_satisfied), percent(row.percent_dissatisfied)
    return (percent(row.index), range_cell(row.estimate), *shares, count(row.responses))


def change_cells(change: Change) -> tuple[str, ...]:
    """Return both figures and what lies between them."""
    difference = change.difference
    ends = span_cell(difference.low, difference.upp)
    return (percent(change.before.value), percent(change.after.value), difference_cell(difference), ends)


def part_name(run: Run, part: str, label: str) -> str:
    """Return a part as tables name it: dimensions by letter, items by code.

    The whole has neither.
    """
    letters = {dimension.code: dimension.letter for dimension in run.instrument.dimensions}
    return label if part == OVERALL else f"{letters.get(part, part)}. {label}"


def main_parts_table(run: Run, lines: Lines, caption: str) -> DocumentTable:
    """Return the dimensions and, last, the whole, with figure, range and base."""
    rows = tuple(_row(run, lines[part], part, strong=part == OVERALL) for part in run.parts)
    return DocumentTable(caption, (PART, *FIGURES), rows, figure_notes(run, (lines[part] for part in run.parts)))


def items_table(run: Run, lines: Lines, caption: str) -> DocumentTable:
    """Return every dimension with its items below it, and the whole first."""
    order = [OVERALL]
    for dimension in run.instrument.dimensions:
        order += [dimension.code, *(item.code for item in dimension.items)]
    rows = tuple(_row(run, lines[part], part, strong=part in run.parts) for part in order)
    return DocumentTable(caption, (PART, *FIGURES), rows, figure_notes(run, (lines[part] for part in order)))


def changes_table(rows: Iterable[tuple[str, Change]], caption: str, notes: tuple[str, ...] = ()) -> DocumentTable:
    """Return named changes: before, now, difference, range and both bases."""
    columns = (DocumentColumn(PART.heading, 59, number=False), *CHANGES, DocumentColumn("Số phiếu trước / nay", 22))
    cells = tuple(DocumentRow((name, *change_cells(change), bases_cell(change))) for name, change in rows)
    return DocumentTable(caption, columns, cells, (*notes, BEYOND_NOTE))


def bases_cell(change: Change) -> str:
    """Return how many responses both figures rest on."""
    return f"{count(change.before.responses)} / {count(change.after.responses)}"


def figure_notes(run: Run, lines: Iterable[FigureLine]) -> tuple[str, ...]:
    """Return what stands below a table of figures: who answered, what the range is, and cautions about the figures."""
    found = dict.fromkeys(one for line in lines if line.estimate for one in line.estimate.cautions)
    cautions = "; ".join(_first_small(CAUTION_WORDS[one]) for one in found)
    return (base_note(run), *([f"Lưu ý khi đọc một số số liệu trong bảng: {cautions}."] if cautions else []))


def base_note(run: Run) -> str:
    """Return the sampling basis and the kind of range: what may never be missing below a table."""
    basis = _first_small(basis_in_words(run.basis, "vi"))
    return f"Cách chọn người trả lời: {basis}. Khoảng ước lượng ghi trong bảng là {MODEL_RANGE}."


def index_name(run: Run) -> str:
    """Return what the index of the questionnaire measures, in running text."""
    names = {
        "percent_satisfied": "tỷ lệ hài lòng",
        "mean_over_max": "mức độ hài lòng",
        "mean_rescaled": "điểm hài lòng quy đổi",
    }
    return names[run.instrument.method.definition]


def is_self_selected(run: Run) -> bool:
    """Tell whether people chose to answer, so that no figure may be called the SIPAS index."""
    return run.basis is SamplingBasis.SELF_SELECTED


def _row(run: Run, line: FigureLine, part: str, *, strong: bool) -> DocumentRow:
    return DocumentRow((part_name(run, part, line.label), *figure_cells(line)), strong)


def _first_small(text: str) -> str:
    return text[:1].lower() + text[1:]
