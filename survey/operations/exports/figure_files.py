"""Files analysts give figures in, a line for each: read for a command in English, for a page in Vietnamese."""

import re
from collections.abc import Sequence

from survey.errors import Fault, RefusedDataError
from survey.operations.uploads.csv_tables import CsvTable, read_table, restored, width_reason
from survey.operations.uploads.workbooks import ARCHIVE, Cell, OddCell, read_grid
from survey.wording import Language, word

Cells = dict[str, str]
Lines = list[tuple[int, Cells]]

MOST_WHOLE = 2_000_000_000


def read_lines(data: bytes, *, name: str, columns: Sequence[Sequence[str]], language: Language) -> Lines:
    """Return the lines of a CSV or XLSX file as cells by column, each with its number.

    Of each group of `columns` exactly one must be there, of a group that begins with "" one at most. Raises
    RefusedDataError in `language` with all that is wrong with the header or the width of lines.
    """
    table, rows = _table_of(data, name, language)
    if wrong := _header_reasons(table.columns, columns, language):
        raise RefusedDataError(name, [Fault(table.line, "; ".join(wrong))])
    uneven = word("số ô của dòng không bằng số cột của tiêu đề", language)
    faults = [Fault(line, uneven) for line, cells in rows if width_reason(table, cells)]
    if not rows:
        faults = [Fault(table.line, word("tệp không có dòng nào sau tiêu đề", language))]
    if faults:
        raise RefusedDataError(name, faults)
    cut = len(table.columns)
    return [(line, dict(zip(table.columns, map(_tidy, cells[:cut]), strict=True))) for line, cells in rows]


def _table_of(data: bytes, name: str, language: Language) -> tuple[CsvTable, list[tuple[int, list[str]]]]:
    if data.startswith(ARCHIVE):
        grid = read_grid(data, name=name, title="")
        if odd := [Fault(line, cell.why) for line, cells in grid.lines for cell in cells if isinstance(cell, OddCell)]:
            raise RefusedDataError(name, odd)
        rows = [(line, [_text(cell) for cell in cells]) for line, cells in grid.lines]
        return CsvTable(name, grid.line, grid.headings, len(grid.headings), iter(())), rows
    try:
        table = read_table(data, name=name)
        return table, list(table.rows)
    except RefusedDataError as refused:
        if language == "en":
            raise
        told = word("không đọc được: cần bảng tính .xlsx, hoặc tệp CSV mã UTF-8, có dòng tiêu đề", language)
        raise RefusedDataError(name, [Fault(one.line, told) for one in refused.faults[:1]]) from refused


def _text(cell: Cell) -> str:
    """Return a cell as a CSV file has it; spreadsheets keep whole numbers as 1200.0."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def read_count(cell: str, column: str, language: Language) -> int:
    """Return a whole number above 0; raises ValueError, in `language`, on anything else.

    >>> read_count("1200", "population", "vi")
    1200
    """
    if not re.fullmatch(r"[0-9]{1,10}", cell) or not 0 < int(cell) <= MOST_WHOLE:
        told = word("{column}: «{cell}» không phải là số nguyên lớn hơn 0, viết không có dấu ngăn cách", language)
        raise ValueError(told.format(column=column, cell=cell))
    return int(cell)


def _tidy(cell: str) -> str:
    return restored(cell).strip()


def _header_reasons(found: Sequence[str], wanted: Sequence[Sequence[str]], language: Language) -> list[str]:
    known = {name for group in wanted for name in group if name}
    wrong = []
    for group in wanted:
        given = [name for name in group if name and name in found]
        if len(given) != 1 and not (not given and group[0] == ""):
            names = " / ".join(name for name in group if name)
            wrong.append(word("cần đúng một cột trong số: {names}", language).format(names=names))
    if unknown := [name or "–" for name in found if name not in known]:
        wrong.append(word("cột không biết: {names}", language).format(names=", ".join(unknown)))
    if doubled := sorted({name for name in found if found.count(name) > 1}):
        wrong.append(word("cột có hai lần: {names}", language).format(names=", ".join(doubled)))
    return wrong
