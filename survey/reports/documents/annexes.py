"""The annexes of a report: every agency by dimension, every agency in full, and the improvement plan."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from survey.analysis.figures.results import OVERALL
from survey.formatting import NO_FIGURE
from survey.reports.documents.facts import NO_RESPONSES, AgencyLines, FigureLine, Run
from survey.reports.documents.figures import (
    BEYOND_NOTE,
    FIGURES,
    base_note,
    count,
    difference_cell,
    figure_cells,
    index_name,
    part_name,
    percent,
)
from survey.reports.documents.model import (
    Annex,
    DocumentColumn,
    DocumentRow,
    DocumentTable,
    Element,
    Heading,
    Paragraph,
    PlanTable,
)
from survey.reports.documents.round_chapters import NO_BLOCK
from survey.reports.documents.sentences import OF_PEOPLE, overall_sentence

IN_FULL = (
    DocumentColumn("Nội dung đánh giá", 55, number=False),
    *FIGURES,
    DocumentColumn("So với đợt trước", 17),
)
PLAN = (
    DocumentColumn("STT", 11),
    DocumentColumn("Nội dung bị giảm, tồn tại", 42, number=False),
    DocumentColumn("Nhiệm vụ, giải pháp", 72, number=False),
    DocumentColumn("Cơ quan, đơn vị chủ trì", 34, number=False),
    DocumentColumn("Cơ quan, đơn vị phối hợp", 34, number=False),
    DocumentColumn("Thời hạn hoàn thành", 22, number=False),
    DocumentColumn("Sản phẩm, kết quả dự kiến", 32, number=False),
)
CHANGE_NOTE = f"So với đợt trước: chênh lệch, tính bằng điểm phần trăm. {BEYOND_NOTE}"


def by_dimension(run: Run, units: Sequence[AgencyLines]) -> tuple[Element, ...]:
    """Return, block by block, the agencies in alphabetical order with their index by dimension and as a whole.

    `units` come by block and name.
    """
    letters = " ".join(f"{dimension.letter}: {dimension.label.vi}." for dimension in run.instrument.dimensions)
    order = "Các cơ quan xếp theo vần chữ cái, không phải theo thứ hạng."
    notes = (order, letters, CHANGE_NOTE, base_note(run))
    return tuple(
        DocumentTable(f"Chỉ số (%) của các cơ quan, khối {name or NO_BLOCK}", _columns(run), _rows(run, members), notes)
        for name, members in groupby(units, key=lambda unit: unit.block)
    )


def in_full(run: Run, units: Sequence[AgencyLines]) -> Iterator[Element]:
    """Yield every agency: a sentence on the whole, and a table of its dimensions with their items."""
    yield Paragraph(base_note(run))
    yield Paragraph(CHANGE_NOTE)
    name, block = index_name(run), None
    for unit in units:
        if unit.block != block:
            block = unit.block
            yield Heading(f"Khối: {block or NO_BLOCK}", 2)
        yield Heading(unit.name, 3)
        yield Paragraph(overall_sentence(name, unit.name, unit.lines[OVERALL], run.basis))
        if any(line.row for line in unit.lines.values()):
            yield _in_full(run, unit)


def plan_annex(plan: PlanTable) -> Annex:
    """Return an improvement plan in the form of the provinces' plans, on pages turned."""
    table = DocumentTable("Nhiệm vụ khắc phục, nâng cao", PLAN, tuple(_plan_rows(plan)), breaks=True)
    return Annex(plan.title, (table,), landscape=True)


def _plan_rows(plan: PlanTable) -> Iterator[DocumentRow]:
    """Yield the tasks, each group of them below its heading."""
    for heading, group in groupby(plan.rows, key=lambda planned: planned.heading):
        if heading:
            yield DocumentRow(("", heading, *[""] * (len(PLAN) - 2)), strong=True)
        for row in group:
            yield DocumentRow(
                (row.number, row.finding, row.task, row.lead, row.coordinating, row.deadline, row.product)
            )


def _columns(run: Run) -> tuple[DocumentColumn, ...]:
    dimensions = tuple(DocumentColumn(dimension.letter, 14) for dimension in run.instrument.dimensions)
    width = 160 - 14 * len(dimensions) - 14 - 16 - 16
    return (
        DocumentColumn("Cơ quan", width, number=False),
        DocumentColumn("Số phiếu", 14),
        *dimensions,
        DocumentColumn("Chung", 16),
        DocumentColumn("So với đợt trước", 16),
    )


def _rows(run: Run, members: Iterator[AgencyLines]) -> tuple[DocumentRow, ...]:
    return tuple(_row(run, unit) for unit in members)


def _row(run: Run, unit: AgencyLines) -> DocumentRow:
    whole = unit.lines[OVERALL]
    base = count(whole.row.responses) if whole.row else NO_FIGURE
    dimensions = (_figure(unit.lines[part]) for part in run.parts[:-1])
    # That there were no responses is said once, of the whole.
    said = NO_FIGURE if whole.instead == NO_RESPONSES else None
    return DocumentRow(
        (unit.name, base, *(said or figure for figure in dimensions), _figure(whole), _change(unit, OVERALL))
    )


def _figure(line: FigureLine) -> str:
    return percent(line.row.index) if line.row else line.instead


def _change(unit: AgencyLines, part: str) -> str:
    return difference_cell(unit.changes[part].difference) if part in unit.changes else NO_FIGURE


def _in_full(run: Run, unit: AgencyLines) -> DocumentTable:
    order = [OVERALL]
    for dimension in run.instrument.dimensions:
        order += [dimension.code, *(item.code for item in dimension.items)]
    rows = tuple(_part(run, unit, part) for part in order)
    whole = unit.lines[OVERALL].row
    base = f"Tính trên {count(whole.responses)} phiếu của {OF_PEOPLE[run.basis]}. " if whole else ""
    return DocumentTable(f"Kết quả của {unit.name}", IN_FULL, rows, (f"{base}Chú thích: xem đầu phụ lục.",))


def _part(run: Run, unit: AgencyLines, part: str) -> DocumentRow:
    line = unit.lines[part]
    cells = part_name(run, part, line.label), *figure_cells(line), _change(unit, part)
    return DocumentRow(cells, strong=part in run.parts)
