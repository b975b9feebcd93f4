"""Tables people upload, XLSX or CSV, as lines of cells: nothing is run, nothing guessed, and all is bounded.

What cannot be read is refused in Vietnamese: whoever uploads a table looks at a page.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import TypeAlias
from zipfile import ZipFile

from openpyxl import load_workbook

from survey.errors import Fault, RefusedDataError
from survey.formatting import to_nfc
from survey.operations.uploads.csv_tables import read_table, restored
from survey.operations.uploads.xlsx_scan import UnreadableError, find_extent, too_long
from survey.watching.process import Fallback, fell_back

MOST_ROWS = 20_000
MOST_LINES = MOST_ROWS + 1
MOST_COLUMNS = 50
ARCHIVE, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

OLD_FORMAT = "đây là tệp .xls hoặc tệp có mật khẩu; hãy mở tệp rồi lưu lại dạng .xlsx, không đặt mật khẩu"
NOT_A_TABLE = "đây không phải là bảng tính .xlsx hay tệp .csv mã UTF-8; hãy mở tệp rồi lưu lại dạng .xlsx"
BROKEN = "không đọc được tệp, có thể tệp bị hỏng; hãy mở tệp rồi lưu lại dạng .xlsx"
EMPTY = "tệp trống: không có dòng nào"


@dataclass(frozen=True, slots=True)
class OddCell:
    """A cell whose content is not taken, and why, in Vietnamese."""

    why: str


Cell: TypeAlias = str | int | float | date | OddCell
Line: TypeAlias = tuple[int, tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the headings and their line, then the other lines that hold something, numbered as the spreadsheet does.

    Lines of an XLSX file have at least as many cells as there are headings; those of a CSV file may have fewer.
    """

    line: int
    headings: tuple[str, ...]
    lines: tuple[Line, ...]


def read_grid(data: bytes, *, name: str, title: str) -> Grid:
    """Return the table in a file; of an XLSX file the sheet called `title`, or the first visible one.

    Lines whose first cell starts with `#` are comments, and blank lines are passed over. Raises
    RefusedDataError when this is no table, an empty one, one with merged cells, or has more than 20 000 rows.
    """
    try:
        if data.startswith(OLD_OFFICE):
            raise UnreadableError(OLD_FORMAT)
        lines = _xlsx_lines(data, title) if data.startswith(ARCHIVE) else _csv_lines(data, name)
        return _grid([line for line in lines if not str(line[1][0]).startswith("#")])
    except UnreadableError as unreadable:
        raise RefusedDataError(name, [Fault(1, str(unreadable))]) from unreadable


def _grid(lines: Sequence[Line]) -> Grid:
    if not lines:
        raise UnreadableError(EMPTY)
    (line, first), *others = lines
    headings = tuple("" if isinstance(one, OddCell) else " ".join(str(one).split()) for one in first)
    return Grid(line, headings, tuple(others))


def _csv_lines(data: bytes, name: str) -> list[Line]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(NOT_A_TABLE) from error
    if "\0" in text:
        raise UnreadableError(NOT_A_TABLE)
    if not text.strip():
        raise UnreadableError(EMPTY)
    return list(_csv_cells(data, name))


def _csv_cells(data: bytes, name: str) -> Iterator[Line]:
    try:
        table = read_table(data, name=name)
        yield table.line, (*table.columns, *[""] * (table.width - len(table.columns)))
        for line, cells in table.rows:
            if line > MOST_LINES:
                raise UnreadableError(too_long(MOST_LINES))
            yield line, tuple(restored(cell) for cell in cells)
    except RefusedDataError as refused:
        line = refused.faults[0].line
        told = f"không tách được dòng {line} thành các ô; xem lại dấu ngoặc kép, và tệp có dòng tiêu đề hay không"
        raise UnreadableError(told) from refused


def _xlsx_lines(data: bytes, title: str) -> list[Line]:
    try:
        with ZipFile(BytesIO(data)) as archive:
            extent = find_extent(archive, title=title, most_lines=MOST_LINES)
        if extent.merged:
            told = f"bảng có ô gộp ({', '.join(extent.merged)}); hãy bỏ gộp ô (Unmerge) để mỗi dòng đủ các ô"
            raise UnreadableError(told)
        return _padded(list(_sheet_lines(data, extent.title, extent.last)))
    except UnreadableError:
        raise
    except Exception as error:
        # A damaged or forged file can break anywhere within the library.
        fell_back(Fallback.WORKBOOK, error)
        raise UnreadableError(BROKEN) from error


def _sheet_lines(data: bytes, title: str, last: int) -> Iterator[Line]:
    with warnings.catch_warnings():
        # The library warns of styles and extensions it leaves out; only cells matter here.
        warnings.simplefilter("ignore")
        workbook = load_workbook(BytesIO(data), read_only=True, keep_links=False)
        sheet = workbook[title]
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(max_row=last, max_col=MOST_COLUMNS), 1):
            cells = [_cell(cell.value, cell.data_type) for cell in row]
            while cells and cells[-1] == "":
                del cells[-1]
            if cells:
                yield number, tuple(cells)
        workbook.close()


def _padded(lines: Sequence[Line]) -> list[Line]:
    """Give every line as many cells as the headings have: a sheet does not keep blank cells at the end."""
    width = next((len(cells) for _, cells in lines if not str(cells[0]).startswith("#")), 0)
    return [(number, (*cells, *[""] * (width - len(cells)))) for number, cells in lines]


def _cell(value: object, kind: str) -> Cell:
    if value is None:
        return ""
    if kind == "f":
        return OddCell("ô chứa công thức; hãy chép rồi dán lại dạng giá trị (Paste values)")
    if kind == "e":
        return OddCell(f"ô báo lỗi {value} của bảng tính")
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else OddCell("ô có cả ngày và giờ; hãy ghi dd/mm/yyyy")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return OddCell("ô không phải là chữ, số hay ngày; hãy gõ lại")
    return to_nfc(value).strip() if isinstance(value, str) else value
