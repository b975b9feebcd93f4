"""Cells that several analysis pages share: agencies, parts of the questionnaire, and figures with their base."""

from survey.analysis.figures.results import IndexRow
from survey.web.analysis.tables import (
    PageTable,
    SheetCell,
    SheetColumn,
    caution_cell,
    count_cell,
    figure_cells,
    figure_columns,
)
from survey.web.analysis.view import View
from survey.wording import word


def agency_cell(code: str, view: View) -> SheetCell:
    """Return the name of an agency, leading to its page."""
    name = view.shown.names[code]
    return SheetCell(name, (code, name), view.agency_address(code))


def part_cell(part: str, label: str, view: View) -> SheetCell:
    """Return a part of the questionnaire by its label; items with their code."""
    items = {item.code for item in view.shown.instrument.items}
    return SheetCell(f"{part}. {label}" if part in items else label, (part, label))


def part_column(view: View) -> SheetColumn:
    """Return the column of `part_cell`."""
    return SheetColumn(word("Nội dung đánh giá", view.language), ("part", "label"), number=False)


def figures_sheet(name: str, title: str, rows: tuple[IndexRow, ...], view: View) -> PageTable:
    """Return rows of one unit: figure, range, base and what must be known about them."""
    language = view.language
    columns = (
        part_column(view),
        *figure_columns(view.index_title, language),
        SheetColumn(word("Số câu trả lời", language), ("answers",)),
        SheetColumn(word("Lưu ý", language), ("cautions",), number=False),
    )
    return PageTable(name, title, columns, tuple(_figures(row, view) for row in rows))


def _figures(row: IndexRow, view: View) -> tuple[SheetCell, ...]:
    shows = view.shown.shows(row)
    return (
        part_cell(row.part, row.label.in_language(view.language), view),
        *figure_cells(row, view.shown, view.language),
        count_cell(row.answers if shows else None, view.language),
        caution_cell([row] if shows else [], view.language),
    )
