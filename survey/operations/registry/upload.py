"""Agencies and service points out of spreadsheets people upload, whichever of their headings they kept."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from survey.errors import Fault, RefusedDataError
from survey.formatting import fold, format_date
from survey.operations.registry.layouts import (
    AGENCIES,
    SERVICE_POINTS,
    RegistryLayout,
    RegistryRow,
    RegistrySheet,
    RowRefusal,
)
from survey.operations.registry.rules import DATES
from survey.operations.uploads.previews import Rows
from survey.operations.uploads.workbooks import Cell, Grid, OddCell, read_grid

# Numbers above it are written by programs that count in floating point, and lose digits.
EXACT = 10**15


def read_upload(data: bytes, layout: RegistryLayout, *, name: str) -> RegistrySheet:
    """Return the rows of one table in an XLSX or CSV file, cells as text, not yet held against the rules.

    Columns are known by the Vietnamese headings of the template or by the names files use, case and marks
    aside, in any order. A row one of whose cells cannot be read as what its column holds is `broken`.
    Raises RefusedDataError, in Vietnamese, when this is no such table.
    """
    grid = read_grid(data, name=name, title=layout.title)
    places = _places(grid, layout, name)
    rows = (_row(line, cells, grid, layout, places) for line, cells in grid.lines)
    return RegistrySheet(layout, tuple(row for row in rows if row.broken or any(row.cells.values())))


def rows_of(sheets: Sequence[RegistrySheet]) -> list[Rows]:
    """Return the rows of the two tables as they are kept between the preview and the change."""
    return [[(row.line, row.cells) for row in sheet.rows] for sheet in sheets]


def sheets_of(tables: Sequence[Rows]) -> tuple[RegistrySheet, RegistrySheet]:
    """Return the two tables that `rows_of` took apart."""
    agencies, points = (tuple(RegistryRow(line, cells) for line, cells in rows) for rows in tables)
    return RegistrySheet(AGENCIES, agencies), RegistrySheet(SERVICE_POINTS, points)


def _places(grid: Grid, layout: RegistryLayout, name: str) -> Mapping[str, int]:
    """Return where each column stands."""
    known = {fold(text): column for column, heading in layout.headings.items() for text in (column, heading)}
    columns = [known.get(fold(heading)) for heading in grid.headings]
    if wrong := list(_heading_faults(grid, layout, columns)):
        raise RefusedDataError(name, [Fault(grid.line, one) for one in wrong])
    return {column: place for place, column in enumerate(columns) if column}


def _heading_faults(grid: Grid, layout: RegistryLayout, columns: Sequence[str | None]) -> Iterator[str]:
    needed = [column for column in layout.columns if column not in layout.optional]
    unknown = [heading for heading, column in zip(grid.headings, columns, strict=True) if heading and not column]
    doubled = sorted({layout.named(column) for column in columns if column and columns.count(column) > 1})
    if missing := [layout.named(column) for column in needed if column not in columns]:
        found = ", ".join(f"«{heading}»" for heading in grid.headings if heading)
        yield f"thiếu cột {', '.join(missing)}; dòng tiêu đề của tệp có: {found or '(không có chữ nào)'}"
    elif unknown:
        told = ", ".join(f"«{heading}»" for heading in unknown)
        yield f"có cột không biết: {told}; mời bỏ cột này hoặc dùng tên cột của tệp mẫu"
    if doubled:
        yield f"có hai cột cùng tên {', '.join(doubled)}"


def _row(
    line: int, cells: Sequence[Cell], grid: Grid, layout: RegistryLayout, places: Mapping[str, int]
) -> RegistryRow:
    texts: dict[str, str] = dict.fromkeys(layout.columns, "")
    wrong: list[str] = []
    if len(cells) < len(grid.headings):
        wrong.append("dòng này có ít ô hơn dòng tiêu đề; xem lại dấu phân cách")
    elif any(cell != "" for place, cell in enumerate(cells) if place not in places.values()):
        wrong.append("có ô nằm ngoài các cột có tên; xem lại dấu phân cách, hoặc xóa ô đó")
    for column, place in places.items():
        try:
            texts[column] = _text(cells[place], dated=column in DATES) if place < len(cells) else ""
        except ValueError as error:
            wrong.append(f"ô {layout.named(column)}: {error}")
    return RegistryRow(line, texts, tuple(RowRefusal("the row cannot be read", one) for one in wrong))


def _text(cell: Cell, *, dated: bool) -> str:
    """Return a cell as text, a date as yyyy-mm-dd; raises ValueError."""
    if isinstance(cell, OddCell):
        raise ValueError(cell.why)
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, date):
        return _day(cell, dated=dated)
    if dated:
        raise ValueError(f"số «{cell}» không rõ là ngày nào; hãy ghi dd/mm/yyyy, ví dụ 01/07/2025")
    if isinstance(cell, float) and not (cell.is_integer() and abs(cell) < EXACT):
        raise ValueError(f"số «{cell}» không phải là chữ; hãy định dạng ô là văn bản rồi gõ lại")
    return str(int(cell))


def _day(cell: date, *, dated: bool) -> str:
    if not dated:
        raise ValueError(f"«{format_date(cell)}» là ngày, ở đây cần chữ; hãy định dạng ô là văn bản rồi gõ lại")
    return cell.isoformat()
